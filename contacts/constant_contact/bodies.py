"""The parts of a contact as V3's API takes them, and as people read them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from contacts.constant_contact import dates
from contacts.mail_records import Address, Contact, CustomValue, Phone

Body = dict[str, Any]
NAMES = ("first_name", "last_name", "job_title", "company_name")
_DAYS = ("birthday_month", "birthday_day")
_PARTS = ("kind", "street", "city", "state", "postal_code", "country")


def core(contact: Contact) -> Body:
    """Give every core property the contact has, but for the e-mail address.

    The API makes null what a body leaves out. An anniversary is written in the one
    spelling that the API itself gives back.
    """
    body: Body = {name: getattr(contact, name) for name in NAMES}
    body |= {name: _number(getattr(contact, name)) for name in _DAYS}
    body["anniversary"] = dates.iso(contact.anniversary)
    return {name: value for name, value in body.items() if value != ""}


def phones(told: Iterable[Phone]) -> list[Body]:
    """Give telephone numbers as the API takes them."""
    return [{"phone_number": each.number, "kind": each.kind} for each in told]


def addresses(told: Iterable[Address]) -> list[Body]:
    """Give street addresses as the API takes them, their empty parts left out."""
    return [
        {name: value for name in _PARTS if (value := getattr(address, name))}
        for address in told
    ]


def custom_fields(told: Iterable[CustomValue]) -> list[Body]:
    """Give custom fields as the API takes them, a choice of several with its choices."""
    return [_custom_field(each) for each in told]


def notes(told: Iterable[str]) -> list[Body]:
    """Give notes as the API takes them."""
    return [{"content": text} for text in told]


def phone_line(phone: Phone) -> str:
    """Write a telephone number for people."""
    return f"{phone.kind}: {phone.number}"


def address_line(address: Address) -> str:
    """Write a street address for people."""
    parts = filter(None, (getattr(address, name) for name in _PARTS[1:]))
    return f"{address.kind}: {', '.join(parts)}"


def custom_line(custom: CustomValue) -> str:
    """Write a custom field for people: its id, for its label is the account's."""
    value = custom.value or ", ".join(custom.choices)
    return f"{custom.field_id}: {value}"


def _number(told: str) -> int | str:
    text = told.strip()
    return int(text) if text.isascii() and text.isdigit() else text


def _custom_field(custom: CustomValue) -> Body:
    body: Body = {"custom_field_id": custom.field_id}
    if custom.value or not custom.choices:
        body["value"] = custom.value
    if custom.choices:
        body["choice_ids"] = list(custom.choices)
    return body
