"""A V3 contact as it was imported beside the same contact as it is told now. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from contacts import records
from contacts.comparing import Field, Mark
from contacts.constant_contact import bodies
from contacts.mail_records import Contact

_NAMES = {
    "address": "E-mail",
    "permission_to_send": "Permission to send",
    "confirm_status": "Confirmation",
    "opt_in_source": "Opted in by",
    "opt_in_date": "Opted in",
    "opt_out_source": "Opted out by",
    "opt_out_date": "Opted out",
    "opt_out_reason": "Opt-out reason",
    "deleted_at": "Deleted",
    "first_name": "First name",
    "last_name": "Last name",
    "job_title": "Job title",
    "company_name": "Company",
    "birthday_month": "Birthday, month",
    "birthday_day": "Birthday, day",
    "anniversary": "Anniversary",
    "create_source": "Created by",
    "update_source": "Updated by",
    "updated_at": "Last changed",
}


def stored_with_told(stored: Contact, told: Contact) -> tuple[Field, ...]:
    """Set each property beside itself; the order of lists says nothing."""
    before, now = dict(_parts(stored)), dict(_parts(told))
    return tuple(
        Field(name, before[name], now[name], _mark(before[name], now[name]))
        for name in before
    )


def _parts(contact: Contact) -> Iterator[tuple[str, tuple[str, ...]]]:
    for key, name in _NAMES.items():
        yield name, tuple(filter(None, (getattr(contact, key).strip(),)))
    yield "Telephones", tuple(map(bodies.phone_line, contact.phones))
    yield "Addresses", tuple(map(bodies.address_line, contact.addresses))
    yield "Custom fields", tuple(sorted(map(bodies.custom_line, contact.custom_fields)))
    yield "Lists", tuple(sorted(contact.lists))
    yield "Notes", contact.notes
    yield "Tags", tuple(sorted(contact.taggings))


def _mark(old: tuple[str, ...], new: tuple[str, ...]) -> Mark:
    if old == new:
        return Mark.SAME if old else Mark.EMPTY
    if old and new:
        alike = sorted(map(records.fold, old)) == sorted(map(records.fold, new))
        return Mark.WRITTEN if alike else Mark.DIFFERS
    return Mark.ONLY_OLD if old else Mark.ONLY_NEW
