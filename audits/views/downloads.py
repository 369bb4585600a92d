"""Downloads: the files there are, and what a row of each is."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from audits.exports import catalogue
from audits.models import Finding, Loss
from contacts.access import StaffRequest, source_view
from contacts.models import Source
from contacts.rendering import render_page


@dataclass(frozen=True)
class Offer:
    """A file as the page shows it."""

    name: str
    row: str
    text: str
    needs: str = ""


OFFERS = (
    Offer("findings", "a finding", "Why each grant needs a look, with both labels, the decision and the hashes of the evidence."),
    Offer("decisions", "a decision, withdrawn ones too", "Who decided what, when and why, and who took the second look."),
    Offer("losses", "a V2 value that does not fit V3", "The exact value that has no place, what V3 gets instead, and what was decided of it."),
    Offer("mapped_contacts", "a change that V3 needs", "Requests ready for the provider’s API: only what differs from the V3 data imported last, and never more mail. A contact that V3 does not have is not in it."),
    Offer("relationships", "a relationship entry", "Each contact, student and v3 relationship beside the single v2 label."),
    Offer("crosswalk", "a legacy contact, or a contact without one", "Which v2 id became which v3 id, and how that is known."),
    Offer("population", "a snapshot", "What came in, row for row: imported, unchanged, duplicate or quarantined."),
    Offer("events", "an event", "Everything that was done, in order, each chained to the one before by its hash.", needs="audits.view_event"),
)  # fmt: skip

# What a page offers to narrow a file by; the other files are short enough.
_STATES = {"findings": Finding.State.choices, "losses": Loss.State.choices}


@require_safe
@source_view("audits.export")
def download_list(request: StaffRequest, source: Source) -> HttpResponse:
    """List the files that the reader may take."""
    context = {
        "source": source,
        "offers": [
            (offer, catalogue.EXPORTS[offer.name], _STATES.get(offer.name, ()))
            for offer in OFFERS
            if _may_take(request, source, offer)
        ],
    }
    return render_page(request, "audits/download_list.html", context)


@require_safe
@source_view("audits.export")
def download(request: StaffRequest, source: Source, file: str) -> HttpResponse:
    """Stream a file; that it was taken is in the trail before its first byte."""
    name, _, extension = file.partition(".")
    offer = next((offer for offer in OFFERS if offer.name == name), None)
    if offer is None or not _may_take(request, source, offer):
        raise Http404
    form = catalogue.EXPORTS[name].form
    if extension != form.extension:
        raise Http404
    filters = {"state": request.GET["state"]} if request.GET.get("state") else {}
    try:
        rows = catalogue.stream(name, source, filters=filters)
    except catalogue.UnknownFilter as error:
        return HttpResponse(str(error), status=400, content_type="text/plain")
    if request.method == "GET":
        catalogue.downloaded(name, source, by=request.user, via="web", filters=filters)
    response = StreamingHttpResponse(rows, content_type=form.content_type)
    day = timezone.now().strftime("%Y-%m-%d")
    response["Content-Disposition"] = (
        f'attachment; filename="{source.slug}-{name}-{day}.{form.extension}"'
    )
    return response  # type: ignore[return-value]  # no HttpResponse, but as good


def _may_take(request: StaffRequest, source: Source, offer: Offer) -> bool:
    allowed = not offer.needs or request.user.has_perm(offer.needs)
    return allowed and catalogue.EXPORTS[offer.name].fits(source)
