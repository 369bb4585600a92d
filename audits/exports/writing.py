"""What leaves the building: streamed, as CSV or as lines of JSON.

CSV is RFC 4180 and safe to open in a spreadsheet, which runs a text that begins like a
formula (CWE-1236). Such a cell gets a leading apostrophe, and the row's last column names
the cells so changed: the apostrophe alone could not be told from one that was there
before. Numbers, times and truths are written by us and stay as they are.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any, ClassVar, Generic, Protocol, TypeVar

import msgspec
from django.db.models import Model, QuerySet

from contacts.models import Source

Filters = Mapping[str, str]
Row = Sequence[object]
Told = TypeVar("Told")
Written_contra = TypeVar("Written_contra", contravariant=True)

NEUTRALISED = "neutralised"
BATCH = 2_000
BLOCK = 500

# = + - @, tab and CR, or their full-width forms; a BOM, blanks and zero-width characters
# in front of them do not stop a spreadsheet.
_RUNS = re.compile(r"[\s\ufeff\u200b-\u200d\u2060]*[=+\-@\t\r＝＋－＠]")  # noqa: RUF001  # meant
_json = msgspec.json.Encoder().encode


@dataclass(slots=True)
class Tally:
    """How many rows have been written so far, the header not counted."""

    rows: int = 0


class Form(Protocol[Written_contra]):
    """How rows become a file."""

    @property
    def extension(self) -> str: ...
    @property
    def content_type(self) -> str: ...
    def head(self) -> bytes:
        """Give what stands before the first row."""

    def block(self, rows: Iterable[Written_contra]) -> bytes:
        """Write some rows."""


@dataclass(frozen=True, slots=True)
class Csv:
    """A header and rows of cells; ``columns`` are told without ``neutralised``."""

    columns: tuple[str, ...]
    extension: ClassVar[str] = "csv"
    content_type: ClassVar[str] = "text/csv; charset=utf-8"

    def head(self) -> bytes:
        """Give the names of the columns."""
        return _block([(*self.columns, NEUTRALISED)])

    def block(self, rows: Iterable[Row]) -> bytes:
        """Write rows, with what was changed of each last."""
        return _block(line(self.columns, row) for row in rows)


@dataclass(frozen=True, slots=True)
class Lines:
    """A JSON object a line (NDJSON), for programs."""

    extension: ClassVar[str] = "ndjson"
    content_type: ClassVar[str] = "application/x-ndjson"

    def head(self) -> bytes:
        """Begin with the first object: there is no header."""
        return b""

    def block(self, rows: Iterable[Mapping[str, object]]) -> bytes:
        """Write objects, with the order of their keys kept."""
        return b"".join(_json(row) + b"\n" for row in rows)


@dataclass(frozen=True, slots=True)
class Export(Generic[Told]):
    """One file to take: its name, its form, what gives its rows, and what narrows them.

    ``only_for`` is a provider, or "" where the sources of all have it.
    """

    name: str
    form: Form[Told]
    rows: Callable[[Source, Filters], Iterator[Told]]
    filters: frozenset[str] = frozenset()
    only_for: str = ""

    @property
    def file_name(self) -> str:
        """Name the file as its address does."""
        return f"{self.name}.{self.form.extension}"

    def fits(self, source: Source) -> bool:
        """Say whether a source has what the file tells."""
        return self.only_for in ("", source.provider)


def stream(
    export: Export[Any], source: Source, filters: Filters, tally: Tally
) -> Iterator[bytes]:
    """Give the file in blocks, its head at once; memory does not grow with rows."""
    if head := export.form.head():
        yield head
    rows = export.rows(source, filters)
    while block := list(islice(rows, BLOCK)):
        tally.rows += len(block)
        yield export.form.block(block)


def line(columns: Sequence[str], row: Row) -> list[str]:
    """Write a row's cells as text, and what was changed of them last."""
    changed = []
    cells = []
    for column, value in zip(columns, row, strict=True):
        runs = isinstance(value, str) and _RUNS.match(value) is not None
        if runs:
            changed.append(column)
        cells.append(f"'{value}" if runs else text(value))
    return [*cells, ";".join(changed)]


def text(value: object) -> str:
    """Write one value: times as UTC ISO 8601, truths in lower case, None as nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return str(value)


def _block(lines: Iterable[Sequence[str]]) -> bytes:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\r\n").writerows(lines)
    return buffer.getvalue().encode("utf-8", errors="replace")


def batches(rows: QuerySet[Any, Any], *, key: str = "pk") -> Iterator[list[Any]]:
    """Read a query in the order of a unique key, a slice at a time.

    A slice after the last key costs the same wherever it stands, and no transaction or
    cursor is held open while a slow reader takes the file.
    """
    rows = rows.order_by(key)
    last: object = None
    while True:
        after = rows if last is None else rows.filter(**{f"{key}__gt": last})
        batch: list[Model] = list(after[:BATCH])
        if not batch:
            return
        yield batch
        last = getattr(batch[-1], key)
