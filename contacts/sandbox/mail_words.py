"""Constant Contact's own words: errors, pages and links, in V2 and V3.

Errors are an array of objects; a refused token, a missing scope and a spent budget are
one object (developer.constantcontact.com, "API response codes").
"""

import base64
import binascii
from collections.abc import Mapping
from http.client import responses
from urllib.parse import parse_qsl, urlencode

from contacts.sandbox.answers import Answer, Page, compact
from contacts.sandbox.faults import Fault

SINGLE = {401: "unauthorized", 403: "forbidden", 429: "throttled"}
THROTTLED = "throttled"
QUOTA_EXCEEDED = "quota_exceeded"
KEYS = {
    "/v2/contacts": "results",
    "/v3/contacts": "contacts",
    "/v3/contact_lists": "lists",
    "/v3/contact_custom_fields": "custom_fields",
}


class BadQuery(ValueError):
    """Something was asked for in words that make no sense."""


def error(status: int, text: str, *, key: str = "") -> Answer:
    """One error as the provider tells it: an array, but for those about access."""
    one = {"error_key": key or _key(status), "error_message": text}
    return Answer(status, compact(one if status in SINGLE else [one]))


def _key(status: int) -> str:
    if status in SINGLE:
        return SINGLE[status]
    words = responses.get(status, "error").lower().replace(" ", "_")
    return f"contacts.api.{words}"


def failure(fault: Fault) -> Answer:
    return error(fault.status, responses.get(fault.status, "Error"), key=fault.key)


def invalid(text: str) -> Answer:
    return error(400, text, key="contacts.api.validation.error")


def not_found(text: str = "The requested resource was not found.") -> Answer:
    return error(404, text)


def conflict(contact_id: str) -> Answer:
    """The address is taken; the text is the one place that tells by whom."""
    words = f"Validation failed: Email already exists for contact {contact_id}"
    return error(409, words)


def throttled(key: str) -> Answer:
    words = {
        THROTTLED: "The number of requests exceeds the allowed rate.",
        QUOTA_EXCEEDED: "The number of requests exceeds the daily quota.",
    }
    return error(429, words[key], key=key)


def page_body(page: Page, *, items: list[bytes] | None = None, next_uri: str) -> bytes:
    """Join items that are encoded already; only the link is written anew."""
    key = KEYS[page.self_uri.partition("?")[0]]
    array = b"[" + b",".join(page.items if items is None else items) + b"]"
    if key == "results":
        told = compact({"pagination": {"next_link": next_uri} if next_uri else {}})
        return b'{"meta":' + told + b',"results":' + array + b"}"
    body = b'{"' + key.encode() + b'":' + array
    if next_uri:
        body += b',"_links":' + compact({"next": {"href": next_uri}})
    return body + b"}"


def write_cursor(values: Mapping[str, str]) -> str:
    """Pack what a list was asked for; clients must not look inside."""
    text = urlencode({name: value for name, value in values.items() if value})
    return base64.urlsafe_b64encode(text.encode()).decode()


def read_cursor(text: str) -> dict[str, str]:
    """Unpack a cursor; raises BadQuery."""
    try:
        told = base64.b64decode(text, altchars=b"-_", validate=True).decode()
        values = dict(parse_qsl(told, strict_parsing=True))
    except (binascii.Error, ValueError):
        values = {}
    if not values:
        raise BadQuery("The cursor is invalid.")
    return values


def number(asked: Mapping[str, str], name: str, *, default: int, most: int) -> int:
    """Read a count between 1 and `most`; raises BadQuery."""
    text = asked.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= most):
        raise BadQuery(f"{name} must be between 1 and {most}.")
    return int(text)
