"""What a survey looks up per person and per privilege, once a slice."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from django.db import connection

from audits.surveying import tables
from audits.surveying.survey import ACTIVE, IN_FORCE, Survey
from contacts import dialect


def lay(survey: Survey, class_of: Callable[[str], str]) -> None:
    """Lay out a district's people, entries, classes and what is held.

    For this transaction, as all that is laid out. A district has no lists.
    """
    lay_classes(survey, class_of)
    lay_lists(())
    tables.keep(tables.PEOPLE, _people(), survey.params, index="id")
    tables.keep(tables.TOLD, _told(), survey.params, index="match_id, student_ref")
    tables.keep(
        tables.HELD, _held(survey), survey.params, index="match_id, student_key"
    )


def lay_classes(survey: Survey, class_of: Callable[[str], str]) -> None:
    """Lay out which class each privilege of the slice's grants belongs to."""
    classes = [(name, class_of(name)) for name in _privileges(survey)]
    columns = {"privilege": "TEXT", "privilege_class": "TEXT"}
    tables.fill(tables.CLASSES, columns, classes, index="privilege")


def lay_lists(rows: Iterable[Sequence[str]]) -> None:
    """Lay out lists: as grants name them, V3's id, what is known, and the name."""
    columns = ("list_ref", "current_ref", "subject", "name", "folded_name")
    told = dict.fromkeys(columns, "TEXT")
    tables.fill(tables.LISTS, told, rows, index="list_ref")


def _privileges(survey: Survey) -> list[str]:
    """List the privileges that the slice's grants name, as they are written."""
    statement = f"""
        SELECT DISTINCT g.privilege FROM audits_grant g
        WHERE {ACTIVE} AND {survey.holds("g.match_id", "g.id")}
    """  # noqa: S608  # constants and column names; every value is a parameter
    with connection.cursor() as cursor:
        cursor.execute(statement, survey.params)
        return [privilege for (privilege,) in cursor.fetchall()]


def _people() -> str:
    """The slice's people, each once, with what is looked up per person."""
    return f"""
            SELECT m.id, m.state,
                   CASE WHEN c.missing_at IS NULL THEN c.id END AS contact_id,
                   CASE WHEN m.state = 'recreated' THEN c.external_id
                        ELSE '' END AS candidate_id,
                   CASE WHEN m.state = 'recreated' THEN c.legacy_id
                        ELSE '' END AS candidate_legacy_id,
                   COALESCE(l.relationship, '') AS relationship,
                   COALESCE(l.type, '') AS type,
                   COALESCE(c.folded_name, '') AS folded_name,
                   CASE WHEN (SELECT COUNT(*) FROM contacts_legacystudent ls
                               WHERE ls.legacy_contact_id = m.legacy_contact_id) > 1
                        THEN '1' ELSE '0' END AS several,
                   EXISTS (SELECT 1 FROM audits_restriction r
                            WHERE r.match_id = m.id AND {IN_FORCE}) AS is_bound
            FROM contacts_match m
            LEFT JOIN contacts_legacycontact l ON l.id = m.legacy_contact_id
            LEFT JOIN contacts_contact c ON c.id = m.contact_id
            WHERE m.source_id = %(source)s
              AND m.id >= %(first_person)s AND m.id < %(end_person)s
    """  # noqa: S608  # constants; every value is a parameter


def _told() -> str:
    """The entries of each person and student, as one text."""
    entry = f"e.relationship || {dialect.char_sql(dialect.PARTS)} || e.type"
    return f"""
            SELECT p.id AS match_id, e.student_ref,
                   {dialect.joined_sql(entry)} AS entries
            FROM {tables.PEOPLE} p
            JOIN contacts_relationshipentry e
              ON e.contact_id = p.contact_id AND e.ended_at IS NULL
            GROUP BY p.id, e.student_ref
    """  # noqa: S608  # constants; every value is a parameter


def _held(survey: Survey) -> str:
    """The classes of which each person holds an active grant, whatever its basis."""
    return f"""
            SELECT match_id, student_key,
                   {dialect.joined_sql("privilege_class")} AS classes
            FROM (SELECT DISTINCT g.match_id, g.student_key, k.privilege_class
                    FROM audits_grant g JOIN {tables.CLASSES} k ON k.privilege = g.privilege
                   WHERE {ACTIVE} AND {survey.holds("g.match_id", "g.id")}
                   ORDER BY 1, 2, 3) AS given
            GROUP BY match_id, student_key
    """  # noqa: S608  # constants; every value is a parameter
