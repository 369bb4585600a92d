"""Writing to the provider: runs, one run with its preview, and the steps of its life."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from audits import previews
from audits.forms import PrepareForm, StepForm
from audits.models import WriteItem, WriteRun
from audits.writes import adding, budgeting, runs
from contacts import accounts, budgets, jobs, progress
from contacts.access import StaffRequest, mail_view
from contacts.models import Source
from contacts.paging import paginate
from contacts.rendering import render_page

PAGE_SIZE = 25


@require_safe
@mail_view("audits.view_finding")
def write_list(request: StaffRequest, source: Source) -> HttpResponse:
    """List the runs of an account, the newest first, and offer to prepare one."""
    return _list_page(request, source)


@require_POST
@mail_view("contacts.import_data")
def write_prepare(request: StaffRequest, source: Source) -> HttpResponse:
    """Begin a preview and go to where it can be watched."""
    form = PrepareForm(request.POST)
    additions = form.told_ids() if form.is_valid() else []
    try:
        run = runs.prepare(source=source, by=request.user, additions=additions)
    except runs.Unfinished as error:
        messages.warning(request, str(error))
        return redirect("audits:write-detail", source.slug, error.run.pk)
    except jobs.AlreadyRunning as error:
        messages.warning(request, f"{error}. Wait for it, or cancel it.")
        return redirect("contacts:job-detail", source.slug, error.job.pk)
    except (runs.Refused, adding.CannotAdd) as error:
        return _list_page(request, source, trouble=str(error), status=422)
    return redirect("audits:write-detail", source.slug, run.pk)


@require_safe
@mail_view("audits.view_finding")
def write_detail(request: StaffRequest, source: Source, pk: int) -> HttpResponse:
    """Show a run: what it would change, what that costs, and what became of it."""
    run = _run(source, pk)
    job = runs.job_of(run)
    busy = job is not None and not job.is_finished
    now = timezone.now()
    context = {
        "source": source,
        "run": run,
        "job": job if busy else None,
        "progress": progress.measure(job, at=now) if job and busy else None,
        "steps": previews.steps(run, request.user, busy=busy),
        "fields": previews.by_field(run),
        "outlook": budgeting.outlook(run, at=now) if _has_more(run) else None,
        "may_write": accounts.of(source).may_write,
        **_items(request, source, run),
    }
    response = render_page(
        request,
        "audits/write_detail.html",
        context,
        fragment=_fragment(request),
    )
    if not busy and request.htmx.target == "write-run":
        # What ran has ended, and the items below are old.
        response.headers["HX-Refresh"] = "true"
    return response


@require_POST
@mail_view("contacts.import_data")
def write_ask(request: StaffRequest, source: Source, pk: int) -> HttpResponse:
    """Ask another person to look at a preview."""
    reason = _told(request).get("reason", "")
    return _step(
        request,
        _run(source, pk),
        lambda run: runs.ask(run, by=request.user, reason=reason),
        done="It waits for a second look by another person.",
    )


@require_POST
@mail_view("audits.confirm")
def write_confirm(request: StaffRequest, source: Source, pk: int) -> HttpResponse:
    """Take the second look."""
    sha256 = _told(request).get("sha256", "")
    return _step(
        request,
        _run(source, pk),
        lambda run: runs.confirm(run, by=request.user, sha256=sha256),
        done="Confirmed. An operator can send it now.",
    )


@require_POST
@mail_view("contacts.import_data")
def write_send(request: StaffRequest, source: Source, pk: int) -> HttpResponse:
    """Begin to send what was confirmed."""
    return _step(
        request,
        _run(source, pk),
        lambda run: runs.start(run, by=request.user),
        done="It is being sent.",
    )


@require_POST
@mail_view("audits.view_finding")
def write_withdraw(request: StaffRequest, source: Source, pk: int) -> HttpResponse:
    """Give a run up: who made it may, or an approver."""
    reason = _told(request).get("reason", "")
    return _step(
        request,
        _run(source, pk),
        lambda run: runs.withdraw(run, by=request.user, reason=reason),
        done="Given up. What was not sent is never sent.",
    )


# --- What they share -----------------------------------------------------------


def _run(source: Source, pk: int) -> WriteRun:
    found = WriteRun.objects.select_related("source", "made_by", "second_by")
    return get_object_or_404(found, source=source, pk=pk)


def _told(request: StaffRequest) -> dict[str, Any]:
    form = StepForm(request.POST)
    return form.cleaned_data if form.is_valid() else {}


def _step(
    request: StaffRequest,
    run: WriteRun,
    act: Callable[[WriteRun], object],
    *,
    done: str,
) -> HttpResponse:
    """Take a step and lead back to the run, with what came of it in words."""
    try:
        act(run)
    except (runs.Refused, jobs.AlreadyRunning) as error:
        messages.error(request, str(error))
    else:
        messages.success(request, done)
    return redirect("audits:write-detail", run.source.slug, run.pk)


def _list_page(
    request: StaffRequest, source: Source, *, trouble: str = "", status: int = 200
) -> HttpResponse:
    page = paginate(
        WriteRun.objects.filter(source=source).select_related("made_by", "second_by"),
        keys=["-pk"],
        cursor=request.GET.get("cursor", ""),
    )
    unfinished = WriteRun.objects.filter(source=source).unfinished().first()
    context = {
        "source": source,
        "page": page,
        "may_write": accounts.of(source).may_write,
        "budget": budgets.remaining(source, at=timezone.now()),
        "unfinished": unfinished,
        "trouble": trouble,
        "ids": request.POST.get("ids", ""),
        "most": adding.MOST,
    }
    return render_page(
        request,
        "audits/write_list.html",
        context,
        fragment="audits/_write_table.html",
        status=status,
    )


def _items(request: StaffRequest, source: Source, run: WriteRun) -> dict[str, Any]:
    """Give a page of the items, of all states or of one."""
    state = request.GET.get("state", "")
    found: QuerySet[WriteItem] = run.item_set.all()
    if state in WriteItem.State.values:
        found = found.filter(state=state)
    cursor = request.GET.get("cursor", "")
    page = paginate(found, keys=["place", "pk"], cursor=cursor, size=PAGE_SIZE)
    return {
        "page": page,
        "rows": previews.rows(source, page.rows),
        "state": state,
        "states": previews.by_state(run),
    }


def _has_more(run: WriteRun) -> bool:
    return run.state in WriteRun.UNFINISHED and bool(run.sha256)


def _fragment(request: StaffRequest) -> str:
    """Give the part that is asked for: a page of the items, or what moves."""
    paging = request.htmx.target == "write-items"
    return "audits/_write_items.html" if paging else "audits/_write_run.html"
