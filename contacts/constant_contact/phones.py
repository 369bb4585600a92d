"""Four flat fields of V2, and V3's array of numbers with a kind each."""

from __future__ import annotations

from contacts.constant_contact.losing import Ledger, PlaceKind
from contacts.mail_records import LegacyContact, Phone

KINDS = {
    "cell_phone": "mobile",
    "home_phone": "home",
    "work_phone": "work",
    "fax": "fax",
}
"""The V2 fields in the order in which they stay, each with the kind of its own."""


def phones(legacy: LegacyContact, ledger: Ledger) -> tuple[Phone, ...]:
    """Give the numbers that V3 takes; tell of what is too many, too long or no kind.

    A number that is too long takes no place from another, for it is not sent: half a
    number calls somebody else. It is cut only where a person said so.
    """
    kept: list[Phone] = []
    for field, own in KINDS.items():
        told: str = getattr(legacy, field)
        if told and (number := told.strip()):
            kind = own if own in ledger.limits.kinds else "other"
            fits = len(kept) < ledger.limits.phones
            got = _number(field, number, ledger, fits=fits)
            if got:
                kept.append(Phone(kind, got))
            if kind != own:
                ledger.lose("phone-kind-lost", field, number, got=kind if got else "")
    return tuple(kept)


def _number(field: str, number: str, ledger: Ledger, *, fits: bool) -> str:
    """Give what V3 gets of a number, "" for none; tell what it does not get."""
    most = ledger.limits.phone_length
    got = number
    if len(number) > most:
        cut = ledger.decided("phone-too-long", field) == PlaceKind.SHORTEN
        got = number[:most].rstrip() if cut else ""
        ledger.lose("phone-too-long", field, number, got=got if fits else "")
    if got and not fits:
        ledger.lose("phones-over-limit", field, number)
    return got if fits else ""
