"""Import stored v2 contacts."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from contacts import importing
from contacts.commands import JobCommand
from contacts.models import Job, Source


class Command(JobCommand):
    """Takes in v2 contacts: from files, or from the API where it still answers."""

    help = "Import stored v2 contacts; several files are one snapshot."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("files", nargs="*", type=Path, metavar="FILE")
        parser.add_argument(
            "--api", action="store_true", help="Ask the provider's v2 API instead."
        )

    def start(self, source: Source, options: dict[str, Any]) -> Job:
        """Enqueue the import of the files, or of the API's list."""
        if bool(options["files"]) == options["api"]:
            raise CommandError("Name the files to import, or give --api.", returncode=2)
        if options["api"]:
            return importing.start_legacy_api(source=source, by=None)
        return importing.start_legacy_files(
            source=source, paths=options["files"], by=None
        )
