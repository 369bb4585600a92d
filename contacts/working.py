"""How a worker does a job: claims it, steps under a fencing token, settles how it ended.

A claim is one conditional update that raises the job's token; each step moves the
checkpoint under that token in the transaction of the step's own writes. So a worker that
was killed costs at most the step in hand, and one that was frozen and wakes finds its
token outdated and writes nothing.
"""

from __future__ import annotations

import random
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from contacts import jobs, processes
from contacts.models import Job

log = structlog.get_logger(__name__)

BACKOFF_CAP_SECONDS = 300
FOLLOW_SECONDS = 0.5

OnStep = Callable[[Job], None]
OnWait = Callable[[Job], None]


class LostLease(Exception):
    """Somebody else owns the job now: stop, write nothing."""


class Cancelled(Exception):
    """A person cancelled the job between two steps."""


class SliceOver(Exception):
    """The time of one message is used up; the job goes on with another."""


class Lease:
    """The right to work on a job for a while; what a handler is given."""

    def __init__(
        self, job: Job, *, slice_seconds: float, on_step: OnStep | None = None
    ) -> None:
        self.job = job
        self._on_step = on_step
        self.token = job.token
        self.args: dict[str, Any] = job.args
        self.checkpoint: dict[str, Any] = job.checkpoint
        self._deadline = time.monotonic() + slice_seconds

    def breathe(self) -> None:
        """Let a long job share the worker: raises ``SliceOver`` when its time is up."""
        if time.monotonic() >= self._deadline:
            raise SliceOver

    @contextmanager
    def step(self, *, checkpoint: dict[str, Any], **progress: Any) -> Iterator[None]:
        """Do one step in one transaction, under the fencing token.

        Takes the checkpoint to go on from after the step, and what the page shows:
        ``rows_done``, ``rows_total``, ``phase``. Raises ``LostLease`` or ``Cancelled``
        before anything is written.
        """
        with transaction.atomic():
            self._move(checkpoint=checkpoint, **progress)
            yield
        self.checkpoint = checkpoint
        for field, value in progress.items():
            setattr(self.job, field, value)
        if self._on_step:
            self._on_step(self.job)

    def _move(self, **fields: Any) -> None:
        held = Job.objects.filter(
            pk=self.job.pk, token=self.token, state=Job.State.RUNNING
        )
        if not held.update(lease_until=_lease_end(), **fields):
            state = Job.objects.values_list("state", flat=True).get(pk=self.job.pk)
            raise Cancelled if state == Job.State.CANCELLED else LostLease


def _lease_end() -> datetime:
    return timezone.now() + timedelta(seconds=settings.LEASE_SECONDS)


def claim(job_id: int) -> Job | None:
    """Take a job if it is due or its worker is gone, and give it, else None.

    Attempts are counted here, before the work, so that a job that kills its worker each
    time still ends. A slice that ended by itself gives its attempt back.
    """
    now = timezone.now()
    taken = (
        Job.objects.claimable(at=now)
        .filter(pk=job_id, attempts__lt=F("max_attempts"))
        .update(
            state=Job.State.RUNNING,
            token=F("token") + 1,
            attempts=F("attempts") + 1,
            owner=processes.me(),
            lease_until=_lease_end(),
            not_before=None,
            error="",
        )
    )
    if not taken:
        return None
    Job.objects.filter(pk=job_id, started_at__isnull=True).update(started_at=now)
    return Job.objects.select_related("source").get(pk=job_id)


def work(job_id: int) -> None:
    """Claim a job and do one slice of it. Does nothing where another worker has it."""
    job = claim(job_id)
    if job is None:
        return
    log.info("job claimed", job_id=job.pk, kind=job.kind, attempt=job.attempts)
    _attempt(job, slice_seconds=settings.SLICE_SECONDS)


