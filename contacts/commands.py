"""What every command of ours promises: plain words, exit codes, one JSON line.

Exit 0: done; 1: refused or failed, with one sentence on stderr and never a traceback; 2:
the command line was wrong. ``--json`` prints one object as the last line of stdout.
"""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError, OutputWrapper
from django.db import DatabaseError

from contacts import jobs, slicing, working
from contacts.encryption import UnreadableSecret
from contacts.importing import COUNTS, CannotStart, SameRunning
from contacts.models import Job, QuarantinedRow, Source

BAR_CELLS = 30
MOST_FAULTS = 5
"""So many rows that could not be read are named on the command line."""
LONGEST_WAIT_SECONDS = 15 * 60
"""Nobody watches a command that does nothing for longer."""


class PlainCommand(BaseCommand):
    """Does one thing and says in plain words how it went.

    ``perform`` does it and gives what ``--json`` prints; it raises ``CommandError`` with
    the sentence to show.
    """

    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--json",
            action="store_true",
            help="Print one JSON object as the last line.",
        )

    def handle(self, **options: Any) -> None:
        """Perform, and answer every failure by a sentence and exit code 1."""
        try:
            told = self.perform(options)
        except (CommandError, UnreadableSecret) as refusal:
            self._refuse(str(refusal), getattr(refusal, "returncode", 1))
        except DatabaseError as error:
            self._refuse(f"The database did not do as asked ({type(error).__name__}).")
        except KeyboardInterrupt:
            self._refuse("Stopped. Run the same command again to go on.")
        except Exception as error:  # noqa: BLE001  # never a traceback: it tells values
            self._refuse(f"Stopped on an unexpected error ({type(error).__name__}).")
        else:
            if options["json"]:
                self.stdout.write(json.dumps(told))
            else:
                self.stdout.write(self.sentence(told))

    def perform(self, options: dict[str, Any]) -> dict[str, Any]:
        """Do it; the subclass knows how."""
        raise NotImplementedError

    def sentence(self, told: dict[str, Any]) -> str:
        """Say to a person what ``--json`` says to a program."""
        return ", ".join(f"{name} {value}" for name, value in told.items())

    def _refuse(self, words: str, code: int = 1) -> None:
        self.stderr.write(words)
        sys.exit(code)


def source_named(slug: str) -> Source:
    """Give a source by its short name, or refuse in one sentence."""
    source = Source.objects.filter(slug=slug).first()
    if source is None:
        raise CommandError(f"There is no source “{slug}”.")
    return source


class JobCommand(PlainCommand):
    """Starts a job and does it here, or leaves it to a worker.

    The subclass's ``start`` enqueues; ``keys`` are what ``--json`` tells of the result.
    A job that a killed command left behind is gone on with.
    """

    keys: tuple[str, ...] = ("snapshot", "state", *COUNTS, "closed")

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("source", help="The source's short name.")
        parser.add_argument(
            "--queue", action="store_true", help="Leave the work to a worker."
        )
        super().add_arguments(parser)

    def start(self, source: Source, options: dict[str, Any]) -> Job:
        """Enqueue the job; the subclass knows which."""
        raise NotImplementedError

    def perform(self, options: dict[str, Any]) -> dict[str, Any]:
        """Start the job, or find the one that was left, and see it through."""
        job = self._started(source_named(options["source"]), options)
        if options["queue"]:
            return {"job": job.pk, "state": job.state}
        bar = Bar(self.stderr)
        try:
            job = working.run_here(job, on_step=bar.show, on_wait=self._wait)
        finally:
            bar.clear()
        self._judge(job)
        self._remark(job)
        return {name: job.result.get(name) for name in self.keys}

    def _wait(self, job: Job) -> None:
        """Say what is waited for; what takes long is left to whoever comes again."""
        if working.seconds_to_wait(job) > LONGEST_WAIT_SECONDS:
            raise CommandError(f"{job.error} Run the same command again then to go on.")
        self.stderr.write(job.error)

    def _remark(self, job: Job) -> None:
        """Say beside the result what it does not tell: notes, and rows left out."""
        note = job.result.get("note")
        if note and "note" not in self.keys:
            self.stderr.write(note)
        if "files" in job.args:
            self._name_faults(job.result.get("snapshots", ()))

    def _name_faults(self, snapshots: Sequence[int]) -> None:
        faults = QuarantinedRow.objects.filter(snapshot__in=snapshots)
        for fault in faults.order_by("snapshot", "page", "line", "pk")[:MOST_FAULTS]:
            self.stderr.write(fault.words)
        more = faults.count() - MOST_FAULTS
        if more > 0:
            self.stderr.write(f"and {more:,} more: the snapshot's page lists them")

    def _started(self, source: Source, options: dict[str, Any]) -> Job:
        try:
            return self.start(source, options)
        except (CannotStart, slicing.CannotRead) as refusal:
            raise CommandError(str(refusal)) from None
        except jobs.AlreadyRunning as running:
            return self._left_behind(running)

    def _left_behind(self, running: jobs.AlreadyRunning) -> Job:
        """Give the unfinished job if it is what was asked for and nobody is at it."""
        job = running.job
        jobs.free_if_orphaned(job)
        job.refresh_from_db()
        if job.state != Job.State.QUEUED or not self.is_same(running):
            raise CommandError(f"{running}. Wait for it, or cancel it.")
        return job

    def is_same(self, running: jobs.AlreadyRunning) -> bool:
        """Say whether the job that stands in the way is the one that was asked for."""
        return isinstance(running, SameRunning)

    def _judge(self, job: Job) -> None:
        if job.state == Job.State.DONE:
            return
        if job.state == Job.State.RUNNING:
            raise CommandError(f"“{job.title}” is being done by another process.")
        raise CommandError(job.error or f"“{job.title}” was {job.state}.")


class Bar:
    """A line on a terminal that says how far a job is; silent anywhere else."""

    def __init__(self, stream: OutputWrapper) -> None:
        self._stream = stream
        self._shown = False

    def show(self, job: Job) -> None:
        """Draw anew after a step."""
        if not self._stream.isatty():
            return
        percent = job.percent
        done = BAR_CELLS * (percent or 0) // 100
        bar = "" if percent is None else f"[{'#' * done:<{BAR_CELLS}}] {percent:3d} % "
        self._stream.write(
            f"\r\x1b[K{bar}{job.phase}: {job.rows_done:,} rows", ending=""
        )
        self._stream.flush()
        self._shown = True

    def clear(self) -> None:
        """Leave the line to what is said next."""
        if self._shown:
            self._stream.write("\r\x1b[K", ending="")
