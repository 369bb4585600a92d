"""Clever's wire format: pages, v3 contacts and students, v2 contacts.

What the server really sends outranks its schema: relationships outside the published
list ("Guardian"), a name in ``name.last`` alone, "" and null and absent keys for the
same thing, unknown keys. So types are open, nothing but an id is required, and unknown
keys are ignored here (the page keeps them). A typed decode reads what is well typed at
once; only what it refuses takes the tolerant way, where numbers become text.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from contacts import api_errors, reading
from contacts.clever import wire
from contacts.records import (
    BadRecord,
    Contact,
    District,
    Entry,
    LegacyContact,
    Student,
)

rows = reading.rows
stored_rows = reading.stored_rows

_STUDENT, _RELATIONSHIP, _TYPE = (
    f"roles.contact.student_relationships.{key}"
    for key in ("student", "relationship", "type")
)

_decode_page = msgspec.json.Decoder(wire.Page).decode
_decode_item = msgspec.json.Decoder(wire.PageItem).decode
_decode_user = msgspec.json.Decoder(wire.User).decode
_decode_legacy = msgspec.json.Decoder(wire.LegacyContact).decode
_decode_district = msgspec.json.Decoder(wire.District).decode


def parse_page(body: bytes) -> reading.Page:
    """Cut a list answer into its records.

    The end of a list is an answer without a link of rel ``next``; a short page is not.
    Raises ``BadPayload`` if the envelope is not a list's: then the page failed, not a row.
    """
    try:
        page = _decode_page(body)
    except reading.UNREADABLE as error:
        raise api_errors.BadPayload(
            f"a page that is no list: {reading.reason(error)}"
        ) from None
    links = [link.uri for link in page.links or () if link.rel == "next" and link.uri]
    return reading.Page([bytes(item) for item in page.data], links[0] if links else "")


def parse_item(body: bytes) -> bytes:
    """Return the record of an answer about one thing; raises ``BadPayload``."""
    try:
        return bytes(_decode_item(body).data)
    except reading.UNREADABLE as error:
        raise api_errors.BadPayload(
            f"an answer without data: {reading.reason(error)}"
        ) from None


def parse_contact(raw: bytes) -> Contact:
    """Read a v3 contact, wrapped in ``data`` or bare; raises ``BadRecord``."""
    clean = reading.checked(raw)
    user = reading.typed(raw, wire.User, _decode_user).bare()
    role = user.roles.contact if user.roles else None
    if role is None:
        raise BadRecord("roles.contact", "is missing")
    contact = Contact(
        reading.required_id(user.id, "id"),
        reading.known_id(role.legacy_id, "roles.contact.legacy_id"),
        reading.known_id(user.district, "district"),
        _name(user.name),
        user.email or "",
        role.phone or "",
        reading.label(role.phone_type, "roles.contact.phone_type"),
        role.sis_id or "",
        user.created or "",
        user.last_modified or "",
        _entries(role.student_relationships or ()),
    )
    return contact if clean else reading.cleaned(contact)


def parse_student(raw: bytes) -> Student:
    """Read a v3 student, wrapped in ``data`` or bare; raises ``BadRecord``."""
    clean = reading.checked(raw)
    user = reading.typed(raw, wire.User, _decode_user).bare()
    role = user.roles.student if user.roles else None
    if role is None:
        raise BadRecord("roles.student", "is missing")
    student = Student(
        reading.required_id(user.id, "id"),
        reading.known_id(role.legacy_id, "roles.student.legacy_id"),
        reading.known_id(user.district, "district"),
        _name(user.name),
        user.email or role.email or "",
        role.sis_id or "",
        role.grade or "",
        role.school or "",
    )
    return student if clean else reading.cleaned(student)


def parse_legacy_contact(raw: bytes) -> LegacyContact:
    """Read a v2 contact, wrapped in ``data`` or bare; raises ``BadRecord``."""
    clean = reading.checked(raw)
    told = reading.typed(raw, wire.LegacyContact, _decode_legacy).bare()
    students = [
        reading.known_id(student, "students") for student in told.students or ()
    ]
    contact = LegacyContact(
        reading.required_id(told.id, "id"),
        reading.known_id(told.district, "district"),
        _name(told.name),
        told.email or "",
        told.phone or "",
        reading.label(told.phone_type, "phone_type"),
        reading.label(told.relationship, "relationship"),
        reading.label(told.type, "type"),
        told.sis_id or "",
        tuple(dict.fromkeys(filter(None, students))),
    )
    return contact if clean else reading.cleaned(contact)


def parse_district(raw: bytes) -> District:
    """Read a district, wrapped in ``data`` or bare; raises ``BadRecord``."""
    clean = reading.checked(raw)
    told = reading.typed(raw, wire.District, _decode_district).bare()
    district = District(reading.required_id(told.id, "id"), told.name or "")
    return district if clean else reading.cleaned(district)


def _name(name: wire.Name | str | None) -> str:
    if isinstance(name, wire.Name):
        return " ".join(filter(None, (name.first, name.middle, name.last)))
    return name or ""


def _entries(told: Iterable[wire.Entry]) -> tuple[Entry, ...]:
    """Return the entries; one told twice in the same words is one."""
    entries = [
        Entry(
            reading.required_id(entry.student, _STUDENT),
            reading.label(entry.relationship, _RELATIONSHIP),
            reading.label(entry.type, _TYPE),
        )
        for entry in told
    ]
    return tuple(dict.fromkeys(entries) if len(entries) > 1 else entries)
