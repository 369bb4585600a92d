"""What each situation comes to, kept beside it so that no page has to count findings.

Counted whole when a scan ends and, for the situations that were touched, after many
findings were decided or opened again in one act. A single decision only moves the counts
by one: the contacts and students beside them are as of the last count.

The tallies are locked before they are counted. Who decides meanwhile waits with the step
of one, which is then made from a count that had not seen it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.models import F

from audits.models import Decision, Finding, SituationTally
from contacts import dialect
from contacts.models import Source

SITUATIONS_AT_ONCE = 500


def count_all(source: Source) -> None:
    """Count every situation of a source that has findings, in the caller's transaction."""
    _lock(SituationTally.objects.filter(source=source))
    with connection.cursor() as cursor:
        cursor.execute(_count("f.source_id = %(source)s"), {"source": source.pk})
        cursor.execute(_FORGET, {"source": source.pk})


def count_some(source: Source, situations: Sequence[int]) -> None:
    """Count some situations of a source anew, in the caller's transaction."""
    for start in range(0, len(situations), SITUATIONS_AT_ONCE):
        some = list(situations[start : start + SITUATIONS_AT_ONCE])
        _lock(SituationTally.objects.filter(situation__in=some))
        SituationTally.objects.filter(situation__in=some).update(
            open=0, decided=0, agreed=0, contacts=0, subjects=0, oldest_at=None
        )
        chosen = ", ".join(str(int(pk)) for pk in some)
        with connection.cursor() as cursor:
            cursor.execute(
                _count(f"f.source_id = %(source)s AND f.situation_id IN ({chosen})"),
                {"source": source.pk},
            )


def decided(finding: Finding, decision: Decision) -> None:
    """Move one finding from open to decided."""
    _move(finding, opened=-1, agreed=0 if decision.against_recommendation else 1)


def opened(finding: Finding, decision: Decision) -> None:
    """Move one finding back from decided to open."""
    _move(finding, opened=1, agreed=0 if decision.against_recommendation else -1)


def _move(finding: Finding, *, opened: int, agreed: int) -> None:
    """Step by one; a situation that was never counted, or is out of step, is counted."""
    tally = SituationTally.objects.filter(
        situation=finding.situation_id,
        open__gte=max(0, -opened),
        decided__gte=max(0, opened),
        agreed__gte=max(0, -agreed),
    )
    if not tally.update(
        open=F("open") + opened,
        decided=F("decided") - opened,
        agreed=F("agreed") + agreed,
    ):
        count_some(finding.source, [finding.situation_id])


def _lock(tallies: Any) -> None:
    """Lock tallies in one order; SQLite's transactions hold the only write lock anyway."""
    list(tallies.select_for_update().order_by("pk").values_list("pk"))


# A person nobody knows counts by the id that the grants name.
_CONTACTS = """
    COUNT(DISTINCT f.match_id) FILTER (WHERE f.state = 'open')
    + COUNT(DISTINCT f.contact_v2_id)
        FILTER (WHERE f.state = 'open' AND f.match_id IS NULL)"""
_SUBJECTS = """
    COUNT(DISTINCT COALESCE(NULLIF(f.student_ref, ''), NULLIF(f.list_ref, '')))
        FILTER (WHERE f.state = 'open')"""


def _count(chosen: str) -> str:
    """Count findings by situation; ``chosen`` says whose."""
    privileges = _distinct("COALESCE(NULLIF(f.privilege, ''), f.privilege_class)")
    return f"""
        INSERT INTO audits_situationtally
            (situation_id, source_id, rule, privilege_class, restricted, severity, open,
             decided, agreed, contacts, subjects, privileges, oldest_at)
        SELECT f.situation_id, f.source_id, MIN(f.rule), MIN(f.privilege_class),
               {_restricted()}, MIN(f.severity),
               COUNT(*) FILTER (WHERE f.state = 'open'),
               COUNT(*) FILTER (WHERE f.state <> 'open'),
               COUNT(*) FILTER (
                   WHERE f.state <> 'open' AND NOT d.against_recommendation),
               {_CONTACTS}, {_SUBJECTS}, {privileges},
               MIN(f.first_seen_at) FILTER (WHERE f.state = 'open')
        FROM audits_finding f LEFT JOIN audits_decision d ON d.id = f.decision_id
        WHERE {chosen} AND f.state <> 'closed'
        GROUP BY f.situation_id, f.source_id
        ON CONFLICT (situation_id) DO UPDATE SET {_TAKEN}
    """  # noqa: S608  # constants and numbers; every value is a parameter


_TAKEN = ", ".join(
    f"{name} = excluded.{name}"
    for name in (
        "rule",
        "privilege_class",
        "restricted",
        "severity",
        "open",
        "decided",
        "agreed",
        "contacts",
        "subjects",
        "privileges",
        "oldest_at",
    )
)
_FORGET = """
    DELETE FROM audits_situationtally
    WHERE source_id = %(source)s AND NOT EXISTS (
        SELECT 1 FROM audits_finding f
        WHERE f.situation_id = audits_situationtally.situation_id
          AND f.state <> 'closed')
"""


def _distinct(value: str) -> str:
    """SQL for a group's distinct values as a JSON array."""
    if dialect.is_postgresql():
        return f"jsonb_agg(DISTINCT {value})"
    return f"json_group_array(DISTINCT {value})"


def _restricted() -> str:
    """SQL for whether an order is in the situation; a custody document only informs."""
    body = "SELECT s.body FROM audits_judgedsituation s WHERE s.id = f.situation_id"
    if dialect.is_postgresql():
        return f"""EXISTS (
            SELECT 1 FROM jsonb_array_elements(({body}) -> 'restrictions') AS r(told)
            WHERE r.told ->> 'kind' <> 'custody_document')"""  # noqa: S608  # constants
    return f"""EXISTS (
        SELECT 1 FROM json_each(({body}), '$.restrictions') AS r
        WHERE json_extract(r.value, '$.kind') <> 'custody_document')"""  # noqa: S608  # constants
