"""V2 contacts from tables, whose columns name nested values by dotted paths.

``addresses.1.line1`` is a value of the second address. A slot may have a column of its
own, as in the provider's bulk files (``CUSTOM FIELD 6``); ``custom_fields.3`` without more
can mean nothing but slot 3.
"""

from __future__ import annotations

import re

from contacts.records import BadRecord

_Elements = dict[int, dict[str, object]]

_WHOLE = {
    "email_addresses": "email_address",
    "addresses": "line1",
    "custom_fields": "value",
    "lists": "id",
    "notes": "note",
}
"""The arrays of a V2 contact, and what a column means that names an element alone."""
_NAMES = "|".join(_WHOLE)
_PATH = re.compile(rf"({_NAMES})\.(\d{{1,3}})(?:\.(\w+))?", re.ASCII)
_SLOT = re.compile(
    r"\s*custom[_ ]?field[_ ]?(1[0-5]|0?[1-9])\s*", re.ASCII | re.IGNORECASE
)
_ANY = re.compile(
    rf'"(?:(?:{_NAMES})\.\d|\s*custom[_ ]?field[_ ]?\d)'.encode(), re.IGNORECASE
)

_BEHIND = 1000
"""Slots with columns of their own come behind those of the array."""


def slot_of(name: str) -> int | None:
    """Return the slot that a custom field's name or label tells, in any spelling."""
    found = _SLOT.fullmatch(name)
    return int(found[1]) if found else None


def is_dotted(raw: bytes) -> bool:
    """Say whether a record's JSON may hold dotted keys."""
    return _ANY.search(raw) is not None


def nested(told: object) -> object:
    """Return a record with what its dotted keys name put where it belongs.

    Raises ``BadRecord`` where an array is told both as text and in parts.
    """
    if not isinstance(told, dict):
        return told
    record = dict(told)
    found: dict[str, _Elements] = {}
    for key, value in told.items():
        if placed := _placed(key, value):
            name, place, element = placed
            found.setdefault(name, {}).setdefault(place, {}).update(element)
            del record[key]
    for name, elements in found.items():
        record[name] = _listed(name, record.get(name), elements)
    return record


def _placed(key: str, value: object) -> tuple[str, int, dict[str, object]] | None:
    """Say in which array a key's value stands, where, and as part of what."""
    if path := _PATH.fullmatch(key):
        name, place, part = path[1], int(path[2]), path[3]
        element = {part or _WHOLE[name]: value}
        if name == "custom_fields" and part is None:
            element["name"] = f"custom_field_{place}"
        return name, place, element
    if slot := slot_of(key):
        return "custom_fields", _BEHIND + slot, {"name": key, "value": value}
    return None


def _listed(name: str, whole: object, elements: _Elements) -> list[object]:
    """Return an array with these elements after those it was told with as a whole."""
    if whole and not isinstance(whole, list):
        raise BadRecord(name, "is told both as text and in parts")
    told = whole if isinstance(whole, list) else []
    return [*told, *(elements[place] for place in sorted(elements))]
