"""How many requests a run still takes, and on which day they will all have been sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil

from django.conf import settings
from django.db.models import Count

from audits.models import WriteItem, WriteRun
from contacts import budgets, progress

REQUESTS = {
    WriteItem.Method.PUT: 3,  # read, change, read back
    WriteItem.Method.POST: 2,  # add, read back
}


@dataclass(frozen=True, slots=True)
class Outlook:
    """What sending takes: requests, what is left of today's, and when it ends."""

    requests: int
    left: int
    quota: int
    ends_on: date
    takes: str

    @property
    def is_today(self) -> bool:
        """Say whether today's requests are enough."""
        return self.requests <= self.left


def outlook(run: WriteRun, *, at: datetime) -> Outlook:
    """Reckon up what of a run is not settled yet."""
    waiting = run.item_set.filter(
        state__in=[WriteItem.State.READY, WriteItem.State.SENDING]
    )
    counted = waiting.values_list("method").annotate(Count("pk")).order_by()
    requests = sum(
        REQUESTS[WriteItem.Method(method)] * many for method, many in counted
    )
    budget = budgets.remaining(run.source, at=at)
    days = max(0, ceil((requests - budget.left) / budget.quota))
    return Outlook(
        requests,
        left=budget.left,
        quota=budget.quota,
        ends_on=at.date() + timedelta(days=days),
        takes=progress.words(requests / settings.CONSTANT_CONTACT_PER_SECOND),
    )
