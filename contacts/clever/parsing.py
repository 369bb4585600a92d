"""Clever's wire format: pages, v3 contacts and students, v2 contacts.

What the server really sends outranks its schema: relationships outside the published
list ("Guardian"), a name in ``name.last`` alone, "" and null and absent keys for the
same thing, unknown keys. So types are open, nothing but an id is required, and unknown
keys are ignored here (the page keeps them). A typed decode reads what is well typed at
once; only what it refuses takes the tolerant way, where numbers become text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

import msgspec

from contacts import api_errors
from contacts.clever import wire
from contacts.records import (
    ID_LIMIT,
    LABEL_LIMIT,
    RECORD_LIMIT,
    TEXT_LIMIT,
    BadRecord,
    Contact,
    District,
    Entry,
    Fault,
    LegacyContact,
    Record,
    Row,
    StoredRow,
    Student,
)

R = TypeVar("R", Contact, District, LegacyContact, Student)
W = TypeVar("W")

_STUDENT, _RELATIONSHIP, _TYPE = (
    f"roles.contact.student_relationships.{key}"
    for key in ("student", "relationship", "type")
)
_CUT = str.maketrans("", "", "\x1e\x1f")

_decode_page = msgspec.json.Decoder(wire.Page).decode
_decode_item = msgspec.json.Decoder(wire.PageItem).decode
_decode_user = msgspec.json.Decoder(wire.User).decode
_decode_legacy = msgspec.json.Decoder(wire.LegacyContact).decode
_decode_district = msgspec.json.Decoder(wire.District).decode


class Page(msgspec.Struct, frozen=True):
    """The records of a page as received, and the link to the next page or ""."""

    items: list[bytes]
    next: str

    def __repr__(self) -> str:
        return f"Page({len(self.items)} items)"


def parse_page(body: bytes) -> Page:
    """Cut a list answer into its records.

    The end of a list is an answer without a link of rel ``next``; a short page is not.
    Raises ``BadPayload`` if the envelope is not a list's: then the page failed, not a row.
    """
    try:
        page = _decode_page(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise api_errors.BadPayload(
            f"a page that is no list: {_reason(error)}"
        ) from None
    links = [link.uri for link in page.links or () if link.rel == "next" and link.uri]
    return Page([bytes(item) for item in page.data], links[0] if links else "")


def parse_item(body: bytes) -> bytes:
    """Return the record of an answer about one thing; raises ``BadPayload``."""
    try:
        return bytes(_decode_item(body).data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise api_errors.BadPayload(
            f"an answer without data: {_reason(error)}"
        ) from None


def parse_contact(raw: bytes) -> Contact:
    """Read a v3 contact, wrapped in ``data`` or bare; raises ``BadRecord``."""
    clean = _checked(raw)
    user = _typed(raw, wire.User, _decode_user).bare()
    role = user.roles.contact if user.roles else None
    if role is None:
        raise BadRecord("roles.contact", "is missing")
    contact = Contact(
        _id(user.id, "id"),
        _known_id(role.legacy_id, "roles.contact.legacy_id"),
        _known_id(user.district, "district"),
        _name(user.name),
        user.email or "",
        role.phone or "",
        _label(role.phone_type, "roles.contact.phone_type"),
        role.sis_id or "",
        user.created or "",
        user.last_modified or "",
        _entries(role.student_relationships or ()),
    )
    return contact if clean else _cleaned(contact)


def parse_student(raw: bytes) -> Student:
    """Read a v3 student, wrapped in ``data`` or bare; raises ``BadRecord``."""
    clean = _checked(raw)
    user = _typed(raw, wire.User, _decode_user).bare()
    role = user.roles.student if user.roles else None
    if role is None:
        raise BadRecord("roles.student", "is missing")
    student = Student(
        _id(user.id, "id"),
        _known_id(role.legacy_id, "roles.student.legacy_id"),
        _known_id(user.district, "district"),
        _name(user.name),
        user.email or role.email or "",
        role.sis_id or "",
        role.grade or "",
        role.school or "",
    )
    return student if clean else _cleaned(student)


def parse_legacy_contact(raw: bytes) -> LegacyContact:
    """Read a v2 contact, wrapped in ``data`` or bare; raises ``BadRecord``."""
    clean = _checked(raw)
    told = _typed(raw, wire.LegacyContact, _decode_legacy).bare()
    students = [_known_id(student, "students") for student in told.students or ()]
    contact = LegacyContact(
        _id(told.id, "id"),
        _known_id(told.district, "district"),
        _name(told.name),
        told.email or "",
        told.phone or "",
        _label(told.phone_type, "phone_type"),
        _label(told.relationship, "relationship"),
        _label(told.type, "type"),
        told.sis_id or "",
        tuple(dict.fromkeys(filter(None, students))),
    )
    return contact if clean else _cleaned(contact)


def parse_district(raw: bytes) -> District:
    """Read a district, wrapped in ``data`` or bare; raises ``BadRecord``."""
    clean = _checked(raw)
    told = _typed(raw, wire.District, _decode_district).bare()
    district = District(_id(told.id, "id"), told.name or "")
    return district if clean else _cleaned(district)


def rows(
    items: Iterable[bytes],
    parse: Callable[[bytes], Record],
    *,
    first_place: int = 0,
    first_line: int = 1,
) -> Iterator[Row | Fault]:
    """Read a page's records; one that cannot be read becomes a fault in its place."""
    for count, raw in enumerate(items):
        yield _read(raw, parse, first_place + count, first_line + count)


