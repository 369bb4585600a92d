"""Import v3 from the provider's API."""

from typing import Any

from contacts import importing
from contacts.commands import JobCommand
from contacts.models import Job, Source


class Command(JobCommand):
    """Takes in students and contacts, and brings the crosswalk up to date."""

    help = "Import students and contacts from the provider's v3 API."

    def start(self, source: Source, options: dict[str, Any]) -> Job:  # noqa: ARG002
        """Enqueue the import."""
        return importing.start_current(source=source, by=None)
