"""Dates: the eight spellings in which V3 takes an anniversary, and V2's stamps."""

from __future__ import annotations

import re
from datetime import date

_YEAR_FIRST = re.compile(r"([0-9]{4})([/-])([0-9]{1,2})\2([0-9]{1,2})")
_YEAR_LAST = re.compile(r"([0-9]{1,2})([/-])([0-9]{1,2})\2([0-9]{4})")
_NEVER = ("1969-12-31T19:00:00", "1970-01-01T00:00:00")
"""What V2 writes for a date that never was: the epoch, or five hours before it."""


def iso(told: str) -> str:
    """Give a date as YYYY-MM-DD; one in no known spelling, or of no calendar, as told.

    The month comes before the day wherever the year comes last: all eight spellings of
    the provider's are American or begin with the year.
    """
    text = told.strip()
    if found := _YEAR_FIRST.fullmatch(text):
        year, month, day = found.group(1, 3, 4)
    elif found := _YEAR_LAST.fullmatch(text):
        month, day, year = found.group(1, 3, 4)
    else:
        return told
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return told


def stamp(told: str) -> str:
    """Give a date that V2 told, or "" where it says *never*."""
    text = told.strip()
    return "" if text.startswith(_NEVER) else text
