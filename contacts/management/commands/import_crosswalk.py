"""Import a person's own crosswalk."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from contacts import mail_importing
from contacts.commands import JobCommand
from contacts.models import Job, Source


class Command(JobCommand):
    """Takes in which V2 id is which V3 id, for a Constant Contact account."""

    help = "Import a crosswalk CSV with contact_v2_id and contact_v3_id."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("file", type=Path, metavar="FILE")

    def start(self, source: Source, options: dict[str, Any]) -> Job:
        """Enqueue the import of the file."""
        return mail_importing.start_crosswalk(
            source=source, path=options["file"], by=None
        )
