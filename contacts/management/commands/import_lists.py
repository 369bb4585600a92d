"""Import stored V2 lists."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from contacts import mail_importing
from contacts.commands import JobCommand
from contacts.models import Job, Source


class Command(JobCommand):
    """Takes in the lists of V2, for a Constant Contact account."""

    help = "Import stored V2 lists; several files are one snapshot."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")

    def start(self, source: Source, options: dict[str, Any]) -> Job:
        """Enqueue the import of the files."""
        return mail_importing.start_lists(
            source=source, paths=options["files"], by=None
        )
