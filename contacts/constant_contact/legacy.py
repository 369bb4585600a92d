"""V2's objects as records: what stands in a contact's emails, slots, lists and notes."""

from __future__ import annotations

from contacts.constant_contact import dotted, ids, wire
from contacts.mail_records import (
    LegacyAddress,
    LegacyContact,
    LegacyCustomField,
    LegacyEmail,
    LegacyList,
    LegacyMembership,
    LegacyNote,
)
from contacts.records import BadRecord

_NO_EMAIL = LegacyEmail()
_NEVER = ("1969-12-31T", "1970-01-01T")
"""The first day of 1970, or the evening before it in the east of America, is how a
missing opt-out was stored (the V2 documentation's own example has one)."""


def contact(told: wire.LegacyContact) -> LegacyContact:
    """Make a contact; raises ``BadRecord``."""
    contact_id = ids.lowered(told.contact_id)
    is_known = ids.is_uuid(contact_id)
    return LegacyContact(
        ids.legacy_id(told.id, "id"),
        told.status or "",
        contact_id if is_known else "",
        "" if is_known else (told.contact_id or "").strip(),
        _truth(told.confirmed),
        told.prefix_name or "",
        told.first_name or "",
        told.middle_name or "",
        told.last_name or "",
        told.job_title or "",
        told.company_name or "",
        told.department_name or "",
        told.home_phone or "",
        told.work_phone or "",
        told.cell_phone or "",
        told.fax or "",
        told.source or "",
        told.source_details or "",
        told.created_date or "",
        told.modified_date or "",
        _legacy_emails(wire.several(told.email_addresses)),
        _legacy_addresses(wire.several(told.addresses)),
        _slots(wire.several(told.custom_fields)),
        _legacy_memberships(wire.several(told.lists)),
        _legacy_notes(wire.several(told.notes)),
    )


def mailing_list(told: wire.LegacyList) -> LegacyList:
    """Make a list; raises ``BadRecord``."""
    list_id = ids.lowered(told.list_id)
    return LegacyList(
        ids.legacy_id(told.id, "id"),
        told.name or "",
        told.status or "",
        list_id if ids.is_uuid(list_id) else "",
    )


def _truth(value: bool | str | None) -> str:  # noqa: FBT001  # a value, not a switch
    if isinstance(value, bool):
        return "true" if value else "false"
    return value or ""


def _legacy_emails(told: list[wire.LegacyEmail]) -> tuple[LegacyEmail, ...]:
    """Return the addresses; one without an address may yet tell an opt-out."""
    emails = [
        LegacyEmail(
            each.email_address or "",
            each.status or "",
            each.confirm_status or "",
            each.opt_in_source or "",
            each.opt_in_date or "",
            each.opt_out_source or "",
            _unless_never(each.opt_out_date),
        )
        for each in told
    ]
    return tuple([each for each in emails if each != _NO_EMAIL])


def _unless_never(date: str | None) -> str:
    return "" if date is None or date.startswith(_NEVER) else date


def _legacy_addresses(told: list[wire.LegacyAddress]) -> tuple[LegacyAddress, ...]:
    """Return the addresses; V2 keeps shells that hold their type alone."""
    addresses = [
        LegacyAddress(
            each.address_type or "",
            each.line1 or "",
            each.line2 or "",
            each.line3 or "",
            each.city or "",
            each.state_code or "",
            each.state or "",
            each.country_code or "",
            each.postal_code or "",
            each.sub_postal_code or "",
        )
        for each in told
    ]
    return tuple([each for each in addresses if each != LegacyAddress(each.kind)])


def _slots(told: list[wire.LegacyCustomField]) -> tuple[LegacyCustomField, ...]:
    """Return what stands in the slots, in their order; an empty one holds nothing."""
    fields = [LegacyCustomField(_slot(each), each.value) for each in told if each.value]
    if len(fields) < 2:
        return tuple(fields)
    return tuple(sorted(dict.fromkeys(fields), key=lambda field: field.slot))


def _slot(told: wire.LegacyCustomField) -> int:
    slot = dotted.slot_of(told.name or "") or dotted.slot_of(told.label or "")
    if slot is None:
        raise BadRecord("custom_fields", "names none of the slots 1 to 15")
    return slot


def _legacy_memberships(
    told: list[wire.LegacyMembership | str],
) -> tuple[LegacyMembership, ...]:
    """Return the lists, each once; what a plain id's status is nobody knows."""
    lists: dict[str, LegacyMembership] = {}
    for each in told:
        ref, status = (each, "") if isinstance(each, str) else (each.id, each.status)
        list_id = ids.ref(ref)
        if list_id and list_id not in lists:
            lists[list_id] = LegacyMembership(list_id, status or "")
    return tuple(lists.values())


def _legacy_notes(told: list[wire.LegacyNote]) -> tuple[LegacyNote, ...]:
    return tuple(
        [
            LegacyNote(each.note, each.created_date or "", each.modified_date or "")
            for each in told
            if each.note
        ]
    )
