"""The shape that Constant Contact's V2 and V3 parse into: people who may be mailed.

As in ``contacts.records`` all values are text, and missing, null and "" are alike. A value
keeps the spelling it was told in; what it means is ``constant_contact.consent``'s matter.
"""

from __future__ import annotations

from typing import Any

import msgspec

from contacts.records import Named

SLOTS = tuple(range(1, 16))
"""V2 has fifteen custom fields, known by number alone (its server schema)."""


class _Part(msgspec.Struct, frozen=True, gc=False):
    """A part of a person's record: its repr tells nothing, for reprs reach logs."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"


class LegacyEmail(_Part, frozen=True, gc=False):
    """V2's e-mail address, with what is known of the consent to use it."""

    address: str = ""
    status: str = ""
    confirm_status: str = ""
    opt_in_source: str = ""
    opt_in_date: str = ""
    opt_out_source: str = ""
    opt_out_date: str = ""


class LegacyAddress(_Part, frozen=True, gc=False):
    """One of V2's street addresses; ``kind`` is its ``address_type``."""

    kind: str = ""
    line1: str = ""
    line2: str = ""
    line3: str = ""
    city: str = ""
    state_code: str = ""
    state: str = ""
    country_code: str = ""
    postal_code: str = ""
    sub_postal_code: str = ""


class LegacyMembership(_Part, frozen=True, gc=False):
    """A list that V2 says the contact is on, and the list's status."""

    list_id: str
    status: str = ""


class LegacyNote(_Part, frozen=True, gc=False):
    """A note: at most one, of at most 500 characters."""

    text: str
    created_date: str = ""
    modified_date: str = ""


class LegacyCustomField(_Part, frozen=True, gc=False):
    """What stands in one of the fifteen slots."""

    slot: int
    value: str


class LegacyContact(Named, frozen=True, gc=False):
    """A contact as V2 told it.

    ``contact_id`` is the V3 id it came with, where that is a UUID; else what was told
    stands in ``malformed_contact_id``, and is no id.
    """

    status: str = ""
    contact_id: str = ""
    malformed_contact_id: str = ""
    confirmed: str = ""
    prefix_name: str = ""
    first_name: str = ""
    middle_name: str = ""
    last_name: str = ""
    job_title: str = ""
    company_name: str = ""
    department_name: str = ""
    home_phone: str = ""
    work_phone: str = ""
    cell_phone: str = ""
    fax: str = ""
    source: str = ""
    source_details: str = ""
    created_date: str = ""
    modified_date: str = ""
    emails: tuple[LegacyEmail, ...] = ()
    addresses: tuple[LegacyAddress, ...] = ()
    custom_fields: tuple[LegacyCustomField, ...] = ()
    lists: tuple[LegacyMembership, ...] = ()
    notes: tuple[LegacyNote, ...] = ()

    @property
    def email(self) -> LegacyEmail:
        """Give the first address: V2's API tells exactly one."""
        return self.emails[0] if self.emails else LegacyEmail()

    @property
    def name(self) -> str:
        """Give first, middle and last name as one."""
        return " ".join(
            filter(None, (self.first_name, self.middle_name, self.last_name))
        )

    def facts(self) -> tuple[object, ...]:
        """What the record says, in a fixed order; the order of lists says nothing."""
        told = [getattr(self, name) for name in self.__struct_fields__]
        place = self.__struct_fields__.index("lists")
        told[place] = sorted((each.list_id, each.status) for each in self.lists)
        return tuple(told)


class Phone(_Part, frozen=True, gc=False):
    """A telephone number of V3, as it is sent back too."""

    kind: str
    number: str


class Address(_Part, frozen=True, gc=False):
    """A street address of V3."""

    kind: str = ""
    street: str = ""
    city: str = ""
    state: str = ""
    postal_code: str = ""
    country: str = ""


class CustomValue(_Part, frozen=True, gc=False):
    """A custom field's value; ``choices`` where the field is a choice of several."""

    field_id: str
    value: str = ""
    choices: tuple[str, ...] = ()


class Contact(Named, frozen=True, gc=False):
    """A contact as V3 tells it; ``deleted_at`` says that it is only remembered."""

    address: str = ""
    permission_to_send: str = ""
    confirm_status: str = ""
    opt_in_source: str = ""
    opt_in_date: str = ""
    opt_out_source: str = ""
    opt_out_date: str = ""
    opt_out_reason: str = ""
    first_name: str = ""
    last_name: str = ""
    job_title: str = ""
    company_name: str = ""
    birthday_month: str = ""
    birthday_day: str = ""
    anniversary: str = ""
    create_source: str = ""
    created_at: str = ""
    update_source: str = ""
    updated_at: str = ""
    deleted_at: str = ""
    phones: tuple[Phone, ...] = ()
    addresses: tuple[Address, ...] = ()
    custom_fields: tuple[CustomValue, ...] = ()
    lists: tuple[str, ...] = ()
    taggings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Give first and last name as one."""
        return " ".join(filter(None, (self.first_name, self.last_name)))

    def facts(self) -> tuple[object, ...]:
        """What the record says, in a fixed order.

        ``updated_at`` is left out, for it is touched without telling anything new; the
        order of lists and tags says nothing.
        """
        told: dict[str, Any] = {
            name: getattr(self, name)
            for name in self.__struct_fields__
            if name != "updated_at"
        }
        told["lists"] = sorted(self.lists)
        told["taggings"] = sorted(self.taggings)
        return tuple(told.values())


class LegacyList(Named, frozen=True, gc=False):
    """A list as V2 told it; ``list_id`` is the V3 id it came with, "" where none did."""

    name: str = ""
    status: str = ""
    list_id: str = ""

    def facts(self) -> tuple[object, ...]:
        """What the record says, in a fixed order."""
        return (self.external_id, self.name, self.status, self.list_id)


class MailingList(Named, frozen=True, gc=False):
    """A list as V3 tells it."""

    name: str = ""
    description: str = ""

    def facts(self) -> tuple[object, ...]:
        """What the record says, in a fixed order."""
        return (self.external_id, self.name, self.description)


class CustomField(Named, frozen=True, gc=False):
    """A custom field of the account, as V3 tells it."""

    label: str = ""
    name: str = ""
    type: str = ""

    def facts(self) -> tuple[object, ...]:
        """What the record says, in a fixed order."""
        return (self.external_id, self.label, self.name, self.type)


class Xref(Named, frozen=True, gc=False):
    """What the provider said of one V2 id: its V3 id, or "" where it knows none."""

    ref: str = ""

    def facts(self) -> tuple[object, ...]:
        """What the record says, in a fixed order."""
        return (self.external_id, self.ref)


Record = LegacyContact | Contact | LegacyList | MailingList | CustomField | Xref
