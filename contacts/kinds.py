"""The kinds of facts about people: their columns, and what depends on them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from django.db.backends.utils import CursorWrapper

from contacts import dialect, records
from contacts.loading import CHANGED, IN_SLICE, Kind, Side, Slice
from contacts.models import Snapshot

_PERSON = ("district", "name", "folded_name", "email", "folded_email", "sis_id")
_REACHED = ("phone", "folded_phone", "phone_type")

_encode = msgspec.json.Encoder().encode


def _person(record: Any) -> tuple[str, ...]:
    return (
        record.district,
        record.name,
        records.fold(record.name),
        record.email,
        records.fold(record.email),
        record.sis_id,
    )


def _reached(record: Any) -> tuple[str, ...]:
    return (record.phone, records.fold_phone(record.phone), record.phone_type)


def _legacy_contact(record: records.LegacyContact) -> tuple[str, ...]:
    label = (record.relationship, record.type)
    students = _encode(record.students).decode()
    return (*_person(record), *_reached(record), *label, students)


def _contact(record: records.Contact) -> tuple[str, ...]:
    stamp = (record.legacy_id, record.created, record.last_modified)
    return (*_person(record), *_reached(record), *stamp)


def _student(record: records.Student) -> tuple[str, ...]:
    return (*_person(record), record.legacy_id, record.grade, record.school)


def _entries(record: records.Contact) -> Iterator[tuple[str, ...]]:
    for entry in record.entries:
        yield (record.external_id, entry.student, entry.relationship, entry.type)


_LEGACY = CHANGED.format(
    staged="contacts_stagedlegacycontact", target="contacts_legacycontact"
)
_CURRENT = CHANGED.format(staged="contacts_stagedcontact", target="contacts_contact")


def _renew_students(cursor: CursorWrapper, part: Slice, *, has_updates: bool) -> None:
    """Make the lists of students of changed legacy contacts what v2 told last."""
    items = dialect.json_items_sql("s.students")
    if has_updates:
        _drop_students(cursor, part, items)
    cursor.execute(
        f"""INSERT INTO contacts_legacystudent (legacy_contact_id, student_ref)
            SELECT t.id, item.value FROM {_LEGACY} CROSS JOIN {items}
            WHERE {IN_SLICE} ON CONFLICT DO NOTHING""",  # noqa: S608  # constants
        part.params(),
    )


def _drop_students(cursor: CursorWrapper, part: Slice, items: str) -> None:
    cursor.execute(
        f"""DELETE FROM contacts_legacystudent WHERE id IN (
              SELECT l.id FROM {_LEGACY}
              JOIN contacts_legacystudent AS l ON l.legacy_contact_id = t.id
              WHERE {IN_SLICE} AND NOT EXISTS (
                SELECT 1 FROM {items} WHERE item.value = l.student_ref))""",  # noqa: S608  # constants
        part.params(),
    )


_OF_ROW = """e.snapshot_id = s.snapshot_id AND e.contact_ref = s.external_id
     AND e.page = s.page AND e.place = s.place"""


def _renew_entries(cursor: CursorWrapper, part: Slice, *, has_updates: bool) -> None:
    """End the entries that changed contacts no longer tell; take up those they do."""
    if has_updates:
        _end_entries(cursor, part)
    cursor.execute(
        f"""INSERT INTO contacts_relationshipentry
              (contact_id, student_ref, relationship, type)
            SELECT t.id, e.student_ref, e.relationship, e.type
            FROM {_CURRENT}
            JOIN contacts_stagedentry AS e ON {_OF_ROW}
            WHERE {IN_SLICE}
            ON CONFLICT (contact_id, student_ref, relationship, type)
              DO UPDATE SET ended_at = NULL
              WHERE contacts_relationshipentry.ended_at IS NOT NULL""",  # noqa: S608  # constants
        part.params(),
    )


def _end_entries(cursor: CursorWrapper, part: Slice) -> None:
    cursor.execute(
        f"""UPDATE contacts_relationshipentry AS r SET ended_at = %(at)s
            FROM {_CURRENT}
            WHERE {IN_SLICE} AND r.contact_id = t.id AND r.ended_at IS NULL
              AND NOT EXISTS (
                SELECT 1 FROM contacts_stagedentry AS e WHERE {_OF_ROW}
                   AND e.student_ref = r.student_ref
                   AND e.relationship = r.relationship AND e.type = r.type)""",  # noqa: S608  # constants
        part.params(),
    )


LEGACY_CONTACTS = Kind(
    name=Snapshot.Kind.LEGACY_CONTACTS,
    target="contacts_legacycontact",
    staged="contacts_stagedlegacycontact",
    columns=(*_PERSON, *_REACHED, "relationship", "type"),
    staged_only=("students",),
    values=_legacy_contact,
    renew=_renew_students,
    dependent=("contacts_legacystudent",),
)
STUDENTS = Kind(
    name=Snapshot.Kind.STUDENTS,
    target="contacts_student",
    staged="contacts_stagedstudent",
    columns=(*_PERSON, "legacy_id", "grade", "school"),
    values=_student,
    absent="missing_at",
)
CONTACTS = Kind(
    name=Snapshot.Kind.CONTACTS,
    target="contacts_contact",
    staged="contacts_stagedcontact",
    columns=(*_PERSON, *_REACHED, "legacy_id", "created", "last_modified"),
    values=_contact,
    absent="missing_at",
    renew=_renew_entries,
    dependent=("contacts_relationshipentry",),
    side=Side(
        "contacts_stagedentry",
        ("contact_ref", "student_ref", "relationship", "type"),
        _entries,
    ),
)
