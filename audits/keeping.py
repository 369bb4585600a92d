"""The verdicts of a scan, kept: for good as situations, for a slice beside its grants."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import connection

from audits import trail
from audits.judging.judged import Judged
from audits.models import JudgedSituation, Scan
from audits.surveying import tables

SITUATIONS_AT_ONCE = 500

_SITUATION = """
    INSERT INTO audits_judgedsituation
        (source_id, key, body, policy_id, rule, severity, recommendation, sentence,
         others, grants, scan_id)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (source_id, key) DO UPDATE SET
        policy_id = excluded.policy_id,
        rule = excluded.rule,
        severity = excluded.severity,
        recommendation = excluded.recommendation,
        sentence = excluded.sentence,
        others = excluded.others,
        scan_id = excluded.scan_id,
        grants = excluded.grants + CASE
            WHEN audits_judgedsituation.scan_id = excluded.scan_id
            THEN audits_judgedsituation.grants ELSE 0 END
"""


def keep_situations(scan: Scan, counts: Mapping[Judged, int]) -> dict[str, int]:
    """Write each situation with its verdict, adding to this scan's counts; give ids."""
    with connection.cursor() as cursor:
        cursor.executemany(
            _SITUATION,
            [_situation_row(scan, judged, n) for judged, n in counts.items()],
        )
    ids: dict[str, int] = {}
    keys = [judged.key for judged in counts]
    for start in range(0, len(keys), SITUATIONS_AT_ONCE):
        some = JudgedSituation.objects.filter(
            source=scan.source_id, key__in=keys[start : start + SITUATIONS_AT_ONCE]
        )
        ids |= dict(some.values_list("key", "pk"))
    return ids


def _situation_row(scan: Scan, judged: Judged, count: int) -> Sequence[Any]:
    return (
        scan.source_id,
        judged.key,
        judged.body,
        scan.policy_id,
        judged.rule,
        judged.severity,
        judged.recommendation,
        judged.sentence,
        trail.canonical(judged.others),
        count,
        scan.pk,
    )


def keep_verdicts(
    verdicts: Iterable[tuple[str, Judged]], ids: Mapping[str, int]
) -> None:
    """Keep, for this transaction, what each raw situation was judged to be."""
    columns = {
        "raw": "TEXT",
        "situation_id": "BIGINT",
        "situation_key": "TEXT",
        "rule": "TEXT",
        "severity": "INTEGER",
        "recommendation": "TEXT",
        "privilege_class": "TEXT",
        "basis_relationship": "TEXT",
        "basis_type": "TEXT",
        "v3_entries": "TEXT",
        "match_state": "TEXT",
    }
    rows = (_verdict_row(raw, judged, ids) for raw, judged in verdicts)
    tables.fill(tables.JUDGED, columns, rows, index="raw")


def _verdict_row(raw: str, judged: Judged, ids: Mapping[str, int]) -> Sequence[Any]:
    return (
        raw,
        ids[judged.key],
        judged.key,
        judged.rule,
        judged.rank,
        judged.recommendation,
        judged.privilege_class,
        *judged.basis,
        judged.entries,
        judged.match,
    )
