"""A person's own crosswalk: a CSV file that says which V2 id is which V3 id.

Our own export of the crosswalk is one, so it can be completed and fed back: what it
neutralised for spreadsheets is restored, and its rows of contacts that only V3 knows say
nothing here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from contacts import files
from contacts.constant_contact import ids
from contacts.mail_records import Xref
from contacts.records import BadRecord, Fault, Row
from contacts.tables import TableRow

V2_ID, V3_ID = "contact_v2_id", "contact_v3_id"
_NEUTRALISED = "neutralised"


def stored(path: Path) -> Iterator[TableRow | Fault]:
    """Yield a file's rows about V2 contacts; raises ``WrongFile``."""
    for row in files.table(path, required=(V2_ID, V3_ID), key=V2_ID, filled=()):
        if isinstance(row, Fault) or row.cells[V2_ID] or not row.cells[V3_ID]:
            yield row


def read(stored: Sequence[TableRow | Fault]) -> list[Row | Fault]:
    """Read a page's rows; one that cannot be read becomes a fault in its place."""
    return [_read(place, row) for place, row in enumerate(stored)]


def _read(place: int, row: TableRow | Fault) -> Row | Fault:
    if isinstance(row, Fault):
        return Fault(place, row.line, row.raw, row.field, row.reason)
    try:
        return Row(place, row.line, row.raw, parse(row.cells))
    except BadRecord as error:
        return Fault(place, row.line, row.raw, error.field, error.reason)


def parse(cells: dict[str, str]) -> Xref:
    """Read a row; raises ``BadRecord``."""
    v2_id = ids.legacy_id(_cell(cells, V2_ID), V2_ID)
    return Xref(v2_id, ids.known_uuid(_cell(cells, V3_ID), V3_ID))


def _cell(cells: dict[str, str], name: str) -> str:
    """Give a cell as it was before our export kept spreadsheets from running it."""
    changed = map(str.strip, cells.get(_NEUTRALISED, "").split(";"))
    return cells[name].removeprefix("'") if name in changed else cells[name]
