"""Why a set is not the one that a person saw any more, in words: who did what to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from django.db.models import QuerySet

from audits.batches.sets import Frozen
from audits.models import Event, Finding, Scan
from contacts.models import Source

AT_MOST = 200_000
_DONE = {
    "finding.decided": "decided",
    "finding.withdrawn": "opened again",
    "finding.returned": "opened again",
    "finding.reopened": "opened again",
    "finding.closed": "closed",
}


def since(source: Source, now: QuerySet[Finding], seen: Frozen) -> str:
    """Tell what happened to a set since it was seen, from the trail and the scans.

    ``now`` is what is asked for now, open or not being part of the asking.
    """
    told = [
        f"{count:,} {what} meanwhile by {who}"
        for (what, who), count in sorted(_acts(source, now, seen).items())
    ]
    if new := now.filter(pk__gt=seen.top, state=Finding.State.OPEN).count():
        told.append(f"{new:,} new")
    if changed := _rewritten(source, now, seen):
        told.append(f"{changed:,} changed by a scan")
    return "; ".join(told) or "some of them have changed"


def _acts(
    source: Source, now: QuerySet[Finding], seen: Frozen
) -> Mapping[tuple[str, str], int]:
    """Count by act and person the findings that somebody did something to."""
    events = Event.objects.filter(
        source=source.slug, object_type="finding", seq__gt=seen.seq
    )
    last: dict[int, tuple[str, str]] = {}
    rows = events.order_by("seq").values_list("object_id", "action", "actor")
    for pk, action, actor in rows[:AT_MOST]:
        if action in _DONE:
            last[int(pk)] = (_DONE[action], actor)
    ours = _of_set(now, [pk for pk in last if pk <= seen.top])
    return Counter(last[pk] for pk in ours)


def _of_set(now: QuerySet[Finding], ids: list[int]) -> set[int]:
    found: set[int] = set()
    for start in range(0, len(ids), 5_000):
        some = ids[start : start + 5_000]
        found.update(now.filter(pk__in=some).values_list("pk", flat=True))
    return found


def _rewritten(source: Source, now: QuerySet[Finding], seen: Frozen) -> int:
    """Count those that a scan found on other evidence; it stamps them with its start."""
    began = (
        Scan.objects.filter(source=source).order_by("-pk").values_list("started_at")
    ).first()
    if began is None or not _scanned_since(source, seen):
        return 0
    rewritten = now.filter(pk__lte=seen.top, state=Finding.State.OPEN, version__gt=1)
    return rewritten.filter(last_seen_at__gte=began[0]).count()


def _scanned_since(source: Source, seen: Frozen) -> bool:
    """Say whether a scan ended since, or runs."""
    ended = Event.objects.filter(
        source=source.slug, action="scan.finished", seq__gt=seen.seq
    )
    running = Scan.objects.filter(source=source, finished_at__isnull=True)
    return ended.exists() or running.exists()
