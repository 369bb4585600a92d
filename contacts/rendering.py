"""One address gives a page or the part of it that changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers
from django.utils.html import format_html

from contacts.access import StaffRequest

HTMX_HEADERS = ("HX-Request", "HX-Boosted", "HX-History-Restore-Request")


def wants_fragment(request: StaffRequest) -> bool:
    """Say whether htmx asks for a part.

    A boosted link replaces the whole body and a history request rebuilds the page: both
    need the frame around the part.
    """
    htmx = request.htmx
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def render_page(
    request: StaffRequest,
    template: str,
    context: Mapping[str, Any],
    *,
    fragment: str = "",
    announce: str = "",
    status: int = 200,
) -> HttpResponse:
    """Render ``template``, or only ``fragment`` where htmx asks for it.

    With a fragment, waiting messages and ``announce`` go out of band: the one into the
    page's messages, the other into its live region.
    """
    if fragment and wants_fragment(request):
        body = render_to_string(fragment, dict(context), request)
        response = HttpResponse(body + beside(request, announce), status=status)
    else:
        body = render_to_string(template, dict(context), request)
        response = HttpResponse(body, status=status)
    patch_vary_headers(response, HTMX_HEADERS)
    return response


def beside(request: StaffRequest, announce: str = "") -> str:
    """Give what changes elsewhere in the page together with a fragment."""
    out = ""
    if len(messages.get_messages(request)):
        out += render_to_string("_messages.html", {"oob": True}, request)
    if announce:
        out += format_html('<div id="live" hx-swap-oob="innerHTML">{}</div>', announce)
    return out