def _attempt(job: Job, *, slice_seconds: float, on_step: OnStep | None = None) -> None:
    """Run the handler for a slice and settle how it ended."""
    lease = Lease(job, slice_seconds=slice_seconds, on_step=on_step)
    try:
        result = jobs.handlers[job.kind](lease)
    except (LostLease, Cancelled) as end:
        log.info("job left", job_id=job.pk, why=type(end).__name__)
    except SliceOver:
        _requeue(job)
    except jobs.Pause as pause:
        _settle(job, Job.State.PAUSED, "paused", error=str(pause))
    except jobs.GiveUp as failure:
        _settle(job, Job.State.FAILED, "failed", error=str(failure))
    except jobs.Later as later:
        _postpone(job, until=later.until, words=str(later), attempts=F("attempts") - 1)
    except Exception as error:  # noqa: BLE001  # a worker must outlive every job
        log.warning("job failed", job_id=job.pk, kind=job.kind, **_place_of(error))
        _retry_or_fail(job, error)
    else:
        _settle(job, Job.State.DONE, "done", result=result, error="")


def _place_of(error: Exception) -> dict[str, str]:
    """Say where an error arose; its message may hold a person's data, so never that."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return {"error": type(error).__name__, "where": f"{frame.filename}:{frame.lineno}"}


def _mine(job: Job) -> QuerySet[Job]:
    return Job.objects.filter(pk=job.pk, token=job.token, state=Job.State.RUNNING)


def _settle(job: Job, state: str, change: str, **fields: Any) -> None:
    """Move a running job to where it rests, and tell the listeners."""
    ended = state != Job.State.PAUSED
    with transaction.atomic():
        if not _mine(job).update(
            state=state,
            lease_until=None,
            finished_at=timezone.now() if ended else None,
            **{**fields, "error": fields.get("error", "")[:500]},
        ):
            return
        job.refresh_from_db()
        jobs.tell(job, change, job.requested_by)


def _postpone(job: Job, *, until: datetime, words: str, attempts: Any) -> None:
    _mine(job).update(
        state=Job.State.QUEUED,
        lease_until=None,
        not_before=until,
        error=words[:500],
        attempts=attempts,
    )


def _requeue(job: Job) -> None:
    """End a slice: progress was made, so the attempt does not count."""
    _mine(job).update(
        state=Job.State.QUEUED, lease_until=None, attempts=0, hinted_at=timezone.now()
    )
    jobs.publish(job.pk)


def _retry_or_fail(job: Job, error: Exception) -> None:
    words = f"The work stopped on an unexpected error ({type(error).__name__})."
    if job.attempts >= job.max_attempts:
        _settle(job, Job.State.FAILED, "failed", error=f"{words} Gave up.")
        return
    wait = random.uniform(0, min(BACKOFF_CAP_SECONDS, 2 * 2**job.attempts))  # noqa: S311
    until = timezone.now() + timedelta(seconds=wait)
    _postpone(job, until=until, words=f"{words} Trying again.", attempts=job.attempts)


def run_here(
    job: Job, *, on_step: OnStep | None = None, on_wait: OnWait | None = None
) -> Job:
    """Do a whole job in this process through the workers' own code; give its row.

    Waits out what a worker would wait out (the provider's limits, back-off); ``on_wait``
    is called as a wait begins, and may raise to leave the job in the queue. Returns when the job is finished or paused. Where a worker was quicker to take it, follows
    the worker's progress to the same end. A person asked for it, so earlier attempts do
    not count; a dead process's lease does not either.
    """
    job.refresh_from_db()
    jobs.free_if_orphaned(job)
    Job.objects.filter(pk=job.pk, state=Job.State.QUEUED).update(attempts=0)
    while True:
        job.refresh_from_db()
        jobs.free_if_orphaned(job)
        _wait_until_due(job, on_wait)
        claimed = claim(job.pk)
        if claimed is not None:
            _attempt(claimed, slice_seconds=float("inf"), on_step=on_step)
        job.refresh_from_db()
        if job.state not in {Job.State.QUEUED, Job.State.RUNNING}:
            return job
        if claimed is None:
            _follow(job, on_step)


def _follow(job: Job, on_step: OnStep | None) -> None:
    if on_step:
        on_step(job)
    time.sleep(FOLLOW_SECONDS)


def seconds_to_wait(job: Job) -> float:
    """Tell for how long a job may not be taken up yet."""
    if job.state != Job.State.QUEUED or job.not_before is None:
        return 0.0
    return max(0.0, (job.not_before - timezone.now()).total_seconds())


def _wait_until_due(job: Job, on_wait: OnWait | None) -> None:
    seconds = seconds_to_wait(job)
    if seconds and on_wait:
        on_wait(job)
    time.sleep(seconds)
