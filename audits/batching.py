"""Many findings decided in one act, and opened again in one act.

The set is frozen as the person saw it (``batches.sets``) and asked for again where it is
decided: a set that has changed is refused, and the refusal says how. All items are moved
by compare-and-set on their versions in one transaction, each with a decision and an event
of its own. Up to ``AT_ONCE`` items are decided at once, more as a job.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from audits.batches import (
    changes,
    choosing,
    previewing,
    seconds,
    sets,
    undoing,
    writing,
)
from audits.batches.choosing import CannotUndo, Changed, Choice, NoReason, NotAllowed
from audits.batches.previewing import Preview
from audits.batches.sets import Frozen, Scope
from audits.deciding import Refused
from audits.models import Batch, Finding
from audits.terms import Terms
from contacts import jobs
from contacts.models import Source
from contacts.working import Lease

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from audits import trail

DECIDE, UNDO = "batch_decide", "batch_undo"
AT_ONCE = 500
State = Batch.State
name_of = writing.name_of


def preview(
    source: Source, query: str, excluded: Collection[int] = (), *, kind: str = ""
) -> Preview:
    """Freeze the set that a query asks for and tell what it is; writes nothing."""
    scope = Scope.parse(query, excluded)
    return previewing.preview(source, scope, kind, today=timezone.now().date())


def start(
    *,
    source: Source,
    scope: Scope,
    choice: Choice,
    seen: Frozen,
    by: User,
    via: trail.Via = "web",
) -> Batch:
    """Decide a set as a person saw it: at once, or where it is large by a job.

    Raises ``NoReason``, ``NotAllowed``, ``NotOurs``, ``Changed`` or
    ``jobs.AlreadyRunning``; nothing is written then.
    """
    choosing.check(source, scope, choice, by)
    if not seen.count:
        raise Changed("Nothing of this set is open any more.")
    with transaction.atomic():
        batch = Batch.objects.create(
            source=source,
            kind=choice.kind,
            reason=choice.reason.strip(),
            reason_code=choice.terms.reason_code,
            exception_until=choice.terms.exception_until,
            scope=scope.text(),
            excluded=list(scope.excluded),
            fingerprint=seen.fingerprint,
            items=seen.count,
            decided_by=by,
            decided_at=timezone.now(),
        )
        if seen.count <= AT_ONCE:
            _decide(batch, seen, via=via)
        else:
            _enqueue(batch, DECIDE, by=by, via=via, top=seen.top, seq=seen.seq)
    return batch


def _enqueue(batch: Batch, kind: str, *, by: User, **args: Any) -> None:
    """Leave a large batch to a worker; one at a time in a source, or they would meet."""
    word = "Undo" if kind == UNDO else "Decide"
    batch.job = jobs.enqueue(
        source=batch.source,
        kind=kind,
        key=f"batch:{batch.source_id}",
        title=f"{word} batch {batch.pk}",
        args={"batch": batch.pk, **args},
        by=by,
    )
    batch.save(update_fields=["job"])


# --- Decided -----------------------------------------------------------------------


@transaction.atomic
def _decide(batch: Batch, seen: Frozen, *, via: trail.Via) -> None:
    """Decide the set if it is the one that was seen; raises ``Changed`` if not."""
    choosing.check_person(batch.source, batch.decided_by)
    _lock(batch.source)
    at = timezone.now()
    scope = Scope.parse(batch.scope, batch.excluded)
    found = sets.decidable(batch.source, scope, batch.kind, today=at.date())
    second = seconds.of(
        batch.source, found, items=seen.count, until=batch.exception_until
    )
    laid = writing.lay(found, batch.kind, second)
    if laid == seen.same and not second.whole:
        writing.draw_sample(at=at)
    terms = _terms(batch, found, today=at.date())
    if laid != seen.same or writing.decide(batch, terms, at=at) != seen.count:
        raise Changed(_how(batch, scope, seen))
    batch.state, batch.decided_at = State.DONE, at
    batch.needs_second_look = second.whole
    batch.save(update_fields=["state", "decided_at", "needs_second_look"])
    writing.tell(batch, terms, at=at, via=via)


def _terms(batch: Batch, found: QuerySet[Finding], *, today: date) -> Terms:
    """Give what each decision carries; what is kept as advised needs no end."""
    terms = Terms(reason_code=batch.reason_code, exception_until=batch.exception_until)
    if terms.exception_until and found.filter(recommendation=batch.kind).exists():
        raise NotAllowed("To keep is recommended for some of them: that needs no end.")
    return terms.settled(batch.kind, by=batch.decided_by, today=today)


def _lock(source: Source) -> None:
    """Let the batches of a source follow one another."""
    Source.objects.select_for_update(no_key=True).get(pk=source.pk)


def _how(batch: Batch, scope: Scope, seen: Frozen) -> str:
    told = changes.since(batch.source, scope.ever(batch.source), seen)
    return (
        f"These are not the {seen.count:,} findings that you saw: {told}. "
        "Nothing was decided; look at them again."
    )


@jobs.handler(DECIDE)
def decide_batch(lease: Lease) -> dict[str, Any]:
    """Decide a large batch in one transaction; one that has changed ends the job."""
    batch = _batch(lease)
    if batch.state == State.QUEUED:
        told = lease.args
        seen = Frozen(batch.items, batch.fingerprint, told["top"], told["seq"])
        try:
            with _step(lease, batch, "Deciding"):
                _decide(batch, seen, via=told["via"])
        except Refused as refusal:
            _refuse(batch, str(refusal))
    batch.refresh_from_db()
    if batch.state == State.REFUSED:
        raise jobs.GiveUp(batch.words)
    return {"batch": writing.name_of(batch), "decided": batch.items}


def _refuse(batch: Batch, words: str) -> None:
    Batch.objects.filter(pk=batch.pk, state=State.QUEUED).update(
        state=State.REFUSED, words=words
    )


def _batch(lease: Lease) -> Batch:
    batches = Batch.objects.select_related("source", "decided_by")
    return batches.get(pk=lease.args["batch"])


def _step(lease: Lease, batch: Batch, words: str) -> Any:
    """Open the one transaction of a batch; what is shown before it says what is done."""
    with lease.step(
        checkpoint={"begun": True}, rows_done=0, rows_total=batch.items, phase=words
    ):
        pass
    return lease.step(
        checkpoint={"done": True},
        rows_done=batch.items,
        rows_total=batch.items,
        phase=words,
    )


# --- Undone ------------------------------------------------------------------------


def undo(batch: Batch, *, by: User, reason: str, via: trail.Via = "web") -> Batch:
    """Open again what still stands as the batch left it: at once, or by a job.

    Only who decided it may, or an approver. Raises ``NoReason``, ``NotAllowed``,
    ``CannotUndo`` or ``jobs.AlreadyRunning``; nothing is written then.
    """
    if not reason.strip():
        raise NoReason("Say why: taking decisions back needs a reason.")
    choosing.check_undo(batch, by)
    if batch.state != State.DONE:
        raise CannotUndo(f"This batch is {batch.get_state_display().lower()}.")
    if not (standing := undoing.standing(batch).count()):
        raise CannotUndo("Nothing of this batch stands as it left it.")
    with transaction.atomic():
        if standing <= AT_ONCE:
            _undo(batch, by=by, reason=reason.strip(), via=via)
        else:
            _enqueue(batch, UNDO, by=by, via=via, reason=reason.strip())
    return batch


@transaction.atomic
def _undo(batch: Batch, *, by: User, reason: str, via: trail.Via) -> None:
    choosing.check_undo(batch, by)
    _lock(batch.source)
    at = timezone.now()
    claimed = Batch.objects.filter(pk=batch.pk, state=State.DONE)
    if not claimed.update(state=State.UNDONE, undone_by=by, undone_at=at):
        raise CannotUndo("This batch was undone already.")
    batch.refresh_from_db()
    opened = undoing.open_again(batch, by=by, at=at)
    left = batch.items - opened
    batch.words = f"{opened:,} opened again" + (f"; {left:,} went on" if left else "")
    batch.save(update_fields=["words"])
    undoing.tell(batch, by=by, via=via, reason=reason)


@jobs.handler(UNDO)
def undo_batch(lease: Lease) -> dict[str, Any]:
    """Undo a large batch in one transaction."""
    batch = _batch(lease)
    if batch.state == State.DONE:
        told = lease.args
        by = lease.job.requested_by or batch.decided_by
        try:
            with _step(lease, batch, "Opening again"):
                _undo(batch, by=by, reason=told["reason"], via=told["via"])
        except Refused as refusal:
            raise jobs.GiveUp(str(refusal)) from None
    batch.refresh_from_db()
    return {"batch": writing.name_of(batch), "items": batch.items}
