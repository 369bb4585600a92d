"""One survey: whose grants it looks at, on which day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from audits.surveying.slices import Slice
from contacts.models import Source


@dataclass(frozen=True, slots=True)
class Survey:
    """What one survey looks at: a slice of people, or of grants of no known person.

    ``own_basis`` is what the provider's data judges.
    """

    source: Source
    part: Slice
    today: date
    own_basis: str
    strangers: bool = False

    @property
    def params(self) -> dict[str, Any]:
        """Give the values that the statements are filled with."""
        people = (0, 0) if self.strangers else (self.part.low, self.part.high)
        return {
            "source": self.source.pk,
            "own_basis": self.own_basis,
            "today": connection.ops.adapt_datefield_value(self.today),
            "low": self.part.low,
            "high": self.part.high,
            "first_person": people[0],
            "end_person": people[1],
        }

    def holds(self, person: str, grant_id: str) -> str:
        """SQL for whether a row with these columns is in the slice."""
        if self.strangers:
            return (
                f"{person} IS NULL AND {grant_id} >= %(low)s AND {grant_id} < %(high)s"
            )
        return f"{person} >= %(low)s AND {person} < %(high)s"


ACTIVE = """g.source_id = %(source)s AND g.closed_at IS NULL
    AND (g.expires_at IS NULL OR g.expires_at >= %(today)s)"""

IN_FORCE = """(r.starts_on IS NULL OR r.starts_on <= %(today)s)
    AND (r.ends_on IS NULL OR r.ends_on >= %(today)s)"""
