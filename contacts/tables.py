"""CSV files by RFC 4180, comma or tab, as a stream of rows with their bytes.

A broken row is a fault with its line and the rest goes in: an open quote must not
swallow the rows below it, and a byte that is not UTF-8 spoils its own row alone. A header
that lacks a required column makes the whole file wrong.
"""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from contacts import streams
from contacts.records import RECORD_LIMIT, TEXT_LIMIT, Fault
from contacts.streams import Stream, WrongFile

COLUMNS_LIMIT = 200
EVIDENCE = 1024
APART = b"\x1e"
"""Parts the rows of a stored page, so no row's bytes keep it."""
_CONTROL = re.compile("[\0\x1e\x1f]")
_CUT = str.maketrans("", "", "\x1e\x1f")
_OPEN_QUOTE = "has a quote that is never closed"


class TableRow(msgspec.Struct, frozen=True, gc=False):
    """A row of a table: its trimmed cells by column, and its bytes as evidence.

    ``key`` is the cell that names the row. The repr shows the line alone.
    """

    line: int
    key: str
    cells: dict[str, str]
    raw: bytes

    def __repr__(self) -> str:
        return f"TableRow(line={self.line})"


def table(
    path: Path,
    *,
    required: Sequence[str],
    key: str,
    filled: Sequence[str] | None = None,
) -> Iterator[TableRow | Fault]:
    """Yield the rows of a CSV file, packed or not; raises ``WrongFile``.

    A row whose ``required`` cells, or only the ``filled`` ones if given, are not all
    filled is a fault; ``key`` is one of them.
    """
    with streams.opened(path) as stream:
        yield from rows(stream, required=required, key=key, filled=filled)


def rows(
    stream: Stream,
    *,
    required: Sequence[str],
    key: str,
    filled: Sequence[str] | None = None,
) -> Iterator[TableRow | Fault]:
    """Yield the rows of an opened CSV file; ``filled`` cells may not be empty."""
    if stream.head.lstrip()[:1] in {b"{", b"["}:
        raise WrongFile("this is JSON where a CSV file is needed; choose the CSV")
    reader = _Reader(stream)
    columns = reader.header(required)
    needed = required if filled is None else filled
    for place, (line, raw, read) in enumerate(reader.rows()):
        trouble = read if isinstance(read, str) else _shape_trouble(columns, read)
        if trouble or isinstance(read, str):
            yield Fault(place, line, raw, "", trouble)
            continue
        cells = dict(zip(columns, map(str.strip, read), strict=True))
        cells.pop("", None)
        empty = next((name for name in needed if not cells[name]), "")
        if empty:
            yield Fault(place, line, raw, empty, "is empty")
        else:
            yield TableRow(line, cells[key], cells, raw)


def _shape_trouble(columns: Sequence[str], cells: Sequence[str]) -> str:
    if len(cells) != len(columns):
        return f"has {len(cells)} cells where the header has {len(columns)}"
    return ""


class _Reader:
    """Puts lines together to rows; lines taken in vain are given back."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._returned: deque[tuple[int, bytes]] = deque()
        self._delimiter = "\t" if b"\t" in stream.head.lstrip().split(b"\n")[0] else ","

    def header(self, required: Sequence[str]) -> list[str]:
        """Return the columns' names, trimmed and in lower case."""
        line, raw, read = next(self.rows())
        if isinstance(read, str):
            raise WrongFile(f"the header row {read}; export the file again", line=line)
        columns = [name.strip().lower() for name in read]
        trouble = _header_trouble(columns, required, raw)
        if trouble:
            raise WrongFile(trouble, line=line)
        return columns

    def rows(self) -> Iterator[tuple[int, bytes, list[str] | str]]:
        """Yield each row's first line, bytes, and cells or what is wrong with it."""
        while taken := self._take():
            line, raw = taken
            if not raw.strip(b" \r\n"):
                continue
            if len(raw) > RECORD_LIMIT:
                yield line, raw[:EVIDENCE], "is longer than 1 MB"
                continue
            raw, read = self._read(raw)
            told = _OPEN_QUOTE if read is None else read
            yield line, raw.rstrip(b"\r\n").replace(APART, b""), told

    def _take(self) -> tuple[int, bytes] | None:
        """Return the next line and its number; of one too long, a little too much."""
        if self._returned:
            return self._returned.popleft()
        line = self._stream.line
        raw = rest = self._stream.readline(RECORD_LIMIT + 1)
        while len(raw) > RECORD_LIMIT and rest and not rest.endswith(b"\n"):
            rest = self._stream.readline(RECORD_LIMIT)
        return (line, raw) if raw else None

    def _read(self, raw: bytes) -> tuple[bytes, list[str] | str | None]:
        """Return a row's bytes and cells, with the lines that its open quote spans."""
        read = self._cells(raw)
        spanned: list[tuple[int, bytes]] = []
        size = len(raw)
        while read is None and (taken := self._take()):
            spanned.append(taken)
            size += len(taken[1])
            if size > RECORD_LIMIT:
                break
            if b'"' in taken[1]:
                read = self._cells(_joined(raw, spanned))
        if read is None:
            self._returned.extendleft(reversed(spanned))
            return raw, None
        return _joined(raw, spanned), read

    def _cells(self, raw: bytes) -> list[str] | str | None:
        """Return a row's cells, what is wrong with it, or None if a quote is open."""
        text = raw.decode(errors="replace")
        if '"' not in text and "\r" not in text.rstrip("\r\n"):
            cells = text.rstrip("\r\n").split(self._delimiter)
        else:
            reader = csv.reader([text], delimiter=self._delimiter, strict=True)
            try:
                cells = next(reader, [])
            except csv.Error as error:
                return None if "unexpected end" in str(error) else "is not RFC 4180 CSV"
        return _sound(raw, text, cells)


def _joined(raw: bytes, spanned: Sequence[tuple[int, bytes]]) -> bytes:
    return b"".join([raw, *(more for _, more in spanned)])


def _sound(raw: bytes, text: str, cells: list[str]) -> list[str] | str:
    """Return the cells, or why they cannot be stored."""
    if not raw.isascii():
        try:
            raw.decode()
        except UnicodeDecodeError as error:
            return f"is not UTF-8 (byte {error.start + 1})"
    if _CONTROL.search(text):
        if "\0" in text:
            return "holds a NUL character"
        cells = [cell.translate(_CUT) for cell in cells]
    if len(raw) > TEXT_LIMIT and any(len(cell) > TEXT_LIMIT for cell in cells):
        return "holds a cell longer than 64 kB"
    return cells


def _header_trouble(columns: list[str], required: Sequence[str], raw: bytes) -> str:
    """Say in a sentence why this is no header for us; "" if it is one."""
    missing = [name for name in required if name not in columns]
    named = [name for name in columns if name]
    if missing and b";" in raw and len(columns) == 1:
        return "the columns are separated by semicolons; save the file with commas"
    if missing:
        return (
            f"the header lacks {', '.join(missing)}; "
            f"a header row must name {', '.join(required)}"
        )
    if len(columns) > COLUMNS_LIMIT:
        return f"there are more than {COLUMNS_LIMIT} columns; leave out the others"
    if len(named) != len(set(named)):
        return "a column's name stands twice in the header; rename one of them"
    return ""
