"""The crosswalk: which legacy contact is which contact, for all of them at once.

What the crosswalk ought to be is laid out in temporary tables and compared with what it
is; only rows that differ are written. A row keeps its id while the person stays the
same, because grants and findings point at it. How a provider's people are recognised
stands in ``clever_matching`` and ``mail_matching``.
"""

from __future__ import annotations

from typing import Any, Protocol

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from contacts import clever_matching, mail_matching, scratch
from contacts.models import Source

_ROW = "crosswalk_row"

_COLUMNS = "legacy_contact_id, contact_id, state, method, methods"
_ROW_COLUMNS = (
    "legacy_contact_id bigint, contact_id bigint, state text, method text,"
    " methods text, folded_name text"
)

_NAMES = """
    UPDATE crosswalk_row SET folded_name = COALESCE(
      NULLIF((SELECT c.folded_name FROM contacts_contact AS c
              WHERE c.id = crosswalk_row.contact_id), ''),
      (SELECT l.folded_name FROM contacts_legacycontact AS l
       WHERE l.id = crosswalk_row.legacy_contact_id), '')
"""

_DIFFERS = """(m.state <> r.state OR m.method <> r.method OR m.methods <> r.methods
       OR m.folded_name <> r.folded_name
       OR m.contact_id IS DISTINCT FROM r.contact_id)"""

_SET = """contact_id = r.contact_id, state = r.state, method = r.method,
       methods = r.methods, folded_name = r.folded_name"""

# What is, made what ought to be. A contact is let go by one row before another takes it.
_CHANGES = (
    """UPDATE contacts_match SET contact_id = NULL, state = 'gone', method = '',
         methods = ''
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


class Layout(Protocol):
    """How a provider's people are recognised, as statements over its facts.

    ``prepare`` makes the ``tables`` that the two queries read. ``legacy_rows`` gives what
    each legacy contact's row ought to be; ``contact_rows`` reads it in ``crosswalk_row``
    and gives the rows of contacts that no legacy row stands for.
    """

    TABLES: tuple[str, ...]
    LEGACY_ROWS: str
    CONTACT_ROWS: str

    def prepare(self, cursor: CursorWrapper, params: dict[str, Any]) -> None: ...


LAYOUTS = {
    Source.Provider.CLEVER: clever_matching,
    Source.Provider.CONSTANT_CONTACT: mail_matching,
}


def match(source: Source) -> None:
    """Bring the crosswalk of a source up to date with its facts."""
    layout = LAYOUTS[Source.Provider(source.provider)]
    params = {"source": source.pk}
    with transaction.atomic(), connection.cursor() as cursor:
        scratch.drop(cursor, _ROW, *layout.TABLES)
        _lay_out(cursor, layout, params)
        for statement in _CHANGES:
            cursor.execute(statement, params)
        scratch.drop(cursor, _ROW, *layout.TABLES)


def _lay_out(cursor: CursorWrapper, layout: Layout, params: dict[str, Any]) -> None:
    """Put into ``crosswalk_row`` what the crosswalk ought to be."""
    layout.prepare(cursor, params)
    scratch.create(cursor, _ROW, _ROW_COLUMNS)
    scratch.index(cursor, _ROW, "legacy_contact_id")
    scratch.index(cursor, _ROW, "contact_id")
    into = f"{_ROW} ({_COLUMNS})"
    scratch.fill(cursor, into, layout.LEGACY_ROWS, params)
    scratch.fill(cursor, into, layout.CONTACT_ROWS, params)
    cursor.execute(_NAMES)
