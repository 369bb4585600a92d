"""Verdicts to findings: opened, left alone, opened again or closed, all in sets.

One whose evidence is the same is not touched, whatever was imported or scanned. New
evidence takes a decision's ground away: the finding is open again and the decision,
superseded, stays with it. What is no longer found is closed, and only where absence
proves something.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from audits import trail
from audits.models import Scan
from audits.surveying import gathering, tables


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many findings a slice opened, opened again and closed."""

    opened: int
    reopened: int
    closed: int


def file(scan: Scan, *, last_scan_at: datetime | None) -> Outcome:
    """Write what was gathered of a slice, in the transaction that gathered it.

    A finding that somebody decides in this very moment is passed by: its decision names
    the older evidence, so the next scan opens it again.
    """
    params: dict[str, Any] = {
        "source": scan.source_id,
        "policy": scan.policy_id,
        "at": _stamp(scan.started_at),
        "last_scan_at": _stamp(last_scan_at or scan.started_at),
    }
    with connection.cursor() as cursor:
        cursor.execute(_rewrite(), params)
        cursor.execute(_SUPERSEDE, params)
        cursor.execute(_close(), params)
        cursor.execute(_open(), params)
        cursor.execute(_COUNT)
        counts = dict(cursor.fetchall())
    # Last, for the trail's end is locked last wherever something is decided too.
    _record("finding.reopened", scan, _DECIDED_FOUND, after="open")
    _record("finding.closed", scan, _DECIDED_LOST, after="closed")
    return Outcome(
        opened=counts.get("opened", 0),
        reopened=counts.get("reopened", 0),
        closed=counts.get("closed", 0),
    )


def _stamp(at: datetime) -> Any:
    """Give a time as the database's own statements hold it."""
    return connection.ops.adapt_datetimefield_value(at)


_COUNT = f"""
    SELECT change, COUNT(*) FROM {tables.FOUND} GROUP BY change
    UNION ALL SELECT 'closed', COUNT(*) FROM {tables.LOST}
"""  # noqa: S608  # constants


def _open() -> str:
    columns = ", ".join(gathering.COPIED)
    return f"""
        INSERT INTO audits_finding
            (source_id, policy_id, state, version, reopened, first_seen_at, last_seen_at,
             {columns})
        SELECT %(source)s, %(policy)s, 'open', 1, 0, %(at)s, %(at)s, {columns}
        FROM {tables.FOUND} WHERE change = 'opened'
        ON CONFLICT (source_id, fingerprint) DO NOTHING
    """  # noqa: S608  # constants; every value is a parameter


def _rewrite() -> str:
    columns = ", ".join(f"{name} = n.{name}" for name in gathering.COPIED)
    return f"""
        UPDATE audits_finding SET {columns}, policy_id = %(policy)s, state = 'open',
            decision_id = NULL, closed_at = NULL, last_seen_at = %(at)s,
            version = audits_finding.version + 1,
            reopened = audits_finding.reopened
                + CASE WHEN n.change = 'reopened' THEN 1 ELSE 0 END
        FROM {tables.FOUND} n
        WHERE n.change IN ('reopened', 'rewritten')
          AND audits_finding.id = n.finding_id
          AND audits_finding.version = n.was_version
    """  # noqa: S608  # constants; every value is a parameter


_SUPERSEDE = f"""
    UPDATE audits_decision SET superseded_at = %(at)s
    FROM {tables.FOUND} n JOIN audits_finding f ON f.id = n.finding_id
    WHERE n.change = 'reopened' AND audits_decision.id = n.was_decision_id
      AND f.decision_id IS NULL
"""  # noqa: S608  # constants; every value is a parameter


def _close() -> str:
    return f"""
        UPDATE audits_finding SET state = 'closed', closed_at = %(at)s,
            last_seen_at = CASE WHEN audits_finding.last_seen_at < %(last_scan_at)s
                THEN %(last_scan_at)s ELSE audits_finding.last_seen_at END,
            version = audits_finding.version + 1
        FROM {tables.LOST} n
        WHERE audits_finding.id = n.id AND audits_finding.version = n.version
    """  # noqa: S608  # constants; every value is a parameter


# --- What happens to decided findings is told one by one ---------------------

_DECIDED_FOUND = f"""
    SELECT f.id, n.was_version, n.was_state, d.id, d.kind, d.evidence, n.rule, n.evidence
    FROM {tables.FOUND} n
    JOIN audits_finding f ON f.id = n.finding_id AND f.version = n.was_version + 1
    JOIN audits_decision d ON d.id = n.was_decision_id
    WHERE n.change = 'reopened' ORDER BY f.id
"""  # noqa: S608  # constants
_DECIDED_LOST = f"""
    SELECT f.id, n.version, n.state, d.id, d.kind, d.evidence, f.rule, f.evidence
    FROM {tables.LOST} n
    JOIN audits_finding f ON f.id = n.id AND f.version = n.version + 1
    JOIN audits_decision d ON d.id = n.decision_id
    ORDER BY f.id
"""  # noqa: S608  # constants


def _record(action: str, scan: Scan, statement: str, *, after: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        rows = cursor.fetchall()
    trail.record_all([_event(action, scan, row, after=after) for row in rows])


def _event(action: str, scan: Scan, row: Any, *, after: str) -> trail.Entry:
    finding, version, state, decision, kind, seen, rule, evidence = row
    return trail.Entry(
        action=action,
        object_type="finding",
        object_id=finding,
        source=scan.source,
        by=scan.started_by,
        via="job",
        before={
            "state": state,
            "version": version,
            "decision": kind,
            "decision_id": decision,
            "evidence": seen,
        },
        after={
            "state": after,
            "version": version + 1,
            "rule": rule,
            "evidence": evidence,
        },
        batch_id=f"scan-{scan.pk}",
    )
