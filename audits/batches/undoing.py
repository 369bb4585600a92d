"""A batch taken back: what still stands as it left it is open again, all in one act.

What went on since is let be and told: a second look was taken or sent it back, somebody
took it back alone, new evidence opened it, or it is planned.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import QuerySet

from audits import chaining, tallying_situations, trail
from audits.batches import sets, writing
from audits.batches.sets import ITEMS
from audits.models import Batch, Decision, Finding

if TYPE_CHECKING:
    from django.contrib.auth.models import User

State = Finding.State
AS_LEFT = (State.DECIDED, State.AWAITING_SECOND)


def standing(batch: Batch) -> QuerySet[Finding]:
    """Give the findings that stand as the batch left them."""
    return Finding.objects.filter(
        decision__batch=batch,
        decision__second_by__isnull=True,
        decision__withdrawn_at__isnull=True,
        state__in=AS_LEFT,
    )


def gone_on(batch: Batch) -> QuerySet[Decision]:
    """Give the decisions of a batch that something happened to since, but its undoing."""
    undone = batch.undone_at
    decisions = batch.decisions.select_related(
        "finding__source", "second_by", "returned_by", "withdrawn_by"
    )
    stands = standing(batch).values("decision")
    rest = decisions.exclude(pk__in=stands)
    return rest.exclude(withdrawn_at=undone) if undone else rest


def word(decision: Decision) -> str:
    """Say what happened to a decision since its batch, and who did it."""
    if decision.superseded_at:
        return "opened again on new evidence"
    for done, by in (
        ("sent back by", decision.returned_by),
        ("taken back by", decision.withdrawn_by),
        ("second look taken by", decision.second_by),
    ):
        if by:
            return f"{done} {by.get_username()}"
    return decision.finding.get_state_display().lower()


def open_again(batch: Batch, *, by: User, at: datetime) -> int:
    """Open what stands and take its decisions back; give how many."""
    found = standing(batch)
    sets.hold(found, "state", "decision_id")
    stamp = connection.ops.adapt_datetimefield_value(at)
    params = {"by": by.pk, "at": stamp}
    with connection.cursor() as cursor:
        cursor.execute(_OPEN)
        opened: int = cursor.rowcount
        # Somebody was quicker with these: they have gone on.
        cursor.execute(_FORGET)
        cursor.execute(_WITHDRAW, params)
    return opened


_OPEN = f"""
    UPDATE audits_finding SET state = 'open', decision_id = NULL,
        version = audits_finding.version + 1
    FROM {ITEMS} i
    WHERE audits_finding.id = i.id AND audits_finding.version = i.version
      AND audits_finding.decision_id = i.decision_id
"""  # noqa: S608  # constants
_FORGET = f"""
    DELETE FROM {ITEMS} WHERE NOT EXISTS (
        SELECT 1 FROM audits_finding f
        WHERE f.id = {ITEMS}.id AND f.version = {ITEMS}.version + 1
          AND f.decision_id IS NULL)
"""  # noqa: S608  # constants
_WITHDRAW = f"""
    UPDATE audits_decision SET withdrawn_by_id = %(by)s, withdrawn_at = %(at)s
    FROM {ITEMS} i WHERE audits_decision.id = i.decision_id
"""  # noqa: S608  # constants; every value is a parameter


def tell(batch: Batch, *, by: User, via: trail.Via, reason: str) -> None:
    """Count the situations anew and put one event an item into the trail, that last."""
    tallying_situations.count_some(batch.source, writing.situations())
    chaining.record_set(
        chaining.Act(
            action="finding.withdrawn",
            object_type="finding",
            source=batch.source,
            by=by,
            via=via,
            batch_id=writing.name_of(batch),
            reason=reason,
        ),
        events(State.OPEN),
    )


def events(then: str) -> Iterator[chaining.Item]:
    """Tell of each item kept, with its decision, what it is from now on."""
    severities = dict(Finding.Severity.choices)
    for row in writing.read(_UNDONE):
        pk, version, rule, severity, advice, was = row[:6]
        decision, kind, key, evidence, against, second = row[6:]
        yield (
            pk,
            {"state": was, "version": version},
            {
                "state": str(then),
                "version": version + 1,
                "rule": rule,
                "severity": severities[severity],
                "recommendation": advice,
                "decision": kind,
                "decision_id": decision,
                "situation": key,
                "evidence": evidence,
                "against_recommendation": bool(against),
                "needs_second_look": bool(second),
            },
        )


_UNDONE = f"""
    SELECT i.id, i.version, i.rule, i.severity, i.recommendation, i.state, i.decision_id,
        d.kind, s.key, d.evidence, d.against_recommendation, d.needs_second_look
    FROM {ITEMS} i
    JOIN audits_decision d ON d.id = i.decision_id
    JOIN audits_judgedsituation s ON s.id = d.situation_id
    WHERE i.id > %s ORDER BY i.id LIMIT {chaining.AT_ONCE}
"""  # noqa: S608  # constants
