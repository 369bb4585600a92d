"""A batch's decisions, written in sets: findings moved, decisions kept, events chained."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from audits import chaining, sampling, tallying_situations, trail
from audits.batches import sets
from audits.batches.seconds import SecondLook
from audits.batches.sets import ITEMS
from audits.models import Batch, Finding
from audits.policy import CLASSES, SENSITIVE
from audits.terms import Terms
from contacts import dialect


def lay(findings: QuerySet[Finding], kind: str, second: SecondLook) -> tuple[int, str]:
    """Keep the set with what becomes of each item; give its count and fingerprint."""
    columns = {
        "decision_id": _next_id(),
        "second": _needs_second(kind, second),
        "sample": "0",
    }
    sets.hold(findings, "evidence", columns=columns)
    return sets.held()


def _next_id() -> str:
    """SQL for a decision's id before there is one: so a finding is written only once.

    Written first, the decisions of two people would wait for each other's findings.
    """
    if dialect.is_postgresql():
        return "nextval(pg_get_serial_sequence('audits_decision', 'id'))"
    return """ROW_NUMBER() OVER () + COALESCE(
        (SELECT seq FROM sqlite_sequence WHERE name = 'audits_decision'), 0)"""


def _needs_second(kind: str, second: SecondLook) -> str:
    """SQL for ``catalogue.needs_second_look``, of each item or of the batch as a whole."""
    if second.whole:
        return "1"
    told = ["asked.severity = 1"]
    if second.restricted:
        orders = ", ".join(str(int(pk)) for pk in second.restricted)
        told.append(f"asked.situation_id IN ({orders})")
    if kind == "keep":
        harmless = ", ".join(f"'{name}'" for name in CLASSES if name not in SENSITIVE)
        told.append(
            "asked.recommendation = 'revoke'"
            f" AND asked.privilege_class NOT IN ({harmless})"
        )
    return f"CASE WHEN {' OR '.join(told)} THEN 1 ELSE 0 END"


def draw_sample(*, at: datetime) -> None:
    """Let the lot fall on some of the rest too, as it does on single decisions."""
    with connection.cursor() as cursor:
        cursor.execute(_REST)
        rest = [pk for (pk,) in cursor.fetchall()]
        cursor.execute(_DRAWN_BEFORE)
        before = {pk for (pk,) in cursor.fetchall()}
        drawn = [pk for pk in rest if pk in before or sampling.falls_on(pk, at=at)]
        if drawn:
            told = ", ".join(map(str, drawn))
            cursor.execute(
                f"UPDATE {ITEMS} SET second = 1, sample = 1 WHERE id IN ({told})"  # noqa: S608  # numbers
            )


_REST = f"SELECT id FROM {ITEMS} WHERE second = 0 ORDER BY id"  # noqa: S608  # a constant
_DRAWN_BEFORE = f"""
    SELECT DISTINCT i.id FROM {ITEMS} i
    JOIN audits_decision d ON d.finding_id = i.id AND d.evidence = i.evidence
    WHERE d.is_sample
"""  # noqa: S608  # constants


def decide(batch: Batch, terms: Terms, *, at: datetime) -> int:
    """Decide what is kept; give how many findings were as they were seen."""
    params = _params(batch, terms, at=at)
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM)
        claimed: int = cursor.rowcount
        if claimed == batch.items:
            cursor.execute(_insert(), params)
    return claimed


def _params(batch: Batch, terms: Terms, *, at: datetime) -> dict[str, Any]:
    ops = connection.ops
    return {
        "batch": batch.pk,
        "kind": batch.kind,
        "reason": batch.reason,
        "reason_code": batch.reason_code,
        "until": ops.adapt_datefield_value(terms.exception_until),
        "owner": terms.owner.pk if terms.owner else None,
        "due_on": ops.adapt_datefield_value(terms.due_on),
        "by": batch.decided_by_id,
        "at": ops.adapt_datetimefield_value(at),
        "due_at": ops.adapt_datetimefield_value(sampling.due_at(at)),
    }


_CLAIM = f"""
    UPDATE audits_finding SET version = audits_finding.version + 1,
        state = CASE WHEN i.second = 1 THEN 'awaiting_second' ELSE 'decided' END,
        decision_id = i.decision_id
    FROM {ITEMS} i
    WHERE audits_finding.id = i.id AND audits_finding.version = i.version
      AND audits_finding.state = 'open'
