"""The crosswalk: which legacy contact is which contact, for all of them at once.

What the crosswalk ought to be is laid out in temporary tables and compared with what it
is; only rows that differ are written. A row keeps its id while the person stays the
same, because grants and findings point at it.

A legacy contact is *matched* by the one present contact that names it as ``legacy_id``.
Without one it is *gone*, unless exactly one contact that is matched to no legacy contact
bears its name, shares a student and has its e-mail or its phone: then it was *recreated*
(Clever gives a contact without ``sis_id`` a new id at any edit). Two that claim one id,
several candidates, or one candidate that several legacy contacts could be, are
*ambiguous*: a wrong guess here would tie privileges to a stranger.
"""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from contacts import dialect
from contacts.models import Source

_CLAIM, _CANDIDATE, _ROW = "crosswalk_claim", "crosswalk_candidate", "crosswalk_row"

# Contacts that name a stored legacy contact, and how many name the same one.
_CLAIMS = """
    SELECT l.id AS legacy_id, c.id AS contact_id,
           count(*) OVER (PARTITION BY l.id) AS claims
    FROM contacts_contact AS c
    JOIN contacts_legacycontact AS l
      ON l.source_id = c.source_id AND l.external_id = c.legacy_id
    WHERE c.source_id = %(source)s AND c.missing_at IS NULL AND c.legacy_id <> ''
"""

# Who a legacy contact without a claim may have become. Names, addresses and numbers are
# compared folded; an empty one is like no other. `NOT … = ''` is the partial index's own
# condition, word for word: SQLite knows it by no other.
_CANDIDATES = """
    SELECT l.id AS legacy_id, c.id AS contact_id
    FROM contacts_legacycontact AS l
    JOIN contacts_contact AS c
      ON c.source_id = l.source_id AND c.folded_name = l.folded_name
    WHERE l.source_id = %(source)s AND l.folded_name <> '' AND c.missing_at IS NULL
      AND (l.folded_email <> '' AND c.folded_email = l.folded_email
           OR l.folded_phone <> '' AND c.folded_phone = l.folded_phone)
      AND NOT EXISTS (SELECT 1 FROM crosswalk_claim AS k WHERE k.legacy_id = l.id)
      AND NOT EXISTS (SELECT 1 FROM crosswalk_claim AS k WHERE k.contact_id = c.id)
      AND EXISTS (
        SELECT 1 FROM contacts_legacystudent AS ls
        JOIN contacts_relationshipentry AS e
          ON e.contact_id = c.id AND e.ended_at IS NULL
        LEFT JOIN contacts_student AS s
          ON s.source_id = %(source)s AND s.legacy_id = ls.student_ref
         AND NOT s.legacy_id = ''
        WHERE ls.legacy_contact_id = l.id
          AND (e.student_ref = ls.student_ref OR e.student_ref = s.external_id))
"""

_LEGACY_ROWS = """
    SELECT l.id AS legacy_contact_id,
           CASE WHEN k.claims = 1 THEN k.contact_id
                WHEN k.legacy_id IS NULL AND w.candidates = 1 AND w.wanted = 1
                THEN w.contact_id END AS contact_id,
           CASE WHEN k.claims = 1 THEN 'matched'
                WHEN k.claims > 1 THEN 'ambiguous'
                WHEN w.candidates = 1 AND w.wanted = 1 THEN 'recreated'
                WHEN w.candidates >= 1 THEN 'ambiguous'
                ELSE 'gone' END AS state,
           CASE WHEN k.claims = 1 THEN 'legacy_id' ELSE '' END AS method
    FROM contacts_legacycontact AS l
    LEFT JOIN (SELECT legacy_id, min(contact_id) AS contact_id, max(claims) AS claims
               FROM crosswalk_claim GROUP BY legacy_id) AS k ON k.legacy_id = l.id
    LEFT JOIN (SELECT legacy_id, min(contact_id) AS contact_id,
                      count(*) AS candidates, max(wanted) AS wanted
               FROM (SELECT legacy_id, contact_id,
                            count(*) OVER (PARTITION BY contact_id) AS wanted
                     FROM crosswalk_candidate) AS counted
               GROUP BY legacy_id) AS w ON w.legacy_id = l.id
    WHERE l.source_id = %(source)s
"""

