"""V3's objects as records: a contact with its subresources, a list, a custom field."""

from __future__ import annotations

from contacts.constant_contact import ids, wire
from contacts.mail_records import (
    Address,
    Contact,
    CustomField,
    CustomValue,
    MailingList,
    Phone,
)

_NO_EMAIL = wire.Email()


def contact(told: wire.Contact) -> Contact:
    """Make a contact; raises ``BadRecord``."""
    email = told.email_address or _NO_EMAIL
    return Contact(
        ids.uuid(told.contact_id, "contact_id"),
        email.address or "",
        email.permission_to_send or "",
        email.confirm_status or "",
        email.opt_in_source or "",
        email.opt_in_date or "",
        email.opt_out_source or "",
        email.opt_out_date or "",
        email.opt_out_reason or "",
        told.first_name or "",
        told.last_name or "",
        told.job_title or "",
        told.company_name or "",
        _number(told.birthday_month),
        _number(told.birthday_day),
        told.anniversary or "",
        told.create_source or "",
        told.created_at or "",
        told.update_source or "",
        told.updated_at or "",
        told.deleted_at or "",
        _phones(wire.several(told.phone_numbers)),
        _addresses(wire.several(told.street_addresses)),
        _custom_values(wire.several(told.custom_fields)),
        _refs(wire.several(told.list_memberships)),
        _refs(wire.several(told.taggings)),
        tuple([each.content for each in wire.several(told.notes) if each.content]),
    )


def mailing_list(told: wire.MailingList) -> MailingList:
    """Make a list; raises ``BadRecord``."""
    list_id = ids.uuid(told.list_id, "list_id")
    return MailingList(list_id, told.name or "", told.description or "")


def custom_field(told: wire.CustomField) -> CustomField:
    """Make the definition of a custom field; raises ``BadRecord``."""
    field_id = ids.uuid(told.custom_field_id, "custom_field_id")
    return CustomField(field_id, told.label or "", told.name or "", told.type or "")


def _number(value: int | str | None) -> str:
    return "" if value is None else str(value)


def _phones(told: list[wire.Phone]) -> tuple[Phone, ...]:
    return tuple(
        [
            Phone(each.kind or "", each.phone_number)
            for each in told
            if each.phone_number
        ]
    )


def _addresses(told: list[wire.Address]) -> tuple[Address, ...]:
    addresses = [
        Address(
            each.kind or "",
            each.street or "",
            each.city or "",
            each.state or "",
            each.postal_code or "",
            each.country or "",
        )
        for each in told
    ]
    return tuple([each for each in addresses if each != Address(each.kind)])


def _custom_values(told: list[wire.CustomValue]) -> tuple[CustomValue, ...]:
    return tuple(
        [
            CustomValue(ids.ref(each.custom_field_id), each.value or "", _choices(each))
            for each in told
            if each.custom_field_id
        ]
    )


def _choices(told: wire.CustomValue) -> tuple[str, ...]:
    choices: list[int | str] = wire.several(told.choice_ids)
    return tuple([str(choice) for choice in choices])


def _refs(told: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, map(ids.ref, told))))
