"""Import the customer's own grants."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from audits import granting
from contacts.commands import JobCommand
from contacts.models import Job, Source


class Command(JobCommand):
    """Takes in a CSV file of grants."""

    help = "Import the customer's own privilege grants from a CSV file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument(
            "--complete",
            action="store_true",
            help="The file holds every grant: close those it lacks.",
        )

    def start(self, source: Source, options: dict[str, Any]) -> Job:
        """Enqueue the import."""
        return granting.start_grants(
            source=source, path=options["file"], complete=options["complete"], by=None
        )