# The contacts that no legacy row stands for. One that went missing is gone as well; if a
# stored legacy contact has its legacy id, that one's row speaks for both.
_CONTACT_ROWS = """
    SELECT CAST(NULL AS bigint) AS legacy_contact_id, c.id AS contact_id,
           CASE WHEN c.missing_at IS NOT NULL THEN 'gone'
                WHEN c.twins > 1
                     OR EXISTS (SELECT 1 FROM crosswalk_claim AS k
                                WHERE k.contact_id = c.id)
                     OR EXISTS (SELECT 1 FROM crosswalk_candidate AS w
                                WHERE w.contact_id = c.id) THEN 'ambiguous'
                ELSE 'unmatched' END AS state,
           '' AS method
    FROM (SELECT id, source_id, legacy_id, missing_at,
                 CASE WHEN legacy_id = '' OR missing_at IS NOT NULL THEN 0
                      ELSE count(*) OVER (
                        PARTITION BY legacy_id,
                                     CASE WHEN missing_at IS NULL THEN 1 ELSE 0 END)
                      END AS twins
          FROM contacts_contact WHERE source_id = %(source)s) AS c
    WHERE NOT EXISTS (SELECT 1 FROM crosswalk_row AS r WHERE r.contact_id = c.id)
      AND (c.missing_at IS NULL OR NOT EXISTS (
            SELECT 1 FROM contacts_legacycontact AS l
            WHERE l.source_id = c.source_id AND l.external_id = c.legacy_id))
"""

_COLUMNS = "legacy_contact_id, contact_id, state, method"
_ROW_COLUMNS = (
    "legacy_contact_id bigint, contact_id bigint, state text, method text,"
    " folded_name text"
)

_NAMES = """
    UPDATE crosswalk_row SET folded_name = COALESCE(
      NULLIF((SELECT c.folded_name FROM contacts_contact AS c
              WHERE c.id = crosswalk_row.contact_id), ''),
      (SELECT l.folded_name FROM contacts_legacycontact AS l
       WHERE l.id = crosswalk_row.legacy_contact_id), '')
"""

_DIFFERS = """(m.state <> r.state OR m.method <> r.method
       OR m.folded_name <> r.folded_name
       OR m.contact_id IS DISTINCT FROM r.contact_id)"""

_SET = "contact_id = r.contact_id, state = r.state, method = r.method, folded_name = r.folded_name"

