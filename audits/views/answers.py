"""What answers a change of one finding: its row anew, or the way back to the place."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html

from audits import filters, seconding
from audits.filters import Filters
from audits.forms import LookForm
from audits.models import Finding
from audits.views import rows
from contacts import badges, searching
from contacts.access import StaffRequest
from contacts.models import Source
from contacts.rendering import beside, wants_fragment

CHANGED = "finding-decided"
SECOND = "second"
_ROWS = {SECOND: "audits/_second_row.html"}


def findings() -> QuerySet[Finding]:
    """Give findings with all that a row shows."""
    return with_rows(Finding.objects.all())


def with_rows(found: QuerySet[Finding]) -> QuerySet[Finding]:
    """Fetch what a row shows together with each finding, but people (``rows.rows``)."""
    return found.select_related("source", "situation", "decision__decided_by")


def finding_of(source: Source, pk: int) -> Finding:
    """Give one finding with all that its page shows, or 404."""
    found = findings().select_related(
        "policy",
        "match__legacy_contact__consent",
        "match__contact",
        "grant",
    )
    return get_object_or_404(found, source=source, pk=pk)


def about(finding: Finding) -> str:
    """Name a finding in a sentence; a message of the site, never a log line."""
    what = finding.privilege or finding.privilege_class
    return f"{what} of {finding.contact_name or 'an unknown contact'}"


def queue(source: Source, chosen: Filters, words: str) -> dict[str, Any]:
    """Count what the queue shows beside its rows."""
    cube = filters.count(findings(), source, chosen, words=words)
    return {
        "source": source,
        "filters": chosen,
        "words": words,
        "facets": filters.facets(cube, chosen, source.provider),
        "total": filters.total(cube, chosen),
    }


def queue_url(source: Source, query: str) -> str:
    """Give the queue's address."""
    home = reverse("audits:finding-list", args=[source.slug])
    return f"{home}?{query}" if query else home


def changed(
    request: StaffRequest, finding: Finding, form: LookForm, done: str
) -> HttpResponse:
    """Answer a change: the row anew and the counts beside it, or the way back."""
    if not wants_fragment(request):
        messages.success(request, done)
        return redirect(_way_back(finding, form))
    fresh = finding_of(finding.source, finding.pk)
    shown = rows.row(fresh, request.user, then=form.cleaned_data["then"])
    body = _row_html(request, shown, form, moved=True)
    body += _counts(request, finding.source, form)
    body += _badge(request, finding.source)
    response = HttpResponse(body + beside(request, done))
    response.headers["HX-Trigger-After-Settle"] = CHANGED
    return response


def refused(
    request: StaffRequest,
    finding: Finding,
    form: LookForm,
    words: str,
    *,
    status: int,
) -> HttpResponse:
    """Answer what could not be done with the row as it is now, and why."""
    if not wants_fragment(request):
        messages.error(request, words)
        return redirect(_way_back(finding, form))
    fresh = finding_of(finding.source, finding.pk)
    shown = rows.row(
        fresh, request.user, then=form.data.get("then", ""), conflict=words
    )
    body = _row_html(request, shown, form, moved=False)
    return HttpResponse(body + beside(request, words), status=status)


def _counts(request: StaffRequest, source: Source, form: LookForm) -> str:
    """Give the counts of the page around the row, to be swapped out of band."""
    place = form.cleaned_data["place"]
    if place == SECOND:
        waiting = seconding.count_waiting(request.user, source)
        context = {"waiting": waiting, "oob": True}
        return render_to_string("audits/_second_count.html", context, request)
    if place:
        return ""
    chosen = Filters.parse(QueryDict(form.cleaned_data["queue"]).dict())
    words = searching.text_of(request.session, chosen.search)
    context = queue(source, chosen, words) | {"oob": True}
    return render_to_string("audits/_finding_facets.html", context, request)


def _badge(request: StaffRequest, source: Source) -> str:
    """Give the count beside the tab, which a decision or a look at one changes."""
    if not request.user.has_perm(seconding.PERMISSION):
        return ""
    waiting = seconding.count_waiting(request.user, source)
    return format_html(
        '<span class="tab-badge tnum" id="{}" hx-swap-oob="true">{}</span>',
        badges.id_of("audits:second-look"),
        waiting,
    )


def _row_html(
    request: StaffRequest, shown: rows.Row, form: LookForm, *, moved: bool
) -> str:
    place = form.data.get("place", "")
    context = {
        "source": shown.finding.source,
        "row": shown,
        "moved": moved,
        "queue": form.data.get("queue", ""),
        "place": place,
        "reason": "" if moved else form.data.get("reason", ""),
        "until": "" if moved else form.data.get("until", ""),
    }
    template = _ROWS.get(place, "audits/_finding_row.html")
    return render_to_string(template, context, request)


def _way_back(finding: Finding, form: LookForm) -> str:
    """Lead back to where the person was: a queue, the person, or the finding."""
    place, slug = form.data.get("place", ""), finding.source.slug
    if place == "detail":
        return reverse("audits:finding-detail", args=[slug, finding.pk])
    then = form.data.get("then", "")
    anchor = then if then.removeprefix("finding-").isalnum() else "finding-table"
    if place == SECOND:
        return f"{reverse('audits:second-look', args=[slug])}#{anchor}"
    if place == "person" and finding.match_id:
        home = reverse("contacts:contact-detail", args=[slug, finding.match_id])
        return f"{home}#finding-{finding.pk}"
    chosen = Filters.parse(QueryDict(form.data.get("queue", "")).dict())
    return f"{queue_url(finding.source, chosen.query())}#{anchor}"
