"""Raw situations of a Constant Contact account, as a survey found them, to verdicts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from audits import policy
from audits.judging import judged
from audits.judging.grounds import Grounds
from audits.judging.judged import REMEMBERED, Judged
from audits.policy import Policy
from audits.rules import constant_contact
from audits.situations import ConsentEntry, MailSituation
from audits.surveying import lists
from contacts import dialect
from contacts.constant_contact import consent
from contacts.models import MailAccount, Snapshot, Source

Kind = Snapshot.Kind

# The parts of a raw situation, in the order of ``surveying.constant_contact``.
_CONSENT = (
    "status",
    "email_status",
    "confirm_status",
    "opt_in_source",
    "opt_out_source",
)
_PARTS = (
    "basis_kind",
    "match",
    "subject",
    "on_list",
    "orders",
    "privilege_class",
    *_CONSENT,
    "entries",
)
_UNMAPPED = frozenset({lists.UNKNOWN, lists.ASKED, lists.UNASKED})


def judge_of(source: Source, rules: Policy, grounds: Grounds) -> Judge:
    """Give who judges an account, whose own setting is part of what V2 supports."""
    account = MailAccount.objects.filter(source=source).first()
    explicit = account is not None and account.visitor_is_explicit
    return Judge(rules, grounds, visitor_is_explicit=explicit)


class Judge:
    """One policy, one account's setting, and how far its data can be trusted."""

    def __init__(
        self, rules: Policy, grounds: Grounds, *, visitor_is_explicit: bool
    ) -> None:
        self.policy = rules
        self.grounds = grounds
        self.visitor_is_explicit = visitor_is_explicit
        self.of_grants = lru_cache(maxsize=REMEMBERED)(self._of_grants)
        self._judge = lru_cache(maxsize=REMEMBERED)(self._judged)

    def of_pairs(self, _raw: str, /) -> tuple[Judged, ...]:
        """Propose nothing: nobody is made more mailable than before."""
        return ()

    def _of_grants(self, raw: str) -> Judged:
        """Judge what grants with this raw text are in."""
        parts = raw.split(dialect.PARTS, len(_PARTS) - 1)
        return self._judge(self._situation(dict(zip(_PARTS, parts, strict=True))))

    def _situation(self, told: Mapping[str, str]) -> MailSituation:
        match, subject = told["match"], told["subject"]
        found = MailSituation(
            privilege_class=told["privilege_class"],
            basis_kind=told["basis_kind"],
            **{name: told[name] for name in _CONSENT},
            supported=self._supported(told),
            match=self._match(match),
            subject="unmapped" if subject in _UNMAPPED else subject,
            on_list=told["on_list"] == "1",
            entries=tuple(map(_entry, judged.items(told["entries"]))),
            restrictions=judged.restrictions(told["orders"]),
            checked=True,
        )
        checked = self._is_proven(found, match=match, subject=subject)
        return replace(found, checked=checked)

    def _match(self, match: str) -> str:
        if not self.grounds.has_current:
            return "unchecked"
        return "missing" if match == "named" else match

    def _supported(self, told: Mapping[str, str]) -> str:
        given = consent.supported(
            contact_status=told["status"],
            email_status=told["email_status"],
            confirm_status=told["confirm_status"],
            opt_in_source=told["opt_in_source"],
            visitor_is_explicit=self.visitor_is_explicit,
        )
        return given or ""

    def _is_proven(self, found: MailSituation, *, match: str, subject: str) -> bool:
        """Say whether no absence that this rests on is open.

        What was seen stays the same evidence whether or not the rest came in.
        """
        if found.match == "missing":
            rests_on = {Kind.CONTACTS} if match == "named" else {Kind.CROSSWALK}
        elif found.match != "matched" or subject == "none":
            return True
        elif found.subject == "unmapped":
            rests_on = _PROVING_LISTS.get(subject, set())
        else:
            rests_on = set() if found.on_list else {Kind.CONTACTS}
        return subject != lists.UNASKED and rests_on <= self.grounds.whole

    def _judged(self, situation: MailSituation) -> Judged:
        return judged.judged(
            situation,
            constant_contact.judge(situation, self.policy),
            basis=(shown_status(situation), _shown_consent(situation)),
            entries=shown(situation),
            match=_shown_match(situation),
        )


_PROVING_LISTS = {
    lists.UNKNOWN: {Kind.LISTS},
    lists.ASKED: {Kind.LIST_CROSSWALK},
}


def _entry(item: str) -> ConsentEntry:
    permission, confirm_status, opt_in, opt_out, deleted = item.split(dialect.PARTS)
    return ConsentEntry(permission, confirm_status, opt_in, opt_out, deleted == "1")


def shown_status(situation: MailSituation) -> str:
    """Write V2's status; with that of the address where it is another."""
    contact, address = situation.status, situation.email_status
    if not contact or not address:
        return contact or address
    same = policy.fold(contact) == policy.fold(address)
    return contact if same else f"{contact}/{address}"


def _shown_consent(situation: MailSituation) -> str:
    told = (situation.confirm_status, situation.opt_in_source)
    return "/".join(told) if any(told) else ""


def shown(situation: MailSituation) -> str:
    """Write V3's consent as the CSVs do: ``permission/confirm_status`` each, sorted."""
    told = {f"{one.permission}/{one.confirm_status}" for one in situation.entries}
    return "; ".join(sorted(told))


def _shown_match(situation: MailSituation) -> str:
    """Say *unchecked* where absence was not proven, as the rules' principle 3 has it."""
    unproven = not situation.checked and situation.match == "missing"
    return "unchecked" if unproven else situation.match
