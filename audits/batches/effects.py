"""What deciding a set would come to, before it is decided."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from audits import policy
from audits.models import Decision, Finding, PolicyVersion
from contacts.models import Source, Student

Kind = Decision.Kind
State = Finding.State
# Whom somebody must be left for: to be called, and to pick up.
NEEDED = {
    "emergency": "nobody to call in an emergency",
    "release": "nobody to pick them up",
}
TAKEN = (Kind.REVOKE, Kind.HOLD)
SHOWN = 10


@dataclass(frozen=True, slots=True)
class Nobody:
    """Students who would be left with nobody of a class: how many, and the first few.

    ``students`` are (row or None, name): one that v3 does not have has no page.
    """

    privilege_class: str
    words: str
    count: int
    students: tuple[tuple[int | None, str], ...]


def guards(source: Source, classes: Collection[str], kind: str) -> list[str]:
    """Name the classes that a decision takes away and every student needs somebody of."""
    if kind not in TAKEN or not source.is_clever:
        return []
    return [name for name in NEEDED if name in classes]


def left_with_nobody(
    source: Source, findings: QuerySet[Finding], classes: Sequence[str], *, today: date
) -> list[Nobody]:
    """Find the students who would have no active grant of a class left that stays.

    A grant stays unless it is taken here, or was decided to be revoked or held before.
    """
    told = (_nobody(source, findings, name, today=today) for name in classes)
    return [one for one in told if one.count]


def _nobody(
    source: Source, findings: QuerySet[Finding], privilege_class: str, *, today: date
) -> Nobody:
    found = findings.filter(privilege_class=privilege_class, grant__isnull=False)
    asked = found.order_by().values_list("grant_id", "match_id", "student_ref")
    taken, params = asked.query.sql_with_params()
    names = _names(source, privilege_class)
    day = connection.ops.adapt_datefield_value(today)
    told: list[Any] = [*params, source.pk, privilege_class]
    told += 2 * [source.pk, day, *names]
    with connection.cursor() as cursor:
        cursor.execute(_left(taken, names=len(names)), told)
        rows = cursor.fetchall()
    refs = [ref for ref, _ in rows]
    count = rows[0][1] if rows else 0
    students = _students(source, refs)
    return Nobody(privilege_class, NEEDED[privilege_class], count, tuple(students))


def _names(source: Source, privilege_class: str) -> list[str]:
    """Name the privileges of a class under the policy in force."""
    versions = PolicyVersion.objects.filter(source=source).order_by("-number")
    body = versions.values_list("body", flat=True).first()
    told = body["privileges"] if body else policy.DEFAULT.privileges
    named = [policy.fold(name) for name in told if told[name] == privilege_class]
    return [privilege_class, *named]


def _left(taken: str, *, names: int) -> str:
    """SQL for the first students of whom no grant stays, and how many there are.

    A grant for all of a contact's students counts for each that v3 relates to it. Grants
    are looked up one by one: joined, all millions of them would be read.
    """
    places = ", ".join(["%s"] * names)
    stays = f"""g.source_id = %s AND g.closed_at IS NULL
        AND (g.expires_at IS NULL OR g.expires_at >= %s)
        AND LOWER(TRIM(g.privilege)) IN ({places})
        AND g.id NOT IN (SELECT grant_id FROM away)"""  # noqa: S608  # constants
    return f"""
        WITH taken AS MATERIALIZED ({taken}),
        away AS MATERIALIZED (
            SELECT grant_id FROM taken UNION ALL
            SELECT f.grant_id FROM audits_finding f
            JOIN audits_decision d ON d.id = f.decision_id
            WHERE f.source_id = %s AND f.privilege_class = %s AND f.grant_id IS NOT NULL
              AND f.state IN ({_DECIDED}) AND d.kind IN ('revoke', 'hold')),
        hit AS MATERIALIZED (
            SELECT (SELECT g.student_key FROM audits_grant g WHERE g.id = t.grant_id)
                AS student
            FROM taken t WHERE t.student_ref <> ''
            UNION
            SELECT e.student_ref FROM taken t
            JOIN contacts_match m ON m.id = t.match_id
            JOIN contacts_relationshipentry e
              ON e.contact_id = m.contact_id AND e.ended_at IS NULL
            WHERE t.student_ref = ''),
        wide AS MATERIALIZED (
            SELECT e.student_ref AS student FROM audits_grant g
            JOIN contacts_match m ON m.id = g.match_id
            JOIN contacts_relationshipentry e
              ON e.contact_id = m.contact_id AND e.ended_at IS NULL
            WHERE g.student_key = '' AND {stays}),
        alone AS (
            SELECT h.student, (SELECT g.id FROM audits_grant g
                WHERE g.student_key = h.student AND {stays} LIMIT 1) AS stays
            FROM hit h)
        SELECT a.student, COUNT(*) OVER () FROM alone a
        WHERE a.stays IS NULL AND a.student <> ''
          AND a.student NOT IN (SELECT student FROM wide)
        ORDER BY a.student LIMIT {SHOWN}
    """  # noqa: S608  # constants; every value is a parameter


_DECIDED = "'decided', 'awaiting_second', 'approved', 'planned', 'applied', 'verified'"


def _students(source: Source, refs: Sequence[str]) -> list[tuple[int | None, str]]:
    rows = Student.objects.filter(source=source, external_id__in=refs)
    known = {
        row.external_id: (row.pk, row.name) for row in rows.only("external_id", "name")
    }
    return [known.get(ref, (None, ref)) for ref in refs]
