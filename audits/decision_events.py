"""What happens to a finding's decision, as the trail tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from audits import trail

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.contrib.auth.models import User

    from audits.models import Decision, Finding


def record(
    action: str,
    finding: Finding,
    decision: Decision,
    *,
    by: User | None,
    via: trail.Via,
    was: str,
    reason: str = "",
) -> None:
    """Append one event of a finding that just moved on to its next version."""
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
            **_besides(decision),
        },
        reason=reason.strip() or decision.reason,
    )


def _besides(decision: Decision) -> Mapping[str, Any]:
    """Tell what only some decisions have."""
    owner = decision.owner
    told = {
        "reason_code": str(decision.reason_code),
        "exception_until": _day(decision.exception_until),
        "owner": owner.get_username() if owner else "",
        "due_on": _day(decision.due_on),
        "second_due_at": trail.moment(decision.second_due_at)
        if decision.second_due_at
        else "",
    }
    besides: dict[str, Any] = {name: value for name, value in told.items() if value}
    return besides | ({"is_sample": True} if decision.is_sample else {})


def _day(day: Any) -> str:
    return day.isoformat() if day else ""