def stored_rows(
    stored: Iterable[StoredRow | Fault],
    parse: Callable[[bytes], Record],
    *,
    first_place: int = 0,
) -> Iterator[Row | Fault]:
    """Read the records of a stored file, each with the line it begins on."""
    for place, item in enumerate(stored, first_place):
        if isinstance(item, Fault):
            yield Fault(place, item.line, item.raw, item.field, item.reason)
        else:
            yield _read(item.raw, parse, place, item.line)


def _read(
    raw: bytes, parse: Callable[[bytes], Record], place: int, line: int
) -> Row | Fault:
    try:
        return Row(place, line, raw, parse(raw))
    except BadRecord as error:
        return Fault(place, line, raw, error.field, error.reason)


def _checked(raw: bytes) -> bool:
    """Refuse what no database takes; return whether values need no cleaning.

    JSON can hold a control character only as an escape and a long value only in a long
    record, so two searches of the bytes spare looking at every value.
    """
    if len(raw) > RECORD_LIMIT:
        raise BadRecord("", "is larger than 1 MB")
    if not raw.isascii():
        try:
            raw.decode()
        except UnicodeDecodeError as error:
            raise BadRecord("", f"is not UTF-8 (byte {error.start})") from None
    return len(raw) <= TEXT_LIMIT and (b"\\" not in raw or b"\\u00" not in raw)


def _typed(raw: bytes, kind: type[W], decode: Callable[[bytes], W]) -> W:
    """Decode at once, or, where a type differs, with numbers made text."""
    try:
        return decode(raw)
    except msgspec.ValidationError:
        return _softened(raw, kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadRecord("", f"is not JSON: {_reason(error)}") from None


def _softened(raw: bytes, kind: type[W]) -> W:
    try:
        return msgspec.convert(wire.as_text(raw), kind)
    except msgspec.ValidationError as error:
        reason, _, path = str(error).partition(" - at ")
        field = path.strip("`").removeprefix("$.").removeprefix("data.")
        raise BadRecord(field, reason[:1].lower() + reason[1:]) from None
    except (ValueError, RecursionError) as error:
        raise BadRecord("", f"is not JSON: {_reason(error)}") from None


def _reason(error: Exception) -> str:
    """Return the decoder's words, which hold a position and never a value."""
    if isinstance(error, UnicodeDecodeError):
        return "text that is not UTF-8"
    if isinstance(error, RecursionError):
        return "nested too deeply"
    return str(error) if isinstance(error, msgspec.MsgspecError) else "malformed"


def _id(value: str | None, field: str) -> str:
    text = _known_id(value, field)
    if not text:
        raise BadRecord(field, "is missing")
    return text


def _known_id(value: str | None, field: str) -> str:
    text = value.strip() if value else ""
    if len(text) > ID_LIMIT:
        raise BadRecord(field, f"is longer than {ID_LIMIT} characters")
    return text


def _label(value: str | None, field: str) -> str:
    if value and len(value) > LABEL_LIMIT:
        raise BadRecord(field, f"is longer than {LABEL_LIMIT} characters")
    return value or ""


def _name(name: wire.Name | str | None) -> str:
    if isinstance(name, wire.Name):
        return " ".join(filter(None, (name.first, name.middle, name.last)))
    return name or ""


def _entries(told: Iterable[wire.Entry]) -> tuple[Entry, ...]:
    """Return the entries; one told twice in the same words is one."""
    entries = [
        Entry(
            _id(entry.student, _STUDENT),
            _label(entry.relationship, _RELATIONSHIP),
            _label(entry.type, _TYPE),
        )
        for entry in told
    ]
    return tuple(dict.fromkeys(entries) if len(entries) > 1 else entries)


def _cleaned(record: R) -> R:
    """Look at every value of a record that may hold what it must not."""
    told = msgspec.structs.asdict(record)
    return type(record)(**{name: _clean(value, name) for name, value in told.items()})


def _clean(value: object, field: str) -> Any:
    if isinstance(value, Entry):
        entry = (value.student, value.relationship, value.type)
        return Entry(*(_clean(part, field) for part in entry))
    if isinstance(value, tuple):
        return tuple(_clean(part, field) for part in value)
    return _clean_text(str(value), field)


def _clean_text(text: str, field: str) -> str:
    """Cut our own separators; refuse NUL, which PostgreSQL cannot store, and length."""
    if "\0" in text:
        raise BadRecord(field, "holds a NUL character")
    if len(text) > TEXT_LIMIT:
        raise BadRecord(field, "is longer than 64 kB")
    return text.translate(_CUT)
