"""Where lost values go: what people decide of a kind of loss, and take back.

A decision is about the exact set of losses that its page showed: their number and the
hash over them come with it, and a set that has changed is refused. The losses are claimed
first and hashed afterwards, so nothing can slip in between. A loss is a value without a
place and no privilege, so no second look is needed here; whatever is sent to the provider
gets one as a whole (``audits.writes``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Count, Max, QuerySet, Sum
from django.db.models.functions import Length
from django.utils import timezone

from audits import places, trail
from audits.models import Loss, LossDecision, WriteRun
from audits.rules import losses as cards
from contacts.constant_contact import losing
from contacts.models import Source

if TYPE_CHECKING:
    from django.contrib.auth.models import User

Kind = LossDecision.Kind
State = Loss.State


class Refused(Exception):
    """A decision that cannot be taken; the words say why."""


class NoReason(Refused):
    """A decision without a reason proves nothing."""


class NotAllowed(Refused):
    """The rule, or who asks, forbids this."""


class NoRoom(Refused):
    """The chosen field does not take these values."""


class Changed(Refused):
    """The losses are not those that the person saw any more."""


@dataclass(frozen=True, slots=True)
class Frozen:
    """A set of losses as a page showed it: how many, and the hash over all of them."""

    count: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person chose: where the values go, and why."""

    kind: str
    reason: str
    field_ref: str = ""


def open_of_kind(source: Source, rule: str, field_kind: str) -> QuerySet[Loss]:
    """Give the losses of a kind that nobody has decided."""
    return Loss.objects.filter(source=source, rule=rule, field_kind=field_kind).open()


def freeze(losses: QuerySet[Loss]) -> Frozen:
    """Count losses and hash what they are about and what is lost, one after another."""
    digest, count = sha256(), 0
    told = losses.order_by("pk").values_list("fingerprint", "evidence")
    for fingerprint, evidence in told.iterator(chunk_size=5_000):
        digest.update(f"{fingerprint}\x1f{evidence}\n".encode(errors="replace"))
        count += 1
    return Frozen(count, digest.hexdigest())


def decide_kind(  # what is decided, of what, and by whom
    *,
    source: Source,
    rule: str,
    field_kind: str,
    choice: Choice,
    seen: Frozen,
    by: User,
    via: trail.Via = "web",
    at: datetime | None = None,
) -> LossDecision:
    """Decide all open losses of a kind: those that the person saw, and no others.

    Raises ``NoReason``, ``NotAllowed``, ``NoRoom`` or ``Changed``; nothing is written then.
    """
    card = cards.CARDS.get(rule)
    if card is not None and not card.batchable:
        raise NotAllowed(f"“{card.title}” is decided one by one, never many at once.")
    losses = open_of_kind(source, rule, field_kind)
    about = LossDecision(source=source, rule=rule, field=field_kind)
    return _decide(losses, about, choice, seen=seen, by=by, via=via, at=at)


def decide_one(
    loss: Loss,
    *,
    choice: Choice,
    evidence: str,
    by: User,
    via: trail.Via = "web",
    at: datetime | None = None,
) -> LossDecision:
    """Decide one loss with the value that the person saw; raises as ``decide_kind``."""
    losses = Loss.objects.filter(pk=loss.pk, evidence=evidence).open()
    about = LossDecision(source=loss.source, rule=loss.rule, field=loss.field_kind)
    seen = freeze(losses)
    if not seen.count:
        raise Changed("This loss has changed, or somebody has decided it meanwhile.")
    return _decide(losses, about, choice, seen=seen, by=by, via=via, at=at)


@transaction.atomic
def _decide(  # as its callers
    losses: QuerySet[Loss],
    about: LossDecision,
    choice: Choice,
    *,
    seen: Frozen,
    by: User,
    via: trail.Via,
    at: datetime | None,
) -> LossDecision:
    if not seen.count:
        raise Changed("Nothing of this kind is open any more.")
    _lock(about.source)
    _check(about, choice)
    about.kind, about.field_ref = choice.kind, choice.field_ref
    about.reason = choice.reason.strip()
    about.losses, about.losses_sha256 = seen.count, seen.sha256
    about.decided_by, about.decided_at = by, at or timezone.now()
    about.save()
    losses.update(state=State.DECIDED, decision=about)
    if freeze(about.loss_set.all()) != seen:
        raise Changed(
            "These are not the losses that you saw: some were decided or have changed"
            " meanwhile. Nothing was decided; look at them again."
        )
    _record("loss.decided", about, losses=seen.count, by=by, via=via)
    return about


