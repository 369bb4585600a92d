"""Whose a grant or a restriction is, and of which student, as the crosswalk says today.

A customer may name a person by the v2 or by the v3 id; both are one person, and that
person is a row of the crosswalk. Only what differs is written, so that a scan of
unchanged data writes nothing.
"""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper

from audits.surveying.slices import Slice
from contacts import dialect, mail_matching
from contacts.models import Source

# A person by the id of a stored v2 contact, joined; else looked up: by the id of a v3
# contact, which may be told in capitals; by the v3 id of a contact that v3 dropped but v2
# knew; by a v2 id that only a v3 contact tells. A contact that is somebody's candidate is first of all itself.
# `NOT … = ''` is the partial indexes' own condition, word for word: SQLite knows it by
# no other, and would read every contact for each grant.
_V3_IDS = "(told.contact_ref, LOWER(told.contact_ref))"
_PERSON = f"""
    COALESCE(m.id,
        (SELECT m.id FROM contacts_contact c
          JOIN contacts_match m ON m.contact_id = c.id
          WHERE c.source_id = told.source_id AND c.external_id IN {_V3_IDS}
          ORDER BY CASE m.state WHEN 'recreated' THEN 1 ELSE 0 END, m.id LIMIT 1),
        (SELECT m.id FROM contacts_contact c
          JOIN contacts_legacycontact l
            ON l.source_id = c.source_id AND l.external_id = c.legacy_id
          JOIN contacts_match m ON m.legacy_contact_id = l.id
          WHERE c.source_id = told.source_id AND c.external_id IN {_V3_IDS}
          ORDER BY m.id LIMIT 1),
        (SELECT m.id FROM contacts_contact c
          JOIN contacts_match m ON m.contact_id = c.id
          WHERE c.source_id = told.source_id AND c.legacy_id = told.contact_ref
            AND NOT c.legacy_id = ''
          ORDER BY CASE m.state WHEN 'recreated' THEN 1 ELSE 0 END, m.id LIMIT 1)
    )"""  # noqa: S608  # constants

_STUDENT = """
    CASE WHEN told.student_ref = '' THEN '' ELSE COALESCE(s.external_id,
        (SELECT s.external_id FROM contacts_student s
          WHERE s.source_id = told.source_id AND s.legacy_id = told.student_ref
            AND NOT s.legacy_id = ''
          ORDER BY s.id LIMIT 1),
        told.student_ref) END"""


def _statement(table: str, chosen: str) -> str:
    # Our own table names and constants only; every value is a parameter. What is chosen
    # stands on both sides, or the whole table would be read to change a slice of it.
    return f"""
        WITH seen AS MATERIALIZED (
            SELECT told.id, told.match_id AS was_match, told.student_key AS was_student,
                   {_PERSON} AS match_id, {_STUDENT} AS student_key
            FROM {table} told
            LEFT JOIN contacts_legacycontact l
              ON l.source_id = told.source_id AND l.external_id = told.contact_ref
            LEFT JOIN contacts_match m ON m.legacy_contact_id = l.id
            LEFT JOIN contacts_student s
              ON s.source_id = told.source_id AND s.external_id = told.student_ref
            WHERE {chosen.format("told")})
        UPDATE {table} SET match_id = seen.match_id, student_key = seen.student_key
        FROM seen
        WHERE {table}.id = seen.id AND {chosen.format(table)}
          AND (seen.was_match IS DISTINCT FROM seen.match_id
               OR seen.was_student <> seen.student_key)
    """  # noqa: S608


_SLICE_OF_GRANTS = (
    "{0}.source_id = %(source)s AND {0}.closed_at IS NULL"
    " AND {0}.id >= %(low)s AND {0}.id < %(high)s"
)
_EVERY_RESTRICTION = "{0}.source_id = %(source)s"
_GRANTS = _statement("audits_grant", _SLICE_OF_GRANTS)
_RESTRICTIONS = _statement("audits_restriction", _EVERY_RESTRICTION)

# A v3 id that no v3 data holds may have been told for a v2 contact all the same. To see
# what was told the whole crosswalk is read, so it is done only where an id is left that
# looks like one.
_LEFT = """{1} AND {0}.match_id IS NULL AND LENGTH({0}.contact_ref) = 36"""


def _left(table: str, chosen: str) -> str:
    left = _LEFT.format(table, chosen.format(table))
    return f"SELECT 1 FROM {table} WHERE {left} LIMIT 1"  # noqa: S608  # constants


def _told_otherwise(table: str, chosen: str) -> str:
    return f"""
        UPDATE {table} SET match_id = k.match_id
        FROM (SELECT n.contact_ref, MIN(m.id) AS match_id
                FROM ({mail_matching.CLAIMS}) n
                JOIN contacts_match m ON m.legacy_contact_id = n.legacy_contact_id
               GROUP BY n.contact_ref) k
        WHERE {_LEFT.format(table, chosen.format(table))}
          AND k.contact_ref = LOWER({table}.contact_ref)
    """  # noqa: S608  # constants


_OTHERWISE = {
    table: (_left(table, chosen), _told_otherwise(table, chosen))
    for table, chosen in (
        ("audits_grant", _SLICE_OF_GRANTS),
        ("audits_restriction", _EVERY_RESTRICTION),
    )
}

# A finding is looked for where its grant, or the contact it proposes for, is now.
_FINDINGS_OF_GRANTS = """
    UPDATE audits_finding SET match_id = g.match_id
    FROM audits_grant g
    WHERE audits_finding.source_id = %(source)s AND g.id = audits_finding.grant_id
      AND audits_finding.match_id IS DISTINCT FROM g.match_id
"""
_PROPOSALS = """
    UPDATE audits_finding SET match_id = m.id
    FROM contacts_contact c JOIN contacts_match m
      ON m.contact_id = c.id AND m.state = 'matched'
    WHERE audits_finding.source_id = %(source)s AND audits_finding.grant_id IS NULL
      AND c.source_id = %(source)s AND c.external_id = audits_finding.contact_v3_id
      AND audits_finding.match_id IS DISTINCT FROM m.id
"""


def resolve_grants(source: Source, part: Slice) -> int:
    """Tie a slice of a source's active grants to people; give how many changed."""
    params = {"source": source.pk, "low": part.low, "high": part.high}
    with connection.cursor() as cursor:
        cursor.execute(_GRANTS, params)
        changed = int(cursor.rowcount)
        _resolve_left(cursor, source, "audits_grant", params)
    return changed


def resolve_restrictions(source: Source) -> None:
    """Tie a source's restrictions to people; one of an unknown contact stays untied."""
    params = {"source": source.pk}
    with connection.cursor() as cursor:
        cursor.execute(_RESTRICTIONS, params)
        _resolve_left(cursor, source, "audits_restriction", params)


def _resolve_left(
    cursor: CursorWrapper, source: Source, table: str, params: dict[str, Any]
) -> None:
    """Tie what is left by what was told of ids; a district tells them in its records."""
    if source.is_clever:
        return
    left, statement = _OTHERWISE[table]
    cursor.execute(left, params)
    if cursor.fetchone():
        cursor.execute(statement, params)


def let_findings_follow(source: Source) -> None:
    """Move findings to the people that their grants and contacts belong to now."""
    with connection.cursor() as cursor:
        cursor.execute(_FINDINGS_OF_GRANTS, {"source": source.pk})
        cursor.execute(_PROPOSALS, {"source": source.pk})
        # Thousands of ties are new where none was counted; the surveys join by them.
        dialect.analyze(cursor, "audits_grant", "contacts_match")
