"""``scan SOURCE``: judge every grant and write the findings."""

from __future__ import annotations

from typing import Any

from audits import scanning
from contacts import jobs
from contacts.commands import JobCommand
from contacts.models import Job, Source

LOSSES = ("losses", "losses_by_rule")
"""What only a mailing account has."""


class Command(JobCommand):
    """Scan one source."""

    help = "Judge every grant of a source by what v3 tells, and write the findings."
    keys = (
        "scan",
        "grants",
        "situations",
        "confirmed",
        "findings",
        "opened",
        "reopened",
        "closed",
        "by_rule",
        "other_basis",
        "expired",
        *LOSSES,
    )

    def start(self, source: Source, options: dict[str, Any]) -> Job:  # noqa: ARG002  # no options
        """Ask for a scan."""
        return scanning.start(source=source, by=None)

    def perform(self, options: dict[str, Any]) -> dict[str, Any]:
        """Scan, and tell what was counted; a district tells nothing of losses."""
        told = super().perform(options)
        absent = {name for name in LOSSES if told.get(name) is None}
        return {name: value for name, value in told.items() if name not in absent}

    def is_same(self, running: jobs.AlreadyRunning) -> bool:
        """Go on with a scan that was killed: one scan of a source is like another."""
        return running.job.kind == scanning.KIND
