"""The second look at a batch: confirmed or sent back as a whole, as it was decided.

A batch is large because its findings are alike, so another person looks at the set and
not at each. The number that was seen must still be the number that waits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from audits import seconding
from audits.batches import looking
from audits.deciding import NoReason, NotAllowed, Refused, StaleEvidence
from audits.models import Batch, Finding
from contacts import jobs
from contacts.models import Source
from contacts.working import Lease

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from audits import trail

KIND = "batch_look"
AT_ONCE = 500
State = Finding.State


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a person saw of a batch, and what they say to it; a note sends it back."""

    count: int
    note: str = ""
    via: trail.Via = "web"


def confirm(batch: Batch, *, by: User, count: int, via: trail.Via = "web") -> Batch:
    """Confirm all that waits of a batch: at once, or where it is much by a job.

    Raises ``NotAllowed``, ``seconding.OwnDecision``, ``StaleEvidence`` or
    ``jobs.AlreadyRunning``; nothing is written then.
    """
    return _look(batch, Look(count=count, via=via), by=by)


def send_back(
    batch: Batch, *, by: User, note: str, count: int, via: trail.Via = "web"
) -> Batch:
    """Open again all that waits of a batch, with a note.

    Raises ``NoReason`` and what ``confirm`` raises; nothing is written then.
    """
    if not note.strip():
        raise NoReason("Say why: who decided must know what to look at again.")
    return _look(batch, Look(count=count, note=note.strip(), via=via), by=by)


@transaction.atomic
def _look(batch: Batch, look: Look, *, by: User) -> Batch:
    _check(batch, by)
    if looking.waiting(batch).count() != look.count:
        raise _changed(batch)
    if look.count <= AT_ONCE:
        _do(batch, look, by=by)
        return batch
    batch.job = jobs.enqueue(
        source=batch.source,
        kind=KIND,
        key=f"batch:{batch.source_id}",
        title=f"{'Send back' if look.note else 'Confirm'} batch {batch.pk}",
        args={
            "batch": batch.pk,
            "count": look.count,
            "note": look.note,
            "via": look.via,
        },
        by=by,
    )
    batch.save(update_fields=["job"])
    return batch


def _check(batch: Batch, by: User) -> None:
    """Ask again where it is done: a role may be lost between the page and the job."""
    let_in = Source.objects.visible_to(by).filter(pk=batch.source_id).exists()
    if not let_in or not by.has_perm(seconding.PERMISSION):
        raise NotAllowed("Only an approver takes the second look.")
    if by.pk == batch.decided_by_id:
        raise seconding.OwnDecision(
            "Nobody takes the second look at their own decision."
        )


def _changed(batch: Batch) -> StaleEvidence:
    left = looking.waiting(batch).count()
    return StaleEvidence(
        f"{left:,} of this batch wait now, not as many as you saw. Nothing was done."
    )


@transaction.atomic
def _do(batch: Batch, look: Look, *, by: User) -> None:
    _check(batch, by)
    Source.objects.select_for_update(no_key=True).get(pk=batch.source_id)
    at = timezone.now()
    if look.note:
        moved = looking.send_back(batch, by=by, note=look.note, at=at)
        action, then = "finding.returned", State.OPEN
    else:
        moved = looking.confirm(batch, by=by, at=at)
        action, then = "finding.confirmed", State.APPROVED
    if moved != look.count:
        raise _changed(batch)
    reason = look.note or batch.reason
    looking.tell(batch, action, then, by=by, via=look.via, reason=reason)


@jobs.handler(KIND)
def look_at_batch(lease: Lease) -> dict[str, Any]:
    """Confirm or send back a large batch in one transaction."""
    told = lease.args
    batch = Batch.objects.select_related("source", "decided_by").get(pk=told["batch"])
    by = lease.job.requested_by
    if by is None:
        raise jobs.GiveUp("Whoever asked for this is not known any more.")
    if not lease.checkpoint.get("done"):
        look = Look(count=told["count"], note=told["note"], via=told["via"])
        try:
            with _step(lease, look):
                _do(batch, look, by=by)
        except Refused as refusal:
            raise jobs.GiveUp(str(refusal)) from None
    return {"batch": f"batch-{batch.pk}", "items": told["count"]}


def _step(lease: Lease, look: Look) -> Any:
    return lease.step(
        checkpoint={"done": True},
        rows_done=look.count,
        rows_total=look.count,
        phase="Sending back" if look.note else "Confirming",
    )