def _check(about: LossDecision, choice: Choice) -> None:
    if not choice.reason.strip():
        raise NoReason("Say why: a decision needs a reason.")
    if choice.kind not in places.choices(about.source, about.rule, about.field):
        raise NotAllowed(f"A loss of “{about.rule}” cannot be decided “{choice.kind}”.")
    if choice.kind == Kind.CUSTOM_FIELD:
        _check_field(about, choice.field_ref)
    elif choice.field_ref:
        raise NotAllowed("A custom field is named only where the values go into one.")


def _check_field(about: LossDecision, ref: str) -> None:
    source = about.source
    field = places.text_fields(source).filter(external_id=ref).first() if ref else None
    if field is None:
        raise NoRoom("Choose one of the account's custom fields that take text.")
    if places.is_taken(about, ref):
        raise NoRoom(
            f"Other values go to “{field.label}” already; choose another field."
        )
    longest, room = _longest(about), places.room(source)
    if longest > room:
        raise NoRoom(
            f"What goes there of one contact has {longest} characters; a custom field"
            f" takes {room}."
        )


def _longest(about: LossDecision) -> int:
    """Measure the most that one contact would put there: all of the kind that stands.

    Several values of a contact share the field, those that were decided before too.
    """
    standing = Loss.objects.filter(
        source=about.source,
        rule=about.rule,
        field_kind=about.field,
        state__in=[State.OPEN, State.DECIDED],
    )
    joined = Sum(Length("v2_value")) + (Count("pk") - 1) * len(losing.BETWEEN)
    together = standing.order_by().values("contact_v2_id").annotate(together=joined)
    return together.aggregate(longest=Max("together"))["longest"] or 0


@transaction.atomic
def withdraw(
    decision: LossDecision,
    *,
    by: User,
    reason: str,
    via: trail.Via = "web",
    at: datetime | None = None,
) -> int:
    """Take a decision back: the losses that still stand by it are open again.

    Only who decided it may, or an approver, and not while a write run made with it is
    under way. Gives the number of losses; raises ``NoReason`` or ``NotAllowed``.
    """
    if not reason.strip():
        raise NoReason("Say why: taking a decision back needs a reason.")
    if by != decision.decided_by and not by.has_perm("audits.confirm"):
        raise NotAllowed("Only who decided, or an approver, can take a decision back.")
    _lock(decision.source)
    if WriteRun.objects.filter(source=decision.source).unfinished().exists():
        raise NotAllowed("A write run stands on what was decided; withdraw it first.")
    standing = LossDecision.objects.filter(pk=decision.pk, withdrawn_at__isnull=True)
    if not standing.update(withdrawn_by=by, withdrawn_at=at or timezone.now()):
        raise NotAllowed("This decision was taken back already.")
    decision.refresh_from_db()
    decided = Loss.objects.filter(decision=decision, state=State.DECIDED)
    losses = decided.update(state=State.OPEN, decision=None)
    _record("loss.withdrawn", decision, losses=losses, by=by, via=via, reason=reason)
    return losses


def _lock(source: Source) -> None:
    """Let what is decided of a source, previewed or named of its slots go one by one.

    Taken before anything else: no two go to one field at once, and no preview stands on
    what is being taken back.
    """
    Source.objects.select_for_update(no_key=True).get(pk=source.pk)


def _record(  # one argument a column of the event
    action: str,
    decision: LossDecision,
    *,
    losses: int,
    by: User,
    via: trail.Via,
    reason: str = "",
) -> None:
    trail.record(
        action=action,
        object_type="loss_decision",
        object_id=decision.pk,
        source=decision.source,
        by=by,
        via=via,
        after={
            "rule": decision.rule,
            "field": decision.field,
            "decision": str(decision.kind),
            "field_ref": decision.field_ref,
            "losses": losses,
            "sha256": decision.losses_sha256,
        },
        reason=reason.strip() or decision.reason,
        batch_id=f"losses-{decision.pk}",
    )
