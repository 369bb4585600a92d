"""What a person may choose for many findings at once, and who may."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.utils import timezone

from audits import deciding
from audits.batches import sets
from audits.batches.sets import Scope
from audits.deciding import Refused
from audits.models import Batch, Decision, Finding
from audits.terms import PLAIN, Terms
from contacts.models import Source

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class NoReason(deciding.NoReason):
    """A batch without a reason proves nothing."""


class NotAllowed(deciding.NotAllowed):
    """Nothing of the set may be decided so, or not by this person."""


class Changed(Refused):
    """The set is not the one that the person saw; the words say how."""


class NotOurs(Refused):
    """Something that was taken out is not of this source."""


class CannotUndo(Refused):
    """The batch does not stand, or nothing of it does."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person chose for all of them, and why."""

    kind: str
    reason: str
    terms: Terms = PLAIN


def check(source: Source, scope: Scope, choice: Choice, by: User) -> None:
    """Refuse what cannot be decided of any set, before it is looked at.

    Raises ``NoReason``, ``NotAllowed`` or ``NotOurs``.
    """
    if not choice.reason.strip():
        raise NoReason("Say why: a decision needs a reason.")
    if choice.kind not in Decision.Kind.values:
        raise NotAllowed("There is no such decision.")
    about = Finding(source=source)
    if trouble := choice.terms.trouble(choice.kind, about, today=_today()):
        raise NotAllowed(trouble)
    check_person(source, by)
    if scope.excluded:
        ours = Finding.objects.filter(source=source, pk__in=scope.excluded).count()
        if ours != len(scope.excluded):
            raise NotOurs("Some of what was taken out is not of this source.")
    if rule := scope.filters.rule:
        _check_rule(rule, choice.kind)


def _today() -> date:
    return timezone.now().date()


def _check_rule(rule: str, kind: str) -> None:
    if rule not in sets.rules_for():
        raise NotAllowed(
            f"Findings of “{rule}” are decided one by one, never by batch."
        )
    if rule not in sets.rules_for(kind):
        raise NotAllowed(f"A finding of “{rule}” cannot be decided “{kind}”.")


def check_person(source: Source, by: User) -> None:
    """Ask again where it is done: a role may be lost between the page and the job."""
    let_in = Source.objects.visible_to(by).filter(pk=source.pk).exists()
    if not let_in or not by.has_perm("audits.decide"):
        raise NotAllowed(f"{by.get_username()} may not decide findings of this source.")


def check_undo(batch: Batch, by: User) -> None:
    """Ask who may undo: as of a single decision, whoever made it, or an approver."""
    check_person(batch.source, by)
    if by != batch.decided_by and not by.has_perm("audits.confirm"):
        raise NotAllowed("Only who decided a batch, or an approver, can undo it.")
