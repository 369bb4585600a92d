"""Rows to CSV: streamed, RFC 4180, and safe to open in a spreadsheet.

A spreadsheet runs a text that begins like a formula (CWE-1236). Such a cell gets a
leading apostrophe, and the row's last column names the cells so changed: the apostrophe
alone could not be told from one that was there before. Numbers, times and truths are
written by us and stay as they are.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from django.db.models import Model, QuerySet

from contacts.models import Source

Filters = Mapping[str, str]
Row = Sequence[object]

NEUTRALISED = "neutralised"
BATCH = 2_000
BLOCK = 500

# = + - @, tab and CR, or their full-width forms; a BOM, blanks and zero-width characters
# in front of them do not stop a spreadsheet.
_RUNS = re.compile(r"[\s\ufeff\u200b-\u200d\u2060]*[=+\-@\t\r＝＋－＠]")  # noqa: RUF001  # meant


@dataclass(frozen=True, slots=True)
class Export:
    """One CSV: its name, its columns in order, and what gives its rows."""

    name: str
    columns: tuple[str, ...]
    rows: Callable[[Source, Filters], Iterator[Row]]
    filters: frozenset[str] = frozenset()


@dataclass(slots=True)
class Tally:
    """How many rows have been written so far, the header not counted."""

    rows: int = 0


def stream(
    export: Export, source: Source, filters: Filters, tally: Tally
) -> Iterator[bytes]:
    """Give the file in blocks, the header at once; memory does not grow with rows."""
    yield _block([(*export.columns, NEUTRALISED)])
    rows = (line(export.columns, row) for row in export.rows(source, filters))
    while block := list(islice(rows, BLOCK)):
        tally.rows += len(block)
        yield _block(block)


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
