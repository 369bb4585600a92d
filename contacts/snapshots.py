"""A snapshot's two ends: taken up again or begun, and closed with counts that add up.

Each function is one change of rows in the caller's transaction. A run that ended early
is taken up again for a day; a list that is read from one end to the other only the day
after says nothing about any day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from contacts import merging
from contacts.loading import Kind
from contacts.models import QuarantinedRow, Snapshot, SnapshotPage, Source

if TYPE_CHECKING:
    from django.contrib.auth.models import User

RESUMABLE_FOR = timedelta(hours=24)
SHRUNKEN = 0.95


@dataclass(frozen=True, slots=True)
class Opening:
    """What a snapshot is of; ``origin_key`` tells one set of data from another."""

    version: str
    origin: str
    origin_key: str
    closes_absent: bool = False


def opened(
    *, source: Source, kind: Kind, opening: Opening, by: User | None
) -> Snapshot:
    """Give the run to go on with: the last one if it ended early, else a new one."""
    return _taken_up(source, kind, opening) or _new(source, kind, opening, by)


def _taken_up(source: Source, kind: Kind, opening: Opening) -> Snapshot | None:
    """Go on with the last run of this kind if it is the same data and ended early."""
    last = (
        Snapshot.objects.filter(source=source, kind=kind.name).order_by("-pk").first()
    )
    if last is None or not _is_resumable(last, opening):
        return None
    last.state = Snapshot.State.RUNNING
    last.finished_at = None
    last.error = ""
    last.closes_absent = opening.closes_absent
    last.save()
    return last


def _is_resumable(last: Snapshot, opening: Opening) -> bool:
    unfinished = last.state in {Snapshot.State.RUNNING, Snapshot.State.INCOMPLETE}
    young = last.started_at > timezone.now() - RESUMABLE_FOR
    same = (last.version, last.origin, last.origin_key) == (
        opening.version,
        opening.origin,
        opening.origin_key,
    )
    return unfinished and young and same


def _new(source: Source, kind: Kind, opening: Opening, by: User | None) -> Snapshot:
    unfinished = [Snapshot.State.RUNNING, Snapshot.State.INCOMPLETE]
    for left in Snapshot.objects.filter(
        source=source, kind=kind.name, state__in=unfinished
    ):
        _leave(left, kind)
    return Snapshot.objects.create(
        source=source,
        kind=kind.name,
        version=opening.version,
        origin=opening.origin,
        origin_key=opening.origin_key,
        closes_absent=opening.closes_absent,
        started_by=by,
    )


def _leave(left: Snapshot, kind: Kind) -> None:
    """End a run that nobody took up again, and clear its staging away."""
    if left.state == Snapshot.State.RUNNING:
        abandon(left, kind, "Not finished; another import took its place.")
    merging.drop_staging(left, kind)


def abandon(snapshot: Snapshot, kind: Kind, words: str) -> None:
    """End a run of which nothing more is taken in.

    Its pages stay only if facts rest on them; a snapshot without pages speaks for
    nothing.
    """
    snapshot.refresh_from_db()
    snapshot.imported = merging.written(snapshot, kind)
    snapshot.unchanged = snapshot.duplicates = 0
    if not snapshot.imported:
        snapshot.pages = snapshot.quarantined = 0
        SnapshotPage.objects.filter(snapshot=snapshot).delete()
        QuarantinedRow.objects.filter(snapshot=snapshot).delete()
    snapshot.rows_in = snapshot.imported + snapshot.quarantined
    snapshot.state = (
        Snapshot.State.INCOMPLETE if snapshot.imported else Snapshot.State.FAILED
    )
    _save_end(snapshot, words)
    merging.drop_staging(snapshot, kind)


def end_early(snapshot: Snapshot, kind: Kind, words: str) -> None:
    """Close a run that could not see all; its staging stays, to be gone on with."""
    merging.count(snapshot, kind)
    snapshot.state = Snapshot.State.INCOMPLETE
    _save_end(snapshot, words)


def complete(snapshot: Snapshot, kind: Kind) -> None:
    """Close a whole run: now what it did not tell is absent."""
    merging.count(snapshot, kind)
    warning = _shrinkage(snapshot) if kind.is_whole else ""
    if _tells_of_absence(snapshot, kind):
        snapshot.closed = merging.mark_absent(snapshot, kind, at=timezone.now())
    snapshot.state = Snapshot.State.COMPLETE
    _save_end(snapshot, warning)
    merging.drop_staging(snapshot, kind)


def _tells_of_absence(snapshot: Snapshot, kind: Kind) -> bool:
    """Say whether a fact that this run lacks is gone: unknown is not absent.

    A row that could not be read may be the very one. A file of grants must say that it
    is complete, and then a second row with other content leaves doubt as well.
    """
    if not kind.absent:
        return False
    if snapshot.origin == Snapshot.Origin.FILE:
        return snapshot.closes_absent and not snapshot.quarantined
    return not merging.has_unread_rows(snapshot)


def previous(snapshot: Snapshot) -> Snapshot | None:
    """Give the last complete run of the same kind before this one."""
    complete = Snapshot.objects.filter(
        source=snapshot.source, kind=snapshot.kind, state=Snapshot.State.COMPLETE
    )
    return complete.exclude(pk=snapshot.pk).order_by("-pk").first()


def _shrinkage(snapshot: Snapshot) -> str:
    """Warn of a list that is much shorter than last time; a sharing mistake looks so."""
    former = previous(snapshot)
    if former is None or snapshot.origin == Snapshot.Origin.FILE:
        return ""
    if snapshot.rows_in >= former.rows_in * SHRUNKEN:
        return ""
    return (
        f"The list is much shorter than last time: {snapshot.rows_in:,} rows instead of"
        f" {former.rows_in:,}. Check what the provider shares before deciding."
    )


def _save_end(snapshot: Snapshot, words: str) -> None:
    snapshot.error = words[:500]
    snapshot.finished_at = timezone.now()
    snapshot.save()
