"""Show Retie at work on a make-believe district, from nothing to findings to decide."""

import os
import socket
import sys
from argparse import ArgumentParser
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from contacts import crew, demonstrating
from contacts.management.commands.serve import require_free
from contacts.supervising import Program, Supervisor

HOST = "127.0.0.1"
LOOPBACK_VARIABLE = "ALLOW_LOOPBACK_PROVIDERS"
FOLDER = settings.VAR_DIR / "demo"
LOGINS = settings.VAR_DIR / "demo-logins.txt"
LOG = settings.VAR_DIR / "demo.log"


class Command(BaseCommand):
    """Serves the district, imports it through a worker, scans it, serves the site."""

    help = "Run Retie on a make-believe Clever district; Ctrl-C stops all."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take where to listen, and how large the district is when it is made."""
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--sandbox-port", type=int, default=8010)
        parser.add_argument("--contacts", type=int, default=1500)

    def handle(self, **options: Any) -> None:
        """Start all, fill what is empty, and go on until told to stop."""
        _allow_loopback()
        os.chdir(crew.ROOT)
        for port in (options["port"], options["sandbox_port"]):
            require_free(HOST, port)
        self.say("Preparing the database and the static files …")
        call_command("prepare")
        how = demonstrating.make_district(FOLDER, contacts=options["contacts"])
        token = demonstrating.keep_secret(FOLDER / "token", size=30)
        os.environ[demonstrating.TOKEN_VARIABLE] = token
        with Supervisor(_programs(options, how), say=self.say) as supervisor:
            self._fill(supervisor, options["sandbox_port"])
            self._tell_when_ready(supervisor, options["port"])
            supervisor.run()
        self.say("\nStopped. `make demo` goes on from here.")

    def _fill(self, supervisor: Supervisor, sandbox_port: int) -> None:
        supervisor.wait_until(lambda: _listens(sandbox_port))
        source = demonstrating.add_source(api_url=f"http://{HOST}:{sandbox_port}")
        source.people.add(*demonstrating.make_people(_password()))
        demonstrating.fill(source, FOLDER, say=self.say, wait=supervisor.wait_until)

    def _tell_when_ready(self, supervisor: Supervisor, port: int) -> None:
        table = demonstrating.login_table(_password())
        demonstrating.write_logins(LOGINS, table)
        supervisor.wait_until(lambda: _listens(port))
        self.say(f"\nRetie is ready: http://{HOST}:{port}/\n\n{table}\n")
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


def _programs(options: dict[str, Any], how: dict[str, str]) -> list[Program]:
    """Give the demo's processes, which write to a file so that the logins stay in view."""
    sandbox_options = {
        "--port": str(options["sandbox_port"]),
        "--token-env": demonstrating.TOKEN_VARIABLE,
        "--contacts": how["contacts"],
        "--today": how["today"],
    }
    given = [part for option in sandbox_options.items() for part in option]
    sandbox = Program("the sandbox", [crew.PYTHON, crew.MANAGE, "sandbox", *given])
    site = crew.web(host=HOST, port=options["port"])
    programs = [sandbox, crew.worker(processes=2), crew.sweeper(), site]
    return [replace(program, log=LOG) for program in programs]


def _password() -> str:
    return demonstrating.keep_secret(FOLDER / "password", size=12)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0
