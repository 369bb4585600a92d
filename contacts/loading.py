"""Pages into staging: each page once, with its evidence, in the caller's transaction.

A run is staged whole and merged afterwards (``contacts.merging``), because a merge of
everything writes only what is missing or differs. The page as received is kept beside
it, so a row's exact evidence can be shown at a tenth of the bytes.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Protocol

from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.models import F

from contacts import dialect, records
from contacts.models import QuarantinedRow, Snapshot, SnapshotPage

PATH_LIMIT = 500
FIELD_LIMIT = 100
REASON_LIMIT = 300
QUICK_ZLIB = 1

_PLACES = ("snapshot_id", "external_id", "digest", "sha256", "page", "place", "line")


class ReadRow(Protocol):
    """A record that could be read, with its bytes and its place in the page."""

    @property
    def place(self) -> int: ...
    @property
    def line(self) -> int: ...
    @property
    def raw(self) -> bytes: ...
    @property
    def record(self) -> Any: ...


Rows = Sequence[ReadRow | records.Fault]


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of a run that is merged in one transaction: staged ids above, up to."""

    source_id: int
    snapshot_id: int
    after: int
    upto: int
    at: Any

    def params(self) -> dict[str, Any]:
        """Give the values that every merging statement may name."""
        return {
            "source": self.source_id,
            "run": self.snapshot_id,
            "after": self.after,
            "upto": self.upto,
            "at": self.at,
        }


CHANGED = """
    {staged} AS s
    JOIN {target} AS t
      ON t.source_id = %(source)s AND t.external_id = s.external_id
     AND t.snapshot_id = s.snapshot_id"""
"""The changed facts of a run: what it wrote bears its id, and is found by its rows."""

IN_SLICE = "s.snapshot_id = %(run)s AND s.id > %(after)s AND s.id <= %(upto)s"


class Renew(Protocol):
    """Brings the rows that depend on a slice's changed facts up to date.

    Without ``has_updates`` all changed facts are new, and nothing depends on them yet.
    """

    def __call__(
        self, cursor: CursorWrapper, part: Slice, *, has_updates: bool
    ) -> None: ...


@dataclass(frozen=True, slots=True)
class Side:
    """Rows staged beside a kind's own: a contact's relationship entries."""

    staged: str
    columns: tuple[str, ...]
    values: Callable[[Any], Iterator[tuple[Any, ...]]]


@dataclass(frozen=True, slots=True)
class Kind:
    """How one kind of record becomes rows: its two tables, and what they share.

    ``columns`` are the facts in both tables, ``staged_only`` those that the merge turns
    into rows of another table. ``absent`` names the column that says since when a fact is
    no longer told; ``renew`` brings the rows of the ``dependent`` tables up to date.
    ``is_whole`` says that a run from the API tells all there is, not only what is new.
    """

    name: Snapshot.Kind
    target: str
    staged: str
    columns: tuple[str, ...]
    values: Callable[[Any], tuple[Any, ...]]
    digest: Callable[[Any], str] = records.digest
    key: str = "id"
    staged_only: tuple[str, ...] = ()
    defaults: Mapping[str, object] = field(default_factory=dict)
    absent: str = ""
    renew: Renew | None = None
    dependent: tuple[str, ...] = ()
    side: Side | None = None
    is_whole: bool = True


@dataclass(frozen=True, slots=True)
class Page:
    """A page as received, and its rows as read; ``next_url`` is where the list goes on.

    ``expected`` guesses how many rows the whole list has, for whoever watches.
    """

    number: int
    path: str
    body: bytes
    rows: Rows
    first_line: int = 1
    next_url: str = ""
    expected: int | None = None


def store_page(*, snapshot: Snapshot, kind: Kind, page: Page) -> None:
    """Keep a page, stage its records, quarantine its faults, move the counters."""
    read = [row for row in page.rows if not isinstance(row, records.Fault)]
    faults = [row for row in page.rows if isinstance(row, records.Fault)]
    SnapshotPage.objects.create(
        snapshot=snapshot,
        number=page.number,
        path=page.path[:PATH_LIMIT],
        first_line=page.first_line,
        rows=len(page.rows),
        sha256=sha256(page.body).hexdigest(),
        body=zlib.compress(page.body, QUICK_ZLIB),
    )
    _stage(snapshot.pk, kind, page.number, read)
    _quarantine(snapshot, page.number, faults)
    snapshot.pages = page.number
    snapshot.rows_in += len(page.rows)
    snapshot.next_url = page.next_url
    Snapshot.objects.filter(pk=snapshot.pk).update(
        pages=page.number,
        rows_in=snapshot.rows_in,
        quarantined=F("quarantined") + len(faults),
        next_url=page.next_url,
    )


def _stage(snapshot_id: int, kind: Kind, number: int, rows: Sequence[ReadRow]) -> None:
    columns = (*_PLACES, *kind.columns, *kind.staged_only)
    with connection.cursor() as cursor:
        dialect.copy_rows(
            cursor,
            kind.staged,
            columns,
            (_staged(snapshot_id, kind, number, row) for row in rows),
        )
        if kind.side:
            dialect.copy_rows(
                cursor,
                kind.side.staged,
                ("snapshot_id", "page", "place", *kind.side.columns),
                _beside(snapshot_id, kind.side, number, rows),
            )


def _staged(snapshot_id: int, kind: Kind, number: int, row: ReadRow) -> tuple[Any, ...]:
    return (
        snapshot_id,
        row.record.external_id,
        kind.digest(row.record),
        sha256(row.raw).hexdigest(),
        number,
        row.place,
        row.line,
        *kind.values(row.record),
    )


def _beside(
    snapshot_id: int, side: Side, number: int, rows: Sequence[ReadRow]
) -> Iterator[tuple[Any, ...]]:
    for row in rows:
        for values in side.values(row.record):
            yield (snapshot_id, number, row.place, *values)


def _quarantine(
    snapshot: Snapshot, number: int, faults: Sequence[records.Fault]
) -> None:
    QuarantinedRow.objects.bulk_create(
        QuarantinedRow(
            snapshot=snapshot,
            page=number,
            line=fault.line,
            field=fault.field[:FIELD_LIMIT],
            reason=fault.reason[:REASON_LIMIT],
        )
        for fault in faults
    )
