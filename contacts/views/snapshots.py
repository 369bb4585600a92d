"""Snapshots: what came in, and what did not."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from contacts.access import StaffRequest, source_view
from contacts.models import Snapshot, Source
from contacts.paging import Page, paginate
from contacts.rendering import render_page


@require_safe
@source_view("contacts.view_source")
def snapshot_list(request: StaffRequest, source: Source) -> HttpResponse:
    """List a source's snapshots with their population, the newest first."""
    kind = request.GET.get("kind", "")
    rows = Snapshot.objects.filter(source=source).select_related("started_by")
    if kind in Snapshot.Kind.values:
        rows = rows.filter(kind=kind)
    page = paginate(rows, keys=["-pk"], cursor=request.GET.get("cursor", ""))
    context = {
        "source": source,
        "page": page,
        "kind": kind,
        "kinds": Snapshot.Kind.choices,
    }
    return render_page(
        request,
        "contacts/snapshot_list.html",
        context,
        fragment="contacts/_snapshot_table.html",
    )


@require_safe
@source_view("contacts.view_source")
def snapshot_detail(request: StaffRequest, source: Source, pk: int) -> HttpResponse:
    """Show a snapshot's counts, and its pages or the rows that did not go in."""
    snapshot = get_object_or_404(
        Snapshot.objects.select_related("started_by"), source=source, pk=pk
    )
    default = "quarantine" if snapshot.quarantined else "pages"
    rows = request.GET.get("rows", default)
    context = {
        "source": source,
        "snapshot": snapshot,
        "rows": rows if rows in ("pages", "quarantine") else default,
    }
    context["page"] = _rows(snapshot, context["rows"], request.GET.get("cursor", ""))
    return render_page(
        request,
        "contacts/snapshot_detail.html",
        context,
        fragment="contacts/_snapshot_rows.html",
    )


def _rows(snapshot: Snapshot, rows: Any, cursor: str) -> Page[Any]:
    """Give a page of what is shown; the bodies of pages stay in the database."""
    if rows == "quarantine":
        return paginate(snapshot.quarantine.all(), keys=["line", "pk"], cursor=cursor)
    return paginate(snapshot.page_set.defer("body"), keys=["number"], cursor=cursor)
