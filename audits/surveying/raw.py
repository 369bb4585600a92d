"""A raw situation: all that a rule looks at, written by SQL as one text.

Grants with the same text are in the same situation, so a few thousand texts stand for
millions of grants.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection

from audits.surveying import tables
from audits.surveying.survey import IN_FORCE, Survey
from contacts import dialect


def kept(table: str, statement: str, survey: Survey) -> list[tuple[str, int]]:
    """Keep each row with its raw situation; give each situation with its count."""
    tables.keep(table, statement, survey.params)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT raw, COUNT(*) FROM {table} GROUP BY raw")  # noqa: S608  # a constant
        return list(cursor.fetchall())


def no_pairs(survey: Survey) -> list[tuple[str, int]]:
    """Keep that there is nothing to propose."""
    return kept(tables.PAIRS, _NO_PAIRS, survey)


_NO_PAIRS = "SELECT 0 AS match_id, '' AS student_ref, '' AS raw WHERE 1 = 0"


def one_text(parts: Iterable[str]) -> str:
    """SQL that joins the parts of a situation."""
    return f" || {dialect.char_sql(dialect.PARTS)} || ".join(f"({p})" for p in parts)


def restrictions(person: str, reaching: str) -> str:
    """SQL for the restrictions on a person that reach so far, as one text.

    Only people who are bound at all are looked up.
    """
    item = """r.kind || '|' || CASE WHEN r.student_key = '' THEN 'everywhere'
        ELSE 'this' END || '|' || r.privilege_classes"""
    return f"""
        CASE WHEN p.is_bound THEN COALESCE((
            SELECT {dialect.joined_sql(item)} FROM audits_restriction r
            WHERE r.match_id = {person} AND {IN_FORCE} AND {reaching}), '')
        ELSE '' END
    """  # noqa: S608  # column names; every value is a parameter
