"""The SQL that puts each grant of a Clever district in its situation.

A survey writes, for one slice of people, what every rule looks at as one text: a *raw*
situation. Reading it is Python's work, and so is folding: SQL compares nothing but ids.
"""

from __future__ import annotations

from audits.surveying import raw, tables
from audits.surveying.survey import ACTIVE, Survey
from contacts import dialect


def survey_grants(survey: Survey) -> list[tuple[str, int]]:
    """Put each grant of the slice in its raw situation; give each with its count."""
    parts = (
        "g.basis",
        _MATCH,
        _SUBJECT,
        "COALESCE(p.several, '0')",
        _own_record(),
        _restrictions("g.match_id", "g.student_key"),
        "COALESCE(k.privilege_class, 'unmapped')",
        _label("relationship"),
        _label("type"),
        "COALESCE(t.entries, '')",
    )
    statement = f"""
        SELECT g.id AS grant_id, {raw.one_text(parts)} AS raw
        FROM audits_grant g
        LEFT JOIN {tables.PEOPLE} p ON p.id = g.match_id
        LEFT JOIN {tables.TOLD} t ON t.match_id = g.match_id AND t.student_ref = g.student_key
        LEFT JOIN contacts_student s
          ON s.source_id = g.source_id AND s.external_id = g.student_key
        LEFT JOIN {tables.CLASSES} k ON k.privilege = g.privilege
        WHERE {ACTIVE} AND {survey.holds("g.match_id", "g.id")}
    """  # noqa: S608  # constants and column names; every value is a parameter
    return raw.kept(tables.GRANTS, statement, survey)


def survey_pairs(survey: Survey) -> list[tuple[str, int]]:
    """Put each contact and student of v3 in its raw situation, where v2 had a label.

    A pair whose one entry is the label itself is left out: what policy says of the one it
    says of the other, so nothing can have been hidden.
    """
    if survey.strangers:
        return raw.no_pairs(survey)
    parts = (
        _own_record(),
        _restrictions("t.match_id", "t.student_ref"),
        "p.relationship",
        "p.type",
        f"COALESCE(h.classes, '') || {_char(dialect.ITEMS)} || COALESCE(w.classes, '')",
        "t.entries",
    )
    statement = f"""
        SELECT t.match_id, t.student_ref, {raw.one_text(parts)} AS raw
        FROM {tables.TOLD} t
        JOIN {tables.PEOPLE} p ON p.id = t.match_id
        LEFT JOIN {tables.HELD} h ON h.match_id = t.match_id AND h.student_key = t.student_ref
        LEFT JOIN {tables.HELD} w ON w.match_id = t.match_id AND w.student_key = ''
        LEFT JOIN contacts_student s
          ON s.source_id = %(source)s AND s.external_id = t.student_ref
        WHERE p.state = 'matched'
          AND t.entries <> p.relationship || {_char(dialect.PARTS)} || p.type
    """  # noqa: S608  # constants and column names; every value is a parameter
    return raw.kept(tables.PAIRS, statement, survey)


# A re-created contact's candidate is itself as long as nobody said it is the other: a
# grant that names it rests on its own entries, not on the label of the old one.
_NAMES_CANDIDATE = "g.contact_ref IN (p.candidate_id, p.candidate_legacy_id)"

_MATCH = f"""
    CASE WHEN p.id IS NULL THEN 'unknown-contact'
         WHEN p.state = 'unmatched' OR {_NAMES_CANDIDATE} THEN 'matched'
         ELSE p.state END"""


def _label(column: str) -> str:
    """What a grant was given on: its own label, both halves of it, else v2's."""
    return f"""
        CASE WHEN TRIM(g.basis_relationship) <> '' OR TRIM(g.basis_type) <> ''
             THEN g.basis_{column}
             WHEN {_NAMES_CANDIDATE} THEN ''
             ELSE COALESCE(p.{column}, '') END"""


# Looked up dearly only for a student that v3's list of students does not hold: one that
# the token cannot see still stands in entries, one of old days in v2's lists.
_SUBJECT = """
    CASE WHEN g.student_ref = '' THEN 'all'
         WHEN s.id IS NOT NULL AND s.missing_at IS NULL THEN 'present'
         WHEN t.entries IS NOT NULL OR EXISTS (
            SELECT 1 FROM contacts_relationshipentry e
            JOIN contacts_contact c ON c.id = e.contact_id
            WHERE e.student_ref = g.student_key AND e.ended_at IS NULL
              AND c.source_id = g.source_id) THEN 'present'
         WHEN s.id IS NOT NULL OR EXISTS (
            SELECT 1 FROM contacts_legacystudent ls
            JOIN contacts_legacycontact l ON l.id = ls.legacy_contact_id
            WHERE ls.student_ref IN (g.student_ref, g.student_key)
              AND l.source_id = g.source_id) THEN 'absent'
         ELSE 'unresolved' END"""


def _restrictions(person: str, student: str) -> str:
    """The restrictions on a person that reach a student.

    One on a single student also covers a grant for all of them.
    """
    reaching = f"(r.student_key IN ('', {student}) OR {student} = '')"
    return raw.restrictions(person, reaching)


def _own_record() -> str:
    """Whether contact and student bear one name, asked only where an entry says Self."""
    return """
        CASE WHEN LOWER(t.entries) LIKE '%%self%%' AND p.folded_name <> ''
              AND p.folded_name = s.folded_name THEN '1' ELSE '0' END"""


def _char(character: str) -> str:
    return dialect.char_sql(character)
