"""How a decision that stands no more came to its end, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from audits.models import Decision, Finding


@dataclass(frozen=True, slots=True)
class Ending:
    """``note`` is what whoever sent it back asks for, "" where nobody did."""

    decision: Decision
    title: str
    at: datetime
    note: str = ""


def of(decision: Decision) -> Ending | None:
    """Say how a decision ended; None while it stands."""
    if decision.returned_by and decision.returned_at:
        who = decision.returned_by.get_username()
        note = decision.return_note
        return Ending(decision, f"Sent back by {who}", decision.returned_at, note)
    if decision.withdrawn_by and decision.withdrawn_at:
        who = decision.withdrawn_by.get_username()
        return Ending(decision, f"Taken back by {who}", decision.withdrawn_at)
    if decision.superseded_at is None:
        return None
    until = decision.exception_until
    if until and decision.superseded_at.date() > until:
        title = f"The exception ended on {until:%Y-%m-%d}"
        return Ending(decision, title, decision.superseded_at)
    return Ending(decision, "Set aside by new evidence", decision.superseded_at)


def last(findings: Iterable[Finding]) -> Mapping[int, Ending]:
    """Say of findings that are open again how the last decision ended.

    One that was never decided bears its first version: where all do, nothing is asked.
    """
    again = [
        finding.pk
        for finding in findings
        if finding.state == Finding.State.OPEN and finding.version > 1
    ]
    if not again:
        return {}
    decisions = Decision.objects.filter(finding__in=again).select_related(
        "decided_by", "returned_by", "withdrawn_by"
    )
    latest = {decision.finding_id: decision for decision in decisions.order_by("pk")}
    told = ((pk, of(decision)) for pk, decision in latest.items())
    return {pk: ending for pk, ending in told if ending}
