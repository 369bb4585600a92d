"""Downloads: the CSVs, and what a row of each is."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from audits.exports import catalogue
from audits.models import Finding
from contacts.access import StaffRequest, source_view
from contacts.models import Source
from contacts.rendering import render_page


@dataclass(frozen=True)
class Offer:
    """A CSV as the page shows it."""

    name: str
    row: str
    text: str
    needs: str = ""


OFFERS = (
    Offer("findings", "a finding", "Why each grant needs a look, with both labels, the decision and the hashes of the evidence."),
    Offer("decisions", "a decision, withdrawn ones too", "Who decided what, when and why, and who took the second look."),
    Offer("relationships", "a relationship entry", "Each contact, student and v3 relationship beside the single v2 label."),
    Offer("crosswalk", "a legacy contact, or a contact without one", "Which v2 id became which v3 id, and how that is known."),
    Offer("population", "a snapshot", "What came in, row for row: imported, unchanged, duplicate or quarantined."),
    Offer("events", "an event", "Everything that was done, in order, each chained to the one before by its hash.", needs="audits.view_event"),
)  # fmt: skip


@require_safe
@source_view("audits.export")
def download_list(request: StaffRequest, source: Source) -> HttpResponse:
    """List the CSVs that the reader may take."""
    context = {
        "source": source,
        "offers": [
            (offer, catalogue.EXPORTS[offer.name])
            for offer in OFFERS
            if not offer.needs or request.user.has_perm(offer.needs)
        ],
        "states": Finding.State.choices,
    }
    return render_page(request, "audits/download_list.html", context)


@require_safe
@source_view("audits.export")
def download(request: StaffRequest, source: Source, name: str) -> HttpResponse:
    """Stream a CSV; that it was taken is in the trail before its first byte."""
    offer = next((offer for offer in OFFERS if offer.name == name), None)
    if offer is None or (offer.needs and not request.user.has_perm(offer.needs)):
        raise Http404
    filters = {"state": request.GET["state"]} if request.GET.get("state") else {}
    try:
        rows = catalogue.stream(name, source, filters=filters)
    except catalogue.UnknownFilter as error:
        return HttpResponse(str(error), status=400, content_type="text/plain")
    if request.method == "GET":
        catalogue.downloaded(name, source, by=request.user, via="web", filters=filters)
    response = StreamingHttpResponse(rows, content_type="text/csv; charset=utf-8")
    day = timezone.now().strftime("%Y-%m-%d")
    response["Content-Disposition"] = (
        f'attachment; filename="{source.slug}-{name}-{day}.csv"'
    )
    return response  # type: ignore[return-value]  # no HttpResponse, but as good
