"""Raw situations of a Clever district, as a survey found them, to verdicts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

from audits import policy
from audits.judging import judged
from audits.judging.grounds import Grounds
from audits.judging.judged import REMEMBERED, Judged
from audits.policy import Entry, Policy
from audits.rules import clever
from audits.situations import PairSituation, Proposal, Situation
from contacts import dialect
from contacts.models import Snapshot, Source

_RESTS_ON_ABSENCE = frozenset({"gone", "recreated"})


def judge_of(_source: Source, rules: Policy, grounds: Grounds) -> Judge:
    """Give who judges a district; its rules need nothing but the policy."""
    return Judge(rules, grounds)


class Judge:
    """One policy, and how far the provider's data can be trusted to be whole."""

    def __init__(self, rules: Policy, grounds: Grounds) -> None:
        self.policy = rules
        self.seen = grounds.has_current
        self.complete = Snapshot.Kind.CONTACTS in grounds.whole
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
            restrictions=judged.restrictions(orders),
            checked=True,
        )
        return replace(found, checked=self.complete or not _rests_on_absence(found))

    def _judged(self, situation: Situation) -> Judged:
        verdict = clever.judge(situation, self.policy)
        return judged.judged(
            situation,
            verdict,
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
            restrictions=judged.restrictions(orders),
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
    parted = (item.partition(dialect.PARTS) for item in judged.items(text))
    return tuple((kin, kind) for kin, _, kind in parted)


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
