"""The few places where PostgreSQL and SQLite want other words for the same thing.

Everything else of our SQL is written once for both: ``INSERT … SELECT``, ``UPDATE …
FROM``, ``ON CONFLICT`` and window functions are alike in PostgreSQL 15 and SQLite 3.40.
Django leaves psycopg's automatic preparing of statements off (``prepare_threshold``),
and so it must stay: a plan frozen while a table was empty made imports twice as slow.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper

PARTS = "\x1f"
"""Stands between the parts of an item that SQL joined."""

ITEMS = "\x1e"
"""Stands between the items of a list that SQL joined."""


def is_postgresql() -> bool:
    """Say whether the rows live in PostgreSQL."""
    return connection.vendor == "postgresql"


def sha256_sql(expression: str) -> str:
    """SQL for the SHA-256 of a text, in lower-case hex.

    SQLite has none of its own; Django registers ``SHA256`` on its connections.
    """
    if is_postgresql():
        return f"encode(sha256(convert_to({expression}, 'UTF8')), 'hex')"
    return f"SHA256({expression})"


def joined_sql(value: str, *, separator: str = ITEMS) -> str:
    """SQL for an aggregate that joins a group's values in the order of their bytes.

    SQLite 3.40 cannot order inside an aggregate: there the rows must come ordered, from a
    subquery with ``ORDER BY``, which does no harm on PostgreSQL.
    """
    if is_postgresql():
        return f"""string_agg({value}, {char_sql(separator)} ORDER BY {value} COLLATE "C")"""
    return f"group_concat({value}, {char_sql(separator)})"


def char_sql(character: str) -> str:
    """SQL for one character, so that no control character stands in a statement."""
    function = "chr" if is_postgresql() else "char"
    return f"{function}({ord(character)})"


def json_items_sql(column: str) -> str:
    """SQL for the texts of a JSON array as rows, to stand after ``FROM`` or a join.

    Each is ``item.value``.
    """
    if is_postgresql():
        return f"jsonb_array_elements_text({column}::jsonb) AS item(value)"
    return f"json_each({column}) AS item"


def later_sql(column: str, seconds: float) -> str:
    """SQL for a time some seconds after that of a column, in a statement with arguments.

    SQLite keeps times as text; its own reckoning gives the text to the millisecond.
    """
    if is_postgresql():
        return f"{column} + make_interval(secs => {seconds:f})"
    return f"strftime('%%Y-%%m-%%d %%H:%%M:%%f', {column}, '+{seconds:f} seconds')"


def copy_rows(
    cursor: CursorWrapper,
    table: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
) -> None:
    """Write rows as they come: by COPY on PostgreSQL, by ``executemany`` on SQLite."""
    names = ", ".join(f'"{column}"' for column in columns)
    if is_postgresql():
        with cursor.copy(f'COPY "{table}" ({names}) FROM STDIN') as copy:
            for row in rows:
                copy.write_row(row)
        return
    places = ", ".join(["%s"] * len(columns))
    statement = f'INSERT INTO "{table}" ({names}) VALUES ({places})'  # noqa: S608  # our own names
    cursor.executemany(statement, list(rows))


def analyze(cursor: CursorWrapper, *tables: str, columns: Sequence[str] = ()) -> None:
    """Let PostgreSQL count fresh rows, or it joins 100,000 as if they were none.

    Counting only the ``columns`` that are joined by takes a fraction of the time. SQLite
    joins by its indexes as our statements are written and needs no counting.
    """
    only = f" ({', '.join(columns)})" if columns else ""
    if is_postgresql():
        for table in tables:
            cursor.execute(f'ANALYZE "{table}"{only}')
