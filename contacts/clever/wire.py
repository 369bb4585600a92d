"""Clever's objects as they stand on the wire, as far as we read them.

Everything may be absent or null, nothing is a closed list, unknown keys are ignored. A
struct that has ``data`` reads a record both bare and in its ``{"data": …}`` envelope in
one pass.
"""

from __future__ import annotations

import msgspec


class Name(msgspec.Struct, gc=False):
    """Contacts carry their whole name in ``last`` and lack the other keys."""

    first: str | None = None
    middle: str | None = None
    last: str | None = None


class Entry(msgspec.Struct, gc=False):
    """One element of ``student_relationships``."""

    student: str | None = None
    relationship: str | None = None
    type: str | None = None


class ContactRole(msgspec.Struct, gc=False):
    """What a user is as a contact."""

    legacy_id: str | None = None
    phone: str | None = None
    phone_type: str | None = None
    sis_id: str | None = None
    student_relationships: list[Entry] | None = None


class StudentRole(msgspec.Struct, gc=False):
    """What a user is as a student; ``email`` is sent though no schema has it."""

    legacy_id: str | None = None
    email: str | None = None
    sis_id: str | None = None
    grade: str | None = None
    school: str | None = None


class Roles(msgspec.Struct, gc=False):
    """An object keyed by role, with the held roles only; one page calls it an array."""

    contact: ContactRole | None = None
    student: StudentRole | None = None


class User(msgspec.Struct, gc=False):
    """A v3 user."""

    id: str | None = None
    district: str | None = None
    name: Name | str | None = None
    email: str | None = None
    created: str | None = None
    last_modified: str | None = None
    roles: Roles | None = None
    data: User | None = None

    def bare(self) -> User:
        """Return the record out of its envelope, if it is in one."""
        return self if self.data is None else self.data


class LegacyContact(msgspec.Struct, gc=False):
    """A v2 contact."""

    id: str | None = None
    district: str | None = None
    name: Name | str | None = None
    email: str | None = None
    phone: str | None = None
    phone_type: str | None = None
    relationship: str | None = None
    type: str | None = None
    sis_id: str | None = None
    students: list[str | None] | None = None
    data: LegacyContact | None = None

    def bare(self) -> LegacyContact:
        """Return the record out of its envelope, if it is in one."""
        return self if self.data is None else self.data


class District(msgspec.Struct, gc=False):
    """A district, as far as it is shown."""

    id: str | None = None
    name: str | None = None
    data: District | None = None

    def bare(self) -> District:
        """Return the record out of its envelope, if it is in one."""
        return self if self.data is None else self.data


class Link(msgspec.Struct, gc=False):
    """An element of the array ``links``."""

    rel: str | None = None
    uri: str | None = None


class Page(msgspec.Struct):
    """A list answer; its records stay bytes, to be hashed and kept as received."""

    data: list[msgspec.Raw]
    links: list[Link] | None = None


class Identity(msgspec.Struct, gc=False):
    """A record's id, wherever it stands."""

    id: str | int | None = None
    data: Identity | None = None

    def known_id(self) -> str:
        """Return the id as text, "" if there is none."""
        told = self.id if self.data is None else self.data.id
        return "" if told is None else str(told)


class PageIds(msgspec.Struct):
    """A list answer, read for its ids alone."""

    data: list[Identity]


class PageItem(msgspec.Struct):
    """An answer about one thing."""

    data: msgspec.Raw
