"""What is held, who follows it up and by which day."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from audits import holds
from contacts.access import StaffRequest, source_view
from contacts.models import Source
from contacts.paging import paginate
from contacts.rendering import render_page

PAGE_SIZE = 50


@require_safe
@source_view("audits.view_finding")
def hold_list(request: StaffRequest, source: Source) -> HttpResponse:
    """List the holds of a source, or the reader's own, the oldest due first."""
    mine = "mine" in request.GET
    held = holds.of(source)
    if mine:
        held = held.filter(decision__owner=request.user)
    page = paginate(
        held,
        keys=["decision__due_on", "decision__pk"],
        cursor=request.GET.get("cursor", ""),
        size=PAGE_SIZE,
    )
    context = {
        "source": source,
        "page": page,
        "mine": mine,
        "today": timezone.now().date(),
    }
    return render_page(
        request,
        "audits/hold_list.html",
        context,
        fragment="audits/_hold_table.html",
    )
