"""What a decision may carry besides its kind and its reason: a code, an end, an owner."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from audits import hands
from audits.models import Decision

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from audits.models import Finding

HOLD_DAYS = 14
Kind = Decision.Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """``exception_until`` is the last day of a keep; a hold is followed up by ``owner``."""

    reason_code: str = ""
    exception_until: date | None = None
    owner: User | None = None
    due_on: date | None = None

    def days(self, today: date) -> int:
        """Count the days that an exception goes on, 0 where it has no end."""
        return (self.exception_until - today).days if self.exception_until else 0

    def settled(self, kind: str, *, by: User, today: date) -> Terms:
        """Give a hold an owner and a day: whoever decides, and two weeks."""
        if kind != Kind.HOLD:
            return self
        return replace(
            self,
            owner=self.owner or by,
            due_on=self.due_on or today + timedelta(days=HOLD_DAYS),
        )

    def trouble(self, kind: str, finding: Finding, *, today: date) -> str:
        """Say in one sentence what is wrong, "" if nothing is."""
        if self.reason_code not in Decision.ReasonCode.values:
            return "There is no such kind of reason."
        return self._trouble_with_exception(
            kind, finding.recommendation, today
        ) or self._trouble_with_hold(kind, finding, today)

    def _trouble_with_exception(self, kind: str, advice: str, today: date) -> str:
        if self.exception_until is None:
            return ""
        if kind != Kind.KEEP:
            return "Only a decision to keep or to hold goes until a day."
        if advice == Kind.KEEP:
            return "To keep is recommended here: that needs no end."
        if self.exception_until <= today:
            return "The last day of an exception must lie ahead."
        return ""

    def _trouble_with_hold(self, kind: str, finding: Finding, today: date) -> str:
        if kind != Kind.HOLD:
            has_hold = bool(self.owner or self.due_on)
            return "Only a hold has an owner and a day." if has_hold else ""
        if self.due_on and self.due_on < today:
            return "A hold cannot be due on a day that is past."
        if self.owner and not hands.may_take(self.owner, finding.source):
            return "Who follows a hold up must be one of the source's people."
        return ""


PLAIN = Terms()
