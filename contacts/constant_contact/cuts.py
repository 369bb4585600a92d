"""Values that V2 has probably cut: those of exactly the length it took."""

from __future__ import annotations

from collections.abc import Iterator

from contacts.constant_contact.limits import LEGACY_TEXT
from contacts.constant_contact.losing import Ledger
from contacts.mail_records import Contact, LegacyContact

_FIELDS = (
    "first_name",
    "middle_name",
    "last_name",
    "job_title",
    "company_name",
    "home_phone",
    "work_phone",
    "cell_phone",
    "fax",
    "source",
)
_PARTS = ("line1", "line2", "line3", "city", "state_code", "state")
"""V2's own interface takes two letters of a state's code, its bulk import fifty."""


def tell(legacy: LegacyContact, contact: Contact, ledger: Ledger) -> None:
    """Tell of every value of exactly 50 characters, and whether V3 gets it so."""
    for field, kind, value in _values(legacy):
        if len(value) == LEGACY_TEXT:
            whole = value.strip()
            got = value if any(whole in text for text in _texts(contact)) else ""
            ledger.lose("value-probably-cut", field, value, got=got, kind=kind)


def _values(legacy: LegacyContact) -> Iterator[tuple[str, str, str]]:
    for name in _FIELDS:
        yield name, name, getattr(legacy, name)
    for place, told in enumerate(legacy.addresses):
        for part in _PARTS:
            yield f"addresses.{place}.{part}", f"addresses.{part}", getattr(told, part)
    for custom in legacy.custom_fields:
        field = f"custom_fields.{custom.slot}"
        yield field, field, custom.value


def _texts(contact: Contact) -> Iterator[str]:
    """Give every text of the mapped contact in which a cut value may stand."""
    yield from (contact.first_name, contact.last_name)
    yield from (contact.job_title, contact.company_name)
    yield from (phone.number for phone in contact.phones)
    for address in contact.addresses:
        yield from (address.street, address.city, address.state)
    yield from (custom.value for custom in contact.custom_fields)
