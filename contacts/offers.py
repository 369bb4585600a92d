"""What can be imported, as a person is offered it.

Facts are offered here; another app registers what it takes in beside them, so that one
page starts every import.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from contacts import importing
from contacts.models import Job, Source

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class Start(Protocol):
    """Starts an import of files already kept, or of what the API tells."""

    def __call__(
        self, *, source: Source, paths: Sequence[Path], complete: bool, by: User
    ) -> Job: ...


@dataclass(frozen=True)
class Offer:
    """One way of importing: what it is called, what it needs, how it starts."""

    code: str
    label: str
    text: str
    start: Start
    files: int = 1  # how many it takes; 0: it asks the provider
    may_be_complete: bool = False
    only_for: str = ""  # a provider, or any

    @property
    def takes_files(self) -> bool:
        """Say whether a file is uploaded for it."""
        return self.files > 0

    def fits(self, source: Source) -> bool:
        """Say whether it makes sense for a source."""
        return self.only_for in ("", source.provider)


MANY = 50
_offers: dict[str, Offer] = {}


def register(offer: Offer) -> None:
    """Offer a way of importing, behind those there are."""
    _offers[offer.code] = offer


def offered(source: Source) -> list[Offer]:
    """Give the ways of importing into a source, in the order to go through them."""
    return [offer for offer in _offers.values() if offer.fits(source)]


def _legacy_files(
    *,
    source: Source,
    paths: Sequence[Path],
    complete: bool,  # noqa: ARG001  # stored v2 contacts are never a whole
    by: User,
) -> Job:
    return importing.start_legacy_files(source=source, paths=paths, by=by)


def _legacy_api(
    *,
    source: Source,
    paths: Sequence[Path],  # noqa: ARG001  # the API tells them
    complete: bool,  # noqa: ARG001
    by: User,
) -> Job:
    return importing.start_legacy_api(source=source, by=by)


def _current(
    *,
    source: Source,
    paths: Sequence[Path],  # noqa: ARG001  # the API tells them
    complete: bool,  # noqa: ARG001
    by: User,
) -> Job:
    return importing.start_current(source=source, by=by)


register(
    Offer(
        code="legacy",
        label="Stored v2 contacts",
        text="What you kept of the v2 API: its response pages, JSON, NDJSON or CSV, also"
        " compressed with gzip. Several files make one snapshot.",
        start=_legacy_files,
        files=MANY,
    )
)
register(
    Offer(
        code="current",
        label="v3 from the provider’s API",
        text="Students, contacts and their relationship to each student. Needs the"
        " provider’s address and a token.",
        start=_current,
        files=0,
    )
)
register(
    Offer(
        code="legacy-api",
        label="v2 from the provider’s API",
        text="Only where v2 still answers. If it is gone, the job says so, and a stored"
        " file is the way.",
        start=_legacy_api,
        files=0,
        only_for=Source.Provider.CLEVER,
    )
)
