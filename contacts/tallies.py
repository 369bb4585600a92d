"""How many grants and open findings a person has: asked here, told by whoever judges.

The list of contacts shows both, while facts know nothing of judgements. So the app above
registers a teller at start, and without one the list shows facts alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from django.db.models import QuerySet

from contacts.models import Match


@dataclass(frozen=True, slots=True)
class Tally:
    """What one person holds and what is open; ``worst`` is a severity's word or ""."""

    grants: int = 0
    open_findings: int = 0
    worst: str = ""


class Teller(Protocol):
    """Somebody who judges."""

    def tally(self, matches: Sequence[int]) -> Mapping[int, Tally]:
        """Count for the matches of one page."""
        ...

    def with_open_findings(self, matches: QuerySet[Match]) -> QuerySet[Match]:
        """Keep the matches that somebody has to look at."""
        ...


_tellers: list[Teller] = []


def told_by(teller: Teller) -> None:
    """Ask this teller from now on."""
    _tellers[:] = [teller]


def tally(matches: Sequence[int]) -> Mapping[int, Tally]:
    """Count for the matches of one page; a match without anything is left out."""
    return _tellers[0].tally(matches) if _tellers else {}


def with_open_findings(matches: QuerySet[Match]) -> QuerySet[Match]:
    """Keep the matches that somebody has to look at."""
    return _tellers[0].with_open_findings(matches) if _tellers else matches
