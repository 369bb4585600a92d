"""What a survey of Constant Contact looks up per person and per list, once a slice."""

from __future__ import annotations

from collections.abc import Callable

from audits.surveying import groundwork, lists, tables
from audits.surveying.survey import IN_FORCE, Survey
from contacts import dialect


def lay(survey: Survey, class_of: Callable[[str], str]) -> None:
    """Lay out an account's lists, classes, people, and what V3 tells of their consent."""
    groundwork.lay_classes(survey, class_of)
    groundwork.lay_lists(lists.rows(survey))
    tables.keep(tables.PEOPLE, _PEOPLE, survey.params, index="id")
    tables.keep(tables.CANDIDATES, _CANDIDATES, survey.params, index="match_id")
    tables.keep(tables.TOLD, _told(), survey.params, index="match_id")


# `is_named`: somebody told a V3 id for the person, so that only V3's own data can prove
# that there is no such contact.
_PEOPLE = f"""
    SELECT m.id, m.state, m.legacy_contact_id,
           CASE WHEN c.missing_at IS NULL THEN c.id END AS contact_id,
           m.methods <> '' OR m.legacy_contact_id IS NULL AS is_named,
           COALESCE(k.status, '') AS status,
           COALESCE(k.email_status, '') AS email_status,
           COALESCE(k.confirm_status, '') AS confirm_status,
           COALESCE(k.opt_in_source, '') AS opt_in_source,
           COALESCE(k.opt_out_source, '') AS opt_out_source,
           EXISTS (SELECT 1 FROM audits_restriction r
                    WHERE r.match_id = m.id AND {IN_FORCE}) AS is_bound
    FROM contacts_match m
    LEFT JOIN contacts_legacyconsent k ON k.legacy_contact_id = m.legacy_contact_id
    LEFT JOIN contacts_contact c ON c.id = m.contact_id
    WHERE m.source_id = %(source)s
      AND m.id >= %(first_person)s AND m.id < %(end_person)s
"""  # noqa: S608  # constants; every value is a parameter

# In a conflict every contact that anybody told may be the one. What was told is looked up
# for the few in a conflict alone, by the index on ids: zeros in front, of which some are
# dropped here and there, are tried in every number. ``mail_matching.CLAIMS`` tells the
# same, and a little less, for all contacts at once.
_ZEROS = " UNION ALL ".join(f"SELECT '{'0' * count}' AS zeros" for count in range(11))


def _told_by(table: str) -> str:
    return f"""
        SELECT p.id AS match_id, x.ref
        FROM {tables.PEOPLE} p
        JOIN contacts_legacycontact l ON l.id = p.legacy_contact_id
        CROSS JOIN ({_ZEROS}) z
        JOIN {table} x ON x.source_id = %(source)s
         AND x.external_id = z.zeros || LTRIM(l.external_id, '0')
        WHERE p.state = 'conflict'
    """  # noqa: S608  # constants; every value is a parameter


_CANDIDATES = f"""
    SELECT p.id AS match_id, p.contact_id
    FROM {tables.PEOPLE} p WHERE p.contact_id IS NOT NULL
    UNION
    SELECT n.match_id, c.id AS contact_id
    FROM ({_told_by("contacts_contactxref")}
          UNION ALL {_told_by("contacts_uploadedxref")}
          UNION ALL SELECT p.id, k.told_ref FROM {tables.PEOPLE} p
            JOIN contacts_legacyconsent k ON k.legacy_contact_id = p.legacy_contact_id
            WHERE p.state = 'conflict') n
    JOIN contacts_contact c
      ON c.source_id = %(source)s AND c.external_id = n.ref AND c.missing_at IS NULL
"""  # noqa: S608  # constants; every value is a parameter


def _told() -> str:
    """The consent of each person's contact, or of all candidates, as one text."""
    parts = (
        "k.permission",
        "k.confirm_status",
        "k.opt_in_source",
        "k.opt_out_source",
        "CASE WHEN k.deleted_at <> '' THEN '1' ELSE '0' END",
    )
    entry = f" || {dialect.char_sql(dialect.PARTS)} || ".join(parts)
    return f"""
        SELECT match_id, {dialect.joined_sql("entry")} AS entries
        FROM (SELECT DISTINCT d.match_id, {entry} AS entry
                FROM {tables.CANDIDATES} d
                JOIN contacts_consent k ON k.contact_id = d.contact_id
               ORDER BY 1, 2) AS told
        GROUP BY match_id
    """  # noqa: S608  # constants; every value is a parameter
