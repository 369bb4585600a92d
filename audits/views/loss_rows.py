"""A loss as the pages show it: whose it is, what was decided, and who shares an address."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from audits import fitting, lost
from audits.models import Loss
from audits.rules import losses as cards
from contacts.models import Source

DUPLICATE = "email-duplicate"
NOBODY = lost.Sharing()


@dataclass(frozen=True, slots=True)
class Row:
    """A loss in a list; one of the whole account is nobody's and has no name."""

    loss: Loss
    card: cards.LossCard
    name: str
    severity: str
    field: str
    placed: lost.Placed | None
    sharing: lost.Sharing = NOBODY
    has_no_room: bool = False  # in the field that was decided


def rows(source: Source, losses: Sequence[Loss]) -> list[Row]:
    """Give losses with whose they are; their matches are at hand."""
    placed = lost.placed(source, losses)
    twins = [loss for loss in losses if loss.rule == DUPLICATE]
    others = lost.sharing(source, twins) if twins else {}
    unfit = fitting.without_room(source, losses)
    told = (
        _row(loss, placed.get(loss.decision_id or 0), others.get(loss.pk, NOBODY))
        for loss in losses
    )
    return [replace(row, has_no_room=row.loss.fingerprint in unfit) for row in told]


def _row(loss: Loss, placed: lost.Placed | None, sharing: lost.Sharing) -> Row:
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
