"""The items of a set that a page shows: a sample, all by pages, and those taken out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import structlog
from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone

from audits.batches import sets
from audits.batches.previewing import Preview
from audits.batches.sets import Scope
from audits.models import Finding
from audits.views import rows
from contacts.access import StaffRequest
from contacts.models import Source
from contacts.paging import paginate

PAGE_SIZE = 25
log = structlog.get_logger(__name__)


def taken_out(source: Source, scope: Scope) -> list[Finding]:
    """Give what was taken out; ids of another source are refused with all the rest."""
    mine = Finding.objects.filter(source=source, pk__in=scope.excluded)
    found = list(_with_all(mine).order_by("pk"))
    if len(found) != len(scope.excluded):
        log.warning("foreign ids in a batch", source=source.slug)
        raise Http404
    return found


def shown(request: StaffRequest, source: Source, told: Preview) -> dict[str, Any]:
    """Give the items shown: ten by chance and the ten most unusual, or all by pages."""
    if request.GET.get("show") == "all":
        return _all(request, source, told)
    unusual = [one.finding for one in told.unusual]
    mine = Finding.objects.filter(source=source, pk__in={*told.chance, *unusual})
    found = {finding.pk: finding for finding in _with_all(mine)}
    rarest = rows.rows(_in_order(found, unusual), request.user)
    return {
        "chance": rows.rows(_in_order(found, told.chance), request.user),
        "unusual": list(zip(rarest, told.unusual, strict=False)),
    }


def _all(request: StaffRequest, source: Source, told: Preview) -> dict[str, Any]:
    kind = told.effect.kind if told.effect else ""
    today = timezone.now().date()
    page = paginate(
        _with_all(sets.decidable(source, told.scope, kind, today=today)),
        keys=["severity", "pk"],
        cursor=request.GET.get("cursor", ""),
        size=PAGE_SIZE,
    )
    return {"page": page, "all_items": rows.rows(page.rows, request.user)}


def _with_all(findings: QuerySet[Finding]) -> QuerySet[Finding]:
    return findings.select_related("source", "situation", "decision__decided_by")


def _in_order(found: Mapping[int, Finding], ids: Iterable[int]) -> list[Finding]:
    return [found[pk] for pk in ids if pk in found]