# What is, made what ought to be. A contact is let go by one row before another takes it.
_CHANGES = (
    """UPDATE contacts_match SET contact_id = NULL, state = 'gone', method = ''
       WHERE source_id = %(source)s AND legacy_contact_id IS NOT NULL
         AND contact_id IS NOT NULL
         AND NOT EXISTS (SELECT 1 FROM crosswalk_row AS r
                         WHERE r.legacy_contact_id = contacts_match.legacy_contact_id
                           AND r.contact_id = contacts_match.contact_id)""",
    f"""UPDATE contacts_match AS m SET legacy_contact_id = r.legacy_contact_id, {_SET}
       FROM crosswalk_row AS r
       WHERE m.source_id = %(source)s AND m.legacy_contact_id IS NULL
         AND r.legacy_contact_id IS NOT NULL AND m.contact_id = r.contact_id
         AND NOT EXISTS (SELECT 1 FROM contacts_match AS o
                         WHERE o.legacy_contact_id = r.legacy_contact_id)""",  # noqa: S608  # constants
    """DELETE FROM contacts_match
       WHERE source_id = %(source)s AND legacy_contact_id IS NULL
         AND NOT EXISTS (SELECT 1 FROM crosswalk_row AS r
                         WHERE r.legacy_contact_id IS NULL
                           AND r.contact_id = contacts_match.contact_id)""",
    f"""UPDATE contacts_match AS m SET {_SET} FROM crosswalk_row AS r
       WHERE m.source_id = %(source)s
         AND m.legacy_contact_id = r.legacy_contact_id AND {_DIFFERS}""",  # noqa: S608  # constants
    f"""UPDATE contacts_match AS m SET {_SET} FROM crosswalk_row AS r
       WHERE m.source_id = %(source)s
         AND m.legacy_contact_id IS NULL AND r.legacy_contact_id IS NULL
         AND m.contact_id = r.contact_id AND {_DIFFERS}""",  # noqa: S608  # constants
    # What is there already is struck off first: looked up while it grows, a table that was
    # empty is read whole for every row that goes in.
    """DELETE FROM crosswalk_row WHERE EXISTS (
         SELECT 1 FROM contacts_match AS m
         WHERE m.legacy_contact_id = crosswalk_row.legacy_contact_id)""",
    """DELETE FROM crosswalk_row WHERE legacy_contact_id IS NULL AND EXISTS (
         SELECT 1 FROM contacts_match AS m
         WHERE m.legacy_contact_id IS NULL
           AND m.contact_id = crosswalk_row.contact_id)""",
    f"""INSERT INTO contacts_match (source_id, {_COLUMNS}, folded_name)
       SELECT %(source)s, {_COLUMNS}, folded_name FROM crosswalk_row""",  # noqa: S608  # constants
)


def match(source: Source) -> None:
    """Bring the crosswalk of a source up to date with its facts."""
    params = {"source": source.pk}
    with transaction.atomic(), connection.cursor() as cursor:
        _drop(cursor)
        _lay_out(cursor, params)
        for statement in _CHANGES:
            cursor.execute(statement, params)
        _drop(cursor)


def _lay_out(cursor: CursorWrapper, params: dict[str, Any]) -> None:
    """Put into ``crosswalk_row`` what the crosswalk ought to be."""
    _create(cursor, _CLAIM, "legacy_id bigint, contact_id bigint, claims bigint")
    _fill(cursor, _CLAIM, _CLAIMS, params)
    _index(cursor, _CLAIM, "legacy_id")
    _index(cursor, _CLAIM, "contact_id")
    _create(cursor, _CANDIDATE, "legacy_id bigint, contact_id bigint")
    _fill(cursor, _CANDIDATE, _CANDIDATES, params)
    _index(cursor, _CANDIDATE, "contact_id")
    _create(cursor, _ROW, _ROW_COLUMNS)
    _index(cursor, _ROW, "legacy_contact_id")
    _index(cursor, _ROW, "contact_id")
    _fill(cursor, f"{_ROW} ({_COLUMNS})", _LEGACY_ROWS, params)
    _fill(cursor, f"{_ROW} ({_COLUMNS})", _CONTACT_ROWS, params)
    cursor.execute(_NAMES)


def _create(cursor: CursorWrapper, table: str, columns: str) -> None:
    cursor.execute(f"CREATE TEMPORARY TABLE {table} ({columns})")


def _index(cursor: CursorWrapper, table: str, column: str) -> None:
    cursor.execute(f"CREATE INDEX {table}_{column} ON {table} ({column})")


def _fill(
    cursor: CursorWrapper, into: str, select: str, params: dict[str, Any]
) -> None:
    cursor.execute(f"INSERT INTO {into} {select}", params)
    dialect.analyze(cursor, into.partition(" ")[0])


def _drop(cursor: CursorWrapper) -> None:
    for table in (_ROW, _CANDIDATE, _CLAIM):
        cursor.execute(f"DROP TABLE IF EXISTS {table}")
