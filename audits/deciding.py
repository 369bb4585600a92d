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

from audits import trail
from audits.models import Decision, Finding, JudgedSituation
from audits.rules import catalogue

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


def needs_second_look(finding: Finding, kind: str) -> bool:
    """Say whether another person must confirm this decision of this finding."""
    return catalogue.needs_second_look(
        severity=finding.get_severity_display(),
        recommendation=finding.recommendation,
        decision=kind,
        privilege_class=finding.privilege_class,
        restricted=_is_under_restriction(finding.situation),
    )


def _is_under_restriction(situation: JudgedSituation) -> bool:
    """Any order counts, for whatever class; a custody document only informs."""
    return any(
        restriction["kind"] != "custody_document"
        for restriction in situation.body.get("restrictions", ())
    )


@transaction.atomic
def decide(
    finding: Finding,
    *,
    kind: str,
    reason: str,
    by: User,
    version: int,
    evidence: str,
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
    seen = Finding.objects.filter(
        pk=finding.pk, version=version, evidence=evidence, state=State.OPEN
    )
    _claim(finding, seen)
    decision = _decision(finding, kind=kind, reason=reason.strip(), by=by, at=at)
    _move(finding, state=_state_after(decision), decision=decision)
    _record("finding.decided", finding, decision, by=by, via=via, was=State.OPEN)
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
    finding: Finding, *, kind: str, reason: str, by: User, at: datetime | None
) -> Decision:
    return Decision.objects.create(
        finding=finding,
        kind=kind,
        reason=reason,
        evidence=finding.evidence,
        situation=finding.situation,
        against_recommendation=kind != finding.recommendation,
        needs_second_look=needs_second_look(finding, kind),
        decided_by=by,
        decided_at=at or timezone.now(),
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
    _record(
        "finding.withdrawn", finding, decision, by=by, via=via, was=was, reason=reason
    )
    return finding


def _record(
    action: str,
    finding: Finding,
    decision: Decision,
    *,
    by: User,
    via: trail.Via,
    was: str,
    reason: str = "",
) -> None:
    trail.record(
        action=action,
        object_type="finding",
        object_id=finding.pk,
        source=finding.source,
        by=by,
        via=via,
        before={"state": str(was), "version": finding.version - 1},
        after={
            "state": str(finding.state),
            "version": finding.version,
            "rule": finding.rule,
            "severity": finding.get_severity_display(),
            "recommendation": finding.recommendation,
            "decision": str(decision.kind),
            "decision_id": decision.pk,
            "situation": decision.situation.key,
            "evidence": decision.evidence,
            "against_recommendation": decision.against_recommendation,
            "needs_second_look": decision.needs_second_look,
        },
        reason=reason.strip() or decision.reason,
    )
