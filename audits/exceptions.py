"""Exceptions: kept against the rule until a day, and open again the day after."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from audits import tallying_situations, trail
from audits.models import Decision, Finding, Scan
from contacts.models import Source

if TYPE_CHECKING:
    from django.contrib.auth.models import User

State = Finding.State
STANDING = (
    State.DECIDED,
    State.AWAITING_SECOND,
    State.APPROVED,
    State.PLANNED,
    State.APPLIED,
    State.VERIFIED,
)
ENDED = "exception ended"
AT_ONCE = 500


def reopen_ended(
    source: Source | None = None,
    *,
    by: User | None = None,
    batch_id: str = "",
    at: datetime | None = None,
) -> int:
    """Open again what was kept until a day that is past; give how many.

    Of one source, or of all. May run twice, or twice at once: each is opened once.
    """
    at = at or timezone.now()
    total = 0
    while count := _reopen_some(source, at=at, by=by, batch_id=batch_id):
        total += count
    return total


def reopen_in(scan: Scan) -> None:
    """Open again what ended in the source of a scan, and count it there."""
    scan.counts["reopened"] += reopen_ended(
        scan.source,
        by=scan.started_by,
        batch_id=f"scan-{scan.pk}",
        at=scan.started_at,
    )
    scan.save(update_fields=["counts"])


def ended(at: datetime) -> QuerySet[Decision]:
    """Give the exceptions whose last day is past; that day itself still counts."""
    over = Decision.objects.current().filter(exception_until__lt=at.date())
    return over.filter(current_for__state__in=STANDING)


@transaction.atomic
def _reopen_some(
    source: Source | None, *, at: datetime, by: User | None, batch_id: str
) -> int:
    found = ended(at).filter(finding__source=source) if source else ended(at)
    decisions = list(found.order_by("exception_until", "pk")[:AT_ONCE])
    findings = _lock(decisions)
    for finding in findings:
        _reopen(finding, at=at)
    trail.record_all([_event(one, by=by, batch_id=batch_id) for one in findings])
    return len(findings)


def _lock(decisions: Sequence[Decision]) -> list[Finding]:
    """Lock the findings that these decisions still stand for, in one order."""
    standing = Finding.objects.filter(decision__in=decisions, state__in=STANDING)
    locked = standing.select_for_update(of=("self",)).order_by("pk")
    return list(locked.select_related("source", "decision"))


def _reopen(finding: Finding, *, at: datetime) -> None:
    decision = finding.decision
    if decision is None:
        return
    Decision.objects.filter(pk=decision.pk).update(superseded_at=at)
    Finding.objects.filter(pk=finding.pk).update(
        state=State.OPEN,
        decision=None,
        version=F("version") + 1,
        reopened=F("reopened") + 1,
    )
    tallying_situations.opened(finding, decision)


def _event(finding: Finding, *, by: User | None, batch_id: str) -> trail.Entry:
    """Tell of a finding as it was before it was opened again."""
    decision = finding.decision
    until = decision.exception_until if decision else None
    return trail.Entry(
        action="finding.reopened",
        object_type="finding",
        object_id=finding.pk,
        source=finding.source,
        by=by,
        via="job",
        before={
            "state": str(finding.state),
            "version": finding.version,
            "decision": str(decision.kind) if decision else "",
            "decision_id": finding.decision_id,
            "exception_until": until.isoformat() if until else "",
        },
        after={
            "state": str(State.OPEN),
            "version": finding.version + 1,
            "rule": finding.rule,
            "evidence": finding.evidence,
        },
        reason=ENDED,
        batch_id=batch_id,
    )
