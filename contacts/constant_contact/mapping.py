"""What V3 makes of a V2 contact, field by field, and every value that it loses.

Pure, and a proposal: nothing here decides that anything is sent. The permission is what
V2 *supports*; what is sent is the lower of that and V3's own (``sending``). Losses are
told of every contact alike, removed and opted-out ones too: V3 may remember a removed
contact, and what it lacks of him is as lost. What V3 sets itself (its dates, its own
word on confirmation) is mapped to be compared, and is never sent.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from contacts.constant_contact import (
    consent,
    cuts,
    dates,
    fields,
    names,
    phones,
    streets,
)
from contacts.constant_contact.consent import Permission
from contacts.constant_contact.limits import CURRENT, GUIDE, LIMITS, Limits
from contacts.constant_contact.losing import Account, Ledger, Loss, Place, PlaceKind
from contacts.mail_records import Contact, LegacyContact

__all__ = [
    "CURRENT",
    "GUIDE",
    "LIMITS",
    "Account",
    "Limits",
    "Loss",
    "Mapped",
    "Place",
    "PlaceKind",
    "map_contact",
]

_CONFIRMED = {
    "CONFIRMED": "confirmed",
    "UNCONFIRMED": "pending",
    "NO_CONFIRMATION_REQUIRED": "off",
}
_SOURCES = {
    "ACTION_BY_VISITOR": "Contact",
    "ACTION_BY_OWNER": "Account",
    "ACTION_BY_SYSTEM": "Account",
}


@dataclass(frozen=True, slots=True)
class Mapped:
    """What V3 makes of a contact; ``support`` is None where a person must decide.

    ``is_removed`` says that V2 removed the contact, who then is not made in V3.
    ``unmapped_slots`` are the slots whose value has no field here: nobody named one, or
    the field had no room. They are no ``losses``, for each is one loss of the account's.
    """

    contact: Contact
    support: Permission | None
    losses: tuple[Loss, ...]
    unmapped_slots: tuple[int, ...] = ()
    is_removed: bool = False


def map_contact(legacy: LegacyContact, account: Account) -> Mapped:
    """Map a V2 contact to V3; nothing it tells is dropped without being told.

    The slots come first, so that no lost value takes a custom field's room from them.
    """
    ledger = Ledger(account)
    unmapped = fields.custom_fields(legacy, ledger)
    support = _support(legacy, account)
    contact = _contact(legacy, support, ledger)
    _tell_id(legacy, ledger)
    _tell_source(legacy, ledger)
    _tell_dates(legacy, ledger)
    cuts.tell(legacy, contact, ledger)
    contact = msgspec.structs.replace(contact, custom_fields=ledger.custom_values())
    removed = consent.is_removed(legacy.status, consent.email(legacy).status)
    return Mapped(contact, support, tuple(ledger.losses), unmapped, removed)


def confirm_status(told: str) -> str:
    """Give V3's word for V2's confirm_status; one that nobody documents, as told."""
    return _CONFIRMED.get(told.strip().upper(), told.strip())


def consent_source(told: str) -> str:
    """Give V3's word for who acted; one that nobody documents, as told."""
    return _SOURCES.get(told.strip().upper(), told.strip())


def _support(legacy: LegacyContact, account: Account) -> Permission | None:
    email = consent.email(legacy)
    return consent.supported(
        contact_status=legacy.status,
        email_status=email.status,
        confirm_status=email.confirm_status,
        opt_in_source=email.opt_in_source,
        visitor_is_explicit=account.visitor_is_explicit,
    )


def _contact(
    legacy: LegacyContact, support: Permission | None, ledger: Ledger
) -> Contact:
    """Give the V3 contact; its custom fields are the slots' own until all is told.

    Whoever did not sign up himself was added by the account: ``create_source`` must be
    true, for it is what the account answers for.
    """
    email = consent.email(legacy)
    opted_in_by = consent_source(email.opt_in_source)
    return Contact(
        external_id=legacy.contact_id,
        address=fields.address(legacy, ledger),
        permission_to_send=support.value if support else "",
        confirm_status=confirm_status(email.confirm_status),
        opt_in_source=opted_in_by,
        opt_out_source=consent_source(email.opt_out_source),
        first_name=names.first_name(legacy, ledger),
        last_name=legacy.last_name.strip(),
        job_title=legacy.job_title.strip(),
        company_name=legacy.company_name.strip(),
        create_source="Contact" if opted_in_by == "Contact" else "Account",
        phones=phones.phones(legacy, ledger),
        addresses=streets.addresses(legacy, ledger),
        custom_fields=ledger.custom_values(),
        lists=fields.lists(legacy, ledger),
        notes=fields.notes(legacy, ledger),
    )


def _tell_id(legacy: LegacyContact, ledger: Ledger) -> None:
    if legacy.malformed_contact_id:
        ledger.lose("id-malformed", "contact_id", legacy.malformed_contact_id)


def _tell_source(legacy: LegacyContact, ledger: Ledger) -> None:
    """Tell of both fields on where a contact came from: V3 has neither."""
    for field in ("source", "source_details"):
        value: str = getattr(legacy, field)
        if value and value.strip():
            ledger.lose("source-details-lost", field, value)


def _tell_dates(legacy: LegacyContact, ledger: Ledger) -> None:
    """Tell of all dates at once: V3 sets its own, and takes none of them."""
    told = "; ".join(f"{name} {value}" for name, value in _dates(legacy) if value)
    if told:
        ledger.lose("dates-lost", "dates", told)


def _dates(legacy: LegacyContact) -> Iterator[tuple[str, str]]:
    email = legacy.email
    yield "created_date", dates.stamp(legacy.created_date)
    yield "modified_date", dates.stamp(legacy.modified_date)
    yield "opt_in_date", dates.stamp(email.opt_in_date)
    yield "opt_out_date", dates.stamp(email.opt_out_date)
    for place, note in enumerate(legacy.notes):
        yield f"notes.{place}.created_date", dates.stamp(note.created_date)
        yield f"notes.{place}.modified_date", dates.stamp(note.modified_date)
