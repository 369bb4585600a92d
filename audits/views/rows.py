"""A finding as the pages show it: the two sides, why, and what may be decided."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from django.contrib.auth.models import User

from audits import cells, consents, deciding, endings, seconding, situations
from audits.endings import Ending
from audits.models import Decision, Finding, Grant
from audits.rules import catalogue
from contacts import comparing, people
from contacts.models import Match

_BASES = dict(Grant.Basis.choices)
_KEYS = {kind.value: str(place) for place, kind in enumerate(Decision.Kind, 1)}


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing that may be decided."""

    kind: str
    label: str
    key: str
    recommended: bool
    second_look: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A finding in a list; ``then`` is where the eye goes when it is decided.

    ``person`` names the contact, ``subject`` the student or list, "" where it is about
    all of them.
    """

    finding: Finding
    title: str
    why: str
    person: str
    subject: str
    old: str
    new: str
    choices: tuple[Choice, ...]
    may_withdraw: bool
    may_look: bool = False
    may_take: bool = False
    may_let_go: bool = False
    ending: Ending | None = None
    then: str = ""
    conflict: str = ""

    @property
    def is_open(self) -> bool:
        """Say whether it can be decided."""
        return self.finding.state == Finding.State.OPEN

    @property
    def advice(self) -> str:
        """Name what is recommended, as the buttons do."""
        return cells.advice(self.finding.recommendation)

    @property
    def lock(self) -> str:
        """Say why it cannot be kept, "" where that is a person's choice."""
        card = catalogue.card_of(self.finding.rule, self.finding.source.provider)
        return card.lock if card else ""

    @property
    def has_until(self) -> bool:
        """Say whether something can be decided here that goes until a day."""
        kinds = {choice.kind for choice in self.choices}
        return bool(kinds & {Decision.Kind.KEEP, Decision.Kind.HOLD})

    @property
    def holder(self) -> str:
        """Name who has it, "" for nobody."""
        person = self.finding.assigned_to
        return person.get_username() if person else ""

    @property
    def second_look(self) -> str:
        """Tell before deciding what another person must confirm."""
        needing = [choice.label for choice in self.choices if choice.second_look]
        if not needing:
            return ""
        if len(needing) == len(self.choices):
            return "Needs a second look."
        return f"{' and '.join(needing)} would need a second look."


def row(finding: Finding, user: User, *, then: str = "", conflict: str = "") -> Row:
    """Make a row; the finding's source, situation and decision are at hand."""
    (made,) = _rows([(finding, then)], user, conflict=conflict)
    return made


def rows(findings: Iterable[Finding], user: User) -> list[Row]:
    """Make rows, each leading on to the next."""
    found = list(findings)
    following = [*(f"finding-{one.pk}" for one in found[1:]), "finding-table"]
    # The last of none has no following: the shorter list ends both.
    return _rows(list(zip(found, following, strict=False)), user)


def _rows(
    found: Sequence[tuple[Finding, str]], user: User, *, conflict: str = ""
) -> list[Row]:
    _seat_people([finding for finding, _ in found])
    addresses = _addresses(finding for finding, _ in found)
    ended = endings.last(finding for finding, _ in found)
    return [
        replace(
            _row(finding, user, conflict=conflict, addresses=addresses),
            then=then,
            ending=ended.get(finding.pk),
        )
        for finding, then in found
    ]


def _seat_people(findings: Sequence[Finding]) -> None:
    """Read who has findings, looked at decisions or follows them up, all at once.

    Joined, these three would be a hundred columns of each row, for a name or none.
    """
    decisions = [finding.decision for finding in findings if finding.decision]
    seats = [
        *((finding, "assigned_to") for finding in findings),
        *((decision, "second_by") for decision in decisions),
        *((decision, "owner") for decision in decisions),
    ]
    ids = {getattr(seat, f"{name}_id") for seat, name in seats} - {None}
    people = User.objects.in_bulk(ids) if ids else {}
    for seat, name in seats:
        if (pk := getattr(seat, f"{name}_id")) in people:
            setattr(seat, name, people[pk])


