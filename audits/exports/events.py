"""``events``: one row an event of the trail that speaks of the source."""

from __future__ import annotations

from collections.abc import Iterator

from audits import trail
from audits.exports import writing
from audits.models import Event
from contacts.models import Source

COLUMNS = (
    "seq",
    "at",
    "actor",
    "actor_kind",
    "via",
    "action",
    "object_type",
    "object_id",
    "before",
    "after",
    "batch_id",
    "reason",
    "prev_hash",
    "hash",
)


def rows(source: Source, _: writing.Filters) -> Iterator[writing.Row]:
    """Give a source's events in the order of the chain.

    One chain runs through all sources, so the numbers of one source have gaps.
    """
    for batch in writing.batches(Event.objects.filter(source=source.slug), key="seq"):
        yield from map(row, batch)


def row(event: Event) -> tuple[object, ...]:
    """Write one event; time, before and after in the form that was hashed."""
    return (
        event.seq,
        trail.moment(event.at),
        event.actor,
        event.actor_kind,
        event.via,
        event.action,
        event.object_type,
        event.object_id,
        trail.canonical(event.before),
        trail.canonical(event.after),
        event.batch_id,
        event.reason,
        event.prev_hash,
        event.hash,
    )


EXPORT = writing.Export("events", writing.Csv(COLUMNS), rows)
