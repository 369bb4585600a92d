"""The rules, as the people who decide read them."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from audits.rules import catalogue, losses
from audits.rules.cards import RuleCard
from audits.rules.losses import LossCard
from contacts.access import StaffRequest
from contacts.models import Source
from contacts.rendering import render_page


@dataclass(frozen=True, slots=True)
class Group:
    """The rules of one provider with their anchors; ``label`` is "" for the only one."""

    label: str
    cards: tuple[tuple[str, RuleCard], ...]


@require_safe
@permission_required("contacts.view_source", raise_exception=True)
def rule_list(request: StaffRequest, slug: str = "") -> HttpResponse:
    """List the rules in order of precedence; inside a source, those of its provider."""
    mine = Source.objects.visible_to(request.user)
    source = get_object_or_404(mine, slug=slug) if slug else None
    context = {
        "source": source,
        "groups": _groups(source),
        "losses": _losses(source),
    }
    return render_page(request, "audits/rule_list.html", context)


def _groups(source: Source | None) -> list[Group]:
    """Give the rules a provider at a time; an anchor stands for one card alone."""
    asked = [Source.Provider(source.provider)] if source else list(Source.Provider)
    groups: list[Group] = []
    taken: set[str] = set()
    for provider in asked:
        cards = catalogue.BY_PROVIDER[provider.value]
        anchors = {
            code: f"{provider}-{code}" if code in taken else code for code in cards
        }
        shown = tuple((anchors[code], card) for code, card in cards.items())
        groups.append(Group("" if source else str(provider.label), shown))
        taken |= cards.keys()
    return groups


def _losses(source: Source | None) -> list[tuple[str, LossCard]]:
    """Give what may be lost on the way to V3, which a district has none of."""
    if source and source.is_clever:
        return []
    return [(f"loss-{code}", card) for code, card in losses.CARDS.items()]