def _addresses(findings: Iterable[Finding]) -> Mapping[int | None, str]:
    """Read the addresses of those who have no name: a mailing contact may have none."""
    nameless = {
        finding.match_id
        for finding in findings
        if finding.match_id
        and not finding.contact_name
        and not finding.source.is_clever
    }
    if not nameless:
        return {}
    matches = Match.objects.filter(pk__in=nameless)
    matches = matches.select_related("contact", "legacy_contact")
    return {match.pk: people.email_of(match) for match in matches}


def _row(
    finding: Finding,
    user: User,
    *,
    conflict: str,
    addresses: Mapping[int | None, str],
) -> Row:
    source = finding.source
    card = catalogue.card_of(finding.rule, source.provider)
    choices = _choices(finding, user)
    known = finding.contact_v2_id or finding.contact_v3_id
    return Row(
        finding,
        title=card.title if card else finding.rule,
        why=situations.why(
            finding.situation.sentence,
            privilege=finding.privilege or finding.privilege_class,
            student=finding.student_name or finding.student_ref,
            mailing_list=finding.list_name or finding.list_ref,
        ),
        person=finding.contact_name or addresses.get(finding.match_id) or known,
        subject=_subject(finding),
        old=old_side(finding) if source.is_clever else consents.old_side(finding),
        new=new_side(finding) if source.is_clever else consents.new_side(finding),
        choices=choices,
        may_withdraw=_may_withdraw(finding, user),
        may_look=_may_look(finding, user),
        may_take=choices != () and finding.assigned_to_id is None,
        may_let_go=choices != () and finding.assigned_to_id == user.pk,
        conflict=conflict,
    )


def _subject(finding: Finding) -> str:
    if finding.source.is_clever:
        return finding.student_name or finding.student_ref
    return finding.list_name or finding.list_ref


def old_side(finding: Finding) -> str:
    """Say what the grant rests on."""
    if not finding.grant_id:
        return "not granted"
    if finding.basis and finding.basis != Grant.Basis.V2_RELATIONSHIP:
        return _BASES.get(finding.basis, finding.basis)
    if not finding.basis_relationship and not finding.basis_type:
        return "no v2 label"
    return comparing.label((finding.basis_relationship, finding.basis_type))


def new_side(finding: Finding) -> str:
    """Say what v3 tells now."""
    entries = finding.situation.body.get("entries", ())
    if entries:
        return "; ".join(comparing.label((entry[0], entry[1])) for entry in entries)
    if finding.match_state in {"gone", "unknown-contact"}:
        return "not in v3"
    if not finding.student_ref:
        return "one for each student"
    return "not related"


def _choices(finding: Finding, user: User) -> tuple[Choice, ...]:
    if finding.state != Finding.State.OPEN or not user.has_perm("audits.decide"):
        return ()
    kinds = deciding.allowed_kinds(finding.rule)
    # Enter in the field of the reason presses the first button of the form.
    kinds = tuple(sorted(kinds, key=lambda kind: kind != finding.recommendation))
    return tuple(
        Choice(
            kind.value,
            label=str(kind.label),
            key=_KEYS[kind.value],
            recommended=kind == finding.recommendation,
            second_look=deciding.needs_second_look(finding, kind),
        )
        for kind in kinds
    )


def _may_withdraw(finding: Finding, user: User) -> bool:
    decision = finding.decision
    if decision is None or finding.state not in deciding.WITHDRAWABLE:
        return False
    may_decide = user.has_perm("audits.decide")
    return may_decide and (
        decision.decided_by_id == user.pk or user.has_perm("audits.confirm")
    )


def _may_look(finding: Finding, user: User) -> bool:
    decision = finding.decision
    waits = finding.state == Finding.State.AWAITING_SECOND
    return waits and decision is not None and seconding.may_look(decision, user)
