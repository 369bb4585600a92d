"""The temporary tables of a scan: made and dropped within one slice's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection

from contacts import dialect

PEOPLE = "scan_people"
"""The slice's people, with what is looked up per person."""

TOLD = "scan_told"
"""The entries of each person and student, as one text."""

HELD = "scan_held"
"""The classes of which each person holds a grant, for each student."""

GRANTS = "scan_surveyed"
"""Each grant of the slice with its raw situation."""

PAIRS = "scan_paired"
"""Each contact and student of v3 with its raw situation."""

CLASSES = "scan_classes"
"""Which class a privilege belongs to, as the policy says."""

LISTS = "scan_lists"
"""The lists that the slice's grants name, and which V3 list each is."""

CANDIDATES = "scan_candidates"
"""The V3 contacts that each person of the slice is, or in a conflict could be."""

JUDGED = "scan_judged"
"""What each raw situation was judged to be, where that is a finding."""

FOUND = "scan_found"
"""Each finding of the slice beside what stood before."""

LOST = "scan_lost"
"""Each finding that stood before and was not found again."""


def keep(name: str, select: str, params: dict[str, Any], *, index: str = "") -> None:
    """Keep what a query gives until the transaction ends, indexed by some columns.

    PostgreSQL takes a table it knows nothing of for a few rows, and joins thousands to
    thousands by looking through all of them. Making an index counts the rows, which is
    enough for a table that is joined by it; any other is analyzed.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {name}")
        cursor.execute(f"CREATE TEMPORARY TABLE {name} AS {select}", params)
        if index:
            cursor.execute(f"CREATE INDEX {name}_index ON {name} ({index})")
        else:
            dialect.analyze(cursor, name)


def fill(
    name: str, columns: dict[str, str], rows: Iterable[Sequence[Any]], *, index: str
) -> None:
    """Keep rows until the transaction ends; ``columns`` are names with their types."""
    told = ", ".join(f"{column} {kind} NOT NULL" for column, kind in columns.items())
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {name}")
        cursor.execute(f"CREATE TEMPORARY TABLE {name} ({told})")
        dialect.copy_rows(cursor, name, list(columns), rows)
        cursor.execute(f"CREATE INDEX {name}_index ON {name} ({index})")
        dialect.analyze(cursor, name)
