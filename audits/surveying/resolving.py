"""Whose a grant or a restriction is, and of which student, as the crosswalk says today.

A customer may name a person by the v2 or by the v3 id; both are one person, and that
person is a row of the crosswalk. Only what differs is written, so that a scan of
unchanged data writes nothing.
"""

from __future__ import annotations

from django.db import connection

from audits.surveying.slices import Slice
from contacts import dialect, mail_matching
from contacts.models import Source

# A person by the id of a stored v2 contact, joined; else looked up: by the id of a v3
# contact, which may be told in capitals; by the v3 id of a contact that v3 dropped but v2
# knew; by a v2 id that only a v3 contact tells; by a v3 id that only the crosswalk tells.
# A contact that is somebody's candidate is first of all itself.
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
          ORDER BY CASE m.state WHEN 'recreated' THEN 1 ELSE 0 END, m.id LIMIT 1),
        k.match_id
    )"""  # noqa: S608  # constants

# Whose a v3 id is that no v3 data holds, as far as somebody told it for a v2 contact.
_TOLD_OF = {
    Source.Provider.CLEVER: """
        SELECT '' AS contact_ref, CAST(NULL AS bigint) AS match_id WHERE 1 = 0""",
    Source.Provider.CONSTANT_CONTACT: f"""
        SELECT n.contact_ref, MIN(m.id) AS match_id
        FROM ({mail_matching.CLAIMS}) n
        JOIN contacts_match m ON m.legacy_contact_id = n.legacy_contact_id
        GROUP BY n.contact_ref""",  # noqa: S608  # constants
}

_STUDENT = """
    CASE WHEN told.student_ref = '' THEN '' ELSE COALESCE(s.external_id,
        (SELECT s.external_id FROM contacts_student s
          WHERE s.source_id = told.source_id AND s.legacy_id = told.student_ref
            AND NOT s.legacy_id = ''
          ORDER BY s.id LIMIT 1),
        told.student_ref) END"""


def _statement(table: str, chosen: str, told_of: str) -> str:
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
            LEFT JOIN ({told_of}) k ON k.contact_ref = LOWER(told.contact_ref)
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
_GRANTS = {
    provider: _statement("audits_grant", _SLICE_OF_GRANTS, told_of)
    for provider, told_of in _TOLD_OF.items()
}
_RESTRICTIONS = {
    provider: _statement("audits_restriction", "{0}.source_id = %(source)s", told_of)
    for provider, told_of in _TOLD_OF.items()
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
        cursor.execute(_GRANTS[Source.Provider(source.provider)], params)
        return int(cursor.rowcount)


def resolve_restrictions(source: Source) -> None:
    """Tie a source's restrictions to people; one of an unknown contact stays untied."""
    with connection.cursor() as cursor:
        statement = _RESTRICTIONS[Source.Provider(source.provider)]
        cursor.execute(statement, {"source": source.pk})


def let_findings_follow(source: Source) -> None:
    """Move findings to the people that their grants and contacts belong to now."""
    with connection.cursor() as cursor:
        cursor.execute(_FINDINGS_OF_GRANTS, {"source": source.pk})
        cursor.execute(_PROPOSALS, {"source": source.pk})
        # Thousands of ties are new where none was counted; the surveys join by them.
        dialect.analyze(cursor, "audits_grant", "contacts_match")
