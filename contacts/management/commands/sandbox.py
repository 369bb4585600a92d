"""Serve a make-believe district or mailing account, or write its files."""

import os
import signal
import threading
from argparse import ArgumentParser
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from contacts.sandbox import (
    account_answering,
    account_server,
    account_writing,
    answering,
    faults,
    server,
    serving,
    writing,
)
from contacts.sandbox.account import make_account
from contacts.sandbox.district import make_district

Options = dict[str, Any]


class Play(NamedTuple):
    """What is played for one provider: how it is made, written and served."""

    contacts: int
    make: Callable[..., Any]
    write: Callable[[Any, Path], list[Path]]
    sandbox: Callable[[Any, str, faults.Faults, Options], serving.SandboxServer]


def _district(
    district: Any, token: str, wanted: faults.Faults, options: Options
) -> serving.SandboxServer:
    return server.Sandbox(
        district, token=token, port=options["port"], faults=wanted, v2=options["v2"]
    )


def _account(
    account: Any, token: str, wanted: faults.Faults, options: Options
) -> serving.SandboxServer:
    behaviour = account_server.Behaviour(
        v2=options["v2"],
        xref=options["xref"],
        xref_shape=options["xref_shape"],
        per_second=options["per_second"],
        per_day=options["per_day"],
    )
    return account_server.AccountSandbox(
        account, token=token, port=options["port"], faults=wanted, behaviour=behaviour
    )


PLAYS = {
    "clever": Play(1500, make_district, writing.write_files, _district),
    "constant_contact": Play(1000, make_account, account_writing.write_files, _account),
}


class Command(BaseCommand):
    """Makes people whose truth is known, and serves them on this machine."""

    help = (
        "Serve a make-believe Clever district or Constant Contact account on 127.0.0.1,"
        " or write its files."
    )
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--provider", choices=PLAYS, default="clever")
        parser.add_argument("--port", type=int, default=8010)
        told = " and ".join(
            f"{each.contacts} for {name}" for name, each in PLAYS.items()
        )
        parser.add_argument("--contacts", type=int, help=f"How many (default: {told}).")
        parser.add_argument("--seed", type=int, default=7)
        token = parser.add_mutually_exclusive_group()
        token.add_argument("--token", help="The bearer token that is accepted.")
        token.add_argument("--token-env", help="The variable that holds the token.")
        parser.add_argument(
            "--write", type=Path, metavar="FOLDER", help="Write the files too."
        )
        parser.add_argument("--no-serve", action="store_true", help="Only write.")
        parser.add_argument(
            "--today",
            type=date.fromisoformat,
            help="Dates of orders and grants lie around this day (default: today, UTC).",
        )
        parser.add_argument(
            "--v2",
            choices=answering.V2_STATES,
            default="alive",
            help="What is left of the v2 contacts endpoint.",
        )
        parser.add_argument(
            "--fault",
            action="append",
            default=[],
            metavar="KIND[:NAME=VALUE,…]",
            help="Something to go wrong, e.g. status:status=503,page=2,times=3.",
        )
        self._add_account_arguments(parser)

    def _add_account_arguments(self, parser: ArgumentParser) -> None:
        """Add what a Constant Contact account may do in several ways."""
        group = parser.add_argument_group("Constant Contact alone")
        group.add_argument(
            "--xref", choices=account_answering.XREFS, default="both", help="Its paths."
        )
        group.add_argument(
            "--xref-shape", choices=account_answering.SHAPES, default="object"
        )
        group.add_argument(
            "--per-second",
            type=float,
            default=account_server.PER_SECOND,
            help="Requests a second; 0 for as many as there are.",
        )
        group.add_argument("--per-day", type=int, default=account_server.PER_DAY)

    def handle(self, **options: Any) -> None:
        play = PLAYS[options["provider"]]
        contacts = play.contacts if options["contacts"] is None else options["contacts"]
        if contacts < 0:
            raise CommandError("--contacts must not be below 0.")
        token = None if options["no_serve"] else _token(options)
        people = play.make(
            seed=options["seed"],
            contacts=contacts,
            today=options["today"] or timezone.now().date(),
        )
        if options["write"]:
            self._write(play, people, options["write"])
        if token is not None:
            self._serve(_sandbox(play, people, token, options))

    def _write(self, play: Play, people: Any, folder: Path) -> None:
        try:
            paths = play.write(people, folder)
        except OSError as error:
            raise CommandError(
                f"Cannot write to {folder}: {error.strerror}."
            ) from error
        for path in paths:
            self.stdout.write(f"wrote {path}")

    def _serve(self, sandbox: serving.SandboxServer) -> None:
        stop = threading.Event()
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, lambda *_: stop.set())
        with serving.running(sandbox):
            self.stdout.write(f"serving {sandbox.url}")
            self.stdout.flush()
            stop.wait()


def _token(options: Options) -> str:
    variable = options["token_env"]
    token = os.environ.get(variable) if variable else options["token"]
    if not token:
        told = f"the variable {variable}" if variable else "--token or --token-env"
        raise CommandError(f"Give the token to accept: {told} is empty.")
    return str(token)


def _sandbox(
    play: Play, people: Any, token: str, options: Options
) -> serving.SandboxServer:
    try:
        wanted = [faults.parse(text) for text in options["fault"]]
    except faults.FaultUnreadable as error:
        raise CommandError(f"Cannot read --fault: {error}.") from error
    try:
        return play.sandbox(people, token, faults.Faults(wanted), options)
    except (OSError, OverflowError) as error:
        port = options["port"]
        raise CommandError(f"Cannot listen on port {port}: {error}.") from error
