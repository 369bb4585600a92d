"""The rules, as the people who decide read them."""

from __future__ import annotations

from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from audits.rules.catalogue import CARDS
from contacts.access import StaffRequest
from contacts.models import Source
from contacts.rendering import render_page


@require_safe
@permission_required("contacts.view_source", raise_exception=True)
def rule_list(request: StaffRequest, slug: str = "") -> HttpResponse:
    """List the rules in order of precedence; inside a source, with its navigation."""
    mine = Source.objects.visible_to(request.user)
    source = get_object_or_404(mine, slug=slug) if slug else None
    context = {"source": source, "cards": list(CARDS.values())}
    return render_page(request, "audits/rule_list.html", context)
