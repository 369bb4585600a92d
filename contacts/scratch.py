"""Temporary tables of one transaction: made, filled and counted, and dropped."""

from __future__ import annotations

from typing import Any

from django.db.backends.utils import CursorWrapper

from contacts import dialect


def create(cursor: CursorWrapper, table: str, columns: str) -> None:
    """Make an empty table."""
    cursor.execute(f"CREATE TEMPORARY TABLE {table} ({columns})")


def index(cursor: CursorWrapper, table: str, column: str) -> None:
    """Let rows be found by a column."""
    cursor.execute(f"CREATE INDEX {table}_{column} ON {table} ({column})")


def fill(cursor: CursorWrapper, into: str, select: str, params: dict[str, Any]) -> None:
    """Put in what a query gives; ``into`` may name columns behind the table."""
    cursor.execute(f"INSERT INTO {into} {select}", params)
    dialect.analyze(cursor, into.partition(" ")[0])


def drop(cursor: CursorWrapper, *tables: str) -> None:
    """Leave none of the tables behind."""
    for table in tables:
        cursor.execute(f"DROP TABLE IF EXISTS {table}")
