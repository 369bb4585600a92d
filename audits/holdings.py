"""What some persons hold and what was found about it, read in three statements."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet, Subquery
from django.urls import reverse

from audits import mailings, matrix, providers
from audits.cells import Head, Matrix
from audits.matrix import Holdings
from audits.models import Finding, Grant, PolicyVersion, Restriction
from contacts import people
from contacts.comparing import Label
from contacts.models import Match, RelationshipEntry, Source, Student
from contacts.people import ContactTie, Person


def refs_of(match: Match) -> list[str]:
    """Give every id by which a grant may name a person."""
    told = [match.legacy_contact.external_id] if match.legacy_contact else []
    # What a re-created contact's candidate holds is its own until somebody says so.
    if match.contact and match.state != Match.State.RECREATED:
        told += filter(None, [match.contact.external_id, match.contact.legacy_id])
    return told


def of_person(source: Source, person: Person, *, today: date) -> Holdings:
    """Read what one person holds, what was found, and what forbids."""
    match = person.match
    named = Q(match=match) | Q(match__isnull=True, contact_ref__in=refs_of(match))
    grants = _grants(source).filter(named).order_by("privilege", "pk")
    restrictions = Restriction.objects.filter(named, source=source).active_on(today)
    return _holdings(source, grants, _findings().filter(match=match), restrictions)


def of_student(student: Student, *, today: date) -> tuple[Holdings, list[ContactTie]]:
    """Read who holds what for one student, and everybody around the student."""
    refs = [ref for ref in (student.external_id, student.legacy_id) if ref]
    grants = list(
        _grants(student.source)
        .filter(student_key__in=refs)
        .union(_wide_grants(student.source, refs), all=True)
    )
    holders = {grant.match_id for grant in grants if grant.match_id}
    ties = list(people.around(student, also=sorted(holders)))
    matches = [tie.match.pk for tie in ties]
    findings = _findings().filter(
        Q(source=student.source, student_ref__in=refs)
        | Q(match__in=matches, student_ref="")
    )
    restrictions = Restriction.objects.filter(
        match__in=matches, student_key__in=["", *refs]
    ).active_on(today)
    return _holdings(student.source, grants, findings, restrictions), ties


def person_matrix(
    source: Source, person: Person, holdings: Holdings, *, today: date
) -> Matrix:
    """Lay out what one person holds, a student or a list a row."""
    if not source.is_clever:
        return mailings.person_matrix(source, person, holdings, today=today)
    heads = _student_heads(source, person, holdings)
    return matrix.build(heads, holdings, row_of=_student_of, today=today)


def student_matrix(student: Student, *, today: date) -> Matrix:
    """Lay out who holds what for one student, a person a row."""
    holdings, ties = of_student(student, today=today)
    heads = [_contact_head(student.source, tie) for tie in ties]
    return matrix.build(
        heads, holdings, row_of=lambda row: str(row.match_id or "?"), today=today
    )


def _grants(source: Source) -> QuerySet[Grant]:
    """Give active grants, with the student and the policy's privileges beside each.

    The policy is no row's own: asked for once by the database, it spares a statement.
    """
    policies = PolicyVersion.objects.filter(source=source).order_by("-number")
    return Grant.objects.filter(source=source, closed_at__isnull=True).annotate(
        student_told=people.student_json(source),
        policy_body=Subquery(policies.values("body")[:1]),
    )


def _wide_grants(source: Source, refs: list[str]) -> QuerySet[Grant]:
    """Give the contact-wide grants of those whom v3 relates to a student."""
    related = RelationshipEntry.objects.filter(
        student_ref__in=refs, ended_at__isnull=True
    )
    return _grants(source).filter(
        student_ref="", match__contact__in=related.values("contact")
    )


def _findings() -> QuerySet[Finding]:
    return (
        Finding.objects.exclude(state=Finding.State.CLOSED)
        .select_related("situation", "decision__decided_by", "source")
        .order_by("severity", "pk")
    )


def _holdings(
    source: Source,
    grants: QuerySet[Grant] | list[Grant],
    findings: QuerySet[Finding],
    restrictions: QuerySet[Restriction],
) -> Holdings:
    grants = list(grants)
    return Holdings(
        grants,
        list(findings),
        list(restrictions.order_by("starts_on", "pk")),
        _privileges(grants),
        own_basis=providers.of(source).own_basis,
    )


def _privileges(grants: Sequence[Grant]) -> dict[str, str]:
    """Read the policy in force off any grant."""
    body: dict[str, Any] = {}
    if grants:
        body = getattr(grants[0], "policy_body", None) or {}
    return dict(body.get("privileges", {}))


def _student_of(row: matrix.Placed) -> str:
    """Name the row: the student's v3 id once a scan has found it, else the id as told."""
    if isinstance(row, Grant):
        told = getattr(row, "student_told", None)
        return told["key"] if told else row.student_key or row.student_ref
    if isinstance(row, Restriction):
        return row.student_key or row.student_ref
    return row.student_ref


def _student_heads(source: Source, person: Person, holdings: Holdings) -> list[Head]:
    legacy = person.match.legacy_contact
    v2_label = (legacy.relationship, legacy.type) if legacy else None
    known = person.match.contact is not None
    heads = {
        tie.key: Head(
            tie.key,
            name=tie.name,
            note=f"grade {tie.grade}" if tie.grade else "",
            url=_student_url(source, tie.pk),
            entries=tie.entries,
            v2_label=v2_label,
            in_v2=tie.in_v2,
            has_v3=known,
        )
        for tie in person.students
    }
    rows: list[matrix.Placed] = []
    # Who knows the student best heads the row: a record, else the finding's copy.
    rows += [row for row in holdings.grants if getattr(row, "student_told", None)]
    rows += [*holdings.findings, *holdings.grants, *holdings.restrictions]
    for row in rows:
        key = _student_of(row)
        if key and key not in heads:
            heads[key] = _stray_head(source, row, key, v2_label, has_v3=known)
    wide = [] if all(map(_student_of, rows)) else [_wide_head(v2_label, has_v3=known)]
    return [*wide, *heads.values()]


def _wide_head(v2_label: Label | None, *, has_v3: bool) -> Head:
    return Head(
        "",
        name="All students",
        note="contact-wide: names no student",
        v2_label=v2_label,
        in_v2=v2_label is not None,
        has_v3=has_v3,
        wide=True,
    )


def _stray_head(
    source: Source,
    row: matrix.Placed,
    key: str,
    v2_label: Label | None,
    *,
    has_v3: bool,
) -> Head:
    """Head a row for a student that neither version relates to the person."""
    told: dict[str, Any] = getattr(row, "student_told", None) or {}
    return Head(
        key,
        name=str(told.get("name") or getattr(row, "student_name", "")),
        url=_student_url(source, told.get("pk")),
        v2_label=v2_label,
        has_v3=has_v3,
    )


def _student_url(source: Source, pk: int | None) -> str:
    return reverse("contacts:student-detail", args=[source.slug, pk]) if pk else ""


def _contact_head(source: Source, tie: ContactTie) -> Head:
    match = tie.match
    legacy = match.legacy_contact
    return Head(
        str(match.pk),
        name=people.name_of(match),
        note="" if match.state == Match.State.MATCHED else match.get_state_display(),
        url=reverse("contacts:contact-detail", args=[source.slug, match.pk]),
        entries=tie.entries,
        v2_label=(legacy.relationship, legacy.type) if legacy else None,
        in_v2=tie.in_v2,
        has_v3=match.contact is not None,
    )
