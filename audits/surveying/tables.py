"""The temporary tables of a scan: made and dropped within one slice's transaction."""

from __future__ import annotations

from typing import Any

GRANTS = "scan_surveyed"
"""Each grant of the slice with its raw situation."""

PAIRS = "scan_paired"
"""Each contact and student of v3 with its raw situation."""

CLASSES = "scan_classes"
"""Which class a privilege belongs to, as the policy says."""

JUDGED = "scan_judged"
"""What each raw situation was judged to be, where that is a finding."""

FOUND = "scan_found"
"""Each finding of the slice beside what stood before."""

LOST = "scan_lost"
"""Each finding that stood before and was not found again."""


def drop(cursor: Any, *names: str) -> None:
    """Drop tables that an earlier slice of this connection left."""
    for name in names:
        cursor.execute(f"DROP TABLE IF EXISTS {name}")
