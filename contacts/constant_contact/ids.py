"""Ids of both versions: V2 counts, V3 gives UUIDs, and both are text.

An id keeps its zeros; a UUID is the same in capitals, so it is kept in small letters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from contacts import reading
from contacts.records import BadRecord

_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.ASCII)
_NUMBER = re.compile(r"[0-9]+", re.ASCII)


def is_uuid(text: str) -> bool:
    """Say whether this is an id of V3, in small letters."""
    return _UUID.fullmatch(text) is not None


def is_number(text: str) -> bool:
    """Say whether this is an id that V2 counted, which a cross-reference may know."""
    return _NUMBER.fullmatch(text) is not None


def lowered(value: str | None) -> str:
    """Return what was told where a UUID belongs, in small letters."""
    return value.strip().lower() if value else ""


def legacy_id(value: str | None, field: str) -> str:
    """Return an id of V2: a number as text, or a UUID; raises ``BadRecord``."""
    text = reading.required_id(value, field)
    if is_number(text):
        return text
    if is_uuid(text.lower()):
        return text.lower()
    raise BadRecord(field, "is neither a number nor a UUID")


def uuid(value: str | None, field: str) -> str:
    """Return an id of V3; raises ``BadRecord``."""
    text = known_uuid(value, field)
    if not text:
        raise BadRecord(field, "is missing")
    return text


def known_uuid(value: str | None, field: str) -> str:
    """Return an id of V3, "" if there is none; raises ``BadRecord`` for another one."""
    text = lowered(value)
    if text and not is_uuid(text):
        raise BadRecord(field, "is no UUID")
    return text


def ref(value: str | None) -> str:
    """Return the id of something else, whatever it looks like."""
    text = value.strip() if value else ""
    return text.lower() if is_uuid(text.lower()) else text


def asked_for(asked: Iterable[str], answered: Iterable[str]) -> dict[str, str]:
    """Say which asked id each answered id is: the same text, or else the same number.

    The provider's own example answers ``0016633325``; whether it keeps zeros that it was
    asked with, or adds them, nobody says. What was not asked for is left out.
    """
    known = dict.fromkeys(asked)
    told = list(answered)
    same = {each: each for each in told if each in known}
    numbers: dict[str, str] = {}
    for each in known:
        if each not in same:
            numbers.setdefault(_bare(each), each)
    others = {each: numbers.get(_bare(each), "") for each in told if each not in same}
    return same | {each: meant for each, meant in others.items() if meant}


def _bare(text: str) -> str:
    return text.lstrip("0") or "0"
