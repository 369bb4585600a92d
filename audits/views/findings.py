"""The queue of findings, one finding with its evidence, and deciding in place."""

from __future__ import annotations

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from audits import assigning, deciding, evidence, filters, hands, reasons
from audits.filters import Filters
from audits.forms import DecideForm, WithdrawForm
from audits.models import Finding
from audits.reasons import quick_reasons
from audits.rules import catalogue
from audits.rules.cards import RuleCard
from audits.views import answers, rows
from contacts import searching
from contacts.access import StaffRequest, source_view
from contacts.models import Source
from contacts.paging import paginate
from contacts.rendering import render_page

PAGE_SIZE = 25


@require_safe
@source_view("audits.view_finding")
def finding_list(request: StaffRequest, source: Source) -> HttpResponse:
    """Show the queue, the gravest first."""
    chosen = Filters.parse(request.GET.dict())
    words = searching.text_of(request.session, chosen.search)
    page = paginate(
        filters.narrow(answers.findings(), source, chosen, words=words),
        keys=["severity", "pk"],
        cursor=request.GET.get("cursor", ""),
        size=PAGE_SIZE,
    )
    context = answers.queue(source, chosen, words) | {
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
    return redirect(answers.queue_url(source, chosen.query(search=number)))


@require_safe
@source_view("audits.view_finding")
def finding_detail(request: StaffRequest, source: Source, pk: int) -> HttpResponse:
    """Show one finding: why, both harms, what was received, and its history."""
    finding = answers.finding_of(source, pk)
    context = {
        "source": source,
        "row": rows.row(finding, request.user),
        "finding": finding,
        "card": catalogue.card_of(finding.rule, source.provider),
        "others": _also_true(finding),
        "situation": evidence.in_words(finding.situation.body),
        "records": evidence.of_finding(finding),
        "history": evidence.history(finding),
        "hands": hands.of(source),
        "steps": assigning.history(finding),
        "reason_codes": reasons.codes(source),
        "quick_reasons": quick_reasons(source),
    }
    return render_page(request, "audits/finding_detail.html", context)


@require_POST
@source_view("audits.decide")
def finding_decide(request: StaffRequest, source: Source, pk: int) -> HttpResponse:
    """Decide one finding; whoever is second is shown who was first (409)."""
    finding = answers.finding_of(source, pk)
    form = DecideForm(request.POST)
    if not form.is_valid():
        return answers.refused(request, finding, form, form.first_error(), status=422)
    told = form.cleaned_data
    try:
        decision = deciding.decide(
            finding,
            kind=told["kind"],
            reason=told["reason"],
            by=request.user,
            version=told["version"],
            evidence=told["evidence"],
            terms=form.terms(),
        )
    except (deciding.AlreadyDecided, deciding.StaleEvidence) as error:
        return answers.refused(request, finding, form, str(error), status=409)
    except deciding.Refused as error:
        return answers.refused(request, finding, form, str(error), status=422)
    done = f"Decided: {decision.get_kind_display().lower()} {answers.about(finding)}."
    if decision.needs_second_look:
        done += " It waits for a second look."
    return answers.changed(request, finding, form, done)


@require_POST
@source_view("audits.decide")
def finding_withdraw(request: StaffRequest, source: Source, pk: int) -> HttpResponse:
    """Take a decision back: the finding is open again."""
    finding = answers.finding_of(source, pk)
    form = WithdrawForm(request.POST)
    if not form.is_valid():
        return answers.refused(request, finding, form, form.first_error(), status=422)
    if finding.decision is None:
        return answers.refused(
            request, finding, form, "Nothing is decided.", status=409
        )
    try:
        finding = deciding.withdraw(
            finding.decision,
            by=request.user,
            reason=form.cleaned_data["reason"],
            version=form.cleaned_data["version"],
        )
    except deciding.StaleEvidence as error:
        return answers.refused(request, finding, form, str(error), status=409)
    except deciding.Refused as error:
        return answers.refused(request, finding, form, str(error), status=422)
    return answers.changed(
        request, finding, form, f"Open again: {answers.about(finding)}."
    )


def _also_true(finding: Finding) -> list[RuleCard]:
    """Give the rules that fired too, as their cards tell them."""
    provider = finding.source.provider
    cards = (catalogue.card_of(code, provider) for code in finding.situation.others)
    return [card for card in cards if card]
