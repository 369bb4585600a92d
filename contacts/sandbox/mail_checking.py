"""What is wrong with a contact that is sent to V3, by the limits of its reference."""

from collections.abc import Iterator

from contacts.sandbox.mail_store import MailStore
from contacts.sandbox.wire import Json

NAMES = ("first_name", "last_name", "job_title", "company_name")
MOST = {
    "custom_fields": 25,
    "list_memberships": 50,
    "phone_numbers": 3,
    "street_addresses": 3,
    "taggings": 50,
    "notes": 150,
}
SOURCES = ("Contact", "Account")
PERMISSIONS = {
    "explicit",
    "implicit",
    "not_set",
    "pending_confirmation",
    "temp_hold",
    "unsubscribed",
}
PHONE_KINDS = {"home", "work", "mobile", "other"}
ADDRESS_KINDS = {"home", "work", "other"}


def mistake(sent: Json, source: str, store: MailStore) -> str:
    """The first thing that is wrong, in words; "" if nothing is.

    `source` is the property that says who makes the change.
    """
    return next(_mistakes(sent, source, store), "")


def _mistakes(sent: Json, source: str, store: MailStore) -> Iterator[str]:
    if sent.get(source) not in SOURCES:
        yield f"{source} is missing, {source} does not have a valid value"
    yield from _of_core(sent)
    for name, most in MOST.items():
        if not isinstance(sent.get(name, []), list):
            yield f"{name} is not an array"
        elif len(sent.get(name, [])) > most:
            yield f"{name} must not hold more than {most}"
    yield from _of_phones(sent.get("phone_numbers", []))
    yield from _of_addresses(sent.get("street_addresses", []))
    yield from _of_fields(sent.get("custom_fields", []), store)
    for each in sent.get("list_memberships", []):
        if not store.has_list(each):
            yield f"list_id {each} does not exist"
    if any(len(each.get("content") or "") > 2000 for each in sent.get("notes", [])):
        yield "note content must be at most 2000 characters"


def _of_core(sent: Json) -> Iterator[str]:
    for name in NAMES:
        if len(sent.get(name) or "") > 50:
            yield f"{name} must be at most 50 characters"
    email = sent.get("email_address")
    if email is None:
        return
    if not isinstance(email, dict):
        yield "email_address is not an object"
        return
    address = email.get("address") or ""
    if not 1 <= len(address) <= 80 or "@" not in address:
        yield "email_address.address is not a valid address"
    if email.get("permission_to_send", "implicit") not in PERMISSIONS:
        yield "permission_to_send does not have a valid value"


def _of_phones(phones: list[Json]) -> Iterator[str]:
    for each in phones:
        if not 1 <= len(each.get("phone_number") or "") <= 25:
            yield "phone_number must be 1 to 25 characters"
        if each.get("kind") not in PHONE_KINDS:
            yield "phone kind does not have a valid value"


def _of_addresses(addresses: list[Json]) -> Iterator[str]:
    for each in addresses:
        if each.get("kind") not in ADDRESS_KINDS:
            yield "address kind does not have a valid value"
        if len(each.get("street") or "") > 255:
            yield "street must be at most 255 characters"


def _of_fields(fields: list[Json], store: MailStore) -> Iterator[str]:
    for each in fields:
        if not store.has_field(each.get("custom_field_id") or ""):
            yield "custom_field_id does not exist"
        if len(each.get("value") or "") > 255:
            yield "custom field value must be at most 255 characters"
