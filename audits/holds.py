"""Holds: what waits for an answer, whose it is to ask, and by which day.

A hold past its day stays a hold: it is shown until somebody decides anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from audits.models import Decision, Finding
from contacts.models import Source

State = Finding.State
STANDING = (State.DECIDED, State.AWAITING_SECOND, State.APPROVED)
SHOWN, MOST_TOLD = 5, 100


@dataclass(frozen=True, slots=True)
class Overdue:
    """The oldest holds past their day, and how many there are, capped."""

    first: list[Finding]
    count: str


def of(source: Source) -> QuerySet[Finding]:
    """Give what is held, with who follows it up."""
    held = Finding.objects.filter(
        source=source,
        state__in=STANDING,
        decision__kind=Decision.Kind.HOLD,
        decision__due_on__isnull=False,
        decision__withdrawn_at__isnull=True,
        decision__superseded_at__isnull=True,
    )
    return held.select_related("source", "decision__owner")


def overdue(source: Source, *, today: date) -> Overdue:
    """Give what should have been followed up before today, the oldest first."""
    late = of(source).filter(decision__due_on__lt=today)
    first = list(late.order_by("decision__due_on", "decision__pk")[: SHOWN + 1])
    if len(first) <= SHOWN:
        return Overdue(first, str(len(first) or ""))
    count = late.order_by()[:MOST_TOLD].count()
    told = f"{MOST_TOLD - 1}+" if count == MOST_TOLD else str(count)
    return Overdue(first[:SHOWN], told)
