"""A job's life as people see it: enqueued with its change, cancelled, tried again.

The row is the job; a broker's message only hints at it and may be lost, doubled or late,
because the sweep hints again. How a worker does a job stands in ``contacts.working``.
The module knows no kind of job by name: handlers register themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import structlog
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone

from contacts import processes
from contacts.models import Job, Source

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from contacts.working import Lease

log = structlog.get_logger(__name__)

Handler = Callable[["Lease"], dict[str, Any]]
Listener = Callable[[Job, str, "User | None"], None]
Hint = Callable[[int], object]

HINT_AGAIN_AFTER = timedelta(seconds=10)
SWEEP_LIMIT = 100

handlers: dict[str, Handler] = {}
_listeners: list[Listener] = []
_hints: list[Hint] = []


class AlreadyRunning(Exception):
    """Another job with the same key is unfinished; ``job`` is that one."""

    def __init__(self, job: Job) -> None:
        super().__init__(f"“{job.title}” is not finished yet")
        self.job = job


class Pause(Exception):
    """A person must act first; the words say what to do."""


class Later(Exception):
    """The provider asked to wait until a given time."""

    def __init__(self, *, until: datetime, words: str) -> None:
        super().__init__(words)
        self.until = until


class GiveUp(Exception):
    """The job cannot be done; the words say why and what helps."""


class CannotChange(Exception):
    """The job is in no state to be cancelled or retried."""


# --- What other modules register ---------------------------------------------


def handler(kind: str) -> Callable[[Handler], Handler]:
    """Register the function that does the jobs of a kind.

    It is called for a slice and again until it returns its result, so it must go on from
    ``lease.checkpoint``.
    """

    def register(function: Handler) -> Handler:
        handlers[kind] = function
        return function

    return register


def on_change(listener: Listener) -> None:
    """Call ``listener(job, change, by)`` in the transaction of each change of state."""
    if listener not in _listeners:
        _listeners.append(listener)


def hint_with(hint: Hint) -> None:
    """Set what publishes a job's id to the workers; one for the whole process."""
    _hints[:] = [hint]


# --- Enqueue -----------------------------------------------------------------


def enqueue(
    *,
    source: Source,
    kind: str,
    key: str,
    title: str,
    args: dict[str, Any],
    by: User | None,
) -> Job:
    """Insert a job in the caller's transaction and hint at it once that commits.

    Raises ``AlreadyRunning`` where an unfinished job has the same key: a double click
    makes one job, and two imports of one source do not meet.
    """
    try:
        with transaction.atomic():
            job = Job.objects.create(
                source=source,
                kind=kind,
                key=key,
                title=title,
                args=args,
                requested_by=by,
                hinted_at=timezone.now(),
            )
            tell(job, "queued", by)
    except IntegrityError:
        raise AlreadyRunning(Job.objects.unfinished().get(key=key)) from None
    transaction.on_commit(lambda: publish(job.pk), robust=True)
    return job


def publish(job_id: int) -> None:
    """Hint at a job. A broker that is down costs nothing: the sweep hints again.

    Transports raise what they like (a full disk surfaced as ``AttributeError``), so
    every error is answered here, by a line in the log.
    """
    for hint in _hints:
        try:
            hint(job_id)
        except Exception as error:  # noqa: BLE001  # see above
            log.warning("hint failed", job_id=job_id, error=type(error).__name__)


def tell(job: Job, change: str, by: User | None) -> None:
    """Call every listener, in the caller's transaction."""
    for listener in _listeners:
        listener(job, change, by)


# --- What people do ----------------------------------------------------------


def cancel(job: Job, *, by: User | None) -> None:
    """Stop a job for good at its next step. Raises ``CannotChange`` once it has ended."""
    _change(
        job,
        Job.objects.filter(pk=job.pk).unfinished(),
        change="cancelled",
        by=by,
        state=Job.State.CANCELLED,
        lease_until=None,
        finished_at=timezone.now(),
    )


def retry(job: Job, *, by: User | None) -> None:
    """Put a failed, paused or cancelled job back in the queue at its checkpoint.

    Raises ``CannotChange`` where it is waiting, running or done, and ``AlreadyRunning``
    where another with its key has started meanwhile.
    """
    ended = [Job.State.FAILED, Job.State.PAUSED, Job.State.CANCELLED]
    try:
        with transaction.atomic():
            _change(
                job,
                Job.objects.filter(pk=job.pk, state__in=ended),
                change="retried",
                by=by,
                state=Job.State.QUEUED,
                attempts=0,
                error="",
                not_before=None,
                finished_at=None,
                hinted_at=timezone.now(),
            )
    except IntegrityError:
        raise AlreadyRunning(Job.objects.unfinished().get(key=job.key)) from None
    transaction.on_commit(lambda: publish(job.pk), robust=True)


def _change(job: Job, allowed: Any, *, change: str, by: User | None, **to: Any) -> None:
    with transaction.atomic():
        changed = allowed.update(**to)
        job.refresh_from_db()
        if not changed:
            raise CannotChange(f"“{job.title}” is {job.get_state_display().lower()}.")
        tell(job, change, by)


# --- The sweep ---------------------------------------------------------------


def sweep() -> int:
    """Hint at jobs nobody took and fail those that used up their attempts.

    A job whose worker on this machine is dead is freed at once, before its lease ends.
    Two sweeps at once do no harm. Gives the number of hints.
    """
    now = timezone.now()
    for job in Job.objects.filter(state=Job.State.RUNNING):
        free_if_orphaned(job)
    for job in Job.objects.claimable(at=now).filter(attempts__gte=F("max_attempts")):
        _exhaust(job)
    unhinted = Q(hinted_at__isnull=True) | Q(hinted_at__lt=now - HINT_AGAIN_AFTER)
    due = Job.objects.claimable(at=now).filter(unhinted).order_by("pk")
    ids = list(due.values_list("pk", flat=True)[:SWEEP_LIMIT])
    Job.objects.filter(pk__in=ids).update(hinted_at=now)
    for job_id in ids:
        publish(job_id)
    return len(ids)


def _exhaust(job: Job) -> None:
    with transaction.atomic():
        if Job.objects.filter(pk=job.pk, token=job.token, state=job.state).update(
            state=Job.State.FAILED,
            lease_until=None,
            finished_at=timezone.now(),
            error=f"Gave up: the work was interrupted {job.attempts} times.",
        ):
            job.refresh_from_db()
            tell(job, "failed", None)


def free_if_orphaned(job: Job) -> bool:
    """End the lease of a job whose process on this machine is dead; say whether it was.

    The attempt stays counted, so that a job that kills its worker each time still ends.
    """
    if job.state != Job.State.RUNNING or processes.is_alive(job.owner):
        return False
    left = Job.objects.filter(pk=job.pk, token=job.token, state=Job.State.RUNNING)
    return bool(
        left.update(
            state=Job.State.QUEUED,
            token=F("token") + 1,
            lease_until=None,
            not_before=None,
            hinted_at=None,
        )
    )
