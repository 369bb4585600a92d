"""Make-believe subscribers in Constant Contact's own shapes, V2 and V3.

The order of V2's keys is that of the published example; V3's is that of its reference.
A value that is not there is "" in V2 and no key at all in V3.
"""

import random
from collections.abc import Iterable
from typing import NamedTuple

from contacts.sandbox.mail_places import Place
from contacts.sandbox.wire import Json, timestamp

BY = {"V": "ACTION_BY_VISITOR", "O": "ACTION_BY_OWNER", "S": "ACTION_BY_SYSTEM"}
CONFIRMS = {"C": "CONFIRMED", "N": "NO_CONFIRMATION_REQUIRED", "U": "UNCONFIRMED"}
NEVER = "1969-12-31T19:00:00.000Z"
"""What old recordings write for an opt-out that never was."""


class LegacyConsent(NamedTuple):
    """What V2 says of the permission to mail somebody."""

    status: str
    email_status: str
    confirm_status: str
    opt_in_source: str
    opt_out_source: str = ""


class Consent(NamedTuple):
    """What V3 says of it; `deleted_on` only of a contact that is remembered."""

    permission: str
    confirm_status: str
    opt_in_source: str
    opt_out_source: str = ""
    deleted_on: str = ""


class Uuids:
    """Ids as V3 gives them: random ones, from the generator that repeats."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng

    def next(self) -> str:
        digits = f"{self._rng.getrandbits(128):032x}"
        parts = digits[:8], digits[8:12], digits[13:16], digits[17:20], digits[20:]
        return "{}-{}-4{}-a{}-{}".format(*parts)


def moment(milliseconds: int) -> str:
    """A moment as V3 writes it: without its milliseconds."""
    return timestamp(milliseconds)[:-5] + "Z"


def legacy_email(
    address: str, consent: LegacyConsent, *, email_id: str, opt_in: str, opt_out: str
) -> Json:
    told = {
        "id": email_id,
        "status": consent.email_status,
        "confirm_status": consent.confirm_status,
        "opt_in_source": consent.opt_in_source,
        "opt_in_date": opt_in,
        "email_address": address,
    }
    if opt_out:
        told["opt_out_date"] = opt_out
    if consent.opt_out_source:
        told["opt_out_source"] = consent.opt_out_source
    return told


def legacy_address(
    place: Place, *, address_id: str, kind: str, lines: Iterable[str]
) -> Json:
    line1, line2, line3 = [*lines, "", "", ""][:3]
    told = {
        "id": address_id,
        "line1": line1,
        "line2": line2,
        "line3": line3,
        "city": place.city,
        "address_type": kind,
        "state_code": place.state_code,
        "state": place.state,
        "country_code": place.country_code,
        "postal_code": place.postal_code,
    }
    if place.sub_postal_code:
        told["sub_postal_code"] = place.sub_postal_code
    return told


def address_shell(*, address_id: str, kind: str) -> Json:
    """An address of which nothing is told but its kind: old accounts are full of them."""
    nowhere = Place("", "", "", "", "", "")
    return legacy_address(nowhere, address_id=address_id, kind=kind, lines=())


def address(place: Place, *, address_id: str, kind: str, street: str, at: str) -> Json:
    told = {
        "street_address_id": address_id,
        "kind": kind,
        "street": street,
        "city": place.city,
        "state": place.current_state,
        "postal_code": place.joined or place.postal_code,
        "country": place.country,
    }
    return {name: value for name, value in told.items() if value} | {
        "created_at": at,
        "updated_at": at,
    }


def phone(number: str, *, phone_id: str, kind: str, at: str) -> Json:
    return {
        "phone_number_id": phone_id,
        "phone_number": number,
        "kind": kind,
        "created_at": at,
        "updated_at": at,
        "create_source": "Account",
        "update_source": "Account",
    }


def email_address(
    address: str, consent: Consent, *, created: str, changed: str
) -> Json:
    told = {
        "address": address,
        "permission_to_send": consent.permission,
        "created_at": created,
        "updated_at": changed,
        "opt_in_source": consent.opt_in_source,
        "opt_in_date": created,
        "confirm_status": consent.confirm_status,
    }
    if consent.opt_out_source:
        told["opt_out_source"] = consent.opt_out_source
        told["opt_out_date"] = changed
        told["opt_out_reason"] = ""
    return told


def mailing_list(
    *, list_id: str, name: str, members: int, created: str, changed: str
) -> Json:
    return {
        "list_id": list_id,
        "name": name,
        "description": "",
        "favorite": False,
        "created_at": created,
        "updated_at": changed,
        "membership_count": members,
    }


def legacy_list(
    *, list_id: str, name: str, status: str, members: int, created: str
) -> Json:
    return {
        "id": list_id,
        "name": name,
        "status": status,
        "created_date": created,
        "modified_date": created,
        "contact_count": members,
    }


def custom_field(*, field_id: str, label: str, kind: str, at: str) -> Json:
    return {
        "custom_field_id": field_id,
        "label": label,
        "name": label.lower().replace(" ", "_"),
        "type": kind,
        "updated_at": at,
        "created_at": at,
    }
