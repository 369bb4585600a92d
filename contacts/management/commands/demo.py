"""Show Retie at work on make-believe people, from nothing to findings to decide."""

import os
import socket
import sys
from argparse import ArgumentParser
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from contacts import crew, demonstrating
from contacts.management.commands.serve import require_free
from contacts.shows import SHOWS, Show
from contacts.supervising import Program, Supervisor

HOST = "127.0.0.1"
LOOPBACK_VARIABLE = "ALLOW_LOOPBACK_PROVIDERS"
FOLDER = settings.VAR_DIR / "demo"
LOGINS = settings.VAR_DIR / "demo-logins.txt"
LOG = settings.VAR_DIR / "demo.log"


class Command(BaseCommand):
    """Serves both providers, imports through a worker, scans, serves the site."""

    help = (
        "Run Retie on a make-believe Clever district and Constant Contact account;"
        " Ctrl-C stops all."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take where to listen, and how large the sources are when they are made."""
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument(
            "--sandbox-port",
            type=int,
            default=8010,
            help="Where Clever is played; Constant Contact on the port after it.",
        )
        parser.add_argument("--contacts", type=int, default=1500)
        parser.add_argument("--mail-contacts", type=int, default=1000)

    def handle(self, **options: Any) -> None:
        """Start all, fill what is empty, and go on until told to stop."""
        _allow_loopback()
        os.chdir(crew.ROOT)
        stands = _stands(options)
        for port in (options["port"], *(stand.port for stand in stands)):
            require_free(HOST, port)
        self.say("Preparing the database and the static files …")
        call_command("prepare")
        with Supervisor(_programs(options, stands), say=self.say) as supervisor:
            for stand in stands:
                self._fill(supervisor, stand)
            self._tell_when_ready(supervisor, options["port"])
            supervisor.run()
        self.say("\nStopped. `make demo` goes on from here.")

    def _fill(self, supervisor: Supervisor, stand: "Stand") -> None:
        supervisor.wait_until(lambda: _listens(stand.port))
        self.say(f"{stand.show.name} on {stand.url}")
        source = demonstrating.add_source(stand.show, api_url=stand.url)
        source.people.add(*demonstrating.make_people(_password()))
        demonstrating.fill(
            stand.show, source, stand.folder, say=self.say, wait=supervisor.wait_until
        )

    def _tell_when_ready(self, supervisor: Supervisor, port: int) -> None:
        table = demonstrating.login_table(_password())
        demonstrating.write_logins(LOGINS, table)
        supervisor.wait_until(lambda: _listens(port))
        site = f"http://{HOST}:{port}"
        shown = "\n".join(
            f"  {show.name}: {site}/sources/{show.slug}/" for show in SHOWS
        )
        self.say(f"\nRetie is ready: {site}/\n{shown}\n\n{table}\n")
        self.say(f"The logins stand in {LOGINS}, logs in {LOG}. Ctrl-C stops all.")

    def say(self, words: str) -> None:
        """Tell the terminal at once."""
        self.stdout.write(words)
        self.stdout.flush()


def _allow_loopback() -> None:
    """Start this command again with the switch that the sandbox needs.

    It is for the demo's processes alone, so it stands in no file.
    """
    if not settings.ALLOW_LOOPBACK_PROVIDERS:
        os.environ[LOOPBACK_VARIABLE] = "true"
        os.execv(sys.executable, [sys.executable, *sys.argv])  # noqa: S606


class Stand(NamedTuple):
    """A show in its place: its files, how it was made, and where it is served."""

    show: Show
    folder: Path
    how: dict[str, str]
    port: int

    @property
    def url(self) -> str:
        """The root address of its sandbox."""
        return f"http://{HOST}:{self.port}"


def _stands(options: dict[str, Any]) -> list[Stand]:
    """Make the files of each show, and the token that its sandbox will accept."""
    counts = (options["contacts"], options["mail_contacts"])
    stands = []
    for number, (show, contacts) in enumerate(zip(SHOWS, counts, strict=True)):
        folder = FOLDER / show.folder
        how = demonstrating.make_files(show, folder, contacts=contacts)
        token = demonstrating.keep_secret(folder / "token", size=30)
        os.environ[show.token_variable] = token
        stands.append(Stand(show, folder, how, options["sandbox_port"] + number))
    return stands


def _programs(options: dict[str, Any], stands: list[Stand]) -> list[Program]:
    """Give the demo's processes, which write to a file so that the logins stay in view."""
    sandboxes = [_sandbox(stand) for stand in stands]
    site = crew.web(host=HOST, port=options["port"])
    programs = [*sandboxes, crew.worker(processes=2), crew.sweeper(), site]
    return [replace(program, log=LOG) for program in programs]


def _sandbox(stand: Stand) -> Program:
    options = {
        "--provider": stand.show.provider,
        "--port": str(stand.port),
        "--token-env": stand.show.token_variable,
        "--contacts": stand.how["contacts"],
        "--today": stand.how["today"],
    }
    given = [part for option in options.items() for part in option]
    name = f"the sandbox of {stand.show.slug}"
    return Program(name, [crew.PYTHON, crew.MANAGE, "sandbox", *given])


def _password() -> str:
    return demonstrating.keep_secret(FOLDER / "password", size=12)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0
