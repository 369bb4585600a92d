"""Which contacts may be added to V3: those that a person named, and nobody else.

An addition makes somebody mailable who was not, so none is made by itself. Nor is anybody
added while it is not sure whom V3 lacks, because its contacts or the crosswalk did not
come in whole; who is under an order; or of whom somebody decided *hold* or *revoke*, were
it before evidence came that nobody has judged yet.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.utils import timezone

from audits.judging.grounds import Grounds
from audits.models import Decision, Finding, Restriction
from contacts.models import Match, Snapshot, Source

MOST = 500
AGAINST = (Decision.Kind.HOLD, Decision.Kind.REVOKE)
RESTS_ON = (
    Snapshot.Kind.CONTACTS,
    Snapshot.Kind.CROSSWALK,
    Snapshot.Kind.UPLOADED_CROSSWALK,
)
"""What must be whole, if it was imported at all, for a contact to be surely missing."""


class CannotAdd(Exception):
    """Some of the named contacts may not be added; the words say how many and why."""


def chosen(source: Source, ids: Sequence[str]) -> list[int]:
    """Give the matches of the V2 ids that a person named; raises ``CannotAdd``."""
    wanted = list(dict.fromkeys(filter(None, (each.strip() for each in ids))))
    if len(wanted) > MOST:
        raise CannotAdd(f"At most {MOST} contacts are added in one run.")
    if wanted and not Grounds.of(source, RESTS_ON).may_close:
        raise CannotAdd(
            "The newest import of V3's contacts, or of the crosswalk, is not complete, so"
            " nobody is surely missing. Import again, then add."
        )
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
    for barred in (orders, _held(), _formerly_held()):
        matches = matches.exclude(Exists(barred.filter(match=OuterRef("pk"))))
    return matches


def _held() -> QuerySet[Finding]:
    """Give the findings of which somebody decided against the contact."""
    undone = (Finding.State.OPEN, Finding.State.CLOSED)
    return Finding.objects.filter(decision__kind__in=AGAINST).exclude(state__in=undone)


def _formerly_held() -> QuerySet[Finding]:
    """Give the open findings whose last decision was one against: nobody lifted it."""
    former = Decision.objects.filter(finding=OuterRef("pk")).standing().order_by("-pk")
    told = Finding.objects.open().annotate(former=Subquery(former.values("kind")[:1]))
    return told.filter(former__in=AGAINST)


def _these(ids: Sequence[str]) -> str:
    told = ", ".join(ids[:3])
    more = f" and {len(ids) - 3} more" if len(ids) > 3 else ""
    return f"{told}{more} {'is' if len(ids) == 1 else 'are'}"
