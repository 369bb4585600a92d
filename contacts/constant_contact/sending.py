"""What would be sent to V3 for a contact: only what V3 lacks, and never more mail.

V3 is the newer truth. A value that it has is sent back as it is, because the API makes
null what a body leaves out; a V2 value goes only where V3 has none. A permission is kept
or lowered. These are left alone altogether:

* a contact that V3 deleted: any change by the account would revive him;
* a contact that V3 calls unsubscribed: there is nothing to lower, and an update by the
  account could turn *the contact opted out* into *the account did*;
* list memberships: V2's copy cannot tell a list that V3 never had from one that the
  contact has left, so nobody is put on a list without a person;
* a contact whose permission V3 does not tell: the API would choose one itself;
* a contact that V3 would mail while V2 contradicts itself or says *removed*: somebody
  decides first.

An opt-out goes alone, with nothing filled in beside it: then ``update_source`` says truly
who opted out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from contacts.constant_contact import bodies, consent, limits
from contacts.constant_contact.bodies import Body
from contacts.constant_contact.consent import Permission
from contacts.constant_contact.mapping import CURRENT, Mapped
from contacts.mail_records import Address, Contact, CustomValue, LegacyContact

ACCOUNT, CONTACT = "Account", "Contact"
PERMISSION = "email_address.permission_to_send"
_MAPPED_PARTS = ("city", "state", "postal_code", "country")
Difference = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Change:
    """One request: how, to which contact ("" for a new one), what, and what differs."""

    method: str
    contact_id: str
    body: Body
    differences: tuple[Difference, ...]

    def __repr__(self) -> str:
        return f"Change({self.method!r}, {self.contact_id!r})"


def change(mapped: Mapped, current: Contact, legacy: LegacyContact) -> Change | None:
    """Give the PUT that fills what V3 lacks and lowers what it permits, or None."""
    now = consent.permission(current.permission_to_send)
    if current.deleted_at or now is Permission.UNSUBSCRIBED:
        return None
    if consent.is_opted_out(legacy.status, consent.email(legacy).status):
        return _opt_out(current, legacy)
    if _waits_for_a_person(mapped, current, now):
        return None
    permission = _kept_or_lower(current.permission_to_send, now, mapped)
    filled, differences = _filled(mapped.contact, current)
    if permission != current.permission_to_send:
        told = (PERMISSION, current.permission_to_send, permission)
        differences = (told, *differences)
    if not differences:
        return None
    reason = current.opt_out_reason or None
    body = _core(current, permission, reason) | filled
    return Change("put", current.external_id, body, differences)


def addition(mapped: Mapped) -> Change | None:
    """Give the POST that makes a contact which V3 does not have, or None.

    None is made of whom V2 removed, or of whose consent a person must decide; nor without
    an address that is his alone, for V3 would know him by nothing or refuse him. One who
    opted out is made unsubscribed, so that nobody adds him as new; only who may be mailed
    is put on the lists that V2 calls active.
    """
    contact, support = mapped.contact, mapped.support
    shared = any(loss.rule == "email-duplicate" for loss in mapped.losses)
    if mapped.is_removed or support is None or shared or not contact.address:
        return None
    nobody = Contact("")
    filled, differences = _filled(contact, nobody)
    address = {"address": contact.address, "permission_to_send": support.value}
    body: Body = {"email_address": address, "create_source": contact.create_source}
    told = (
        ("email_address.address", "", contact.address),
        (PERMISSION, "", support.value),
        *differences,
    )
    if contact.lists and support in consent.SENDABLE:
        filled["list_memberships"] = list(contact.lists)
        told += (("list_memberships", "", _lines(contact.lists)),)
    return Change("post", "", body | filled, told)


def _opt_out(current: Contact, legacy: LegacyContact) -> Change | None:
    """Give the PUT that unsubscribes; the contact did it only where V2 says so."""
    if not current.address:
        return None
    source = consent.email(legacy).opt_out_source
    by_visitor = source.strip().upper() == "ACTION_BY_VISITOR"
    body = _core(current, Permission.UNSUBSCRIBED.value, None)
    body["update_source"] = CONTACT if by_visitor else ACCOUNT
    told = (PERMISSION, current.permission_to_send, Permission.UNSUBSCRIBED.value)
    return Change("put", current.external_id, body, (told,))


def _waits_for_a_person(
    mapped: Mapped, current: Contact, now: Permission | None
) -> bool:
    """Say whether nothing may be sent before somebody has decided about the consent.

    So where V3 tells no permission, for the API would choose one; and where V3 would mail
    somebody of whom V2 contradicts itself, or whom V2 had taken off its lists: that is no
    opt-out, a lost consent cannot be given back, and sending V3's own would confirm it.
    """
    if not current.permission_to_send.strip() and current.address:
        return True
    undecided = mapped.support is None or mapped.is_removed
    return undecided and now in consent.SENDABLE


def _kept_or_lower(told: str, now: Permission | None, mapped: Mapped) -> str:
    """Give what both versions allow; a value that nobody documents stays as it is.

    V3's own spelling is sent back where nothing is lowered.
    """
    if now is None:
        return told
    lowered = consent.lower(now, mapped.support)
    return told if lowered is now else lowered.value


def _core(current: Contact, permission: str, reason: str | None) -> Body:
    """Give every core property that V3 has now; what is filled in goes over it."""
    body: Body = {"update_source": ACCOUNT}
    if current.address or permission:
        body["email_address"] = _email(current, permission, reason)
    return body | bodies.core(current)


def _email(current: Contact, permission: str, reason: str | None) -> Body:
    email: Body = {"address": current.address, "permission_to_send": permission}
    if reason or permission == Permission.UNSUBSCRIBED:
        email["opt_out_reason"] = reason
    return {name: value for name, value in email.items() if value != ""}


def _filled(mapped: Contact, current: Contact) -> tuple[Body, tuple[Difference, ...]]:
    """Give what V3 lacks and V2 tells, as it is sent and as people read it."""
    lacking = tuple(_lacking(mapped, current))
    body = {name: value for name, value, _, _ in lacking}
    return body, tuple((name, before, after) for name, _, before, after in lacking)


def _lacking(
    mapped: Contact, current: Contact
) -> Iterator[tuple[str, str | list[Body], str, str]]:
    """Give name, value, and the words for before and after; arrays only whole."""
    for name in bodies.NAMES:
        value: str = getattr(mapped, name)
        if value and not getattr(current, name).strip() and len(value) <= limits.NAME:
            yield name, value, "", value
    if mapped.phones and not current.phones:
        lines = _lines(map(bodies.phone_line, mapped.phones))
        yield "phone_numbers", bodies.phones(mapped.phones), "", lines
    addresses = tuple(filter(_fits, mapped.addresses))
    if addresses and not current.addresses:
        lines = _lines(map(bodies.address_line, addresses))
        yield "street_addresses", bodies.addresses(addresses), "", lines
    if (custom := _with_more(mapped, current)) != current.custom_fields:
        before = _lines(map(bodies.custom_line, current.custom_fields))
        lines = _lines(map(bodies.custom_line, custom))
        yield "custom_fields", bodies.custom_fields(custom), before, lines
    if mapped.notes and not current.notes:
        yield "notes", bodies.notes(mapped.notes), "", _lines(mapped.notes)


def _with_more(mapped: Contact, current: Contact) -> tuple[CustomValue, ...]:
    """Give V3's custom fields with what it lacks, as far as a contact takes fields."""
    has = tuple(each for each in current.custom_fields if each.value or each.choices)
    known = {each.field_id for each in has}
    more = [each for each in mapped.custom_fields if each.field_id not in known]
    room = max(CURRENT.custom_fields - len(has), 0)
    return (*has, *more[:room]) if more[:room] else current.custom_fields


def _fits(address: Address) -> bool:
    """Say whether V3 takes an address; one part that is too long fails the request."""
    return all(len(getattr(address, part)) <= limits.PLACE for part in _MAPPED_PARTS)


def _lines(told: Iterable[str]) -> str:
    return "\n".join(told)
