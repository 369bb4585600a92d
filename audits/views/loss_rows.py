"""A loss as the pages show it: whose it is, what was decided, and who shares an address."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from audits import lost
from audits.models import Loss
from audits.rules import losses as cards
from contacts.models import Match, Source

DUPLICATE = "email-duplicate"


@dataclass(frozen=True, slots=True)
class Row:
    """A loss in a list; one of the whole account is nobody's and has no name."""

    loss: Loss
    card: cards.LossCard
    name: str
    severity: str
    field: str
    placed: lost.Placed | None
    sharing: Sequence[Match] = ()


def rows(source: Source, losses: Sequence[Loss]) -> list[Row]:
    """Give losses with whose they are; their matches are at hand."""
    placed = lost.placed(source, losses)
    twins = [loss for loss in losses if loss.rule == DUPLICATE]
    others = lost.sharing(source, twins) if twins else {}
    return [
        _row(loss, placed.get(loss.decision_id or 0), others.get(loss.pk, ()))
        for loss in losses
    ]


def _row(loss: Loss, placed: lost.Placed | None, sharing: Sequence[Match]) -> Row:
    match = loss.match
    person = (match.contact or match.legacy_contact) if match else None
    return Row(
        loss,
        card=cards.CARDS[loss.rule],
        name=(person.name or person.email) if person else "",
        severity=lost.severity_of(loss),
        field=lost.field_in_words(loss.field_kind),
        placed=placed,
        sharing=sharing,
    )
