"""Where lost values can go, and where those that were decided do go."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import QuerySet

from audits.models import Loss, LossDecision
from audits.rules import losses as cards
from contacts import accounts
from contacts.constant_contact import mapping
from contacts.models import CustomField, SlotName, Source

Kind = LossDecision.Kind

TEXT_TYPES = ("string", "text_area")
"""The types of V3's custom fields that take any text."""


def choices(source: Source, rule: str, field_kind: str) -> tuple[Kind, ...]:
    """Give where the values of a kind may go, the likeliest first.

    Nothing is shortened to fit where the account's limits leave no room at all.
    """
    offered = tuple(map(Kind, cards.choices(rule, field_kind)))
    if rule == "notes-over-limit" and not _limits(source).note_length:
        return tuple(kind for kind in offered if kind != Kind.SHORTEN)
    return offered


def text_fields(source: Source) -> QuerySet[CustomField]:
    """Give the account's custom fields that take any text."""
    fields = CustomField.objects.filter(source=source, missing_at__isnull=True)
    return fields.filter(type__in=TEXT_TYPES)


def room(source: Source) -> int:
    """Tell how many characters a custom field takes under the account's limits."""
    return _limits(source).custom_value


def taken(source: Source, refs: Collection[str]) -> set[str]:
    """Give those of some V3 fields to which decided losses go."""
    return set(_standing(source, refs).values_list("field_ref", flat=True))


def is_taken(about: LossDecision, ref: str) -> bool:
    """Say whether a slot, or losses of another kind, go to a field already.

    Two values would share it, and joined they may not fit.
    """
    standing = _standing(about.source, [ref]).exclude(
        rule=about.rule, field=about.field
    )
    slots = SlotName.objects.filter(source=about.source, field_ref=ref)
    return standing.exists() or slots.exists()


def decided(source: Source) -> dict[tuple[str, str], mapping.Place]:
    """Give where the kinds of loss go of which all that stand were decided.

    What is decided one by one is no kind's: it stands with its contact alone.
    """
    standing = LossDecision.objects.filter(source=source, withdrawn_at__isnull=True)
    losses = Loss.objects.filter(source=source).open()
    waiting = set(losses.values_list("rule", "field_kind").distinct())
    single = [card.code for card in cards.CARDS.values() if not card.batchable]
    return {
        (one.rule, one.field): mapping.Place(one.kind, one.field_ref)
        for one in standing.exclude(rule__in=single).order_by("pk")
        if (one.rule, one.field) not in waiting
    }


def _standing(source: Source, refs: Collection[str]) -> QuerySet[LossDecision]:
    return LossDecision.objects.filter(
        source=source, field_ref__in=refs, loss_set__state=Loss.State.DECIDED
    ).distinct()


def _limits(source: Source) -> mapping.Limits:
    return mapping.LIMITS[accounts.of(source).limits]
