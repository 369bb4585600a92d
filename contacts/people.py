"""One person, or all around one student, as both API versions tell it.

A page about a person needs ids, names and labels of several tables at once; they are
read here in one statement each, and hold nothing that anybody judged.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef, Q, Subquery, Value
from django.db.models.functions import JSONObject

from contacts import records
from contacts.comparing import Label
from contacts.models import (
    Contact,
    LegacyContact,
    LegacyStudent,
    Match,
    RelationshipEntry,
    Source,
    Student,
)

V2, V3 = 2, 3


@dataclass(frozen=True, slots=True)
class StudentTie:
    """A student of one person: the entries of v3, and whether v2 listed the student.

    ``key`` is the v3 id where the student is known, else the id as told.
    """

    key: str
    name: str = ""
    grade: str = ""
    pk: int | None = None
    entries: tuple[Label, ...] = ()
    in_v2: bool = False


@dataclass(frozen=True, slots=True)
class ContactTie:
    """A person of one student, the same the other way round."""

    match: Match
    entries: tuple[Label, ...] = ()
    in_v2: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    """A row of the crosswalk with its students."""

    match: Match
    students: tuple[StudentTie, ...]

    @property
    def name(self) -> str:
        """Give the name, the newer version's where there is one."""
        return name_of(self.match)


def name_of(match: Match) -> str:
    """Give the name of a match whose records are at hand."""
    record = match.contact or match.legacy_contact
    return record.name if record else ""


def email_of(match: Match) -> str:
    """Give the e-mail address, the newer version's where it tells one."""
    told = [record.email for record in (match.contact, match.legacy_contact) if record]
    return next(filter(None, told), "")


def student_json(source: Source, ref: str = "student_ref") -> Subquery:
    """Find the student that a row's ``ref`` names by v3 or v2 id, as JSON or None."""
    by_v2_id = Q(legacy_id=OuterRef(ref)) & ~Q(legacy_id="")
    found = Student.objects.filter(
        Q(external_id=OuterRef(ref)) | by_v2_id, source=source
    )
    told = JSONObject(pk="pk", key="external_id", name="name", grade="grade")
    return Subquery(found.order_by("pk").values(told=told)[:1])


def person(match: Match) -> Person:
    """Read the students of a match."""
    who = student_json(match.source)
    entries = RelationshipEntry.objects.filter(
        contact=match.contact_id, ended_at__isnull=True
    ).values_list("student_ref", "relationship", "type", Value(V3), who)
    listed = LegacyStudent.objects.filter(
        legacy_contact=match.legacy_contact_id
    ).values_list("student_ref", Value(""), Value(""), Value(V2), who)
    return Person(match, _students(entries.union(listed, all=True)))


def _students(rows: Iterable[tuple[Any, ...]]) -> tuple[StudentTie, ...]:
    told: dict[str, dict[str, Any]] = {}
    for ref, relationship, kind, version, known in rows:
        who = known or {"key": ref}
        tie = told.setdefault(who["key"], {**who, "entries": [], "in_v2": False})
        if version == V3:
            tie["entries"].append((relationship, kind))
        else:
            tie["in_v2"] = True
    ties = (
        StudentTie(**{**tie, "entries": tuple(sorted(tie["entries"]))})
        for tie in told.values()
    )
    return tuple(sorted(ties, key=lambda tie: (records.fold(tie.name), tie.key)))


def around(student: Student, *, also: Sequence[int] = ()) -> tuple[ContactTie, ...]:
    """Read everybody whom v2 or v3 relates to a student, and the matches ``also``."""
    refs = [ref for ref in (student.external_id, student.legacy_id) if ref]
    entries: dict[int, list[Label]] = {}
    listed: set[int] = set()
    for owner, relationship, kind, version in _told_of(student, refs):
        if version == V3:
            entries.setdefault(owner, []).append((relationship, kind))
        else:
            listed.add(owner)
    matches = (
        Match.objects.filter(source=student.source_id)
        .filter(
            Q(contact__in=list(entries))
            | Q(legacy_contact__in=listed)
            | Q(pk__in=list(also))
        )
        .select_related("contact", "legacy_contact")
        .order_by("folded_name", "pk")
    )
    return tuple(
        ContactTie(
            match,
            entries=tuple(sorted(entries.get(match.contact_id or 0, []))),
            in_v2=match.legacy_contact_id in listed,
        )
        for match in matches
    )


def _told_of(student: Student, refs: list[str]) -> Iterable[tuple[Any, ...]]:
    entries = RelationshipEntry.objects.filter(
        student_ref__in=refs, ended_at__isnull=True, contact__source=student.source_id
    ).values_list("contact_id", "relationship", "type", Value(V3))
    listed = LegacyStudent.objects.filter(
        student_ref__in=refs, legacy_contact__source=student.source_id
    ).values_list("legacy_contact_id", Value(""), Value(""), Value(V2))
    return entries.union(listed, all=True)


def legacy_record(
    row: LegacyContact | None, students: Iterable[StudentTie]
) -> records.LegacyContact | None:
    """Give a stored v2 contact the shape in which records are compared."""
    if row is None:
        return None
    return records.LegacyContact(
        row.external_id,
        relationship=row.relationship,
        type=row.type,
        students=tuple(tie.key for tie in students if tie.in_v2),
        **_facts(row),
    )


def current_record(
    row: Contact | None, students: Iterable[StudentTie]
) -> records.Contact | None:
    """Give a stored v3 contact the shape in which records are compared."""
    if row is None:
        return None
    entries = tuple(
        records.Entry(tie.key, *entry) for tie in students for entry in tie.entries
    )
    return records.Contact(
        row.external_id, legacy_id=row.legacy_id, entries=entries, **_facts(row)
    )


def _facts(row: LegacyContact | Contact) -> dict[str, str]:
    return {
        "district": row.district,
        "name": row.name,
        "email": row.email,
        "phone": row.phone,
        "phone_type": row.phone_type,
        "sis_id": row.sis_id,
    }
