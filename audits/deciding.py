"""What people decide of findings, and take back.

A decision moves its finding by compare-and-set on the finding's version: of two people
who decide at once one wins, and the other is told who decided what. The decision, the
finding's new state and the event stand in one transaction.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from audits import decision_events, sampling, tallying_situations, trail
from audits.models import Decision, Finding, JudgedSituation
from audits.rules import catalogue
from audits.terms import PLAIN, Terms

if TYPE_CHECKING:
    from django.contrib.auth.models import User

Kind = Decision.Kind
State = Finding.State

WITHDRAWABLE = (State.DECIDED, State.AWAITING_SECOND, State.APPROVED)


class Refused(Exception):
    """A decision that cannot be taken; the words say why."""


class NoReason(Refused):
    """A decision without a reason proves nothing."""


class NotAllowed(Refused):
    """The rule, or who asks, forbids this."""


class StaleEvidence(Refused):
    """The finding is not what the person saw any more."""


class AlreadyDecided(Refused):
    """Somebody was first; ``decision`` says who, what and when."""

    def __init__(self, decision: Decision) -> None:
        name = decision.decided_by.get_username()
        kind = decision.get_kind_display().lower()
        super().__init__(
            f"{name} decided “{kind}” at {decision.decided_at:%Y-%m-%d %H:%M} UTC."
        )
        self.decision = decision


def allowed_kinds(rule: str) -> tuple[Kind, ...]:
    """Tell what may be decided of a rule's findings, the rule's own answer first."""
    return tuple(map(Kind, catalogue.allowed_decisions(rule)))


def needs_second_look(finding: Finding, kind: str, *, days: int = 0) -> bool:
    """Say whether another person must confirm this decision of this finding.

    ``days`` is how long a keep against the recommendation goes on, 0 for no end.
    """
    return catalogue.needs_second_look(
        severity=finding.get_severity_display(),
        recommendation=finding.recommendation,
        decision=kind,
        privilege_class=finding.privilege_class,
        restricted=_is_under_restriction(finding.situation),
        exception_days=days,
    )


def _is_under_restriction(situation: JudgedSituation) -> bool:
    """Any order counts, for whatever class; a custody document only informs."""
    return any(
        restriction["kind"] != "custody_document"
        for restriction in situation.body.get("restrictions", ())
    )


@transaction.atomic
def decide(  # noqa: PLR0913  # what was seen, what is decided of it, and by whom
    finding: Finding,
    *,
    kind: str,
    reason: str,
    by: User,
    version: int,
    evidence: str,
    terms: Terms = PLAIN,
    via: trail.Via = "web",
    at: datetime | None = None,
) -> Decision:
    """Decide one finding as the person saw it, at this version and on this evidence.

    Raises ``NoReason``, ``NotAllowed``, ``AlreadyDecided`` or ``StaleEvidence``; nothing
    is written then.
    """
    if not reason.strip():
        raise NoReason("Say why: a decision needs a reason.")
    if kind not in allowed_kinds(finding.rule):
        raise NotAllowed(f"A finding of “{finding.rule}” cannot be decided “{kind}”.")
    at = at or timezone.now()
    if trouble := terms.trouble(kind, finding, today=at.date()):
        raise NotAllowed(trouble)
    seen = Finding.objects.filter(
        pk=finding.pk, version=version, evidence=evidence, state=State.OPEN
    )
    _claim(finding, seen)
    terms = terms.settled(kind, by=by, today=at.date())
    decision = _decision(finding, terms, kind=kind, reason=reason, by=by, at=at)
    _move(finding, state=_state_after(decision), decision=decision)
    tallying_situations.decided(finding, decision)
    decision_events.record(
        "finding.decided", finding, decision, by=by, via=via, was=State.OPEN
    )
    return decision


def _claim(finding: Finding, seen: Any) -> None:
    """Win the race or say who did. The row stays locked until the transaction ends.

    The version moves before the decision is inserted: inserted first, two decisions would
    each hold a share of the finding's row and wait for each other for ever.
    """
    claimed = seen.update(version=F("version") + 1)
    finding.refresh_from_db()
    if claimed:
        return
    if finding.decision and finding.state != State.CLOSED:
        raise AlreadyDecided(finding.decision)
    raise StaleEvidence("This finding has changed since the page was shown.")


def _decision(
    finding: Finding, terms: Terms, *, kind: str, reason: str, by: User, at: datetime
) -> Decision:
    needed = needs_second_look(finding, kind, days=terms.days(at.date()))
    drawn = not needed and sampling.is_drawn(finding, at=at)
    return Decision.objects.create(
        finding=finding,
        kind=kind,
        reason=reason.strip(),
        evidence=finding.evidence,
        situation=finding.situation,
        against_recommendation=kind != finding.recommendation,
        needs_second_look=needed or drawn,
        is_sample=drawn,
        second_due_at=sampling.due_at(at) if needed or drawn else None,
        decided_by=by,
        decided_at=at,
        reason_code=terms.reason_code,
        exception_until=terms.exception_until,
        owner=terms.owner,
        due_on=terms.due_on,
    )


def _state_after(decision: Decision) -> str:
    return State.AWAITING_SECOND if decision.needs_second_look else State.DECIDED


def _move(finding: Finding, *, state: str, decision: Decision | None) -> None:
    finding.state, finding.decision = state, decision
    finding.save(update_fields=["state", "decision"])


@transaction.atomic
def withdraw(
    decision: Decision,
    *,
    by: User,
    reason: str,
    version: int,
    via: trail.Via = "web",
    at: datetime | None = None,
) -> Finding:
    """Take a decision back before it is planned: its finding is open again.

    Only who decided it may, or an approver. Raises ``NoReason``, ``NotAllowed`` or
    ``StaleEvidence``; nothing is written then.
    """
    if not reason.strip():
        raise NoReason("Say why: taking a decision back needs a reason.")
    if by != decision.decided_by and not by.has_perm("audits.confirm"):
        raise NotAllowed("Only who decided, or an approver, can take a decision back.")
    finding = decision.finding
    standing = Finding.objects.filter(pk=finding.pk, version=version, decision=decision)
    if not standing.filter(state__in=WITHDRAWABLE).update(version=F("version") + 1):
        raise StaleEvidence("This decision does not stand, or is already planned.")
    finding.refresh_from_db()
    was = finding.state
    decision.withdrawn_by, decision.withdrawn_at = by, at or timezone.now()
    decision.save(update_fields=["withdrawn_by", "withdrawn_at"])
    _move(finding, state=State.OPEN, decision=None)
    tallying_situations.opened(finding, decision)
    decision_events.record(
        "finding.withdrawn", finding, decision, by=by, via=via, was=was, reason=reason
    )
    return finding
