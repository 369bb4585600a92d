"""Raw situations, as a survey found them, to verdicts: each judged once.

Raw texts differ where situations do not (blanks and the order of entries), and many
situations come again in every slice, so both steps are remembered.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from audits import policy, situations
from audits.models import Finding
from audits.policy import Entry, Policy
from audits.rules import clever
from audits.situations import PairSituation, Proposal, Situation
from contacts import dialect

REMEMBERED = 20_000

_SEVERITIES = {severity.label: severity.value for severity in Finding.Severity}
_RESTS_ON_ABSENCE = frozenset({"gone", "recreated"})


@dataclass(frozen=True, slots=True)
class Judged:
    """A situation and what was said of it, ready to be written.

    A proposal's key is over the class too, as one pair may lack several.
    """

    key: str
    body: str
    rule: str
    severity: str
    recommendation: str
    sentence: str
    others: tuple[str, ...]
    privilege_class: str
    basis: Entry
    entries: str
    match: str

    @property
    def is_finding(self) -> bool:
        """Say whether a person must look at it."""
        return self.rule not in situations.NO_FINDING

    @property
    def rank(self) -> int:
        """Give the severity as the database orders it."""
        return _SEVERITIES[self.severity]


class Judge:
    """One policy, and how far the provider's data can be trusted to be whole.

    ``seen``: there is a v3 snapshot at all. ``complete``: the newest is complete, so that
    absence proves something.
    """

    def __init__(self, rules: Policy, *, seen: bool, complete: bool) -> None:
        self.policy = rules
        self.seen = seen
        self.complete = complete
        self.of_grants = lru_cache(maxsize=REMEMBERED)(self._of_grants)
        self.of_pairs = lru_cache(maxsize=REMEMBERED)(self._of_pairs)
        self._judge = lru_cache(maxsize=REMEMBERED)(self._judged)

    def _of_grants(self, raw: str) -> Judged:
        """Judge what grants with this raw text are in."""
        return self._judge(self._situation(raw))

    def _situation(self, raw: str) -> Situation:
        """Read a raw situation; parts and their order are ``surveying.clever``'s."""
        parts = raw.split(dialect.PARTS, 9)
        basis_kind, match, subject, several, own, orders, privilege_class = parts[:7]
        entries = _entries(parts[9])
        found = Situation(
            privilege_class=privilege_class,
            basis_kind=basis_kind,
            basis=(parts[7], parts[8]),
            match=match if self.seen else "unchecked",
            own_record=own == "1" and _has_self(entries),
            subject=subject,
            entries=entries,
            several_students=several == "1",
            restrictions=_restrictions(orders),
            checked=True,
        )
        return replace(found, checked=self.complete or not _rests_on_absence(found))

    def _judged(self, situation: Situation) -> Judged:
        verdict = clever.judge(situation, self.policy)
        return Judged(
            key=situation.key,
            body=situation.to_json(),
            rule=verdict.rule,
            severity=verdict.severity,
            recommendation=verdict.recommendation,
            sentence=verdict.sentence,
            others=verdict.others,
            privilege_class=situation.privilege_class,
            basis=situation.basis,
            entries=shown(situation.entries),
            match=_shown_match(situation),
        )

    def _of_pairs(self, raw: str) -> tuple[Judged, ...]:
        """Propose what pairs with this raw text were never given; often nothing."""
        parts = raw.split(dialect.PARTS, 5)
        own, orders, relationship, kind, held = parts[:5]
        entries = _entries(parts[5])
        pair = PairSituation(
            match="matched",
            label=(relationship, kind),
            entries=entries,
            held=frozenset(filter(None, held.split(dialect.ITEMS))),
            own_record=own == "1" and _has_self(entries),
            restrictions=_restrictions(orders),
        )
        return tuple(
            _proposed(pair, each) for each in clever.propose(pair, self.policy)
        )


def _proposed(pair: PairSituation, proposal: Proposal) -> Judged:
    """Name the class in question in place of those held.

    So a proposal is not another one because a grant of another class came or went.
    """
    facts = json.loads(replace(pair, held=frozenset()).to_json())
    facts["privilege_class"] = proposal.privilege_class
    body = json.dumps(facts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return Judged(
        key=hashlib.sha256(body.encode(errors="surrogatepass")).hexdigest(),
        body=body,
        rule=proposal.rule,
        severity=proposal.severity,
        recommendation=proposal.recommendation,
        sentence=proposal.sentence,
        others=(),
        privilege_class=proposal.privilege_class,
        basis=pair.label or ("", ""),
        entries=shown(pair.entries),
        match=pair.match,
    )


def _entries(text: str) -> tuple[Entry, ...]:
    items = text.split(dialect.ITEMS) if text else []
    return tuple(
        (kin, kind) for kin, _, kind in (i.partition(dialect.PARTS) for i in items)
    )


def _restrictions(text: str) -> tuple[situations.Restriction, ...]:
    return tuple(map(_restriction, text.split(dialect.ITEMS) if text else []))


def _restriction(item: str) -> situations.Restriction:
    kind, scope, classes = item.split("|", 2)
    named = [policy.fold(name) for name in classes.split(";")]
    return situations.Restriction(
        kind=kind,
        scope="everywhere" if scope == "everywhere" else "this",
        classes=tuple(filter(None, named)),
    )


def _has_self(entries: Iterable[Entry]) -> bool:
    return any(policy.fold(kin) == "self" for kin, _ in entries)


def _rests_on_absence(situation: Situation) -> bool:
    """Tell situations that an incomplete snapshot leaves open from those it does not.

    What was seen stays the same evidence whether or not the rest came in.
    """
    names_a_student = situation.subject in {"present", "absent"}
    return situation.match in _RESTS_ON_ABSENCE or (
        situation.match == "matched" and names_a_student and not situation.entries
    )


def _shown_match(situation: Situation) -> str:
    """Say *unchecked* where absence was not proven, as the rules' principle 3 has it."""
    unproven = not situation.checked and situation.match in _RESTS_ON_ABSENCE
    return "unchecked" if unproven else situation.match


def shown(entries: Iterable[Entry]) -> str:
    """Write entries as the CSVs do: ``Relationship/Type`` each, sorted, joined."""
    return "; ".join(sorted(f"{kin}/{kind}" for kin, kind in entries))
