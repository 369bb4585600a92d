"""What is common to the parsers of all providers: from a record's bytes to a row.

A typed decode reads what is well typed at once; only what it refuses takes the tolerant
way, where numbers become text. No reason ever holds a value, for reasons are shown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar, cast

import msgspec

from contacts.records import (
    ID_LIMIT,
    LABEL_LIMIT,
    RECORD_LIMIT,
    TEXT_LIMIT,
    BadRecord,
    Factual,
    Fault,
    Row,
    StoredRow,
)

W = TypeVar("W")

UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What a decoder raises for what is not the JSON it expects."""

_TOO_LONG = re.compile(r"Expected `str` of length <= (\d+)")
_CUT = str.maketrans("", "", "\x1e\x1f")
_decode = msgspec.json.Decoder(float_hook=str).decode


class Page(msgspec.Struct, frozen=True):
    """The records of a page as received, and the link to the next page or ""."""

    items: list[bytes]
    next: str

    def __repr__(self) -> str:
        return f"Page({len(self.items)} items)"


def rows(
    items: Iterable[bytes],
    parse: Callable[[bytes], Factual],
    *,
    first_place: int = 0,
    first_line: int = 1,
) -> Iterator[Row | Fault]:
    """Read a page's records; one that cannot be read becomes a fault in its place."""
    for count, raw in enumerate(items):
        yield _read(raw, parse, first_place + count, first_line + count)


def stored_rows(
    stored: Iterable[StoredRow | Fault],
    parse: Callable[[bytes], Factual],
    *,
    first_place: int = 0,
) -> Iterator[Row | Fault]:
    """Read the records of a stored file, each with the line it begins on."""
    for place, item in enumerate(stored, first_place):
        if isinstance(item, Fault):
            yield Fault(place, item.line, item.raw, item.field, item.reason)
        else:
            yield _read(item.raw, parse, place, item.line)


def _read(
    raw: bytes, parse: Callable[[bytes], Factual], place: int, line: int
) -> Row | Fault:
    try:
        return Row(place, line, raw, parse(raw))
    except BadRecord as error:
        return Fault(place, line, raw, error.field, error.reason)


def checked(raw: bytes) -> bool:
    """Refuse what no database takes; return whether values need no cleaning.

    JSON can hold a control character only as an escape and a long value only in a long
    record, so two searches of the bytes spare looking at every value.
    """
    if len(raw) > RECORD_LIMIT:
        raise BadRecord("", "is larger than 1 MB")
    if not raw.isascii():
        try:
            raw.decode()
        except UnicodeDecodeError as error:
            raise BadRecord("", f"is not UTF-8 (byte {error.start})") from None
    return len(raw) <= TEXT_LIMIT and (b"\\" not in raw or b"\\u00" not in raw)


def typed(raw: bytes, kind: type[W], decode: Callable[[bytes], W]) -> W:
    """Decode at once, or, where a type differs, with numbers made text."""
    try:
        return decode(raw)
    except msgspec.ValidationError:
        return converted(softened(raw), kind)
    except UNREADABLE as error:
        raise BadRecord("", f"is not JSON: {reason(error)}") from None


def softened(raw: bytes) -> object:
    """Decode with every number and truth value as text, for a sender that mixes them."""
    try:
        return _text(_decode(raw))
    except msgspec.ValidationError as error:
        raise _misfit(error) from None
    except (ValueError, RecursionError) as error:
        raise BadRecord("", f"is not JSON: {reason(error)}") from None


def converted(told: object, kind: type[W]) -> W:
    """Make what was decoded an object of this kind; ``BadRecord`` names what is none."""
    try:
        return msgspec.convert(told, kind)
    except msgspec.ValidationError as error:
        raise _misfit(error) from None


def _misfit(error: msgspec.ValidationError) -> BadRecord:
    words, _, path = str(error).partition(" - at ")
    field = path.strip("`").removeprefix("$.").removeprefix("data.")
    limit = _TOO_LONG.fullmatch(words)
    if limit:
        return BadRecord(field, f"is longer than {limit[1]} characters")
    return BadRecord(field, words[:1].lower() + words[1:])


def _text(value: object) -> object:
    if isinstance(value, dict):
        return {key: _text(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_text(inner) for inner in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else value


def reason(error: Exception) -> str:
    """Return the decoder's words, which hold a position and never a value."""
    if isinstance(error, UnicodeDecodeError):
        return "text that is not UTF-8"
    if isinstance(error, RecursionError):
        return "nested too deeply"
    return str(error) if isinstance(error, msgspec.MsgspecError) else "malformed"


def required_id(value: str | None, field: str) -> str:
    """Return an id without blanks around it; raises ``BadRecord`` if there is none."""
    text = known_id(value, field)
    if not text:
        raise BadRecord(field, "is missing")
    return text


def known_id(value: str | None, field: str) -> str:
    """Return an id without blanks around it, "" if there is none."""
    text = value.strip() if value else ""
    if len(text) > ID_LIMIT:
        raise BadRecord(field, f"is longer than {ID_LIMIT} characters")
    return text


def label(value: str | None, field: str) -> str:
    """Return a word of a vocabulary as it was told, "" if there is none."""
    if value and len(value) > LABEL_LIMIT:
        raise BadRecord(field, f"is longer than {LABEL_LIMIT} characters")
    return value or ""


def cleaned(told: W) -> W:
    """Look at every text of a record that may hold what it must not.

    What stands inside a value is told by the name of that value.
    """
    return cast(W, _cleaned(told, ""))


def _cleaned(value: object, field: str) -> object:
    if isinstance(value, str):
        return _clean_text(value, field)
    if isinstance(value, list | tuple):
        return type(value)(_cleaned(inner, field) for inner in value)
    if isinstance(value, msgspec.Struct):
        kind: Any = type(value)
        told = msgspec.structs.asdict(value)
        return kind(
            **{name: _cleaned(part, field or name) for name, part in told.items()}
        )
    return value


def _clean_text(text: str, field: str) -> str:
    """Cut our own separators; refuse NUL, which PostgreSQL cannot store, and length."""
    if "\0" in text:
        raise BadRecord(field, "holds a NUL character")
    if len(text) > TEXT_LIMIT:
        raise BadRecord(field, "is longer than 64 kB")
    return text.translate(_CUT)
