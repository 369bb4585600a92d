"""Where one starts: what is open, what runs, what to do next."""

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from contacts.access import StaffRequest, source_view
from contacts.models import Source
from contacts.rendering import render_page


@require_safe
def home(request: StaffRequest) -> HttpResponse:
    """Show the one source of the reader, or the list of their sources."""
    return render_page(request, "audits/home.html", {})


@require_safe
@source_view("contacts.view_source")
def overview(request: StaffRequest, source: Source) -> HttpResponse:
    """Show what is open in a source, what runs, and what to do next."""
    return render_page(request, "audits/home.html", {"source": source})
