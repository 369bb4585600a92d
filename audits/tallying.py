"""Counts of grants and open findings a person, for the list of contacts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db.models import Count, Exists, Min, OuterRef, QuerySet

from audits.models import Finding, Grant
from contacts.models import Match
from contacts.tallies import Tally


def tally(matches: Sequence[int]) -> Mapping[int, Tally]:
    """Count for the matches of one page, in two statements."""
    grants = _counts(Grant.objects.active().filter(match__in=matches))
    findings = (
        Finding.objects.open()
        .filter(match__in=matches)
        .values_list("match_id")
        .annotate(Count("pk"), Min("severity"))
    )
    told = {pk: Tally(grants=count) for pk, count in grants.items()}
    for pk, count, worst in findings:
        told[pk] = Tally(grants.get(pk, 0), count, Finding.Severity(worst).label)
    return told


def with_open_findings(matches: QuerySet[Match]) -> QuerySet[Match]:
    """Keep the matches that somebody has to look at."""
    return matches.filter(Exists(Finding.objects.open().filter(match=OuterRef("pk"))))


def _counts(grants: QuerySet[Grant]) -> dict[int, int]:
    return dict(grants.values_list("match_id").annotate(Count("pk")))
