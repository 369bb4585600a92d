"""Which few items of a set are shown: ten by chance, and the ten most unusual.

Chance comes from the set's own fingerprint, so the same set shows the same ten. Unusual is
what few others of the set are like: alike are items of the same situation (so of the same
basis, v3 entries and match) and privilege whose contact has about as many students (or
lists) in the set.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from django.db import connection
from django.db.models import F, QuerySet, Window
from django.db.models.functions import RowNumber

from audits.batches.sets import Frozen
from audits.models import Finding

SHOWN = 10


@dataclass(frozen=True, slots=True)
class Unusual:
    """An item, how many of the set are like it (itself included), and its contact's
    students or lists in the set."""

    finding: int
    alike: int
    subjects: int


def by_chance(findings: QuerySet[Finding], frozen: Frozen) -> list[int]:
    """Draw ten items of a set."""
    if frozen.count <= SHOWN:
        return list(findings.order_by("pk").values_list("pk", flat=True))
    chance = Random(frozen.fingerprint)  # noqa: S311  # no secret: it must come out the same
    places = [place + 1 for place in chance.sample(range(frozen.count), SHOWN)]
    numbered = findings.order_by().annotate(
        place=Window(RowNumber(), order_by=F("pk").asc())
    )
    drawn = numbered.filter(place__in=places)
    return sorted(drawn.values_list("pk", flat=True))


def unusual(findings: QuerySet[Finding]) -> Sequence[Unusual]:
    """Give the ten items that are like the fewest others, the rarest first."""
    asked = findings.order_by().values_list(
        "id", "situation_id", "privilege", "match_id", "student_ref", "list_ref"
    )
    statement, params = asked.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(_UNUSUAL.format(statement), params)
        return [Unusual(*row) for row in cursor.fetchall()]


# 1, 2 to 3, 4 to 10 or more: one student more makes nobody unusual.
_UNUSUAL = """
    WITH asked AS MATERIALIZED ({}),
    ties AS (SELECT DISTINCT match_id, student_ref, list_ref FROM asked),
    people AS (SELECT match_id, COUNT(*) AS subjects FROM ties GROUP BY match_id),
    told AS (
        SELECT a.id, a.situation_id, a.privilege, COALESCE(p.subjects, 1) AS subjects,
            CASE WHEN p.subjects > 10 THEN 11 WHEN p.subjects > 3 THEN 4
                 WHEN p.subjects > 1 THEN 2 ELSE 1 END AS about
        FROM asked a LEFT JOIN people p ON p.match_id = a.match_id),
    kinds AS (
        SELECT situation_id, privilege, about, COUNT(*) AS alike, MIN(id) AS first
        FROM told GROUP BY situation_id, privilege, about
        ORDER BY alike, first LIMIT 10)
    SELECT t.id, k.alike, t.subjects
    FROM kinds k JOIN told t ON t.situation_id = k.situation_id
        AND t.privilege = k.privilege AND t.about = k.about
    ORDER BY k.alike, t.id LIMIT 10
"""