"""  # noqa: S608  # constants


def _insert() -> str:
    until, due_on = _typed("until", "date"), _typed("due_on", "date")
    owner = _typed("owner", "integer")
    return f"""
        INSERT INTO audits_decision
            (id, finding_id, kind, reason, reason_code, batch_id, exception_until,
             evidence, situation_id, against_recommendation, needs_second_look, is_sample,
             second_due_at, decided_by_id, decided_at, return_note, owner_id, due_on)
        SELECT i.decision_id, i.id, %(kind)s, %(reason)s, %(reason_code)s, %(batch)s,
            {until}, i.evidence, i.situation_id, i.recommendation <> %(kind)s,
            i.second = 1, i.sample = 1, CASE WHEN i.second = 1 THEN %(due_at)s END,
            %(by)s, %(at)s, '', {owner}, {due_on}
        FROM {ITEMS} i
    """  # noqa: S608  # constants; every value is a parameter


def _typed(name: str, kind: str) -> str:
    """SQL for a parameter that may be nothing: PostgreSQL asks nothing of what type."""
    return f"CAST(%({name})s AS {kind})" if dialect.is_postgresql() else f"%({name})s"


def situations() -> list[int]:
    """Name the situations that the kept items are in."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT DISTINCT situation_id FROM {ITEMS}")  # noqa: S608  # a constant
        return [pk for (pk,) in cursor.fetchall()]


def tell(batch: Batch, terms: Terms, *, at: datetime, via: trail.Via) -> None:
    """Count the situations anew and put one event an item into the trail, that last."""
    tallying_situations.count_some(batch.source, situations())
    chaining.record_set(
        chaining.Act(
            action="finding.decided",
            object_type="finding",
            source=batch.source,
            by=batch.decided_by,
            via=via,
            batch_id=name_of(batch),
            reason=batch.reason,
        ),
        _events(batch.kind, _besides(terms), trail.moment(sampling.due_at(at))),
    )


def name_of(batch: Batch) -> str:
    """Give what a batch is called in the trail and in files."""
    return f"batch-{batch.pk}"


def _besides(terms: Terms) -> Mapping[str, str]:
    """Tell what only some decisions have, as ``decision_events`` does of one."""
    told = {
        "reason_code": terms.reason_code,
        "exception_until": str(terms.exception_until or ""),
        "owner": terms.owner.get_username() if terms.owner else "",
        "due_on": str(terms.due_on or ""),
    }
    return {name: value for name, value in told.items() if value}


def _events(
    kind: str, besides: Mapping[str, str], due_at: str
) -> Iterator[chaining.Item]:
    severities = dict(Finding.Severity.choices)
    late = {"second_due_at": due_at}
    for row in read(_DECIDED):
        pk, version, rule, severity, advice, decision, key, evidence, second = row[:9]
        yield (
            pk,
            {"state": "open", "version": version},
            {
                "state": "awaiting_second" if second else "decided",
                "version": version + 1,
                "rule": rule,
                "severity": severities[severity],
                "recommendation": advice,
                "decision": kind,
                "decision_id": decision,
                "situation": key,
                "evidence": evidence,
                "against_recommendation": kind != advice,
                "needs_second_look": bool(second),
                **besides,
                **(late if second else {}),
                **({"is_sample": True} if row[9] else {}),
            },
        )


_DECIDED = f"""
    SELECT i.id, i.version, i.rule, i.severity, i.recommendation, i.decision_id, s.key,
        i.evidence, i.second, i.sample
    FROM {ITEMS} i JOIN audits_judgedsituation s ON s.id = i.situation_id
    WHERE i.id > %s ORDER BY i.id LIMIT {chaining.AT_ONCE}
"""  # noqa: S608  # constants


def read(statement: str) -> Iterator[tuple[Any, ...]]:
    """Read what is kept a slice at a time, each behind the id that ended the last."""
    last = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(statement, [last])
            rows = cursor.fetchall()
        yield from rows
        if len(rows) < chaining.AT_ONCE:
            return
        last = rows[-1][0]
