"""Cut stored JSON into the records it holds, as a stream.

People store pages as received (one, many behind each other, or one a line), arrays,
NDJSON, pretty-printed or not; a single line may hold 500 MB. So text is scanned for
brackets outside of strings, by one regular expression a bracket, and no more than one
record is kept. Whether a record is well-formed inside is its parser's matter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import msgspec

from contacts.records import RECORD_LIMIT, Fault, StoredRow
from contacts.streams import Stream, WrongFile, column_at

CHUNK = 256 * 1024
EVIDENCE = 1024
"""How much is kept of a record that is too large to keep."""

# Groups repeat in (?>(?:…)*), not in (?:…)*+, which before Python 3.11.5 forgets to go
# back where its last round fails (github.com/python/cpython/issues/106052).
_IN_STRING = rb'(?>(?:[^"\\]++|\\.)*)'
_OUTSIDE = rb'[^"{}\[\]]++|"' + _IN_STRING + rb'"'
_QUIET = re.compile(rb"(?>(?:" + _OUTSIDE + rb")*)", re.DOTALL)
_STRING = re.compile(_IN_STRING, re.DOTALL)
_LEVELS = 8
"""Clever nests a contact six deep: envelope, record, roles, contact, list, entry."""


def _nested(levels: int) -> bytes:
    """Return a pattern for an object or array that nests no deeper than so."""
    inner = b"|" + _nested(levels - 1) if levels else b""
    return rb"[\[{](?>(?:" + _OUTSIDE + inner + rb")*)[\]}]"


_WHOLE = re.compile(_nested(_LEVELS), re.DOTALL)
_HOLDS_LIST = re.compile(rb'"(?:data|results)"\s*+:\s*+\[')
_LIST_KEY = re.compile(rb'(?<!\\)"(?:data|results)"\s*+:\s*+\Z')
_KEY_ROOM = 64
_BETWEEN = b" \t\r\n,"
_QUOTE = b'"'[0]
_OPENING, _CLOSING = b"{[", b"}]"
_ARRAY_OPENS, _ARRAY_CLOSES = b"[]"

_ARRAY, _PAGE = "array", "page"

LINES_LOOKED_AT = 20

Stored = StoredRow | Fault


class _Held(msgspec.Struct):
    """A JSON object, as far as it may be a page."""

    data: msgspec.Raw = msgspec.Raw()
    results: msgspec.Raw = msgspec.Raw()


_decode_page = msgspec.json.Decoder(_Held).decode
_decode_any = msgspec.json.Decoder(msgspec.Raw).decode


class Splitter:
    """Finds the records in chunks of JSON text.

    ``_frames`` are the brackets around records: arrays, and pages, which are objects
    found to hold their records in ``data`` or ``results``. Inside a record, or beside
    the records of a page, only the depth is counted.
    """

    def __init__(self, first_line: int = 1) -> None:
        self._text = b""
        self._at = 0
        self._in_string = False
        self._frames: list[str] = []
        self._depth = 0
        self._start = -1
        self._large: Fault | None = None
        self._line = first_line
        self._counted = 0
        self.found: list[Stored] = []

    def feed(self, chunk: bytes) -> list[Stored]:
        """Take the next chunk and return the records that end in it."""
        self.found = []
        self._text += chunk
        while self._seek():
            bracket = self._text[self._at]
            self._at += 1
            if bracket == _QUOTE:
                self._in_string = True
            elif self._depth:
                self._inside(bracket)
            else:
                self._around(bracket)
        self._trim()
        return self.found

    def is_done(self) -> bool:
        """Tell whether the text may end here."""
        return not (self._frames or self._depth or self._in_string)

    def finish(self) -> None:
        """Raise ``WrongFile`` if the text ends in the middle of something."""
        if not self.is_done():
            self._count(len(self._text))
            trouble = f"the file ends early at line {self._line}; copy it again"
            raise WrongFile(trouble, line=self._line)

    def _seek(self) -> bool:
        """Go to the next bracket or open string; False if the text does not hold one."""
        text = self._text
        if self._in_string:
            self._at = self._end_of(_STRING)
            if text[self._at : self._at + 1] != b'"':
                return False
            self._in_string = False
            self._at += 1
        begun = self._at
        self._at = self._end_of(_QUIET)
        if not self._depth and self._frames[-1:] != [_PAGE]:
            self._between(begun)
        return self._at < len(text)

    def _end_of(self, pattern: re.Pattern[bytes]) -> int:
        found = pattern.match(self._text, self._at)
        return found.end() if found else self._at

    def _between(self, begun: int) -> None:
        """Look for more than blanks and commas where records are expected."""
        open_string = self._text[self._at : self._at + 1] == b'"'
        odd = self._text[begun : self._at].strip(_BETWEEN)
        if not odd and not open_string:
            return
        if not self._frames:
            raise self._broken(begun)
        self._count(begun)
        fault = Fault(0, self._line, odd[:EVIDENCE], "", "is not an object")
        self.found.append(fault)

    def _inside(self, bracket: int) -> None:
        """Count brackets of an object; keep it at its end."""
        if bracket in _CLOSING:
            self._depth -= 1
            if not self._depth and self._frames[-1:] != [_PAGE]:
                self.found.append(self._record())
        elif bracket == _ARRAY_OPENS and self._is_list_of_page():
            self._frames += [_PAGE, _ARRAY]
            self._depth, self._start, self._large = 0, -1, None
        else:
            self._depth += 1

    def _around(self, bracket: int) -> None:
        """Enter or leave what stands around records."""
        top = self._frames[-1] if self._frames else ""
        if bracket in _OPENING and (top == _PAGE or bracket != _ARRAY_OPENS):
            self._start = -1 if top == _PAGE else self._at - 1
            if top == _PAGE or not self._take_whole():
                self._depth = 1
        elif bracket == _ARRAY_OPENS:
            self._frames.append(_ARRAY)
        elif top == (_ARRAY if bracket == _ARRAY_CLOSES else _PAGE):
            self._frames.pop()
        else:
            raise self._broken(self._at - 1)

    def _take_whole(self) -> bool:
        """Keep the record that begins here at once, if all of it is here and shallow."""
        whole = _WHOLE.match(self._text, self._start)
        if not whole or (_PAGE not in self._frames and _HOLDS_LIST.search(whole[0])):
            return False
        self._at = whole.end()
        self.found.append(self._record())
        return True

    def _is_list_of_page(self) -> bool:
        """Tell whether the bracket just found opens the list of a page's records."""
        if self._depth != 1 or _PAGE in self._frames:
            return False
        before = self._text[max(0, self._at - 1 - _KEY_ROOM) : self._at - 1]
        return bool(_LIST_KEY.search(before))

    def _record(self) -> Stored:
        large, self._large = self._large, None
        if large:
            return large
        self._count(self._start)
        raw, self._start = self._text[self._start : self._at], -1
        return StoredRow(self._line, raw)

    def _count(self, place: int) -> None:
        """Count the lines up to a place."""
        if place > self._counted:
            self._line += self._text.count(b"\n", self._counted, place)
            self._counted = place

    def _trim(self) -> None:
        """Forget what was read, but for the record in hand and room to see a key."""
        if self._start >= 0 and self._at - self._start > RECORD_LIMIT:
            self._count(self._start)
            raw = self._text[self._start : self._start + EVIDENCE]
            self._large = Fault(0, self._line, raw, "", "is larger than 1 MB")
            self._start = -1
        keep = self._start if self._start >= 0 else max(0, self._at - _KEY_ROOM)
        self._count(keep)
        self._text = self._text[keep:]
        self._at -= keep
        self._counted -= keep
        self._start = max(self._start - keep, -1)

    def _broken(self, place: int) -> WrongFile:
        self._count(place)
        column = column_at(self._text, place)
        trouble = "this is not well-formed JSON; export the file again"
        return WrongFile(trouble, line=self._line, column=column)


