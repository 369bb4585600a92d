"""``decisions``: one row a decision, those taken back too."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import QuerySet

from audits.exports import findings, writing
from audits.models import Decision
from contacts.models import Source

COLUMNS = (
    *findings.COLUMNS,
    "batch_id",
    "batch_size",
    "against_recommendation",
    "exception_until",
    "plan_id",
    "apply_result",
    "applied_at",
    "verify_result",
    "verified_at",
    "withdrawn_by",
    "withdrawn_at",
    "superseded_at",
    "reason_code",
    "hold_owner",
    "hold_due_on",
    "sample",
    "second_due_at",
    "returned_by",
    "returned_at",
    "return_note",
)


def rows(source: Source, filters: writing.Filters) -> Iterator[writing.Row]:
    """Give every decision of a source, or those whose finding is in one state."""
    scanned_at = findings.last_scan_at(source)
    for batch in writing.batches(_chosen(source, filters)):
        for decision in batch:
            yield (
                *findings.row(decision.finding, decision, scanned_at=scanned_at),
                *_together(decision),
                decision.against_recommendation,
                decision.exception_until,
                *_unplanned(),
                *_taken_back(decision),
                *_besides(decision),
                *_sent_back(decision),
            )


def _chosen(source: Source, filters: writing.Filters) -> QuerySet[Decision]:
    decisions = Decision.objects.filter(finding__source=source).select_related(
        "finding__situation",
        "finding__policy",
        "decided_by",
        "second_by",
        "withdrawn_by",
        "returned_by",
        "owner",
        "batch",
    )
    state = filters.get("state")
    return decisions.filter(finding__state=state) if state else decisions


def _together(decision: Decision) -> tuple[object, ...]:
    """Name the batch and its size; a decision made by itself has a size of one."""
    batch = decision.batch
    return (f"batch-{batch.pk}", batch.items) if batch else ("", 1)


def _unplanned() -> tuple[object, ...]:
    """Leave empty what only a plan and its outcome will tell."""
    return ("",) * 5


def _taken_back(decision: Decision) -> tuple[object, ...]:
    by = decision.withdrawn_by
    return (
        by.get_username() if by else "",
        decision.withdrawn_at,
        decision.superseded_at,
    )


def _besides(decision: Decision) -> tuple[object, ...]:
    owner = decision.owner
    return (
        decision.reason_code,
        owner.get_username() if owner else "",
        decision.due_on,
        decision.is_sample,
        decision.second_due_at,
    )


def _sent_back(decision: Decision) -> tuple[object, ...]:
    by = decision.returned_by
    return (
        by.get_username() if by else "",
        decision.returned_at,
        decision.return_note,
    )


EXPORT = writing.Export("decisions", writing.Csv(COLUMNS), rows, frozenset({"state"}))
