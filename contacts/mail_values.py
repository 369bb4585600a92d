"""What of an account's records stands in columns: what is searched, joined or judged.

Each function gives a record's values in the order of its columns.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from contacts import mail_records, records
from contacts.constant_contact import consent

PERSON = ("district", "name", "folded_name", "email", "folded_email", "sis_id")
REACHED = ("phone", "folded_phone", "phone_type")
LEGACY_CONSENT = (
    "status",
    "email_status",
    "confirm_status",
    "opt_in_source",
    "opt_in_date",
    "opt_out_source",
    "opt_out_date",
    "told_ref",
    "body",
)
CONSENT = (
    "permission",
    "confirm_status",
    "opt_in_source",
    "opt_in_date",
    "opt_out_source",
    "opt_out_date",
    "deleted_at",
    "body",
)
WORD_LIMIT = 50
"""What a column holds of a provider's word; longer ones are unknown, and in ``body``."""

_encode = msgspec.json.Encoder().encode


def _person(name: str, email: str) -> tuple[str, ...]:
    """Give a person's columns; who has no name is looked up by the address."""
    return ("", name, records.fold(name or email), email, records.fold(email), "")


def _reached(number: str, kind: str) -> tuple[str, ...]:
    return (number, records.fold_phone(number), kind)


def _words(*told: str) -> tuple[str, ...]:
    return tuple(word[:WORD_LIMIT] for word in told)


def _body(record: Any) -> str:
    return _encode(record).decode()


def _legacy_phone(record: mail_records.LegacyContact) -> tuple[str, str]:
    """Give the number that is likeliest to reach the person, and what V2 calls it."""
    told = (
        (record.cell_phone, "cell"),
        (record.home_phone, "home"),
        (record.work_phone, "work"),
    )
    return next((phone for phone in told if phone[0]), ("", ""))


def legacy_contact(record: mail_records.LegacyContact) -> tuple[str, ...]:
    email = consent.email(record)
    words = _words(
        record.status,
        email.status,
        email.confirm_status,
        email.opt_in_source,
        email.opt_in_date,
        email.opt_out_source,
        email.opt_out_date,
    )
    return (
        *_person(record.name, email.address),
        *_reached(*_legacy_phone(record)),
        *words,
        record.contact_id,
        _body(record),
    )


def contact(record: mail_records.Contact) -> tuple[str, ...]:
    phone = next(iter(record.phones), mail_records.Phone("", ""))
    words = _words(
        record.permission_to_send,
        record.confirm_status,
        record.opt_in_source,
        record.opt_in_date,
        record.opt_out_source,
        record.opt_out_date,
        record.deleted_at,
    )
    return (
        *_person(record.name, record.address),
        *_reached(phone.number, phone.kind),
        *words,
        _body(record),
    )


def legacy_memberships(
    record: mail_records.LegacyContact,
) -> Iterator[tuple[str, ...]]:
    """Give each list once, as it was told first."""
    told = {each.list_id: each.status for each in reversed(record.lists)}
    for list_id, status in told.items():
        yield (record.external_id, list_id, *_words(status))


def memberships(record: mail_records.Contact) -> Iterator[tuple[str, ...]]:
    for list_id in dict.fromkeys(record.lists):
        yield (record.external_id, list_id)


def legacy_list(record: mail_records.LegacyList) -> tuple[str, ...]:
    return (record.name, *_words(record.status), record.list_id)


def mailing_list(record: mail_records.MailingList) -> tuple[str, ...]:
    return (record.name, record.description)


def custom_field(record: mail_records.CustomField) -> tuple[str, ...]:
    return (record.label, record.name, *_words(record.type))


def xref(record: mail_records.Xref) -> tuple[str, ...]:
    return (record.ref,)
