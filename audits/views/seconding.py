"""The second look: what waits for it, and confirming or sending back in place."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST, require_safe

from audits import batch_seconding, deciding, endings, seconding
from audits.batches import looking
from audits.forms import BatchLookForm, BatchReturnForm, LookForm, SendBackForm
from audits.models import Batch, Finding
from audits.views import answers, rows
from contacts import jobs
from contacts.access import StaffRequest, source_view
from contacts.models import Source
from contacts.paging import paginate
from contacts.rendering import render_page

PAGE_SIZE = 25
# What is past its day is marked, and is first by its day anyway.
KEYS = ["decision__second_due_at", "decision__pk"]


@require_safe
@source_view("audits.confirm")
def second_look(request: StaffRequest, source: Source) -> HttpResponse:
    """List what waits for this person's second look, the oldest due first."""
    waiting = seconding.waiting_for(request.user, source)
    page = paginate(
        answers.with_rows(waiting),
        keys=KEYS,
        cursor=request.GET.get("cursor", ""),
        size=PAGE_SIZE,
    )
    context = {
        "source": source,
        "batches": looking.waiting_for(request.user, source),
        "page": page,
        "rows": rows.rows(page.rows, request.user),
        "waiting": seconding.count_waiting(request.user, source),
        "place": answers.SECOND,
        "queue": "",
    }
    return render_page(
        request,
        "audits/second_look.html",
        context,
        fragment="audits/_second_table.html",
    )


@require_POST
@source_view("audits.confirm")
def finding_confirm(request: StaffRequest, source: Source, pk: int) -> HttpResponse:
    """Confirm what another person decided; whoever is second is told who was first."""
    finding = answers.finding_of(source, pk)
    form = LookForm(request.POST)
    if not form.is_valid():
        return answers.refused(request, finding, form, form.first_error(), status=422)
    decision = finding.decision
    if decision is None:
        return _gone(request, finding, form)
    try:
        seconding.confirm(
            decision, by=request.user, version=form.cleaned_data["version"]
        )
    except deciding.StaleEvidence as error:
        return answers.refused(request, finding, form, str(error), status=409)
    except deciding.Refused as error:
        return answers.refused(request, finding, form, str(error), status=422)
    kind = decision.get_kind_display().lower()
    done = f"Confirmed: {kind} {answers.about(finding)}."
    return answers.changed(request, finding, form, done)


@require_POST
@source_view("audits.confirm")
def finding_return(request: StaffRequest, source: Source, pk: int) -> HttpResponse:
    """Send a decision back with a note: its finding is open again."""
    finding = answers.finding_of(source, pk)
    form = SendBackForm(request.POST)
    if not form.is_valid():
        return answers.refused(request, finding, form, form.first_error(), status=422)
    if finding.decision is None:
        return _gone(request, finding, form)
    try:
        seconding.send_back(
            finding.decision,
            by=request.user,
            note=form.cleaned_data["reason"],
            version=form.cleaned_data["version"],
        )
    except deciding.StaleEvidence as error:
        return answers.refused(request, finding, form, str(error), status=409)
    except deciding.Refused as error:
        return answers.refused(request, finding, form, str(error), status=422)
    done = f"Sent back: {answers.about(finding)} is open again."
    return answers.changed(request, finding, form, done)


@require_POST
@source_view("audits.confirm")
def batch_confirm(request: StaffRequest, source: Source, pk: int) -> HttpResponse:
    """Confirm all that waits of a batch, once its number was typed."""
    batch = get_object_or_404(Batch, source=source, pk=pk)
    form = BatchLookForm(request.POST)
    if not form.is_valid():
        messages.error(request, _first(form))
        return redirect("audits:second-look", source.slug)
    count = form.cleaned_data["count"]
    return _looked(
        request,
        batch,
        lambda: batch_seconding.confirm(batch, by=request.user, count=count),
        f"Confirmed: {count:,} of batch {batch.pk}.",
    )


@require_POST
@source_view("audits.confirm")
def batch_return(request: StaffRequest, source: Source, pk: int) -> HttpResponse:
    """Send all that waits of a batch back: it is open again."""
    batch = get_object_or_404(Batch, source=source, pk=pk)
    form = BatchReturnForm(request.POST)
    if not form.is_valid():
        messages.error(request, _first(form))
        return redirect("audits:second-look", source.slug)
    count, note = form.cleaned_data["count"], form.cleaned_data["note"]
    return _looked(
        request,
        batch,
        lambda: batch_seconding.send_back(
            batch, by=request.user, note=note, count=count
        ),
        f"Sent back: {count:,} of batch {batch.pk} are open again.",
    )


def _looked(
    request: StaffRequest, batch: Batch, act: Callable[[], Batch], done: str
) -> HttpResponse:
    """Do it and go back to the page, or to where a large batch can be watched."""
    slug = batch.source.slug
    try:
        looked = act()
    except (deciding.Refused, jobs.AlreadyRunning) as error:
        messages.error(request, str(error))
        return redirect("audits:second-look", slug)
    if looked.job and looked.job.finished_at is None:
        return redirect("audits:batch-detail", slug, batch.pk)
    messages.success(request, done)
    return redirect("audits:second-look", slug)


def _first(form: Form) -> str:
    """Give one sentence of what is wrong."""
    (errors, *_) = form.errors.values()
    return str(errors[0])


def _gone(request: StaffRequest, finding: Finding, form: LookForm) -> HttpResponse:
    """Say what became of the decision that the person saw."""
    ending = endings.last([finding]).get(finding.pk)
    words = (
        f"{ending.title} at {ending.at:%Y-%m-%d %H:%M} UTC."
        if ending
        else "Nothing of this finding waits for a second look."
    )
    return answers.refused(request, finding, form, words, status=409)
