"""Where one starts: what is open, what runs, what to do next."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from audits import holds, overview, scanning
from audits.models import Finding
from contacts import jobs, progress
from contacts.access import StaffRequest, source_view
from contacts.models import Source
from contacts.paging import Page, paginate
from contacts.rendering import render_page, wants_fragment


@require_safe
@permission_required("contacts.view_source", raise_exception=True)
def home(request: StaffRequest) -> HttpResponse:
    """Show the reader's one source, or their sources with what is open in each."""
    page = paginate(
        Source.objects.visible_to(request.user),
        keys=["name", "pk"],
        cursor=request.GET.get("cursor", ""),
    )
    if len(page.rows) == 1 and page.is_whole:
        return _overview_page(request, page.rows[0])
    context = {"page": page, "rows": _with_counts(page)}
    return render_page(request, "audits/home.html", context)


@require_safe
@source_view("contacts.view_source")
def source_overview(request: StaffRequest, source: Source) -> HttpResponse:
    """Show what is open in a source, what runs, and what to do next."""
    return _overview_page(request, source)


@require_POST
@source_view("contacts.scan_source")
def scan_start(request: StaffRequest, source: Source) -> HttpResponse:
    """Ask for a scan and go to where it can be watched."""
    try:
        job = scanning.start(source=source, by=request.user)
    except jobs.AlreadyRunning as error:
        messages.warning(request, f"{error}. One scan of a source runs at a time.")
        job = error.job
    return redirect("contacts:job-detail", source.slug, job.pk)


def _overview_page(request: StaffRequest, source: Source) -> HttpResponse:
    """Give the page, or what runs alone: that is asked for every two seconds."""
    part = wants_fragment(request)
    context = _running(source) | ({} if part else _standing(source))
    response = render_page(
        request,
        "audits/overview.html",
        {"source": source, **context},
        fragment="audits/_running_jobs.html",
    )
    if part and not context["running"]:
        # What ran has ended, and the counts around it are old.
        response.headers["HX-Refresh"] = "true"
    return response


def _running(source: Source) -> dict[str, Any]:
    now = timezone.now()
    found = overview.unfinished_jobs(source)
    return {"running": [(job, progress.measure(job, at=now)) for job in found]}


def _standing(source: Source) -> dict[str, Any]:
    """Give what moves only with an import, a scan or a decision."""
    latest = overview.latest_snapshots(source)
    scan = overview.last_scan(source)
    steps = overview.steps(source, latest, scan)
    today = timezone.now().date()
    return {
        "today": today,
        "overdue": holds.overdue(source, today=today),
        "open": overview.count_open(source),
        "scan": scan,
        "steps": steps,
        "is_new": not all(step.is_done or step.is_optional for step in steps),
        "incomplete": [
            (snapshot, overview.rules_off(source, snapshot))
            for snapshot in overview.incomplete(latest)
        ],
        "newer": overview.newer_than(scan, latest),
    }


def _with_counts(page: Page[Source]) -> list[dict[str, Any]]:
    """Put beside each source how many findings are open, and how many are critical."""
    critical = Q(severity=Finding.Severity.CRITICAL)
    counted = (
        Finding.objects.open()
        .filter(source__in=[row.pk for row in page.rows])
        .values("source_id")
        .annotate(open=Count("pk"), critical=Count("pk", filter=critical))
        .order_by()
    )
    counts = {row["source_id"]: row for row in counted}
    nothing = {"open": 0, "critical": 0}
    return [{"source": row, **counts.get(row.pk, nothing)} for row in page.rows]
