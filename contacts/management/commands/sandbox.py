"""Serve a make-believe Clever district, or write its files."""

import os
import signal
import threading
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from contacts.sandbox import answering, faults, server, serving, writing
from contacts.sandbox.district import District, make_district


class Command(BaseCommand):
    """Makes a district whose truth is known, and serves it on this machine."""

    help = "Serve a make-believe Clever district on 127.0.0.1, or write its files."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8010)
        parser.add_argument("--contacts", type=int, default=1500)
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

    def handle(self, **options: Any) -> None:
        if options["contacts"] < 0:
            raise CommandError("--contacts must not be below 0.")
        token = None if options["no_serve"] else _token(options)
        district = make_district(
            seed=options["seed"],
            contacts=options["contacts"],
            today=options["today"] or timezone.now().date(),
        )
        if options["write"]:
            self._write(district, options["write"])
        if token is not None:
            self._serve(_sandbox(district, token, options))

    def _write(self, district: District, folder: Path) -> None:
        try:
            paths = writing.write_files(district, folder)
        except OSError as error:
            raise CommandError(
                f"Cannot write to {folder}: {error.strerror}."
            ) from error
        for path in paths:
            self.stdout.write(f"wrote {path}")

    def _serve(self, sandbox: server.Sandbox) -> None:
        stop = threading.Event()
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, lambda *_: stop.set())
        with serving.running(sandbox):
            self.stdout.write(f"serving {sandbox.url}")
            self.stdout.flush()
            stop.wait()


def _token(options: dict[str, Any]) -> str:
    variable = options["token_env"]
    token = os.environ.get(variable) if variable else options["token"]
    if not token:
        told = f"the variable {variable}" if variable else "--token or --token-env"
        raise CommandError(f"Give the token to accept: {told} is empty.")
    return str(token)


def _sandbox(district: District, token: str, options: dict[str, Any]) -> server.Sandbox:
    try:
        wanted = [faults.parse(text) for text in options["fault"]]
    except faults.FaultUnreadable as error:
        raise CommandError(f"Cannot read --fault: {error}.") from error
    try:
        return server.Sandbox(
            district,
            token=token,
            port=options["port"],
            faults=faults.Faults(wanted),
            v2=options["v2"],
        )
    except (OSError, OverflowError) as error:
        port = options["port"]
        raise CommandError(f"Cannot listen on port {port}: {error}.") from error
