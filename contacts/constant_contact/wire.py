"""Constant Contact's objects as they stand on the wire, as far as we read them.

Everything may be absent or null, nothing is a closed list, unknown keys are ignored. What
is indexed later has its greatest length here, so that a longer value stops its record and
not the database.
"""

from __future__ import annotations

from typing import Annotated, TypeVar

import msgspec

T = TypeVar("T")

Word = Annotated[str, msgspec.Meta(max_length=50)] | None
"""A word of a vocabulary or a date: what has a column of 50 characters."""
Ref = Annotated[str, msgspec.Meta(max_length=100)] | None
Blank = Annotated[str, msgspec.Meta(max_length=0)]
"""An empty text; a Literal would do, but its error quotes the value that is none."""
Several = list[T | None] | Blank | None
"""An array, also where nothing stands in its place or between its elements."""


# --- V2 ------------------------------------------------------------------------


class LegacyEmail(msgspec.Struct, gc=False):
    """An element of ``email_addresses``."""

    email_address: str | None = None
    status: Word = None
    confirm_status: Word = None
    opt_in_source: Word = None
    opt_in_date: Word = None
    opt_out_source: Word = None
    opt_out_date: Word = None


class LegacyAddress(msgspec.Struct, gc=False):
    """An element of ``addresses``."""

    address_type: str | None = None
    line1: str | None = None
    line2: str | None = None
    line3: str | None = None
    city: str | None = None
    state_code: str | None = None
    state: str | None = None
    country_code: str | None = None
    postal_code: str | None = None
    sub_postal_code: str | None = None


class LegacyCustomField(msgspec.Struct, gc=False):
    """An element of ``custom_fields``: its slot is in its name, or else in its label."""

    name: str | None = None
    label: str | None = None
    value: str | None = None


class LegacyMembership(msgspec.Struct, gc=False):
    """An element of ``lists``; some stored data holds the id alone."""

    id: Ref = None
    status: Word = None


class LegacyNote(msgspec.Struct, gc=False):
    """An element of ``notes``."""

    note: str | None = None
    created_date: str | None = None
    modified_date: str | None = None


class LegacyContact(msgspec.Struct, gc=False):
    """A V2 contact."""

    id: Ref = None
    status: Word = None
    contact_id: str | None = None
    confirmed: bool | str | None = None
    prefix_name: str | None = None
    first_name: str | None = None
    middle_name: str | None = None
    last_name: str | None = None
    job_title: str | None = None
    company_name: str | None = None
    department_name: str | None = None
    home_phone: str | None = None
    work_phone: str | None = None
    cell_phone: str | None = None
    fax: str | None = None
    source: str | None = None
    source_details: str | None = None
    created_date: str | None = None
    modified_date: str | None = None
    email_addresses: Several[LegacyEmail] = None
    addresses: Several[LegacyAddress] = None
    custom_fields: Several[LegacyCustomField] = None
    lists: list[LegacyMembership | Ref] | Blank | None = None
    notes: Several[LegacyNote] = None


class LegacyList(msgspec.Struct, gc=False):
    """A V2 list; ``list_id`` only where it was asked for."""

    id: Ref = None
    name: str | None = None
    status: Word = None
    list_id: str | None = None


class Pagination(msgspec.Struct, gc=False):
    """Where the next page is; the last page has an empty one."""

    next_link: str | None = None


class Meta(msgspec.Struct, gc=False):
    """What stands beside a V2 page's records."""

    pagination: Pagination | None = None


# --- V3 ------------------------------------------------------------------------


class Email(msgspec.Struct, gc=False):
    """The object ``email_address``."""

    address: str | None = None
    permission_to_send: Word = None
    confirm_status: Word = None
    opt_in_source: Word = None
    opt_in_date: Word = None
    opt_out_source: Word = None
    opt_out_date: Word = None
    opt_out_reason: str | None = None


class Phone(msgspec.Struct, gc=False):
    """An element of ``phone_numbers``."""

    phone_number: str | None = None
    kind: str | None = None


class Address(msgspec.Struct, gc=False):
    """An element of ``street_addresses``."""

    kind: str | None = None
    street: str | None = None
    city: str | None = None
    state: str | None = None
    postal_code: str | None = None
    country: str | None = None


class CustomValue(msgspec.Struct, gc=False):
    """An element of a contact's ``custom_fields``."""

    custom_field_id: Ref = None
    value: str | None = None
    choice_ids: Several[int | str] = None


class Note(msgspec.Struct, gc=False):
    """An element of ``notes``, newest first."""

    content: str | None = None


class Contact(msgspec.Struct, gc=False):
    """A V3 contact, with the subresources that were asked for."""

    contact_id: Ref = None
    email_address: Email | None = None
    first_name: str | None = None
    last_name: str | None = None
    job_title: str | None = None
    company_name: str | None = None
    birthday_month: int | str | None = None
    birthday_day: int | str | None = None
    anniversary: str | None = None
    create_source: str | None = None
    created_at: str | None = None
    update_source: str | None = None
    updated_at: str | None = None
    deleted_at: Word = None
    phone_numbers: Several[Phone] = None
    street_addresses: Several[Address] = None
    custom_fields: Several[CustomValue] = None
    list_memberships: list[Ref] | Blank | None = None
    taggings: list[Ref] | Blank | None = None
    notes: Several[Note] = None


class MailingList(msgspec.Struct, gc=False):
    """A V3 list."""

    list_id: Ref = None
    name: str | None = None
    description: str | None = None


class CustomField(msgspec.Struct, gc=False):
    """A custom field of the account."""

    custom_field_id: Ref = None
    label: str | None = None
    name: str | None = None
    type: Word = None


class Xref(msgspec.Struct, gc=False):
    """An element of a cross-reference, of contacts or of lists."""

    sequence_id: Ref = None
    contact_id: Ref = None
    list_id: Ref = None


class Link(msgspec.Struct, gc=False):
    """An element of ``_links``."""

    href: str | None = None


class Links(msgspec.Struct, gc=False):
    """The object ``_links``; empty, null or absent on the last page."""

    next: Link | None = None


def several(told: list[T | None] | str | None) -> list[T]:
    """Return the elements of an array, without those that are nothing."""
    if not isinstance(told, list):
        return []
    return [each for each in told if each is not None]
