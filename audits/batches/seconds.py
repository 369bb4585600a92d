"""Which items of a batch another person must confirm: some by their own, or all of them.

All, where the batch is over 200 findings or over 2 % of the source's active grants, or
where it keeps against the rules for more than a month.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from audits.models import Finding, Grant, JudgedSituation
from contacts.models import Source

ABOVE = 200
ONE_IN = 50
LONGEST = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class SecondLook:
    """``whole``: every item. ``restricted``: situations with an order inside."""

    whole: bool
    restricted: Sequence[int]


def of(
    source: Source, findings: QuerySet[Finding], *, items: int, until: date | None
) -> SecondLook:
    """Say which items of a set need a second look."""
    whole = needs_whole(source, items=items, until=until)
    within = findings.order_by().values("situation")
    return SecondLook(
        whole=whole,
        restricted=() if whole else with_order(within),
    )


def needs_whole(source: Source, *, items: int, until: date | None = None) -> bool:
    """Say whether a batch as a whole needs a second look."""
    if items > ABOVE or (until and until > timezone.now().date() + LONGEST):
        return True
    grants = Grant.objects.filter(source=source).active()
    return items * ONE_IN > grants.order_by()[: items * ONE_IN].count()


def with_order(situations: QuerySet[Any, Any] | Sequence[int]) -> list[int]:
    """Name the situations that an order is in; a custody document only informs."""
    judged = JudgedSituation.objects.filter(pk__in=situations)
    told = judged.exclude(body__restrictions=[]).values_list("pk", "body__restrictions")
    return [
        pk
        for pk, orders in told
        if any(order["kind"] != "custody_document" for order in orders or ())
    ]