def records(chunks: Iterable[bytes], *, first_line: int = 1) -> Iterator[Stored]:
    """Yield the records of a JSON text; raises ``WrongFile`` where it breaks."""
    splitter = Splitter(first_line)
    for chunk in chunks:
        yield from splitter.feed(chunk)
    splitter.finish()


def is_lines(head: bytes, *, whole: bool) -> bool:
    """Tell whether each line is a JSON text of its own.

    That is so if the first line is one, or if most of the first lines are: a broken
    first line must not swallow the others.
    """
    lines = head.split(b"\n", LINES_LOOKED_AT)
    judged = lines if whole and len(lines) <= LINES_LOOKED_AT else lines[:-1]
    told = [_is_whole(line) for line in judged if line.strip()]
    return bool(told) and (told[0] or sum(told) * 2 > len(told))


def lines(stream: Stream) -> Iterator[Stored]:
    """Yield the records of NDJSON; a line that cannot be read is its own fault."""
    while True:
        number = stream.line
        line = stream.readline(RECORD_LIMIT + 1)
        if not line:
            return
        if len(line) > RECORD_LIMIT and not line.endswith(b"\n"):
            yield from _parts(_rest_of_line(stream, line), number)
        elif text := line.strip():
            yield from _line(text, number)


def _line(text: bytes, number: int) -> Iterator[Stored]:
    """Yield the record a line is, or those of the page or array it is."""
    if text.startswith(b"["):
        yield from _parts([text], number)
        return
    try:
        page = _decode_page(text)
    except msgspec.ValidationError:
        yield Fault(0, number, text, "", "is not an object")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        reason = str(error) if isinstance(error, msgspec.DecodeError) else "malformed"
        yield Fault(0, number, text, "", f"is not JSON: {reason}")
    else:
        is_page = any(bytes(held)[:1] == b"[" for held in (page.data, page.results))
        yield from _parts([text], number) if is_page else [StoredRow(number, text)]


def _rest_of_line(stream: Stream, begun: bytes) -> Iterator[bytes]:
    yield begun
    while not begun.endswith(b"\n") and (begun := stream.readline(CHUNK)):
        yield begun


def _parts(chunks: Iterable[bytes], number: int) -> Iterator[Stored]:
    """Yield the records of one line, which is read to its end even where it breaks."""
    splitter, evidence, broken = Splitter(number), b"", False
    for chunk in chunks:
        evidence = evidence or chunk[:EVIDENCE]
        if broken:
            continue
        try:
            splitter.feed(chunk)
        except WrongFile:
            broken = True
        yield from splitter.found
    if broken or not splitter.is_done():
        yield Fault(0, number, evidence, "", "is not JSON: the line breaks off")


def _is_whole(line: bytes) -> bool:
    if line.lstrip()[:1] not in {b"{", b"["}:
        return False
    try:
        _decode_any(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
    return True
