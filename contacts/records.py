"""The shape that every version of every provider, and every stored file, parses into.

All values are text: an id keeps its zeros, and missing, null and "" are alike. A record
knows no clock, no database and no wire format. Its repr tells the id alone, because
reprs reach logs and these are people.
"""

from __future__ import annotations

import re
import unicodedata
from hashlib import blake2b
from typing import Protocol

import msgspec

ID_LIMIT = 100
LABEL_LIMIT = 200
TEXT_LIMIT = 64 * 1024
RECORD_LIMIT = 1024 * 1024
FOLD_LIMIT = 500
"""What is folded is compared and indexed, and PostgreSQL refuses keys over 2,700 bytes."""

_NOT_DIGITS = re.compile(r"[^0-9]+")
_pack = msgspec.msgpack.Encoder().encode


class BadRecord(ValueError):
    """One record cannot be read; ``field`` is its path, ``reason`` holds no value."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field} {reason}".strip())
        self.field = field
        self.reason = reason


class Named(msgspec.Struct, frozen=True, gc=False):
    """A record that is told apart by its id and shows nothing else of itself."""

    external_id: str

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.external_id!r})"


class LegacyContact(Named, frozen=True, gc=False):
    """A contact as v2 told it: one relationship and one type for all its students."""

    district: str = ""
    name: str = ""
    email: str = ""
    phone: str = ""
    phone_type: str = ""
    relationship: str = ""
    type: str = ""
    sis_id: str = ""
    students: tuple[str, ...] = ()

    def facts(self) -> tuple[object, ...]:
        """What the record says, in a fixed order; the order of students says nothing."""
        return (
            self.external_id,
            self.district,
            self.name,
            self.email,
            self.phone,
            self.phone_type,
            self.relationship,
            self.type,
            self.sis_id,
            sorted(self.students),
        )


class Student(Named, frozen=True, gc=False):
    """The person a contact is related to."""

    legacy_id: str = ""
    district: str = ""
    name: str = ""
    email: str = ""
    sis_id: str = ""
    grade: str = ""
    school: str = ""

    def facts(self) -> tuple[object, ...]:
        """What the record says, in a fixed order."""
        return (
            self.external_id,
            self.legacy_id,
            self.district,
            self.name,
            self.email,
            self.sis_id,
            self.grade,
            self.school,
        )


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One relationship entry of a contact."""

    student: str
    relationship: str = ""
    type: str = ""

    def __repr__(self) -> str:
        return f"Entry({self.student!r})"


class Contact(Named, frozen=True, gc=False):
    """A contact as v3 tells it: an entry for each student, sometimes several."""

    legacy_id: str = ""
    district: str = ""
    name: str = ""
    email: str = ""
    phone: str = ""
    phone_type: str = ""
    sis_id: str = ""
    created: str = ""
    last_modified: str = ""
    entries: tuple[Entry, ...] = ()

    def facts(self) -> tuple[object, ...]:
        """What the record says, in a fixed order.

        The two stamps are left out: a provider touches them without telling anything
        new. No order of entries is promised, so none is told.
        """
        return (
            self.external_id,
            self.legacy_id,
            self.district,
            self.name,
            self.email,
            self.phone,
            self.phone_type,
            self.sis_id,
            sorted(
                [
                    (entry.student, entry.relationship, entry.type)
                    for entry in self.entries
                ]
            ),
        )


class District(Named, frozen=True, gc=False):
    """The tenant a token speaks for."""

    name: str = ""

    def facts(self) -> tuple[object, ...]:
        """What the record says, in a fixed order."""
        return (self.external_id, self.name)


Record = LegacyContact | Student | Contact | District


class Factual(Protocol):
    """A record of any provider: it can say what it tells, in a fixed order."""

    @property
    def external_id(self) -> str: ...
    def facts(self) -> tuple[object, ...]: ...


class StoredRow(msgspec.Struct, frozen=True, gc=False):
    """One record's JSON as it stands in a stored file, and the line it begins on."""

    line: int
    raw: bytes

    def __repr__(self) -> str:
        return f"StoredRow(line={self.line})"


class Row(msgspec.Struct, frozen=True, gc=False):
    """A record that could be read, with its evidence and its place in the page."""

    place: int
    line: int
    raw: bytes
    record: Factual

    def __repr__(self) -> str:
        return f"Row(place={self.place}, line={self.line}, record={self.record!r})"


class Fault(msgspec.Struct, frozen=True, gc=False):
    """A record that could not be read, and why; the reason never holds a value."""

    place: int
    line: int
    raw: bytes
    field: str
    reason: str

    def __repr__(self) -> str:
        return (
            f"Fault(place={self.place}, line={self.line}, {self.field} {self.reason})"
        )


def fold(text: str) -> str:
    """Return ``text`` as names and addresses are compared: no case, no spare blanks."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    return " ".join(text.casefold().split())[:FOLD_LIMIT]


def fold_phone(text: str) -> str:
    """Return a phone number's digits; the 1 before ten digits is the US country code."""
    digits = _NOT_DIGITS.sub("", text)[:FOLD_LIMIT]
    return digits[1:] if len(digits) == 11 and digits[0] == "1" else digits


def digest(record: Factual) -> str:
    """Return 32 hex characters over the record's facts: equal facts, equal digest."""
    return blake2b(_pack(record.facts()), digest_size=16).hexdigest()
