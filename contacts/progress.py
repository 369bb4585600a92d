"""How far a job is, in words and numbers that a page or a terminal shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from contacts.models import Job

MINUTE = 60
HOUR = 60 * MINUTE


@dataclass(frozen=True)
class Progress:
    """Numbers of a job at one moment; None where they cannot be told yet."""

    percent: int | None
    rate: int | None
    left: str
    elapsed: str


def measure(job: Job, *, at: datetime) -> Progress:
    """Measure a job: while it runs, or over the time it took once it has ended."""
    seconds = _seconds(job, at)
    rate = round(job.rows_done / seconds) if seconds and job.rows_done else None
    left = ""
    if job.state == Job.State.RUNNING and rate and job.rows_total:
        left = f"about {words(max(0, job.rows_total - job.rows_done) / rate)} left"
    return Progress(
        percent=job.percent,
        rate=rate,
        left=left,
        elapsed=words(seconds) if seconds else "",
    )


def words(seconds: float) -> str:
    """Say a length of time as people do: ``4 s``, ``3 min 20 s``, ``2 h 5 min``."""
    whole = max(1, round(seconds))
    if whole < MINUTE:
        return f"{whole} s"
    if whole < HOUR:
        return f"{whole // MINUTE} min {whole % MINUTE} s"
    return f"{whole // HOUR} h {whole % HOUR // MINUTE} min"


def _seconds(job: Job, at: datetime) -> float:
    """Give how long a job ran; 0 while it waits, for then its rate says nothing."""
    end = at if job.state == Job.State.RUNNING else job.finished_at
    if job.started_at is None or end is None:
        return 0
    return max(0.0, (end - job.started_at).total_seconds())
