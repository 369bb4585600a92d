"""Losses: which kinds there are, one kind to decide, and what one contact loses."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from audits import lost, places, placing
from audits.forms import (
    QUICK_PLACE_REASONS,
    TYPED_ABOVE,
    PlaceForm,
    PlaceOneForm,
    WithdrawPlaceForm,
)
from audits.models import Loss, LossDecision
from audits.rules import losses as cards
from audits.views import loss_rows
from contacts.access import StaffRequest, mail_view
from contacts.models import Source
from contacts.paging import paginate
from contacts.rendering import render_page, wants_fragment
from contacts.views.persons import person_of

PAGE_SIZE = 25


@require_safe
@mail_view("audits.view_finding")
def loss_list(request: StaffRequest, source: Source) -> HttpResponse:
    """List the kinds of loss in one state, the costliest first."""
    state, severity = _state(request), request.GET.get("severity", "")
    kinds = lost.kinds(source, state)
    severities = lost.count_by_severity(kinds)
    severity = severity if severity in dict(severities) else ""
    context = {
        "source": source,
        "kinds": [one for one in kinds if severity in ("", one.severity)],
        "state": state,
        "severity": severity,
        "severities": severities,
        "total": sum(many for _, many in severities),
        "states": _states(source),
    }
    return render_page(request, "audits/loss_list.html", context)


@require_safe
@mail_view("audits.view_finding")
def loss_kind(
    request: StaffRequest, source: Source, rule: str, field: str
) -> HttpResponse:
    """Show one kind of loss: what is lost of whom, and where it may go."""
    return _kind_page(request, source, (rule, field))


@require_POST
@mail_view("audits.decide")
def loss_decide(
    request: StaffRequest, source: Source, rule: str, field: str
) -> HttpResponse:
    """Decide all open losses of a kind; a set that has changed is refused (409)."""
    form = PlaceForm(request.POST)
    if not form.is_valid():
        return _refused(request, source, (rule, field), form.first_error(), 422)
    told = form.cleaned_data
    try:
        decision = placing.decide_kind(
            source=source,
            rule=rule,
            field_kind=field,
            choice=placing.Choice(told["kind"], told["reason"], told["field_ref"]),
            seen=placing.Frozen(told["count"], told["sha256"]),
            by=request.user,
        )
    except placing.Changed as error:
        return _refused(request, source, (rule, field), str(error), 409)
    except placing.Refused as error:
        return _refused(request, source, (rule, field), str(error), 422)
    return _done(request, decision)


@require_POST
@mail_view("audits.decide")
def loss_decide_one(request: StaffRequest, source: Source, pk: int) -> HttpResponse:
    """Decide a loss that is never decided with others."""
    loss = get_object_or_404(
        Loss.objects.select_related("source"), source=source, pk=pk
    )
    form, key = PlaceOneForm(request.POST), (loss.rule, loss.field_kind)
    if not form.is_valid():
        return _refused(request, source, key, form.first_error(), 422)
    told = form.cleaned_data
    try:
        decision = placing.decide_one(
            loss,
            choice=placing.Choice(told["kind"], told["reason"], told["field_ref"]),
            evidence=told["sha256"],
            by=request.user,
        )
    except placing.Changed as error:
        return _refused(request, source, key, str(error), 409)
    except placing.Refused as error:
        return _refused(request, source, key, str(error), 422)
    return _done(request, decision)


@require_POST
@mail_view("audits.decide")
def placing_withdraw(request: StaffRequest, source: Source, pk: int) -> HttpResponse:
    """Take a decision back: its losses are open again."""
    decision = get_object_or_404(
        LossDecision.objects.select_related("source", "decided_by"),
        source=source,
        pk=pk,
    )
    form = WithdrawPlaceForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    try:
        opened = placing.withdraw(decision, by=request.user, reason=reason)
    except placing.Refused as error:
        messages.error(request, str(error))
        return redirect(f"{_address(decision)}?state=decided")
    messages.success(request, f"Open again: {_losses(opened)}.")
    return redirect(_address(decision))


@require_safe
@mail_view("audits.view_finding")
def contact_losses(
    request: StaffRequest, source: Source, pk: int, *, bare: bool = False
) -> HttpResponse:
    """Show what one contact loses, each value with what V3 gets."""
    person = person_of(request, source, pk)
    found = lost.of_match(source, person.match.pk)
    context = {
        "source": source,
        "person": person,
        "match": person.match,
        "rows": loss_rows.rows(source, found),
        "open": sum(loss.state == Loss.State.OPEN for loss in found),
    }
    if bare:
        fragment = render_to_string("audits/_contact_losses.html", context, request)
        return HttpResponse(fragment)
    return render_page(
        request,
        "audits/contact_losses.html",
        context,
        fragment="audits/_contact_losses.html",
    )


# --- One kind ----------------------------------------------------------------


def _kind_page(
    request: StaffRequest,
    source: Source,
    key: lost.Key,
    *,
    state: str = "",
    trouble: str = "",
    status: int = 200,
) -> HttpResponse:
    if key[0] not in cards.CARDS:
        raise Http404
    state = state or _state(request)
    losses = Loss.objects.filter(
        source=source, state=state, rule=key[0], field_kind=key[1]
    ).select_related("match__contact", "match__legacy_contact", "decision__decided_by")
    page = paginate(
        losses, keys=["pk"], cursor=request.GET.get("cursor", ""), size=PAGE_SIZE
    )
    context = {
        "source": source,
        "page": page,
        "rows": loss_rows.rows(source, page.rows),
        "state": state,
        "states": _states(source, key),
        "trouble": trouble,
        "card": cards.CARDS[key[0]],
        "choices": _choices(request, source, key),
    }
    if not wants_fragment(request):
        context |= _about(source, key) | _to_decide(request, source, key)
    return render_page(
        request,
        "audits/loss_kind.html",
        context,
        fragment="audits/_loss_table.html",
        status=status,
    )


def _choices(
    request: StaffRequest, source: Source, key: lost.Key
) -> tuple[LossDecision.Kind, ...]:
    may = request.user.has_perm("audits.decide")
    return places.choices(source, *key) if may else ()


def _about(source: Source, key: lost.Key) -> dict[str, Any]:
    return {
        "field_kind": key[1],
        "field": lost.field_in_words(key[1]),
        "decisions": lost.standing(source, key),
        "quick_reasons": QUICK_PLACE_REASONS,
    }


def _to_decide(request: StaffRequest, source: Source, key: lost.Key) -> dict[str, Any]:
    """Give the form of a whole kind: the set of losses it speaks of, and the fields.

    The hash is over all of them, so it is made only for who may decide them at once.
    """
    if not cards.CARDS[key[0]].batchable or not _choices(request, source, key):
        return {}
    frozen = placing.freeze(placing.open_of_kind(source, *key))
    return {
        "frozen": frozen,
        "fields": places.text_fields(source).order_by("label", "pk"),
        "room": places.room(source),
        "must_type": frozen.count > TYPED_ABOVE,
        "told": request.POST,
    }


def _refused(
    request: StaffRequest, source: Source, key: lost.Key, words: str, status: int
) -> HttpResponse:
    """Show the kind as it is now, why nothing was decided, and what was entered."""
    return _kind_page(
        request, source, key, state=Loss.State.OPEN, trouble=words, status=status
    )


def _done(request: StaffRequest, decision: LossDecision) -> HttpResponse:
    told = f"{decision.get_kind_display()}: {_losses(decision.losses)}."
    messages.success(request, f"Decided. {told}")
    kind = placing.open_of_kind(decision.source, decision.rule, decision.field)
    left = "" if kind.exists() else "?state=decided"
    return redirect(f"{_address(decision)}{left}")


def _address(decision: LossDecision) -> str:
    key = [decision.source.slug, decision.rule, decision.field]
    return reverse("audits:loss-kind", args=key)


# --- Words and choices ---------------------------------------------------------


def _state(request: StaffRequest) -> str:
    asked = request.GET.get("state", "")
    return asked if asked in Loss.State.values else Loss.State.OPEN


def _states(source: Source, key: lost.Key | None = None) -> list[tuple[str, str, int]]:
    counts = lost.count_by_state(source, key)
    return [
        (value, str(label), counts.get(value, 0)) for value, label in Loss.State.choices
    ]


def _losses(count: int) -> str:
    return f"{count:,} loss" if count == 1 else f"{count:,} losses"
