"""The custom fields of a mailing account: where the values of V2's fifteen slots go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from contacts import mail_records, slots
from contacts.access import StaffRequest, mail_view
from contacts.models import Source
from contacts.rendering import render_page

NOT_NAMED, LEAVE = "", "leave"


@require_safe
@mail_view("contacts.view_contact")
def slot_list(request: StaffRequest, source: Source) -> HttpResponse:
    """Show what stands in each slot, and which V3 field its values go to."""
    return _page(request, source)


@require_POST
@mail_view("contacts.change_source")
def slot_save(request: StaffRequest, source: Source) -> HttpResponse:
    """Keep what was said of the slots."""
    chosen = _told(request.POST, "slot")
    try:
        changed = slots.name(
            source, chosen=chosen, seen=_told(request.POST, "seen"), by=request.user
        )
    except slots.AlreadyNamed as error:
        messages.error(request, str(error))
        return _page(request, source, status=409)
    except slots.CannotName as error:
        messages.error(request, str(error))
        return _page(request, source, chosen=chosen, status=422)
    _say(request, changed)
    return redirect("contacts:slot-list", source.slug)


def _say(request: StaffRequest, changed: int) -> None:
    if changed:
        what = "1 custom field is" if changed == 1 else f"{changed} custom fields are"
        again = "Scan again to bring the losses up to date."
        messages.success(request, f"{what} saved. {again}")
    else:
        messages.info(request, "Nothing was changed.")


def _told(posted: Mapping[str, Any], name: str) -> dict[int, str | None]:
    """Read one choice a slot; a slot that was not sent is left alone."""
    told = {slot: posted.get(f"{name}-{slot}") for slot in mail_records.SLOTS}
    return {slot: _ref(value) for slot, value in told.items() if value is not None}


def _ref(value: str) -> str | None:
    if value == NOT_NAMED:
        return None
    return slots.LEAVE_BEHIND if value == LEAVE else value


def _value(ref: str | None) -> str:
    if ref is None:
        return NOT_NAMED
    return ref or LEAVE


def _page(
    request: StaffRequest,
    source: Source,
    *,
    chosen: Mapping[int, str | None] | None = None,
    status: int = 200,
) -> HttpResponse:
    """Give the page; what was chosen and refused stays chosen."""
    told, fields = slots.table(source), slots.fields(source)
    known = {field.external_id for field in fields}
    context = {
        "source": source,
        "rows": [
            {
                "slot": slot,
                "seen": _value(slot.field_ref),
                "chosen": _value((chosen or {}).get(slot.number, slot.field_ref)),
                "is_gone": bool(slot.field_ref) and slot.field_ref not in known,
            }
            for slot in told
        ],
        "fields": fields,
        "unnamed": sum(bool(s.contacts) and s.field_ref is None for s in told),
        "used": sum(bool(slot.contacts) for slot in told),
        "may_name": request.user.has_perm("contacts.change_source"),
        "not_named": NOT_NAMED,
        "leave": LEAVE,
    }
    return render_page(request, "contacts/slot_list.html", context, status=status)
