"""The SQL that puts each grant of a Constant Contact account in its situation.

As for a district: one text for all that a rule looks at, read and folded in Python.
"""

from __future__ import annotations

from audits.surveying import raw, tables
from audits.surveying.survey import ACTIVE, Survey

# An account mails; it tells no students. So an order for one student binds the person.
_ANYWHERE = "1 = 1"


def survey_grants(survey: Survey) -> list[tuple[str, int]]:
    """Put each grant of the slice in its raw situation; give each with its count."""
    parts = (
        "g.basis",
        _MATCH,
        "CASE WHEN g.list_ref = '' THEN 'none' ELSE COALESCE(i.subject, 'unknown') END",
        _ON_LIST,
        raw.restrictions("g.match_id", _ANYWHERE),
        "COALESCE(q.privilege_class, 'unmapped')",
        *(f"COALESCE(p.{column}, '')" for column in _CONSENT),
        "COALESCE(t.entries, '')",
    )
    statement = f"""
        SELECT g.id AS grant_id, {raw.one_text(parts)} AS raw
        FROM audits_grant g
        LEFT JOIN {tables.PEOPLE} p ON p.id = g.match_id
        LEFT JOIN {tables.TOLD} t ON t.match_id = g.match_id
        LEFT JOIN {tables.LISTS} i ON i.list_ref = g.list_ref
        LEFT JOIN {tables.CLASSES} q ON q.privilege = g.privilege
        WHERE {ACTIVE} AND {survey.holds("g.match_id", "g.id")}
    """  # noqa: S608  # constants and column names; every value is a parameter
    return raw.kept(tables.GRANTS, statement, survey)


def survey_pairs(survey: Survey) -> list[tuple[str, int]]:
    """Find nothing to propose: no scan makes anybody more mailable."""
    return raw.no_pairs(survey)


_CONSENT = (
    "status",
    "email_status",
    "confirm_status",
    "opt_in_source",
    "opt_out_source",
)

# A contact that only V3 knows is itself. *named*: missing, though somebody told its id.
_MATCH = """
    CASE WHEN p.id IS NULL THEN 'unknown-contact'
         WHEN p.state = 'unmatched' THEN 'matched'
         WHEN p.state = 'missing' AND p.is_named THEN 'named'
         ELSE p.state END"""

_ON_LIST = """
    CASE WHEN i.subject = 'present' AND EXISTS (
        SELECT 1 FROM contacts_membership o
        WHERE o.contact_id = p.contact_id AND o.list_ref = i.current_ref
          AND o.ended_at IS NULL) THEN '1' ELSE '0' END"""
