"""Events: who did what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from audits import trail
from audits.models import Event
from contacts.access import StaffRequest, source_view
from contacts.models import Source
from contacts.paging import paginate
from contacts.rendering import render_page


@dataclass(frozen=True)
class Change:
    """One field of an event: what it was and what it became."""

    field: str
    before: str
    after: str


@require_safe
@source_view("audits.view_event")
def event_list(request: StaffRequest, source: Source) -> HttpResponse:
    """List a source's events, the newest first."""
    action = request.GET.get("action", "")
    actor = request.GET.get("actor", "").strip()
    rows = Event.objects.visible_to(request.user).filter(source=source.slug)
    if action in trail.FIELDS:
        rows = rows.filter(action=action)
    if actor:
        rows = rows.filter(actor=actor)
    page = paginate(rows, keys=["-seq"], cursor=request.GET.get("cursor", ""))
    context = {
        "source": source,
        "page": page,
        "events": [(event, changes(event)) for event in page.rows],
        "action": action,
        "actor": actor,
        "actions": sorted(trail.FIELDS),
    }
    return render_page(
        request,
        "audits/event_list.html",
        context,
        fragment="audits/_event_table.html",
    )


def changes(event: Event) -> list[Change]:
    """Give what an event changed, field by field; what stayed is left out."""
    names = dict.fromkeys([*event.before, *event.after])
    told = [
        Change(name, _text(event.before.get(name)), _text(event.after.get(name)))
        for name in names
    ]
    return [change for change in told if change.before != change.after]


def _text(value: Any) -> str:
    """Write a value as people read it: nested names and lists in one line."""
    if isinstance(value, dict):
        parts = [f"{name} {_text(told)}" for name, told in value.items()]
        return ", ".join(parts)
    if isinstance(value, list):
        return ", ".join(_text(told) for told in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)
