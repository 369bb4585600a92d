"""The e-mail address, custom fields, lists and notes: what V3 takes of each."""

from __future__ import annotations

import re

from contacts import records
from contacts.constant_contact import limits
from contacts.constant_contact.losing import Ledger, PlaceKind
from contacts.mail_records import LegacyContact, LegacyEmail

FIRST_EMAIL = "email_addresses.0.email_address"
_EMAIL = "email_addresses.email_address"
_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_ADDRESS = re.compile(
    r"[^\s@\"(),:;<>\[\\\]]{1,64}@(?:" + _LABEL + r"\.)+(?![0-9]+\Z)" + _LABEL
)


def address(legacy: LegacyContact, ledger: Ledger) -> str:
    """Give the address that V3 gets; tell of one that is missing, invalid or not alone.

    V2's API tells exactly one address, but older data may hold more: V3 has room for one,
    so each further one stands in conflict with the first. What V3 would refuse as an
    address takes nobody else's.
    """
    told = legacy.email.address.strip()
    for place, other in enumerate(legacy.emails[1:], 1):
        field = f"email_addresses.{place}"
        ledger.lose("email-duplicate", field, _whole(other), kind="email_addresses")
    if not is_address(told):
        rule = "email-invalid" if told else "email-missing"
        ledger.lose(rule, FIRST_EMAIL, told, kind=_EMAIL)
        return ""
    if ledger.account.duplicates and records.fold(told) in ledger.account.duplicates:
        ledger.lose("email-duplicate", FIRST_EMAIL, told, got=told, kind=_EMAIL)
    return told


def is_address(told: str) -> bool:
    """Say whether V3 could take this as an address: one @, a domain, 80 characters.

    Old mobile carriers gave out addresses that break the standard (two dots in a row);
    they work, so only what cannot be an address is refused.
    """
    return len(told) <= limits.ADDRESS and _ADDRESS.fullmatch(told) is not None


def custom_fields(legacy: LegacyContact, ledger: Ledger) -> tuple[int, ...]:
    """Fill the fields that a person named; give the slots whose values got none.

    These are told by slot and account and not by contact, for one answer settles all. A
    named slot is among them where its field was full or taken by another slot; a slot
    that a person leaves behind is not, for that is settled.
    """
    slots = ledger.account.slots
    left: list[int] = []
    for told in legacy.custom_fields:
        if value := told.value.strip():
            ref = slots.get(told.slot)
            if ref is None or (ref and not ledger.fill(ref, value)):
                left.append(told.slot)
    return tuple(dict.fromkeys(left))


def lists(legacy: LegacyContact, ledger: Ledger) -> tuple[str, ...]:
    """Give the V3 ids of the lists that the contact is on.

    A list that V2 calls hidden or removed is not carried over: V3 has no such status, and
    being on a plain list instead means more mail. A person puts it back.
    """
    kept: dict[str, None] = {}
    for told in legacy.lists:
        field = f"lists.{told.list_id}"
        status = told.status.strip()
        ref = ledger.account.lists.get(told.list_id, "")
        if status and status.upper() != "ACTIVE":
            ledger.lose("list-status-lost", field, status, kind="lists")
            ref, known = "", bool(ref)
        else:
            known = bool(ref)
        if not known and ledger.account.lists_checked:
            ledger.lose("list-unmapped", field, told.list_id, kind="lists")
        if ref and ref not in kept:
            _join(ref, kept, field, ledger)
    return tuple(kept)


def notes(legacy: LegacyContact, ledger: Ledger) -> tuple[str, ...]:
    """Give the notes that V3 takes; tell what does not fit, with its length."""
    kept: list[str] = []
    for place, told in enumerate(legacy.notes):
        text = told.text.strip()
        if text and (got := _note(text, place, len(kept), ledger)):
            kept.append(got)
    return tuple(kept)


def _whole(email: LegacyEmail) -> str:
    parts = (getattr(email, name) for name in email.__struct_fields__)
    return ", ".join(filter(None, map(str.strip, parts)))


def _join(ref: str, kept: dict[str, None], field: str, ledger: Ledger) -> None:
    if len(kept) < ledger.limits.lists:
        kept[ref] = None
    else:
        told = field.removeprefix("lists.")
        ledger.lose("lists-over-limit", field, told, kind="lists")


def _note(text: str, place: int, before: int, ledger: Ledger) -> str:
    most = ledger.limits.note_length if before < ledger.limits.notes else 0
    if len(text) <= most:
        return text
    shortens = ledger.decided("notes-over-limit", "notes") == PlaceKind.SHORTEN
    got = text[:most].rstrip() if shortens else ""
    told = f"{len(got)} of {len(text)} characters"
    ledger.lose("notes-over-limit", f"notes.{place}", text, got=told, kind="notes")
    return got
