"""Who holds what, as a table: students (or contacts) as rows, privileges as columns.

Each cell says what a grant rests on, what v3 tells now and how the two stand. Built from
rows already read; it asks no database and judges nothing anew: what a scan found is in the
findings, and a grant it found nothing about is confirmed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial

from audits import policy
from audits.cells import (
    CLASS_WORDS,
    Cell,
    Column,
    Head,
    Held,
    Matrix,
    Row,
    Standing,
)
from audits.models import Finding, Grant, Restriction
from contacts.comparing import Label, fold_label, label

Placed = Grant | Finding | Restriction
Sides = Callable[[Head, Grant], tuple[str, str]]
_BASES = dict(Grant.Basis.choices)
_KINDS = dict(Restriction.Kind.choices)


@dataclass(frozen=True, slots=True)
class Holdings:
    """What was read of the grants of some persons, and what was found about them."""

    grants: Sequence[Grant]
    findings: Sequence[Finding]
    restrictions: Sequence[Restriction]
    privileges: dict[str, str] = field(default_factory=dict)
    own_basis: str = Grant.Basis.V2_RELATIONSHIP

    def class_of(self, privilege: str) -> str:
        """Name the class of a privilege under the policy in force."""
        name = policy.fold(privilege)
        if name in policy.CLASSES:
            return name
        return self.privileges.get(name, policy.UNMAPPED)


def relationship_sides(head: Head, grant: Grant) -> tuple[str, str]:
    """Say what relationship a grant rests on, and what v3 tells now."""
    own = (grant.basis_relationship, grant.basis_type)
    old, new = from_to(own if any(own) else head.v2_label, head.entries)
    return old, new or _absence(head, wide=not grant.student_ref)


def build(
    heads: Sequence[Head],
    holdings: Holdings,
    *,
    row_of: Callable[[Placed], str],
    today: date,
    sides: Sides = relationship_sides,
) -> Matrix:
    """Lay the holdings out; ``row_of`` names the row of a grant, finding or restriction.

    ``sides`` says of a grant what it rests on and what is told now. A contact-wide grant
    stands in the row with the empty key where there is one, and shows as covering in all
    others.
    """
    columns = _columns(holdings)
    found = {row.grant_id: row for row in holdings.findings if row.grant_id}
    places: dict[tuple[str, str], list[Grant]] = {}
    for grant in holdings.grants:
        places.setdefault((row_of(grant), grant.privilege), []).append(grant)
    wide = {privilege for key, privilege in places if not key}
    judged = partial(_held, own_basis=holdings.own_basis, today=today)
    rows = [
        Row(
            head,
            cells=tuple(
                Cell(
                    column,
                    held=tuple(
                        judged(grant, found.get(grant.pk), sides=sides(head, grant))
                        for grant in places.get((head.key, column.privilege), ())
                    ),
                    covered=column.privilege in wide and not head.wide,
                )
                for column in columns
            ),
            proposals=tuple(_proposed(holdings.findings, head, row_of)),
            restrictions=_forbidden(holdings.restrictions, head, row_of),
        )
        for head in heads
    ]
    return Matrix(columns, tuple(rows))


def from_to(old: Label | None, entries: Sequence[Label]) -> tuple[str, str]:
    """Write a basis beside what v3 tells, no longer than it takes to tell them apart."""
    new = "; ".join(map(label, entries))
    if old is None:
        return "no v2 label", new
    kin = {fold_label(entry)[0] for entry in entries}
    short = fold_label(old)[0] not in kin and old[0].strip()
    return (old[0].strip() if short else label(old)), new


def restriction_words(restriction: Restriction) -> str:
    """Say what paper it is, how far it reaches and until when."""
    kind = _KINDS.get(restriction.kind, restriction.kind)
    classes = [part.strip() for part in restriction.privilege_classes.split(";")]
    covered = ", ".join(CLASS_WORDS.get(name, name) for name in classes if name)
    until = f" until {restriction.ends_on}" if restriction.ends_on else ""
    return f"{kind}{until}: {covered.lower() or 'everything'}"


def _columns(holdings: Holdings) -> tuple[Column, ...]:
    order = [*policy.CLASSES, policy.UNMAPPED]
    named = {
        grant.privilege: holdings.class_of(grant.privilege) for grant in holdings.grants
    }
    ranked = sorted(named, key=lambda name: (order.index(named[name]), name))
    columns, last = [], ""
    for name in ranked:
        columns.append(Column(name, named[name], opens_class=named[name] != last))
        last = named[name]
    return tuple(columns)


def _held(
    grant: Grant,
    finding: Finding | None,
    *,
    sides: tuple[str, str],
    own_basis: str,
    today: date,
) -> Held:
    """Say how a grant stands; what the provider's data does not judge is named."""
    old, new = sides
    if grant.basis != own_basis:
        old = _BASES.get(grant.basis, grant.basis)
    return Held(
        grant,
        finding,
        standing=_standing(grant, finding, today, own_basis),
        old=old,
        new=new,
        wide=not grant.student_ref and not grant.list_ref,
    )


def _absence(head: Head, *, wide: bool) -> str:
    if wide and head.wide:
        return "a relationship for each student"
    return "not related" if head.has_v3 else "not in v3"


def _standing(
    grant: Grant, finding: Finding | None, today: date, own_basis: str
) -> Standing:
    if finding is not None:
        if finding.state != Finding.State.OPEN:
            return Standing.DECIDED
        restricted = finding.rule == "restricted"
        return Standing.RESTRICTED if restricted else Standing.OPEN
    if grant.expires_at and grant.expires_at < today:
        return Standing.EXPIRED
    if grant.basis != own_basis:
        return Standing.OTHER_BASIS
    return Standing.CONFIRMED if grant.match_id else Standing.UNJUDGED


def _forbidden(
    restrictions: Sequence[Restriction],
    head: Head,
    row_of: Callable[[Placed], str],
) -> tuple[str, ...]:
    mine = (row for row in restrictions if row_of(row) == head.key)
    return tuple(map(restriction_words, mine))


def _proposed(
    findings: Sequence[Finding],
    head: Head,
    row_of: Callable[[Placed], str],
) -> Iterable[Finding]:
    return (row for row in findings if not row.grant_id and row_of(row) == head.key)
