"""Import orders and instructions."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from audits import granting
from contacts.commands import JobCommand
from contacts.models import Job, Source


class Command(JobCommand):
    """Takes in a CSV file of restrictions."""

    help = "Import orders and instructions from a CSV file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("file", type=Path, metavar="FILE")

    def start(self, source: Source, options: dict[str, Any]) -> Job:
        """Enqueue the import."""
        return granting.start_restrictions(source=source, path=options["file"], by=None)
