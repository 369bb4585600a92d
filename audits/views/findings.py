"""The queue of findings, one finding with its evidence, and deciding in place."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from audits import deciding, evidence, filters
from audits.filters import Filters
from audits.forms import DecideForm, WithdrawForm, quick_reasons
from audits.models import Finding
from audits.rules import catalogue
from audits.rules.cards import RuleCard
from audits.views import rows
from contacts import searching
from contacts.access import StaffRequest, source_view
from contacts.models import Source
from contacts.paging import paginate
from contacts.rendering import beside, render_page, wants_fragment

PAGE_SIZE = 25
CHANGED = "finding-decided"


@require_safe
@source_view("audits.view_finding")
def finding_list(request: StaffRequest, source: Source) -> HttpResponse:
    """Show the queue, the gravest first."""
    chosen = Filters.parse(request.GET.dict())
    words = searching.text_of(request.session, chosen.search)
    page = paginate(
        filters.narrow(_findings(), source, chosen, words=words),
        keys=["severity", "pk"],
        cursor=request.GET.get("cursor", ""),
        size=PAGE_SIZE,
    )
    context = _queue(source, chosen, words) | {
        "page": page,
        "rows": rows.rows(page.rows, request.user),
        "people": source.people.order_by("username").only("username"),
        "states": Finding.State.choices,
        "quick_reasons": quick_reasons(source),
    }
    return render_page(
        request,
        "audits/finding_list.html",
        context,
        fragment="audits/_finding_queue.html",
    )


@require_POST
@source_view("audits.view_finding")
def finding_search(request: StaffRequest, source: Source) -> HttpResponse:
    """Keep a search by name, and show the queue under its number."""
    chosen = Filters.parse(QueryDict(request.POST.get("queue", "")).dict())
    number = searching.keep(request.session, request.POST.get("words", ""))
    return redirect(_queue_url(source, chosen.query(search=number)))


@require_safe
@source_view("audits.view_finding")
def finding_detail(request: StaffRequest, source: Source, pk: int) -> HttpResponse:
    """Show one finding: why, both harms, what was received, and its history."""
    finding = _finding(source, pk)
    context = {
        "source": source,
        "row": rows.row(finding, request.user),
        "finding": finding,
        "card": catalogue.card_of(finding.rule, source.provider),
        "others": _also_true(finding),
        "situation": evidence.in_words(finding.situation.body),
        "records": evidence.of_finding(finding),
        "history": evidence.history(finding),
        "quick_reasons": quick_reasons(source),
    }
    return render_page(request, "audits/finding_detail.html", context)


@require_POST
@source_view("audits.decide")
def finding_decide(request: StaffRequest, source: Source, pk: int) -> HttpResponse:
    """Decide one finding; whoever is second is shown who was first (409)."""
    finding = _finding(source, pk)
    form = DecideForm(request.POST)
    if not form.is_valid():
        return _refused(request, finding, form, form.first_error(), status=422)
    told = form.cleaned_data
    try:
        decision = deciding.decide(
            finding,
            kind=told["kind"],
            reason=told["reason"],
            by=request.user,
            version=told["version"],
            evidence=told["evidence"],
        )
    except (deciding.AlreadyDecided, deciding.StaleEvidence) as error:
        return _refused(request, finding, form, str(error), status=409)
    except deciding.Refused as error:
        return _refused(request, finding, form, str(error), status=422)
    done = f"Decided: {decision.get_kind_display().lower()} {_about(finding)}."
    if decision.needs_second_look:
        done += " It waits for a second look."
    return _changed(request, finding, form, done)


@require_POST
@source_view("audits.decide")
def finding_withdraw(request: StaffRequest, source: Source, pk: int) -> HttpResponse:
    """Take a decision back: the finding is open again."""
    finding = _finding(source, pk)
    form = WithdrawForm(request.POST)
    if not form.is_valid():
        return _refused(request, finding, form, form.first_error(), status=422)
    if finding.decision is None:
        return _refused(request, finding, form, "Nothing is decided.", status=409)
    try:
        finding = deciding.withdraw(
            finding.decision,
            by=request.user,
            reason=form.cleaned_data["reason"],
            version=form.cleaned_data["version"],
        )
    except deciding.StaleEvidence as error:
        return _refused(request, finding, form, str(error), status=409)
    except deciding.Refused as error:
        return _refused(request, finding, form, str(error), status=422)
    return _changed(request, finding, form, f"Open again: {_about(finding)}.")


def _also_true(finding: Finding) -> list[RuleCard]:
    """Give the rules that fired too, as their cards tell them."""
    provider = finding.source.provider
    cards = (catalogue.card_of(code, provider) for code in finding.situation.others)
    return [card for card in cards if card]


def _findings() -> QuerySet[Finding]:
    return Finding.objects.select_related("source", "situation", "decision__decided_by")


def _finding(source: Source, pk: int) -> Finding:
    found = _findings().select_related(
        "policy",
        "match__legacy_contact__consent",
        "match__contact",
        "grant",
    )
    return get_object_or_404(found, source=source, pk=pk)


def _about(finding: Finding) -> str:
    """Name a finding in a sentence; a message of the site, never a log line."""
    what = finding.privilege or finding.privilege_class
    return f"{what} of {finding.contact_name or 'an unknown contact'}"


def _queue(source: Source, chosen: Filters, words: str) -> dict[str, Any]:
    cube = filters.count(_findings(), source, chosen, words=words)
    return {
        "source": source,
        "filters": chosen,
        "words": words,
        "facets": filters.facets(cube, chosen, source.provider),
        "total": filters.total(cube, chosen),
    }


def _queue_url(source: Source, query: str) -> str:
    home = reverse("audits:finding-list", args=[source.slug])
    return f"{home}?{query}" if query else home


def _changed(
    request: StaffRequest, finding: Finding, form: WithdrawForm, done: str
) -> HttpResponse:
    """Answer a change: the row anew and the counts beside it, or the way back."""
    if not wants_fragment(request):
        messages.success(request, done)
        return redirect(_way_back(finding, form))
    fresh = _finding(finding.source, finding.pk)
    shown = rows.row(fresh, request.user, then=form.cleaned_data["then"])
    body = _row_html(request, shown, form, moved=True)
    if not form.cleaned_data["place"]:
        chosen = Filters.parse(QueryDict(form.cleaned_data["queue"]).dict())
        words = searching.text_of(request.session, chosen.search)
        context = _queue(finding.source, chosen, words) | {"oob": True}
        body += render_to_string("audits/_finding_facets.html", context, request)
    response = HttpResponse(body + beside(request, done))
    response.headers["HX-Trigger-After-Settle"] = CHANGED
    return response


def _refused(
    request: StaffRequest,
    finding: Finding,
    form: WithdrawForm,
    words: str,
    *,
    status: int,
) -> HttpResponse:
    """Answer what could not be done with the row as it is now, and why."""
    if not wants_fragment(request):
        messages.error(request, words)
        return redirect(_way_back(finding, form))
    fresh = _finding(finding.source, finding.pk)
    shown = rows.row(
        fresh, request.user, then=form.data.get("then", ""), conflict=words
    )
    body = _row_html(request, shown, form, moved=False)
    return HttpResponse(body + beside(request, words), status=status)


def _row_html(
    request: StaffRequest, shown: rows.Row, form: WithdrawForm, *, moved: bool
) -> str:
    context = {
        "source": shown.finding.source,
        "row": shown,
        "moved": moved,
        "queue": form.data.get("queue", ""),
        "place": form.data.get("place", ""),
        "reason": "" if moved else form.data.get("reason", ""),
    }
    return render_to_string("audits/_finding_row.html", context, request)


def _way_back(finding: Finding, form: WithdrawForm) -> str:
    """Lead back to where the person was: the queue, the person, or the finding."""
    place, slug = form.data.get("place", ""), finding.source.slug
    if place == "detail":
        return reverse("audits:finding-detail", args=[slug, finding.pk])
    then = form.data.get("then", "")
    anchor = then if then.removeprefix("finding-").isalnum() else "finding-table"
    if place == "person" and finding.match_id:
        home = reverse("contacts:contact-detail", args=[slug, finding.match_id])
        return f"{home}#finding-{finding.pk}"
    chosen = Filters.parse(QueryDict(form.data.get("queue", "")).dict())
    return f"{_queue_url(finding.source, chosen.query())}#{anchor}"
