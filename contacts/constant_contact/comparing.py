"""A contact's two records side by side, property by property, for people to read.

The old side shows what V2 told, the new side what V3 tells now. Values are laid beside
each other as V3 would write them, so that ``us`` and ``United States`` are one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from contacts import records
from contacts.constant_contact import bodies, consent, dates, fields, mapping, pairing
from contacts.constant_contact.mapping import Mapped
from contacts.mail_records import Contact, CustomValue, LegacyContact

_NAMES = {
    "first_name": "First name",
    "last_name": "Last name",
    "job_title": "Job title",
    "company_name": "Company",
}
_WITHOUT_COUNTERPART = {
    "prefix_name": "Prefix",
    "middle_name": "Middle name",
    "department_name": "Department",
    "source": "Source",
    "source_details": "Source details",
}
_OF_V3_ALONE = {
    "opt_out_reason": "Opt-out reason",
    "birthday_month": "Birthday, month",
    "birthday_day": "Birthday, day",
    "anniversary": "Anniversary",
    "create_source": "Created by",
    "update_source": "Updated by",
    "deleted_at": "Deleted",
}
_SECOND = len("2013-01-18T21:45:22")


class Mark(StrEnum):
    """What became of a property.

    *Kept*: V3 tells what V2 told. *Changed*: V3 tells something else, and is newer.
    *Lost*: V3 lacks it and has no place for it. *To decide*: V3 lacks it though it has a
    place, or what it permits is not what V2 supports.
    """

    KEPT = "kept"
    CHANGED = "changed"
    LOST = "lost"
    TO_DECIDE = "to_decide"
    ONLY_NEW = "only_new"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class Field:
    """One property on both sides."""

    name: str
    old: tuple[str, ...]
    new: tuple[str, ...]
    mark: Mark

    def __repr__(self) -> str:
        return f"Field({self.name!r}, {self.mark!r})"


def side_by_side(
    legacy: LegacyContact, current: Contact | None, mapped: Mapped
) -> tuple[Field, ...]:
    """Set V2's contact beside V3's; one that V3 does not have leaves its side empty."""
    new = current or Contact("")
    lost = frozenset(loss.field for loss in mapped.losses if not loss.v3_value)
    return (
        _id(legacy, new),
        _field(
            "E-mail",
            legacy.email.address,
            new.address,
            is_lost=fields.FIRST_EMAIL in lost,
        ),
        _permission(legacy, new, mapped),
        *_consent(legacy, new),
        *_names(legacy, new, lost),
        *_pairs(pairing.phones(legacy, new), "Telephones of V3 alone", lost),
        *_pairs(pairing.addresses(legacy, new), "Addresses of V3 alone", lost),
        *_custom_fields(legacy, new, mapped),
        _lists(legacy, new, mapped, lost),
        _notes(legacy, new, mapped),
        *_dates(legacy, new),
        *(_field(name, "", getattr(new, key)) for key, name in _OF_V3_ALONE.items()),
        _whole("Tags", (), new.taggings, is_kept=False),
    )


def _mark(*, old: bool, new: bool, kept: bool, lost: bool) -> Mark:
    if not old:
        return Mark.ONLY_NEW if new else Mark.EMPTY
    if kept:
        return Mark.KEPT
    if new:
        return Mark.CHANGED
    return Mark.LOST if lost else Mark.TO_DECIDE


def _whole(
    name: str,
    old: Iterable[str],
    new: Iterable[str],
    *,
    is_kept: bool,
    is_lost: bool = False,
) -> Field:
    told, now = tuple(filter(None, old)), tuple(filter(None, new))
    mark = _mark(old=bool(told), new=bool(now), kept=is_kept, lost=is_lost)
    return Field(name, told, now, mark)


def _field(name: str, old: str, new: str, *, is_lost: bool = False) -> Field:
    kept = records.fold(old) == records.fold(new)
    told, now = old.strip(), new.strip()
    return _whole(name, (told,), (now,), is_kept=kept, is_lost=is_lost)


def _id(legacy: LegacyContact, new: Contact) -> Field:
    """Set the V3 id that V2 told beside V3's own; a malformed one is no id."""
    told = legacy.contact_id or legacy.malformed_contact_id
    is_lost = bool(legacy.malformed_contact_id)
    return _field("V3 id", told, new.external_id, is_lost=is_lost)


def _permission(legacy: LegacyContact, new: Contact, mapped: Mapped) -> Field:
    """Set V3's permission beside all that V2 says of it."""
    email = consent.email(legacy)
    said = (legacy.status, email.status, email.confirm_status, email.opt_in_source)
    old = tuple(dict.fromkeys(filter(None, map(str.strip, said))))
    if legacy.confirmed:
        old = (*old, f"confirmed: {legacy.confirmed}")
    now = consent.permission(new.permission_to_send)
    field = _whole(
        "Permission to send",
        old,
        (new.permission_to_send,),
        is_kept=now is not None and now is mapped.support,
    )
    support = mapped.support
    if old and now and (support is None or consent.is_raised(now, support)):
        return Field(field.name, field.old, field.new, Mark.TO_DECIDE)
    return field


