"""Two records of one person side by side, field by field, each difference marked.

Values are compared the way matching compares them (case, spare blanks and the dress of a
telephone number say nothing), and what is only written differently is told apart from
what differs. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from contacts import records

Label = tuple[str, str]


class Mark(StrEnum):
    """How the two sides of a field stand to each other."""

    SAME = "same"
    WRITTEN = "written"
    DIFFERS = "differs"
    ONLY_OLD = "only_old"
    ONLY_NEW = "only_new"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class Field:
    """One field on both sides; of a relationship, ``student`` says whose."""

    name: str
    old: tuple[str, ...]
    new: tuple[str, ...]
    mark: Mark
    student: str = ""

    @property
    def is_different(self) -> bool:
        """Say whether the two sides tell different things."""
        return self.mark in {Mark.DIFFERS, Mark.ONLY_OLD, Mark.ONLY_NEW}


def legacy_with_current(
    legacy: records.LegacyContact | None, current: records.Contact | None
) -> tuple[Field, ...]:
    """Set what v2 told beside what v3 tells; a side that is not known stays empty."""
    old = legacy or records.LegacyContact("")
    new = current or records.Contact("")
    return (
        _field("v2 id", old.external_id, new.legacy_id, str),
        *_person(old, new),
        *_relationships(_one_label(old), _labels(new)),
    )


def stored_with_told(
    stored: records.Contact, told: records.Contact
) -> tuple[Field, ...]:
    """Set what was imported beside what the provider tells now."""
    return (
        _field("v3 id", stored.external_id, told.external_id, str),
        _field("v2 id", stored.legacy_id, told.legacy_id, str),
        *_person(stored, told),
        *_relationships(_labels(stored), _labels(told)),
    )


def label(entry: Label) -> str:
    """Write a relationship and its type; what is missing is said, not left out."""
    relationship, kind = entry
    return f"{relationship.strip() or 'no relationship'} ({kind.strip() or 'no type'})"


def fold_label(entry: Label) -> Label:
    """Return a label as labels are compared."""
    return records.fold(entry[0]), records.fold(entry[1])


def _person(
    old: records.LegacyContact | records.Contact, new: records.Contact
) -> tuple[Field, ...]:
    return (
        _field("Name", old.name, new.name, records.fold),
        _field("E-mail", old.email, new.email, records.fold),
        _field("Phone", old.phone, new.phone, records.fold_phone),
        _field("Phone type", old.phone_type, new.phone_type, records.fold),
        _field("SIS id", old.sis_id, new.sis_id, str),
        _field("District", old.district, new.district, str),
    )


def _field(name: str, old: str, new: str, fold: Callable[[str], str]) -> Field:
    sides = tuple(filter(None, [old])), tuple(filter(None, [new]))
    return Field(name, *sides, _mark(old, new, fold))


def _mark(old: str, new: str, fold: Callable[[str], str]) -> Mark:
    if old and new:
        if old == new:
            return Mark.SAME
        # A number without digits folds to nothing, and nothing is alike to nothing.
        return Mark.WRITTEN if fold(old) == fold(new) != "" else Mark.DIFFERS
    if old or new:
        return Mark.ONLY_OLD if old else Mark.ONLY_NEW
    return Mark.EMPTY


def _one_label(legacy: records.LegacyContact) -> dict[str, list[Label]]:
    """Give v2's single label to each student it stood for."""
    entry = (legacy.relationship, legacy.type)
    return {student: [entry] for student in legacy.students}


def _labels(contact: records.Contact) -> dict[str, list[Label]]:
    told: dict[str, list[Label]] = {}
    for entry in contact.entries:
        told.setdefault(entry.student, []).append((entry.relationship, entry.type))
    return told


def _relationships(
    old: dict[str, list[Label]], new: dict[str, list[Label]]
) -> Iterable[Field]:
    """Go through the students in the order they were told, the old side's first."""
    for student in dict.fromkeys((*old, *new)):
        before, now = sorted(old.get(student, [])), sorted(new.get(student, []))
        yield Field(
            name="Relationship",
            old=tuple(map(label, before)),
            new=tuple(map(label, now)),
            mark=_mark_labels(before, now),
            student=student,
        )


def _mark_labels(old: list[Label], new: list[Label]) -> Mark:
    if old and new:
        if old == new:
            return Mark.SAME
        same = {*map(fold_label, old)} == {*map(fold_label, new)}
        return Mark.WRITTEN if same else Mark.DIFFERS
    return Mark.ONLY_OLD if old else Mark.ONLY_NEW
