"""What was sent beside what V3 tells afterwards: which fields did not arrive.

Pure. What the provider may write otherwise without losing anything is alike here: the
order of numbers, notes and lists, and the two spellings of a permission.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from contacts.constant_contact import consent, dates, parsing
from contacts.mail_records import Contact

Seen = Callable[[Contact], object]

_NOBODY = "00000000-0000-0000-0000-000000000000"


def _permission(contact: Contact) -> object:
    told = contact.permission_to_send
    return consent.permission(told) or told


def _text(name: str) -> Seen:
    return lambda contact: getattr(contact, name).strip()


def _unordered(name: str) -> Seen:
    return lambda contact: sorted(map(repr_of, getattr(contact, name)))


def repr_of(part: object) -> str:
    """Write a part so that two alike are written alike; its own repr tells nothing."""
    return msgspec.json.encode(part).decode()


_FIELDS: Mapping[str, Mapping[str, Seen]] = {
    "email_address": {
        "email_address.address": lambda contact: contact.address.casefold(),
        "email_address.permission_to_send": _permission,
    },
    "first_name": {"first_name": _text("first_name")},
    "last_name": {"last_name": _text("last_name")},
    "job_title": {"job_title": _text("job_title")},
    "company_name": {"company_name": _text("company_name")},
    "birthday_month": {"birthday_month": _text("birthday_month")},
    "birthday_day": {"birthday_day": _text("birthday_day")},
    "anniversary": {"anniversary": lambda contact: dates.iso(contact.anniversary)},
    "phone_numbers": {"phone_numbers": _unordered("phones")},
    "street_addresses": {"street_addresses": _unordered("addresses")},
    "custom_fields": {"custom_fields": _unordered("custom_fields")},
    "list_memberships": {"list_memberships": _unordered("lists")},
    "notes": {"notes": _unordered("notes")},
}


def missing(body: Mapping[str, Any], told: Contact) -> tuple[str, ...]:
    """Name the fields of a body that V3 tells otherwise; none where all arrived."""
    sent = parsing.parse_contact(msgspec.json.encode({**body, "contact_id": _NOBODY}))
    compared = [
        (name, seen)
        for key in body
        for name, seen in _FIELDS.get(key, {}).items()
        if key != "email_address" or name.partition(".")[2] in body[key]
    ]
    return tuple(name for name, seen in compared if seen(sent) != seen(told))
