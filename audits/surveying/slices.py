"""Cutting a source into ranges of ids: one range, one transaction of a fraction of a second.

The range stands on every table of a survey's joins; on the grants alone the others would
be read whole for each range.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

GRANTS = 50_000
PEOPLE = 20_000
STRANGERS = 50_000
END = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Slice:
    """Ids from ``low``, up to and without ``high``; ``rows`` of the table are in it."""

    low: int
    high: int
    rows: int

    @property
    def is_last(self) -> bool:
        """Say whether nothing comes after it."""
        return self.high == END


def cut(rows: QuerySet[Any], *, low: int, size: int) -> Slice:
    """Give the slice that begins at an id; the last has no upper end.

    So ids that point at rows which are no more are in a slice too.
    """
    rest = rows.filter(pk__gte=low).order_by("pk").values_list("pk", flat=True)
    high = next(iter(rest[size : size + 1]), None)
    if high is None:
        return Slice(low, END, rest.count())
    return Slice(low, high, size)
