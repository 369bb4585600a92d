"""Who has a finding: taken, given, passed on, let go, each with its event.

It binds nobody: whoever may decide may decide another's finding too. It only keeps two
people from looking at the same one, so it moves by compare-and-set on who had it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from audits import hands, trail
from audits.deciding import NotAllowed, Refused
from audits.models import Event, Finding

if TYPE_CHECKING:
    from django.contrib.auth.models import User

ACTION = "finding.assigned"


class AlreadyAssigned(Refused):
    """Somebody else has it by now; the words say who."""


@transaction.atomic
def assign(
    finding: Finding,
    *,
    to: User | None,
    was: int | None,
    by: User,
    via: trail.Via = "web",
    at: datetime | None = None,
) -> Finding:
    """Give a finding to somebody, or to nobody; ``was`` is who had it as it was seen.

    Raises ``NotAllowed`` or ``AlreadyAssigned``; nothing is written then.
    """
    if not by.has_perm(hands.PERMISSION):
        raise NotAllowed("Only who may decide can give findings to people.")
    if to and not hands.may_take(to, finding.source):
        raise NotAllowed("Only who may decide findings of this source can have one.")
    if (to.pk if to else None) == was:
        raise NotAllowed("This changes nothing.")
    before = Finding.objects.filter(pk=finding.pk).exclude(state=Finding.State.CLOSED)
    told = {
        "assigned_to": to,
        "assigned_by": by if to else None,
        "assigned_at": (at or timezone.now()) if to else None,
    }
    moved = before.filter(assigned_to=was).update(**told)
    had = finding.assigned_to if finding.assigned_to_id == was else None
    finding.refresh_from_db()
    if not moved:
        raise AlreadyAssigned(_words(finding))
    trail.record(
        action=ACTION,
        object_type="finding",
        object_id=finding.pk,
        source=finding.source,
        by=by,
        via=via,
        before={"assigned_to": _name(had)},
        after={"assigned_to": _name(to)},
    )
    return finding


def _words(finding: Finding) -> str:
    if finding.state == Finding.State.CLOSED:
        return "This finding is closed."
    if finding.assigned_to is None:
        return "Nobody has this finding any more."
    return f"{finding.assigned_to.get_username()} has this finding now."


def _name(person: User | None) -> str:
    return person.get_username() if person else ""


# --- What became of it -------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Step:
    """One passing on, in words."""

    at: datetime
    words: str


def history(finding: Finding) -> list[Step]:
    """Tell through whose hands a finding went, the latest first."""
    events = Event.objects.filter(
        object_type="finding", object_id=str(finding.pk), action=ACTION
    )
    return [Step(event.at, _in_words(event)) for event in events.order_by("-seq")]


def _in_words(event: Event) -> str:
    was, now = event.before.get("assigned_to"), event.after.get("assigned_to")
    if not now:
        if was == event.actor:
            return f"{event.actor} let it go"
        return f"{event.actor} took it from {was}"
    if now == event.actor:
        return f"{now} took it{f' over from {was}' if was else ''}"
    return f"{event.actor} gave it to {now}{f', who follows {was}' if was else ''}"
