"""Jobs: which ran, and one of them live."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from contacts import jobs, progress, standing
from contacts.access import StaffRequest, source_view
from contacts.models import Job, Source
from contacts.paging import paginate
from contacts.rendering import render_page, wants_fragment

IDS = ("snapshot", "scan")
STOP_POLLING = 286  # htmx swaps the answer and asks no more
RETRYABLE = (Job.State.FAILED, Job.State.PAUSED, Job.State.CANCELLED)


@require_safe
@source_view("contacts.view_source")
def job_list(request: StaffRequest, source: Source) -> HttpResponse:
    """List a source's jobs, the newest first."""
    state = request.GET.get("state", "")
    rows = Job.objects.filter(source=source).select_related("requested_by")
    if state in Job.State.values:
        rows = rows.filter(state=state)
    page = paginate(rows, keys=["-pk"], cursor=request.GET.get("cursor", ""))
    context = {
        "source": source,
        "page": page,
        "state": state,
        "states": Job.State.choices,
        "is_live": any(not job.is_finished for job in page.rows),
    }
    return render_page(
        request,
        "contacts/job_list.html",
        context,
        fragment="contacts/_job_table.html",
    )


@require_safe
@source_view("contacts.view_source")
def job_detail(request: StaffRequest, source: Source, pk: int) -> HttpResponse:
    """Show a job; the part that moves is asked for again until the job has ended."""
    job = get_object_or_404(
        Job.objects.select_related("requested_by"), source=source, pk=pk
    )
    over = job.is_finished and wants_fragment(request)
    return render_page(
        request,
        "contacts/job_detail.html",
        {"source": source, "job": job, **moving(request, job)},
        fragment="contacts/_job_progress.html",
        announce=f"{job.title}: {job.get_state_display()}" if over else "",
        status=STOP_POLLING if over else 200,
    )


def moving(request: StaffRequest, job: Job) -> dict[str, object]:
    """Give what changes while a job is watched, and what may be done with it."""
    may_act = request.user.has_perm("contacts.import_data")
    return {
        "progress": progress.measure(job, at=timezone.now()),
        "result": counts(job),
        "snapshots": job.result.get("snapshots", []),
        "may_cancel": may_act and not job.is_finished,
        "may_retry": may_act and job.state in RETRYABLE,
        "reconnect": reconnect(request, job),
    }


def reconnect(request: StaffRequest, job: Job) -> str:
    """Give the word for the button that connects anew, where a paused job needs that."""
    may_act = request.user.has_perm("contacts.change_source")
    if job.state != Job.State.PAUSED or job.source.is_clever or not may_act:
        return ""
    account = standing.of(job.source, at=timezone.now())
    return account.verb if account.can_connect else ""


def counts(job: Job) -> list[tuple[str, int]]:
    """Give what a job counted, in words; ids of what it made are no counts."""
    return [
        (name.replace("_", " "), told)
        for name, told in job.result.items()
        if type(told) is int and name not in IDS
    ]


@require_POST
@source_view("contacts.import_data")
def job_cancel(request: StaffRequest, source: Source, pk: int) -> HttpResponse:
    """Stop a job at its next step."""
    job = get_object_or_404(Job, source=source, pk=pk)
    try:
        jobs.cancel(job, by=request.user)
    except jobs.CannotChange as error:
        messages.warning(request, str(error))
    return redirect("contacts:job-detail", source.slug, job.pk)


@require_POST
@source_view("contacts.import_data")
def job_retry(request: StaffRequest, source: Source, pk: int) -> HttpResponse:
    """Let a job go on from where it stopped."""
    job = get_object_or_404(Job, source=source, pk=pk)
    try:
        jobs.retry(job, by=request.user)
    except jobs.CannotChange as error:
        messages.warning(request, str(error))
    except jobs.AlreadyRunning as error:
        messages.warning(request, f"{error}. Wait for it, or cancel it.")
    return redirect("contacts:job-detail", source.slug, job.pk)
