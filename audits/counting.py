"""What a scan found, counted from the situations its grants are in."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Sum

from audits.models import Grant, JudgedSituation, Scan
from audits.situations import NO_FINDING


def of(scan: Scan) -> dict[str, Any]:
    """Count from the situations: each knows how many of this scan are in it."""
    told = JudgedSituation.objects.filter(scan=scan).values_list("rule")
    rules = told.annotate(Sum("grants"), Count("pk"))
    grants = {rule: rows for rule, rows, _ in rules}
    situations = sum(count for rule, _, count in rules if rule != "grant-missing")
    by_rule = {rule: grants[rule] for rule in sorted(grants) if rule not in NO_FINDING}
    return {
        "grants": sum(grants.values()) - grants.get("grant-missing", 0),
        "situations": situations,
        "confirmed": grants.get("confirmed", 0),
        "findings": sum(by_rule.values()),
        "by_rule": by_rule,
        "other_basis": grants.get("other-basis", 0),
        "expired": _expired(scan),
    }


def _expired(scan: Scan) -> int:
    grants = Grant.objects.filter(source=scan.source).active()
    return grants.filter(expires_at__lt=scan.started_at.date()).count()