def _consent(legacy: LegacyContact, new: Contact) -> Iterator[Field]:
    """Set beside each other what V3 knows of consent; its words stand for V2's."""
    email = consent.email(legacy)
    for name, told, word, now in (
        (
            "Confirmation",
            email.confirm_status,
            mapping.confirm_status(email.confirm_status),
            new.confirm_status,
        ),
        (
            "Opted in by",
            email.opt_in_source,
            mapping.consent_source(email.opt_in_source),
            new.opt_in_source,
        ),
        (
            "Opted out by",
            email.opt_out_source,
            mapping.consent_source(email.opt_out_source),
            new.opt_out_source,
        ),
    ):
        kept = records.fold(word) == records.fold(now)
        yield _whole(name, (told.strip(),), (now.strip(),), is_kept=kept)


def _names(
    legacy: LegacyContact, new: Contact, lost: frozenset[str]
) -> Iterator[Field]:
    for key, name in _NAMES.items():
        yield _field(name, getattr(legacy, key), getattr(new, key))
    for key, name in _WITHOUT_COUNTERPART.items():
        yield _field(name, getattr(legacy, key), "", is_lost=key in lost)


def _pairs(
    pairs: Iterable[pairing.Pair], rest: str, lost: frozenset[str]
) -> Iterator[Field]:
    """Show each V2 value with the V3 value it was paired with, and who is left over."""
    alone: list[str] = []
    for pair in pairs:
        if not pair.field:
            alone.append(pair.new)
            continue
        is_lost = pair.field in lost
        yield _whole(
            pair.name, (pair.old,), (pair.new,), is_kept=pair.is_same, is_lost=is_lost
        )
    if alone:
        yield _whole(rest, (), alone, is_kept=False)


def _custom_fields(
    legacy: LegacyContact, new: Contact, mapped: Mapped
) -> Iterator[Field]:
    """Show each slot beside the V3 field that its value goes to.

    The mapped contact has the slots' values first, in V2's order.
    """
    filled, left = list(mapped.contact.custom_fields), list(new.custom_fields)
    for told in legacy.custom_fields:
        value = told.value.strip()
        is_mapped = told.slot not in mapped.unmapped_slots
        place = filled.pop(0) if is_mapped and _is_next(value, filled) else None
        found = [each for each in left if place and each.field_id == place.field_id]
        left = [each for each in left if each not in found]
        kept = any(records.fold(each.value) == records.fold(value) for each in found)
        now = map(bodies.custom_line, found)
        name = f"Custom field {told.slot}"
        yield _whole(name, (value,), now, is_kept=kept, is_lost=place is None)
    if left:
        now = map(bodies.custom_line, left)
        yield _whole("Custom fields of V3 alone", (), now, is_kept=False)


def _is_next(value: str, filled: Sequence[CustomValue]) -> bool:
    return bool(filled) and filled[0].value == value


def _lists(
    legacy: LegacyContact, new: Contact, mapped: Mapped, lost: frozenset[str]
) -> Field:
    """Set the ids of the lists beside each other; kept is who is on the very same."""
    old = tuple(dict.fromkeys(each.list_id for each in legacy.lists))
    all_mapped = len(mapped.contact.lists) == len(old)
    kept = all_mapped and set(mapped.contact.lists) == set(new.lists)
    is_lost = bool(old) and all(f"lists.{each}" in lost for each in old)
    return _whole("Lists", old, new.lists, is_kept=kept, is_lost=is_lost)


def _notes(legacy: LegacyContact, new: Contact, mapped: Mapped) -> Field:
    old = tuple(each.text.strip() for each in legacy.notes)
    kept = {records.fold(text) for text in old} <= set(map(records.fold, new.notes))
    is_lost = not mapped.contact.notes
    return _whole("Notes", old, new.notes, is_kept=kept, is_lost=is_lost)


def _dates(legacy: LegacyContact, new: Contact) -> Iterator[Field]:
    """Set dates beside each other; V3 takes none, so one that it lacks is lost."""
    email = consent.email(legacy)
    for name, told, now in (
        ("Opted in", email.opt_in_date, new.opt_in_date),
        ("Opted out", email.opt_out_date, new.opt_out_date),
        ("Created", legacy.created_date, new.created_at),
        ("Last changed", legacy.modified_date, new.updated_at),
    ):
        old = dates.stamp(told)
        kept = old[:_SECOND] == now[:_SECOND]
        yield _whole(name, (old,), (now.strip(),), is_kept=kept, is_lost=True)
