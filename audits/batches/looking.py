"""The second look at a batch as a whole: what waits of it, moved in sets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import Count, Min, QuerySet

from audits import chaining, tallying_situations, trail
from audits.batches import sets, undoing, writing
from audits.batches.sets import ITEMS
from audits.models import Batch, Decision, Finding

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from contacts.models import Source

State = Finding.State
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Waiting:
    """A batch that waits: how many of it, until when, and whether that is past."""

    batch: Batch
    count: int
    due_at: datetime
    is_late: bool


def waiting_for(user: User, source: Source) -> list[Waiting]:
    """Give the batches that wait as a whole for this person, the oldest due first."""
    told = (
        Decision.objects.waiting()
        .filter(
            batch__source=source,
            batch__needs_second_look=True,
            current_for__state=State.AWAITING_SECOND,
        )
        .exclude(batch__decided_by=user)
        .values_list("batch")
        .annotate(
            count=Count("pk"), due=Min("second_due_at"), late=Count("escalated_at")
        )
        .order_by("due", "batch")[:SHOWN]
    )
    rows = list(told)
    found = Batch.objects.select_related("source", "decided_by").in_bulk(
        [row[0] for row in rows]
    )
    return [
        Waiting(found[pk], count, due_at, is_late=late > 0)
        for pk, count, due_at, late in rows
    ]


def waiting(batch: Batch) -> QuerySet[Finding]:
    """Give what waits of a batch."""
    return Finding.objects.filter(decision__batch=batch, state=State.AWAITING_SECOND)


def confirm(batch: Batch, *, by: User, at: datetime) -> int:
    """Approve what waits of a batch; give how many that were."""
    return _move(batch, _APPROVE, _CONFIRMED, {"by": by.pk, "at": _stamp(at)})


def send_back(batch: Batch, *, by: User, note: str, at: datetime) -> int:
    """Open again what waits of a batch; give how many that were."""
    params = {"by": by.pk, "at": _stamp(at), "note": note}
    return _move(batch, _OPEN, _RETURNED, params)


def _stamp(at: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(at)


def _move(batch: Batch, findings: str, decisions: str, params: dict[str, Any]) -> int:
    """Move the findings first, as whoever decides does, so that nobody waits for ever."""
    sets.hold(waiting(batch), "state", "decision_id")
    with connection.cursor() as cursor:
        cursor.execute(findings)
        moved: int = cursor.rowcount
        cursor.execute(decisions, params)
    return moved


def tell(
    batch: Batch, action: str, then: str, *, by: User, via: trail.Via, reason: str
) -> None:
    """Put one event an item into the trail, that last."""
    if then == State.OPEN:
        tallying_situations.count_some(batch.source, writing.situations())
    chaining.record_set(
        chaining.Act(
            action=action,
            object_type="finding",
            source=batch.source,
            by=by,
            via=via,
            batch_id=writing.name_of(batch),
            reason=reason,
        ),
        undoing.events(then),
    )


_MOVE = f"""
    FROM {ITEMS} i
    WHERE audits_finding.id = i.id AND audits_finding.version = i.version
      AND audits_finding.decision_id = i.decision_id
"""
_APPROVE = f"""
    UPDATE audits_finding SET state = 'approved', version = audits_finding.version + 1
    {_MOVE}
"""  # noqa: S608  # constants
_OPEN = f"""
    UPDATE audits_finding SET state = 'open', decision_id = NULL,
        version = audits_finding.version + 1
    {_MOVE}
"""  # noqa: S608  # constants
_CONFIRMED = f"""
    UPDATE audits_decision SET second_by_id = %(by)s, second_at = %(at)s
    FROM {ITEMS} i WHERE audits_decision.id = i.decision_id
"""  # noqa: S608  # constants; every value is a parameter
_RETURNED = f"""
    UPDATE audits_decision SET returned_by_id = %(by)s, returned_at = %(at)s,
        return_note = %(note)s, superseded_at = %(at)s
    FROM {ITEMS} i WHERE audits_decision.id = i.decision_id
"""  # noqa: S608  # constants; every value is a parameter
