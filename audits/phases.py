"""What a scan does besides judging grants: a phase of its own, a slice of rows at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from audits.models import Scan
from audits.surveying.slices import Slice
from contacts.models import Source


@dataclass(frozen=True, slots=True)
class Phase:
    """Something that is done to all ``rows`` of a source, ``size`` of them at a time.

    ``do`` works on one slice, in the transaction that moves the scan behind it, and may
    run twice; what it puts into the scan's ``counts`` is saved with the slice. ``words``
    say what is done while the bar moves.
    """

    name: str
    words: str
    rows: Callable[[Source], QuerySet[Any]]
    size: int
    do: Callable[[Scan, Slice], None]
