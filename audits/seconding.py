"""The second look: another person confirms a decision, or sends it back with a note.

Nobody takes it at their own decision; the database refuses that too. It moves the finding
by compare-and-set as a decision does: of two who look at once one wins, and the other is
told who did what. What nobody looks at by its day is marked and shown on top. Silence
never approves.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from audits import decision_events, tallying_situations, trail
from audits.deciding import NoReason, NotAllowed, StaleEvidence
from audits.models import Decision, Finding

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from contacts.models import Source

State = Finding.State
PERMISSION = "audits.confirm"
AT_ONCE = 500
COUNTED, MOST_TOLD = 500, 100


class OwnDecision(NotAllowed):
    """Who decided does not take the second look."""


class AlreadyLooked(StaleEvidence):
    """Somebody was first; the words say who did what, and when."""


def may_look(decision: Decision, user: User) -> bool:
    """Say whether this person may take the second look at a decision."""
    return decision.decided_by_id != user.pk and user.has_perm(PERMISSION)


@transaction.atomic
def confirm(
    decision: Decision,
    *,
    by: User,
    version: int,
    via: trail.Via = "web",
    at: datetime | None = None,
) -> Finding:
    """Confirm what another person decided: its finding is approved.

    Raises ``NotAllowed``, ``OwnDecision``, ``AlreadyLooked`` or ``StaleEvidence``;
    nothing is written then.
    """
    finding = _claim(decision, by=by, version=version)
    decision.second_by, decision.second_at = by, at or timezone.now()
    decision.save(update_fields=["second_by", "second_at"])
    finding.state = State.APPROVED
    finding.save(update_fields=["state"])
    decision_events.record(
        "finding.confirmed",
        finding,
        decision,
        by=by,
        via=via,
        was=State.AWAITING_SECOND,
    )
    return finding


@transaction.atomic
def send_back(
    decision: Decision,
    *,
    by: User,
    note: str,
    version: int,
    via: trail.Via = "web",
    at: datetime | None = None,
) -> Finding:
    """Send a decision back: its finding is open again, and the note is shown with it.

    Raises ``NoReason`` and what ``confirm`` raises; nothing is written then.
    """
    if not note.strip():
        raise NoReason("Say why: who decided must know what to look at again.")
    finding = _claim(decision, by=by, version=version)
    decision.returned_by, decision.returned_at = by, at or timezone.now()
    decision.return_note = note.strip()
    decision.superseded_at = decision.returned_at
    decision.save(
        update_fields=["returned_by", "returned_at", "return_note", "superseded_at"]
    )
    finding.state, finding.decision = State.OPEN, None
    finding.save(update_fields=["state", "decision"])
    tallying_situations.opened(finding, decision)
    decision_events.record(
        "finding.returned",
        finding,
        decision,
        by=by,
        via=via,
        was=State.AWAITING_SECOND,
        reason=note,
    )
    return finding


def _claim(decision: Decision, *, by: User, version: int) -> Finding:
    """Move the finding on if the decision still waits as it was seen."""
    if not by.has_perm(PERMISSION):
        raise NotAllowed("Only an approver takes the second look.")
    if by.pk == decision.decided_by_id:
        raise OwnDecision("Nobody takes the second look at their own decision.")
    waiting = Finding.objects.filter(
        pk=decision.finding_id,
        version=version,
        decision=decision,
        state=State.AWAITING_SECOND,
    )
    claimed = waiting.update(version=F("version") + 1)
    decision.refresh_from_db()
    if not claimed:
        raise _too_late(decision)
    return decision.finding


def _too_late(decision: Decision) -> StaleEvidence:
    """Say what became of the decision meanwhile."""
    for done, by, at in (
        ("confirmed this", decision.second_by, decision.second_at),
        ("sent this back", decision.returned_by, decision.returned_at),
        ("took this back", decision.withdrawn_by, decision.withdrawn_at),
    ):
        if by and at:
            return AlreadyLooked(f"{by.get_username()} {done} at {_minute(at)}.")
    return StaleEvidence("This decision has changed since the page was shown.")


def _minute(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


# --- What waits --------------------------------------------------------------


def waiting_for(user: User, source: Source) -> QuerySet[Finding]:
    """Give what waits for this person's look: never what they decided themselves.

    What is asked of the decision is what the index of those that wait is made of, so a
    page of them is read in its order.
    """
    waiting = Finding.objects.filter(
        source=source,
        state=State.AWAITING_SECOND,
        decision__needs_second_look=True,
        decision__second_at__isnull=True,
        decision__returned_at__isnull=True,
        decision__withdrawn_at__isnull=True,
        decision__superseded_at__isnull=True,
    )
    return waiting.exclude(decision__decided_by=user)


def count_waiting(user: User, source: Source) -> str:
    """Say how much waits for this person, "" for nothing; no more than a page is read."""
    waiting = Finding.objects.filter(source=source, state=State.AWAITING_SECOND)
    people = list(
        waiting.order_by().values_list("decision__decided_by", flat=True)[:COUNTED]
    )
    others = sum(person != user.pk for person in people)
    if others >= MOST_TOLD:
        return f"{MOST_TOLD - 1}+"
    if not others:
        return ""
    return f"{others}+" if len(people) == COUNTED else str(others)


# --- Nobody looked -----------------------------------------------------------


def escalate(*, at: datetime | None = None) -> int:
    """Mark what nobody looked at by its day, once each; give how many."""
    at = at or timezone.now()
    total = 0
    while count := _escalate_some(at):
        total += count
    return total


@transaction.atomic
def _escalate_some(at: datetime) -> int:
    """Mark some in one transaction; two sweeps at once find each but once."""
    late = Decision.objects.waiting().filter(
        second_due_at__lte=at,
        escalated_at__isnull=True,
        current_for__state=State.AWAITING_SECOND,
    )
    locked = late.select_for_update(of=("self",)).order_by("second_due_at", "pk")
    decisions = list(locked.select_related("finding__source", "situation")[:AT_ONCE])
    marked = [decision.pk for decision in decisions]
    Decision.objects.filter(pk__in=marked).update(escalated_at=at)
    trail.record_all([_escalation(decision) for decision in decisions])
    return len(decisions)


def _escalation(decision: Decision) -> trail.Entry:
    finding = decision.finding
    return trail.Entry(
        action="finding.escalated",
        object_type="finding",
        object_id=finding.pk,
        source=finding.source,
        by=None,
        via="job",
        after={
            "state": str(finding.state),
            "version": finding.version,
            "decision": str(decision.kind),
            "decision_id": decision.pk,
            "second_due_at": trail.moment(decision.second_due_at)
            if decision.second_due_at
            else "",
        },
        reason="nobody took the second look by its day",
    )
