"""Batches: a set looked at and decided in one act, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from audits import batching, deciding, filters, situations
from audits.batch_forms import BatchForm, UndoForm
from audits.batches import choosing, previewing, sets
from audits.batches.sets import Scope
from audits.filters import Filters
from audits.models import Batch, Decision, Finding, JudgedSituation
from audits.reasons import quick_reasons
from audits.terms import Terms
from audits.views import batch_items, batch_rows, rows
from contacts import jobs, searching
from contacts.access import StaffRequest, source_view
from contacts.models import Source
from contacts.paging import paginate
from contacts.rendering import render_page

PAGE_SIZE = 25


@require_safe
@source_view("audits.decide")
def batch_new(request: StaffRequest, source: Source) -> HttpResponse:
    """Show a set of open findings, what deciding it would do, and where to confirm."""
    chosen = _chosen(request.GET)
    kind = request.GET.get("kind", "")
    kind = kind if kind in Decision.Kind.values else ""
    return _page(request, source, chosen, _taken_out(request.GET), kind=kind)


@require_POST
@source_view("audits.decide")
def batch_start(request: StaffRequest, source: Source) -> HttpResponse:
    """Decide the set that the person saw; one that has changed is refused (409)."""
    chosen = _chosen(QueryDict(request.POST.get("query", "")[:500]))
    excluded = _taken_out(request.POST)
    form = BatchForm(request.POST)
    kind = form.data.get("kind", "")
    kind = kind if kind in Decision.Kind.values else ""
    if not form.is_valid():
        return _page(
            request, source, chosen, excluded, kind=kind, form=form, status=422
        )
    try:
        batch = batching.start(
            source=source,
            scope=_scope(request, chosen, excluded),
            choice=choosing.Choice(
                form.cleaned_data["kind"],
                form.cleaned_data["reason"],
                Terms(
                    reason_code=form.cleaned_data["reason_code"],
                    exception_until=form.cleaned_data["until"],
                ),
            ),
            seen=form.seen(),
            by=request.user,
        )
    except choosing.Changed as error:
        form.add_error(None, str(error))
        return _page(
            request, source, chosen, excluded, kind=kind, form=form, status=409
        )
    except jobs.AlreadyRunning as error:
        form.add_error(None, f"{error}. One batch of a source runs at a time.")
        return _page(
            request, source, chosen, excluded, kind=kind, form=form, status=409
        )
    except deciding.Refused as error:
        form.add_error(None, str(error))
        return _page(
            request, source, chosen, excluded, kind=kind, form=form, status=422
        )
    if batch.state == Batch.State.DONE:
        messages.success(request, f"Decided: {batch_rows.title(batch)}.")
    return redirect("audits:batch-detail", source.slug, batch.pk)


@require_safe
@source_view("audits.view_finding")
def batch_list(request: StaffRequest, source: Source) -> HttpResponse:
    """List the batches of a source, the newest first."""
    page = paginate(
        Batch.objects.filter(source=source).select_related("decided_by", "undone_by"),
        keys=["-pk"],
        cursor=request.GET.get("cursor", ""),
        size=PAGE_SIZE,
    )
    context = {
        "source": source,
        "page": page,
        "rows": [(batch, batch_rows.title(batch)) for batch in page.rows],
    }
    return render_page(
        request,
        "audits/batch_list.html",
        context,
        fragment="audits/_batch_table.html",
    )


@require_safe
@source_view("audits.view_finding")
def batch_detail(request: StaffRequest, source: Source, pk: int) -> HttpResponse:
    """Show a batch: what was decided of what, what went on since, and how to undo it."""
    return _detail(request, source, _batch(source, pk))


@require_POST
@source_view("audits.decide")
def batch_undo(request: StaffRequest, source: Source, pk: int) -> HttpResponse:
    """Open again what stands as the batch left it."""
    batch = _batch(source, pk)
    form = UndoForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    try:
        batch = batching.undo(batch, by=request.user, reason=reason)
    except choosing.CannotUndo as error:
        return _detail(request, source, batch, trouble=str(error), status=409)
    except (deciding.Refused, jobs.AlreadyRunning) as error:
        return _detail(request, source, batch, trouble=str(error), status=422)
    if batch.state == Batch.State.UNDONE:
        messages.success(request, f"Undone: {batch.words}.")
    return redirect("audits:batch-detail", source.slug, batch.pk)


# --- A set, before it is a batch ---------------------------------------------------


def _chosen(query: QueryDict) -> Filters:
    told = {name: str(query.get(name, "")) for name in query}
    return Filters.parse(told | {"state": Finding.State.OPEN.value, "by": ""})


def _taken_out(query: QueryDict) -> list[int]:
    return sets.ids_of(query.getlist("x")[: sets.MOST_EXCLUDED + 1])


def _scope(request: StaffRequest, chosen: Filters, excluded: Sequence[int]) -> Scope:
    words = searching.text_of(request.session, chosen.search)
    return Scope.of(chosen, words=words, excluded=excluded)


def _page(
    request: StaffRequest,
    source: Source,
    chosen: Filters,
    excluded: Sequence[int],
    *,
    kind: str,
    form: BatchForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """Show a set as it is now; what was typed before stays."""
    try:
        scope = _scope(request, chosen, excluded)
    except sets.TooManyExcluded as error:
        return HttpResponse(str(error), status=413, content_type="text/plain")
    situation = _situation(source, chosen)
    taken_out = batch_items.taken_out(source, scope)
    told = previewing.preview(source, scope, kind, today=timezone.now().date())
    context = {
        "source": source,
        "chosen": chosen,
        "situation": situation,
        "sentence": situations.in_general(situation.sentence) if situation else "",
        "words": scope.words,
        "preview": told,
        "kind": kind,
        "facets": filters.facets(told.cube, chosen, source.provider),
        "carried": batch_rows.carried(kind, scope.excluded),
        "carried_out": batch_rows.carried("", scope.excluded),
        "fields": batch_rows.fields_of(chosen),
        "taken_out": rows.rows(taken_out, request.user),
        "quick_reasons": quick_reasons(source),
        "reason_codes": Decision.ReasonCode.choices,
        "form": form,
        "trouble": _trouble(form),
        **batch_items.shown(request, source, told),
    }
    return render_page(request, "audits/batch_new.html", context, status=status)


def _trouble(form: BatchForm | None) -> str:
    if form is None:
        return ""
    whole = form.non_field_errors()
    return str(whole[0]) if whole else form.first_error()


def _situation(source: Source, chosen: Filters) -> JudgedSituation | None:
    """Give the situation that is asked for; another source's is not here."""
    if not chosen.situation:
        return None
    mine = JudgedSituation.objects.filter(source=source)
    return get_object_or_404(mine, pk=chosen.situation)


# --- A batch -----------------------------------------------------------------------


def _batch(source: Source, pk: int) -> Batch:
    batches = Batch.objects.select_related("source", "decided_by", "undone_by", "job")
    return get_object_or_404(batches, source=source, pk=pk)


def _detail(
    request: StaffRequest,
    source: Source,
    batch: Batch,
    *,
    trouble: str = "",
    status: int = 200,
) -> HttpResponse:
    page = paginate(
        batch_rows.decisions(batch),
        keys=["pk"],
        cursor=request.GET.get("cursor", ""),
        size=PAGE_SIZE,
    )
    context = {
        "source": source,
        "batch": batch,
        "title": batch_rows.title(batch),
        "reason_label": Decision.ReasonCode(batch.reason_code).label,
        "page": page,
        "trouble": trouble,
        "told": request.POST,
        **batch_rows.standing(batch, request.user),
    }
    return render_page(
        request,
        "audits/batch_detail.html",
        context,
        fragment="audits/_batch_state.html",
        status=status,
    )
