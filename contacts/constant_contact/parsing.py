"""Constant Contact's wire format: V2 and V3 contacts, lists, fields, cross-references.

Recordings differ from every schema: ids as numbers, dates of 1969 for *never*, an array
where an object is documented. So nothing but an id is required, words are kept as they
were told, and unknown keys are ignored here (the page keeps them). Only a value that is
longer than its column, or an id that is none, stops a record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

import msgspec

from contacts import api_errors, reading
from contacts.constant_contact import current, dotted, ids, legacy, wire
from contacts.mail_records import (
    Contact,
    CustomField,
    LegacyContact,
    LegacyList,
    MailingList,
    Xref,
)

W = TypeVar("W")

RESULTS, CONTACTS, LISTS, CUSTOM_FIELDS, XREFS = (
    "results",
    "contacts",
    "lists",
    "custom_fields",
    "xrefs",
)
"""The keys under which an answer holds its records; V2's is ``results``."""

_decode_legacy_contact = msgspec.json.Decoder(wire.LegacyContact).decode
_decode_legacy_list = msgspec.json.Decoder(wire.LegacyList).decode
_decode_contact = msgspec.json.Decoder(wire.Contact).decode
_decode_list = msgspec.json.Decoder(wire.MailingList).decode
_decode_custom_field = msgspec.json.Decoder(wire.CustomField).decode
_decode_xref = msgspec.json.Decoder(wire.Xref).decode
_decode_object = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_decode_array = msgspec.json.Decoder(list[msgspec.Raw]).decode
_decode_meta = msgspec.json.Decoder(wire.Meta | None).decode
_decode_links = msgspec.json.Decoder(wire.Links | None).decode


# --- Records -------------------------------------------------------------------


def parse_legacy_contact(raw: bytes) -> LegacyContact:
    """Read a V2 contact, nested or with dotted keys; raises ``BadRecord``."""
    clean = reading.checked(raw)
    told = reading.typed(raw, wire.LegacyContact, _decode_legacy_contact)
    if not told.email_addresses and dotted.is_dotted(raw):
        whole = dotted.nested(reading.softened(raw))
        told = reading.converted(whole, wire.LegacyContact)
    return legacy.contact(told if clean else reading.cleaned(told))


def parse_legacy_list(raw: bytes) -> LegacyList:
    """Read a V2 list; raises ``BadRecord``."""
    return legacy.mailing_list(_read(raw, wire.LegacyList, _decode_legacy_list))


def parse_contact(raw: bytes) -> Contact:
    """Read a V3 contact with its subresources; raises ``BadRecord``."""
    return current.contact(_read(raw, wire.Contact, _decode_contact))


def parse_list(raw: bytes) -> MailingList:
    """Read a V3 list; raises ``BadRecord``."""
    return current.mailing_list(_read(raw, wire.MailingList, _decode_list))


def parse_custom_field(raw: bytes) -> CustomField:
    """Read the definition of a V3 custom field; raises ``BadRecord``."""
    return current.custom_field(_read(raw, wire.CustomField, _decode_custom_field))


def parse_contact_xref(raw: bytes) -> Xref:
    """Read which V3 contact a V2 contact is; raises ``BadRecord``."""
    told = _read(raw, wire.Xref, _decode_xref)
    return _xref(told, told.contact_id, "contact_id")


def parse_list_xref(raw: bytes) -> Xref:
    """Read which V3 list a V2 list is; raises ``BadRecord``."""
    told = _read(raw, wire.Xref, _decode_xref)
    return _xref(told, told.list_id, "list_id")


def _xref(told: wire.Xref, ref: str | None, field: str) -> Xref:
    sequence_id = ids.legacy_id(told.sequence_id, "sequence_id")
    return Xref(sequence_id, ids.known_uuid(ref, field))


def _read(raw: bytes, kind: type[W], decode: Callable[[bytes], W]) -> W:
    clean = reading.checked(raw)
    told = reading.typed(raw, kind, decode)
    return told if clean else reading.cleaned(told)


# --- Answers -------------------------------------------------------------------


def parse_page(body: bytes, key: str) -> reading.Page:
    """Cut a list answer into its records, which stand under this key.

    V2's lists, and its contacts in old recordings, are a bare array: then nothing comes
    after. A list ends only where no next link is told; one in another form than is known
    is no end, but raises ``BadPayload``, as does what is no list at all.
    """
    try:
        if key == RESULTS and _is_array(body):
            return reading.Page(_items(body), "")
        told = _decode_object(body)
        return reading.Page(_items(told[key]), _next(told))
    except KeyError:
        trouble = f"there is no {key}"
    except reading.UNREADABLE as error:
        trouble = reading.reason(error)
    raise api_errors.BadPayload(f"a page that is no list: {trouble}")


def parse_xrefs(body: bytes) -> list[bytes]:
    """Return the pairs of a cross-reference, told as ``{"xrefs": […]}`` or bare.

    The reference documents the object, the migration guide shows the array. Raises
    ``BadPayload`` for anything else: an answer that is none must not read as *unknown*.
    """
    try:
        return _items(body if _is_array(body) else _decode_object(body)[XREFS])
    except KeyError:
        trouble = f"there is no {XREFS}"
    except reading.UNREADABLE as error:
        trouble = reading.reason(error)
    raise api_errors.BadPayload(f"a cross-reference that is no list: {trouble}")


def asked_for(asked: Iterable[str], answered: Iterable[str]) -> dict[str, str]:
    """Say which asked id each answered id is; see ``ids.asked_for``."""
    return ids.asked_for(asked, answered)


def _is_array(body: bytes) -> bool:
    return body.lstrip()[:1] == b"["


def _items(array: bytes | msgspec.Raw) -> list[bytes]:
    return [bytes(item) for item in _decode_array(array)]


def _next(told: dict[str, msgspec.Raw]) -> str:
    """Return the link to the next page as V3 or as V2 tells it, or ""."""
    links = _decode_links(told.get("_links", b"null"))
    meta = _decode_meta(told.get("meta", b"null"))
    if links and links.next:
        return links.next.href or ""
    return meta.pagination.next_link or "" if meta and meta.pagination else ""
