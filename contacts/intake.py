"""A snapshot step by step: each page once, then merged, counted and closed.

The snapshot's rows are the truth, the job's checkpoint says which part of the work is in
hand; both move in the same transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing
from typing import Any

from django.utils import timezone

from contacts import jobs, loading, merging, snapshots, working
from contacts.loading import Kind, Page
from contacts.models import Snapshot
from contacts.snapshots import Opening

SLICE_ROWS = 20_000

_READING, _MERGING = "reading", "merging"


class Withdrawn(jobs.GiveUp):
    """The provider no longer offers what was asked for; something else may do."""


OUTCOMES: dict[str, type[jobs.Pause | jobs.GiveUp]] = {
    "pause": jobs.Pause,
    "give up": jobs.GiveUp,
    "withdrawn": Withdrawn,
}

Pages = Generator[Page, None, None]


class Stopped(Exception):
    """The pages end before the list does; what was seen so far is taken in.

    ``outcome`` says what becomes of the job: *pause* waits for a person, *give up* fails,
    and so does *withdrawn* unless the job can do without.
    """

    def __init__(self, words: str, *, outcome: str = "give up") -> None:
        super().__init__(words)
        self.outcome = outcome


class Unusable(Exception):
    """What was given is no such data at all: nothing of it is taken in."""


def take(
    lease: working.Lease,
    kind: Kind,
    opening: Opening,
    read: Callable[[Snapshot], Pages],
) -> Snapshot:
    """Bring a snapshot to its end and give it; a repeated call goes on where it was.

    ``read`` yields the pages that follow those the snapshot has. Raises what the job's
    end is to be (``jobs.Pause``, ``jobs.GiveUp``) if it stops early.
    """
    done: dict[str, int] = lease.checkpoint.get("done", {})
    if kind.name in done:
        return Snapshot.objects.get(pk=done[kind.name])
    snapshot = _snapshot_in_hand(lease, kind) or _begin(lease, kind, opening)
    if lease.checkpoint["part"] == _READING:
        _read(lease, kind, snapshot, read)
    _merge(lease, kind, snapshot)
    _end(lease, kind, snapshot)
    return snapshot


def taken(lease: working.Lease) -> list[int]:
    """Give the ids of the snapshots this job has ended so far."""
    return [pk for pk in lease.checkpoint.get("done", {}).values() if pk]


# --- Begin -------------------------------------------------------------------


def _snapshot_in_hand(lease: working.Lease, kind: Kind) -> Snapshot | None:
    """Give the snapshot that the checkpoint names, if nobody ended it meanwhile."""
    return Snapshot.objects.filter(
        pk=lease.checkpoint.get("snapshot", 0),
        kind=kind.name,
        state=Snapshot.State.RUNNING,
    ).first()


def _begin(lease: working.Lease, kind: Kind, opening: Opening) -> Snapshot:
    with lease.step(checkpoint=_checkpoint(lease), phase=_phase("Reading", kind)):
        snapshot = snapshots.opened(
            source=lease.job.source,
            kind=kind,
            opening=opening,
            by=lease.job.requested_by,
        )
    lease.checkpoint["snapshot"] = snapshot.pk
    return snapshot


def _checkpoint(lease: working.Lease, **hand: Any) -> dict[str, Any]:
    done = lease.checkpoint.get("done", {})
    return {"done": done, "part": _READING, **hand}


def _phase(doing: str, kind: Kind) -> str:
    return f"{doing} {kind.name.label.lower()}"


# --- Read --------------------------------------------------------------------


def _read(
    lease: working.Lease,
    kind: Kind,
    snapshot: Snapshot,
    read: Callable[[Snapshot], Pages],
) -> None:
    """Stage page after page; at the end of the pages the merge is next."""
    hand: dict[str, Any] = {}
    try:
        _store_pages(lease, kind, snapshot, read)
    except Stopped as stop:
        hand = {"error": str(stop), "outcome": stop.outcome}
    except Unusable as refusal:
        _refuse(lease, kind, snapshot, str(refusal))
    if hand and not snapshot.pages:
        _refuse(lease, kind, snapshot, hand["error"], outcome=hand["outcome"])
    merge = _checkpoint(lease, **hand, snapshot=snapshot.pk, part=_MERGING)
    with lease.step(checkpoint=merge, phase=_phase("Merging", kind)):
        merging.weed_twins(snapshot, kind)


def _store_pages(
    lease: working.Lease,
    kind: Kind,
    snapshot: Snapshot,
    read: Callable[[Snapshot], Pages],
) -> None:
    former = sum(
        Snapshot.objects.filter(pk__in=taken(lease)).values_list("rows_in", flat=True)
    )
    here = _checkpoint(lease, snapshot=snapshot.pk)
    with closing(read(snapshot)) as pages:
        for page in pages:
            with lease.step(
                checkpoint=here,
                rows_done=former + snapshot.rows_in + len(page.rows),
                rows_total=page.expected and former + page.expected,
                phase=_phase("Reading", kind),
            ):
                loading.store_page(snapshot=snapshot, kind=kind, page=page)
            lease.breathe()


def _refuse(
    lease: working.Lease,
    kind: Kind,
    snapshot: Snapshot,
    words: str,
    *,
    outcome: str = "give up",
) -> None:
    """End a run of which nothing may go in, and the job with it."""
    with lease.step(checkpoint=_checkpoint(lease)):
        snapshots.abandon(snapshot, kind, words)
    raise OUTCOMES[outcome](words)


# --- Merge and end -----------------------------------------------------------


def _merge(lease: working.Lease, kind: Kind, snapshot: Snapshot) -> None:
    """Merge slice after slice, from the first that the checkpoint does not tell of."""
    least, most = merging.staged_range(snapshot, kind)
    after = max(lease.checkpoint.get("after", 0), least - 1)
    while after < most:
        upto = min(after + SLICE_ROWS, most)
        with lease.step(checkpoint={**lease.checkpoint, "after": upto}):
            merging.merge(
                snapshot,
                kind,
                after=after,
                upto=upto,
                at=timezone.now(),
                grown=_may_have_doubled((after - least + 1) // SLICE_ROWS),
            )
        after = upto
        lease.breathe()


def _may_have_doubled(slices: int) -> bool:
    """Say whether a first import has doubled the facts after so many slices."""
    return slices & (slices - 1) == 0


def _end(lease: working.Lease, kind: Kind, snapshot: Snapshot) -> None:
    """Count what came and close the snapshot; raise what its early end means."""
    error, outcome = (
        lease.checkpoint.get("error", ""),
        lease.checkpoint.get("outcome", ""),
    )
    done = dict(lease.checkpoint.get("done", {}))
    if not error:
        done[kind.name] = snapshot.pk
    with lease.step(checkpoint={"done": done}):
        if error:
            snapshots.end_early(snapshot, kind, error)
        else:
            snapshots.complete(snapshot, kind)
    if error:
        raise OUTCOMES[outcome](error)
