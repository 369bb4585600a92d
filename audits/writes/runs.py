"""The life of a write run: prepared, looked at by a second person, sent, or withdrawn.

Nothing is sent to the provider but what stands in a run that another person confirmed,
and only while the account's switch allows it. Each step is a compare-and-set on the
run's state, with its event in the same transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from audits import trail
from audits.models import WriteItem, WriteRun
from audits.writes import adding, endings
from contacts import accounts, jobs
from contacts.models import Job, Source

if TYPE_CHECKING:
    from django.contrib.auth.models import User

State = WriteRun.State
PREPARE, SEND = "prepare_write", "send_write"
UNKNOWN = (
    "Nobody knows whether it arrived: the run was given up before it was read back."
)


class Refused(Exception):
    """A step that cannot be taken; the words say why."""


class SwitchedOff(Refused):
    """The account's switch allows no writing."""

    def __init__(self, source: Source) -> None:
        super().__init__(
            f"Writing to {source.name} is switched off. An operator can allow it in the"
            " account's settings."
        )


class NotAllowed(Refused):
    """The run's state, or who asks, forbids this."""


class Changed(Refused):
    """The run is not what the person saw any more."""


class Unfinished(Refused):
    """Another run of the source is under way; ``run`` is that one."""

    def __init__(self, run: WriteRun) -> None:
        super().__init__(
            f"Run {run.pk} is not finished. One account has one at a time."
        )
        self.run = run


def prepare(
    *,
    source: Source,
    by: User,
    additions: Sequence[str] = (),
    at: datetime | None = None,
) -> WriteRun:
    """Begin a preview of all that V3 lacks, and enqueue the job that makes it.

    ``additions`` are V2 ids of contacts that V3 does not have: only those that a person
    names are added, none by themselves. Raises ``SwitchedOff``, ``Unfinished``,
    ``adding.CannotAdd`` and ``jobs.AlreadyRunning``.
    """
    if not accounts.of(source).may_write:
        raise SwitchedOff(source)
    chosen = adding.chosen(source, additions)
    try:
        with transaction.atomic():
            # No decision that the preview stands on is taken back meanwhile.
            Source.objects.select_for_update(no_key=True).get(pk=source.pk)
            run = WriteRun.objects.create(
                source=source, made_by=by, made_at=at or timezone.now()
            )
            _enqueue(run, PREPARE, {"additions": chosen}, by)
            record("write.prepared", run, by=by, additions=len(chosen))
    except IntegrityError:
        former = WriteRun.objects.filter(source=source).unfinished().first()
        if former is None:
            raise
        raise Unfinished(former) from None
    return run


@transaction.atomic
def ask(run: WriteRun, *, by: User, reason: str) -> None:
    """Ask for the second look at a complete preview; only who made it does."""
    if not reason.strip():
        raise NotAllowed("Say why: whoever looks second needs a reason.")
    if by != run.made_by:
        raise NotAllowed("Only who made the preview can ask for the second look.")
    if not run.sha256:
        raise NotAllowed("The preview is not complete yet.")
    if not run.items:
        raise NotAllowed("There is nothing to send.")
    _move(run, State.PREVIEW, to=State.AWAITING_SECOND, reason=reason.strip())
    record("write.asked", run, by=by, was=State.PREVIEW, reason=reason)


@transaction.atomic
def confirm(
    run: WriteRun, *, by: User, sha256: str, at: datetime | None = None
) -> None:
    """Take the second look: another person says that exactly these items may be sent."""
    if by == run.made_by:
        raise NotAllowed("The second look is another person's: you made this preview.")
    if not by.has_perm("audits.confirm"):
        raise NotAllowed("Only an approver takes the second look.")
    if not run.sha256 or sha256 != run.sha256:
        raise Changed("This is not the preview that you saw. Look at it again.")
    _move(
        run,
        State.AWAITING_SECOND,
        to=State.APPROVED,
        second_by=by,
        second_at=at or timezone.now(),
    )
    record("write.confirmed", run, by=by, was=State.AWAITING_SECOND)


