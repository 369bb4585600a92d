"""``population``: one row a snapshot, with the counts that add up."""

from __future__ import annotations

from collections.abc import Iterator

from audits.exports import writing
from contacts.models import Snapshot, Source

COLUMNS = (
    "snapshot",
    "kind",
    "version",
    "state",
    "pages",
    "rows_in",
    "imported",
    "unchanged",
    "duplicates",
    "quarantined",
)


def rows(source: Source, filters: writing.Filters) -> Iterator[writing.Row]:
    """Give every snapshot of a source, or those of one state."""
    snapshots = Snapshot.objects.filter(source=source)
    if state := filters.get("state"):
        snapshots = snapshots.filter(state=state)
    for batch in writing.batches(snapshots):
        yield from map(row, batch)


def row(snapshot: Snapshot) -> tuple[object, ...]:
    """Write one snapshot."""
    return (
        snapshot.pk,
        snapshot.kind,
        snapshot.version,
        snapshot.state,
        snapshot.pages,
        snapshot.rows_in,
        snapshot.imported,
        snapshot.unchanged,
        snapshot.duplicates,
        snapshot.quarantined,
    )


EXPORT = writing.Export("population", writing.Csv(COLUMNS), rows, frozenset({"state"}))
