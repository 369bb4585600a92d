"""What can be imported, as a person is offered it.

Facts are offered here; another app registers what it takes in beside them, so that one
page starts every import.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from contacts import importing, mail_importing
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
_offers: dict[tuple[str, str], Offer] = {}


def register(offer: Offer) -> None:
    """Offer a way of importing, behind those there are.

    Ways that lead to the same for two providers share their code.
    """
    _offers[offer.code, offer.only_for] = offer


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


def _crosswalk(
    *,
    source: Source,
    paths: Sequence[Path],
    complete: bool,  # noqa: ARG001  # what a crosswalk lacks it does not deny
    by: User,
) -> Job:
    return mail_importing.start_crosswalk(source=source, path=paths[0], by=by)


def _legacy_lists(
    *,
    source: Source,
    paths: Sequence[Path],
    complete: bool,  # noqa: ARG001  # as for stored v2 contacts
    by: User,
) -> Job:
    return mail_importing.start_lists(source=source, paths=paths, by=by)


_CLEVER, _MAIL = Source.Provider.CLEVER, Source.Provider.CONSTANT_CONTACT

register(
    Offer(
        code="legacy",
        label="Stored v2 contacts",
        text="What you kept of the v2 API: its response pages, JSON, NDJSON or CSV, also"
        " compressed with gzip. Several files make one snapshot.",
        start=_legacy_files,
        files=MANY,
        only_for=_CLEVER,
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
        only_for=_CLEVER,
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
        only_for=_CLEVER,
    )
)
register(
    Offer(
        code="legacy",
        label="Stored V2 contacts",
        text="What you kept of the V2 API: its response pages, JSON, NDJSON, or CSV with"
        " dotted columns, also compressed with gzip. Several files make one snapshot.",
        start=_legacy_files,
        files=MANY,
        only_for=_MAIL,
    )
)
register(
    Offer(
        code="current",
        label="V3 from the provider’s API",
        text="Lists, custom fields and all contacts, deleted ones too; then which V3 id"
        " each stored V2 id has. Needs a connected account.",
        start=_current,
        files=0,
        only_for=_MAIL,
    )
)
register(
    Offer(
        code="legacy-api",
        label="V2 from the provider’s API",
        text="Lists and contacts with their V3 ids, where V2 still answers. Needs the V2"
        " API key. If V2 is gone, the job says so, and a stored file is the way.",
        start=_legacy_api,
        files=0,
        only_for=_MAIL,
    )
)
register(
    Offer(
        code="crosswalk",
        label="A crosswalk of your own",
        text="CSV with the columns contact_v2_id and contact_v3_id; others are ignored, so"
        " the crosswalk exported here can be completed and brought back.",
        start=_crosswalk,
        only_for=_MAIL,
    )
)
register(
    Offer(
        code="legacy-lists",
        label="Stored V2 lists",
        text="V2’s lists as JSON, or as CSV with the columns id and name, and list_id where"
        " the V3 id is known.",
        start=_legacy_lists,
        files=MANY,
        only_for=_MAIL,
    )
)
