"""Run the site, its worker and its sweep together on this machine."""

import os
import socket
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from contacts import crew, message_files
from contacts.supervising import Program, Supervisor


class Command(BaseCommand):
    """Start all, restart what dies, stop all on Ctrl-C or SIGTERM."""

    help = "Run the site with its worker; Ctrl-C stops all."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take where to listen, and what to leave out."""
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--no-web", action="store_true", help="the worker alone")
        parser.add_argument("--workers", type=int, default=2, metavar="PROCESSES")

    def handle(self, **options: Any) -> None:
        """Supervise until told to stop."""
        os.chdir(crew.ROOT)
        message_files.prepare()
        with Supervisor(_programs(options), say=self.say) as supervisor:
            if not options["no_web"]:
                self.say(f"Retie is on http://{options['host']}:{options['port']}/")
            supervisor.run()

    def say(self, words: str) -> None:
        """Tell the terminal at once, also where the output is a file."""
        self.stdout.write(words)
        self.stdout.flush()


def _programs(options: dict[str, Any]) -> list[Program]:
    programs = [crew.worker(processes=options["workers"]), crew.sweeper()]
    if not options["no_web"]:
        require_free(options["host"], options["port"])
        programs.append(crew.web(host=options["host"], port=options["port"]))
    return programs


def require_free(host: str, port: int) -> None:
    """Refuse, in one sentence, a port that something else listens on."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandError(
                f"Port {port} of {host} cannot be used ({error.strerror}):"
                f" stop what uses it, or choose another with PORT={port + 1} or --port."
            ) from error
