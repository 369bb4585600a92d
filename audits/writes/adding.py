"""Which contacts may be added to V3: those that a person named, and nobody else.

An addition makes somebody mailable who was not, so none is made by itself. Nor is anybody
added whom the crosswalk does not surely know to be missing, who is under an order, or of
whom somebody decided *hold* or *revoke*.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from audits.models import Decision, Finding, Restriction
from contacts.models import Match, Source

MOST = 500


class CannotAdd(Exception):
    """Some of the named contacts may not be added; the words say how many and why."""


def chosen(source: Source, ids: Sequence[str]) -> list[int]:
    """Give the matches of the V2 ids that a person named; raises ``CannotAdd``."""
    wanted = list(dict.fromkeys(filter(None, (each.strip() for each in ids))))
    if len(wanted) > MOST:
        raise CannotAdd(f"At most {MOST} contacts are added in one run.")
    missing = Match.objects.filter(
        source=source,
        state=Match.State.MISSING,
        legacy_contact__external_id__in=wanted,
        legacy_contact__consent__isnull=False,
    )
    known = dict(missing.values_list("legacy_contact__external_id", "pk"))
    if unknown := [each for each in wanted if each not in known]:
        raise CannotAdd(
            f"{_these(unknown)} no contact that V3 is surely known to lack."
        )
    allowed = set(addable(missing).values_list("pk", flat=True))
    if kept_out := [each for each in wanted if known[each] not in allowed]:
        raise CannotAdd(f"{_these(kept_out)} held, revoked or under an order.")
    return sorted(allowed)


def addable(matches: QuerySet[Match], *, on: date | None = None) -> QuerySet[Match]:
    """Keep the matches that are under no order and of whom nothing was decided against."""
    day = on or timezone.now().date()
    orders = Restriction.objects.active_on(day).exclude(
        kind=Restriction.Kind.CUSTODY_DOCUMENT
    )
    against = (
        Finding.objects.filter(
            decision__kind__in=[Decision.Kind.HOLD, Decision.Kind.REVOKE]
        )
        .exclude(state__in=[Finding.State.OPEN, Finding.State.CLOSED])
        .order_by()
    )
    return matches.exclude(Exists(orders.filter(match=OuterRef("pk")))).exclude(
        Exists(against.filter(match=OuterRef("pk")))
    )


def _these(ids: Sequence[str]) -> str:
    told = ", ".join(ids[:3])
    more = f" and {len(ids) - 3} more" if len(ids) > 3 else ""
    return f"{told}{more} {'is' if len(ids) == 1 else 'are'}"
