"""Stored data in every form people keep it, as a stream of single records.

What a file is, is told by what it holds, never by its name. A file that cannot be read
raises ``WrongFile`` in one sentence; a record that cannot be read is a ``Fault`` with its
line, and the rest goes on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from contacts import splitting, streams, tables
from contacts.records import Fault, StoredRow
from contacts.streams import Stream, WrongFile
from contacts.tables import TableRow, table

__all__ = ["TableRow", "WrongFile", "stored_contacts", "table"]

CONTACT_COLUMNS = ("id", "relationship", "type", "students")
LIST_COLUMNS = ("students",)
_encode = msgspec.json.Encoder().encode


def stored_contacts(
    path: Path,
    *,
    required: Sequence[str] = CONTACT_COLUMNS,
    lists: Sequence[str] = LIST_COLUMNS,
) -> Iterator[StoredRow | Fault]:
    """Yield the JSON of each stored v2 contact; raises ``WrongFile``.

    Reads pages as received, arrays, NDJSON and single objects, and CSV with a header,
    of which ``required`` names the columns and ``lists`` those of ids split by ``;``,
    where they are there.
    """
    with streams.opened(path) as stream:
        if stream.head.lstrip()[:1] not in {b"{", b"["}:
            yield from _from_table(stream, required, lists)
        elif splitting.is_lines(stream.head, whole=stream.whole):
            yield from splitting.lines(stream)
        else:
            yield from splitting.records(_chunks(stream))


def _chunks(stream: Stream) -> Iterator[bytes]:
    while chunk := stream.read(splitting.CHUNK):
        yield chunk


def _from_table(
    stream: Stream, required: Sequence[str], lists: Sequence[str]
) -> Iterator[StoredRow | Fault]:
    """Turn a table's rows into the JSON a provider would have sent."""
    for row in tables.rows(stream, required=required, key=required[0], filled=()):
        if isinstance(row, Fault):
            yield row
            continue
        told: dict[str, object] = dict(row.cells)
        for name in lists:
            if name in row.cells:
                told[name] = [part.strip() for part in row.cells[name].split(";")]
        yield StoredRow(row.line, _encode(told))
