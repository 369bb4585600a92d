"""Hint again at jobs that no worker took, clear the file queue, do what is due."""

import time
from argparse import ArgumentParser
from typing import Any

import structlog
from django.core.management.base import BaseCommand
from django.db import Error, close_old_connections

from contacts import chores, jobs, message_files

log = structlog.get_logger(__name__)


class Command(BaseCommand):
    """One sweep, or one every so many seconds until it is stopped."""

    help = "Hint again at jobs that no worker took."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take how often."""
        parser.add_argument(
            "--every", type=float, metavar="SECONDS", help="go on, at this interval"
        )

    def handle(self, **options: Any) -> None:
        """Sweep."""
        if not options["every"]:
            _sweep()
            return
        while True:
            _sweep_and_survive()
            time.sleep(options["every"])


def _sweep() -> None:
    message_files.prepare()
    jobs.sweep()
    message_files.reap()
    chores.do_all()


def _sweep_and_survive() -> None:
    """Sweep through a database restart or a full disk: the next turn does better.

    Without closing old connections a loop stays on "the connection is closed" for ever
    once PostgreSQL was restarted.
    """
    close_old_connections()
    try:
        _sweep()
    except (Error, OSError) as error:
        log.warning("sweep failed", error=type(error).__name__)
    finally:
        close_old_connections()
