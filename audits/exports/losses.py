"""``losses``: one row a V2 value that does not fit V3, decided or not."""

from __future__ import annotations

from collections.abc import Iterator

from audits.exports import writing
from audits.models import Finding, Loss
from contacts.models import Source

COLUMNS = (
    "contact_v2_id",
    "contact_v3_id",
    "field",
    "rule",
    "v2_value",
    "v3_value",
    "decision",
    "custom_field_id",
    "reason",
    "decided_by",
    "decided_at",
    "loss_id",
    "severity",
    "state",
    "first_seen_at",
    "closed_at",
)


def rows(source: Source, filters: writing.Filters) -> Iterator[writing.Row]:
    """Give every loss of a source, or those of one state."""
    losses = Loss.objects.filter(source=source).select_related("decision__decided_by")
    if state := filters.get("state"):
        losses = losses.filter(state=state)
    for batch in writing.batches(losses):
        yield from map(row, batch)


def row(loss: Loss) -> tuple[object, ...]:
    """Write one loss with what was decided of it."""
    return (
        loss.contact_v2_id,
        loss.contact_v3_id,
        loss.field,
        loss.rule,
        loss.v2_value,
        loss.v3_value,
        *_decided(loss),
        loss.pk,
        Finding.Severity(loss.severity).label,
        loss.state,
        loss.first_seen_at,
        loss.closed_at,
    )


def _decided(loss: Loss) -> tuple[object, ...]:
    decision = loss.decision
    if decision is None:
        return ("",) * 5
    return (
        decision.kind,
        decision.field_ref,
        decision.reason,
        decision.decided_by.get_username(),
        decision.decided_at,
    )


EXPORT = writing.Export(
    "losses",
    writing.Csv(COLUMNS),
    rows,
    frozenset({"state"}),
    only_for=Source.Provider.CONSTANT_CONTACT,
)
