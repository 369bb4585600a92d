"""Import v3 from the provider's API."""

from typing import Any

from contacts import importing
from contacts.commands import JobCommand
from contacts.models import Job, Source


class Command(JobCommand):
    """Takes in all that v3 tells, and brings the crosswalk up to date."""

    help = "Import people, and lists or students, from the provider's v3 API."

    keys = (*JobCommand.keys, "note")

    def perform(self, options: dict[str, Any]) -> dict[str, Any]:
        """Import; what could not be had and was not needed is told as ``note``."""
        told = super().perform(options)
        return told if told.get("note") else {**told, "note": ""}

    def start(self, source: Source, options: dict[str, Any]) -> Job:  # noqa: ARG002
        """Enqueue the import."""
        return importing.start_current(source=source, by=None)