@transaction.atomic
def start(run: WriteRun, *, by: User) -> Job:
    """Begin to send a confirmed run, or go on with one whose job was cancelled."""
    if not accounts.of(run.source).may_write:
        raise SwitchedOff(run.source)
    was = run.state
    if was not in {State.APPROVED, State.RUNNING}:
        raise NotAllowed("Only a run that a second person confirmed is sent.")
    _move(run, was, to=State.RUNNING)
    job = _enqueue(run, SEND, {}, by)
    record("write.started", run, by=by, was=was)
    return job


@transaction.atomic
def withdraw(
    run: WriteRun, *, by: User, reason: str, at: datetime | None = None
) -> None:
    """Give a run up: what was not sent is never sent.

    Who made it may, or an approver. A run that is being sent is stopped first, by
    cancelling its job. While it is unknown whether a request was carried out only an
    approver gives it up, and the item says that nobody knows.
    """
    if not reason.strip():
        raise NotAllowed("Say why: giving a run up needs a reason.")
    if by != run.made_by and not by.has_perm("audits.confirm"):
        raise NotAllowed("Only who made the run, or an approver, can give it up.")
    if run.state not in WriteRun.UNFINISHED:
        raise NotAllowed("This run is finished already.")
    was = run.state
    if was == State.RUNNING:
        _check_stopped(run)
    _stop_jobs(run, by)
    _leave_unknown(run, by=by, reason=reason)
    _move(run, was, to=State.WITHDRAWN, finished_at=at or timezone.now())
    record("write.withdrawn", run, by=by, was=was, reason=reason)


def job_of(run: WriteRun) -> Job | None:
    """Give the run's newest job."""
    mine = Job.objects.filter(source=run.source_id, kind__in=[PREPARE, SEND])
    return mine.filter(args__run=run.pk).order_by("-pk").first()


def record(  # one argument a column of the event
    action: str,
    run: WriteRun,
    *,
    by: User | None,
    was: str = "",
    reason: str = "",
    via: trail.Via = "web",
    **after: Any,
) -> None:
    """Put a step of a run into the trail, in the caller's transaction."""
    trail.record(
        action=action,
        object_type="write_run",
        object_id=run.pk,
        source=run.source,
        by=by,
        via=via,
        before={"state": str(was)} if was else {},
        after={
            "state": str(run.state),
            "items": run.items,
            "sha256": run.sha256,
            **after,
        },
        reason=reason.strip(),
        batch_id=f"run-{run.pk}",
    )


def _enqueue(run: WriteRun, kind: str, args: dict[str, Any], by: User) -> Job:
    what = "Prepare" if kind == PREPARE else "Send"
    return jobs.enqueue(
        source=run.source,
        kind=kind,
        key=f"write:{run.source_id}",
        title=f"{what} write run {run.pk}",
        args={"run": run.pk, **args},
        by=by,
    )


def _check_stopped(run: WriteRun) -> None:
    job = job_of(run)
    if job and job.state in {Job.State.QUEUED, Job.State.RUNNING}:
        raise NotAllowed("It is being sent: cancel its job first.")


def _leave_unknown(run: WriteRun, *, by: User, reason: str) -> None:
    """Settle, for an approver, what may have arrived and could not be read back."""
    doubtful = run.item_set.filter(state=WriteItem.State.SENDING)
    items = list(doubtful.select_related("run__source").order_by("place"))
    if items and not by.has_perm("audits.confirm"):
        raise NotAllowed(
            "Nobody knows whether one request was carried out: send the rest, which reads"
            " that back first. Where that cannot be, an approver can give the run up."
        )
    differs = WriteItem.State.DIFFERS
    doubtful.update(state=differs, words=UNKNOWN, settled_at=timezone.now())
    for item in items:
        endings.record(item, differs, by=by, via="web", reason=reason)


def _stop_jobs(run: WriteRun, by: User) -> None:
    job = job_of(run)
    if job and not job.is_finished:
        jobs.cancel(job, by=by)


def _move(run: WriteRun, was: str, *, to: str, **fields: Any) -> None:
    """Move a run by compare-and-set; raises ``Changed`` where somebody was first."""
    here = WriteRun.objects.filter(pk=run.pk, state=was, sha256=run.sha256)
    if not here.update(state=to, **fields):
        raise Changed("This run has changed since the page was shown.")
    run.refresh_from_db()
