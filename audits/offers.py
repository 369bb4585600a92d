"""What judgements need imported: grants and restrictions, offered beside the facts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from audits import granting
from contacts import offers
from contacts.models import Job, Source

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def _grants(*, source: Source, paths: Sequence[Path], complete: bool, by: User) -> Job:
    return granting.start_grants(source=source, path=paths[0], complete=complete, by=by)


def _restrictions(
    *,
    source: Source,
    paths: Sequence[Path],
    complete: bool,  # noqa: ARG001  # a restriction ends on a day, never by absence
    by: User,
) -> Job:
    return granting.start_restrictions(source=source, path=paths[0], by=by)


offers.register(
    offers.Offer(
        code="grants",
        label="Your grants",
        text="A CSV of who may do what for whom, as your own product holds it.",
        start=_grants,
        may_be_complete=True,
    )
)
offers.register(
    offers.Offer(
        code="restrictions",
        label="Restrictions",
        text="A CSV of court orders and instructions that forbid privileges.",
        start=_restrictions,
    )
)
