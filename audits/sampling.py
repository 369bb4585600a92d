"""A few decisions that need no second look get one all the same, by chance.

The lot is a keyed hash of the finding and of the moment it is decided: nobody can tell
beforehand which it falls on, and anybody who holds the key can tell afterwards that it
was not steered. Who takes a drawn decision back and decides anew does not get out of it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.utils.crypto import salted_hmac

from audits import trail
from audits.models import Finding

SALT = "audits.sampling"
BITS = 64


def is_drawn(finding: Finding, *, at: datetime) -> bool:
    """Say whether this decision is looked at again without a need."""
    return falls_on(finding.pk, at=at) or _was_drawn(finding)


def falls_on(finding: int, *, at: datetime) -> bool:
    """Say whether the lot falls on a finding that is decided at this moment."""
    told = f"{finding}:{trail.moment(at)}"
    digest = salted_hmac(SALT, told, algorithm="sha256").digest()
    lot = int.from_bytes(digest[: BITS // 8], "big")
    percent: int = settings.SECOND_LOOK_SAMPLE_PERCENT
    return lot * 100 < percent << BITS


def _was_drawn(finding: Finding) -> bool:
    """Say whether a decision on this very evidence was drawn before."""
    drawn = finding.decisions.filter(is_sample=True, evidence=finding.evidence)
    return drawn.exists()


def due_at(at: datetime) -> datetime:
    """Give the moment by which somebody should have taken the second look."""
    return at + timedelta(days=settings.SECOND_LOOK_DAYS)
