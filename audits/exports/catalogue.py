"""Which files there are to take, and the event that each download is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.db import transaction

from audits import trail
from audits.exports import (
    crosswalk,
    decisions,
    events,
    findings,
    losses,
    mapped_contacts,
    population,
    relationships,
    writing,
)

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from audits.models import Event
    from contacts.models import Source

_ALL: tuple[writing.Export[Any], ...] = (
    findings.EXPORT,
    decisions.EXPORT,
    losses.EXPORT,
    mapped_contacts.EXPORT,
    relationships.EXPORT,
    crosswalk.EXPORT,
    population.EXPORT,
    events.EXPORT,
)
EXPORTS = {export.name: export for export in _ALL}


class UnknownExport(LookupError):
    """The source has no file of this name."""


class UnknownFilter(LookupError):
    """The file cannot be narrowed so."""


def stream(
    name: str,
    source: Source,
    *,
    filters: writing.Filters | None = None,
    tally: writing.Tally | None = None,
) -> Iterator[bytes]:
    """Give a file in blocks of bytes, counting its rows in ``tally`` as they are read.

    Raises ``UnknownExport`` and ``UnknownFilter`` before the first block.
    """
    export = EXPORTS.get(name)
    if export is None or not export.fits(source):
        known = ", ".join(each.name for each in _ALL if each.fits(source))
        raise UnknownExport(f"{source.name} has no file “{name}”; try {known}.")
    chosen = {key: value for key, value in (filters or {}).items() if value}
    if unknown := set(chosen) - export.filters:
        raise UnknownFilter(
            f"The file “{name}” cannot be narrowed by {', '.join(sorted(unknown))}."
        )
    return writing.stream(export, source, chosen, tally or writing.Tally())


@transaction.atomic
def downloaded(
    name: str,
    source: Source,
    *,
    by: User | None,
    via: trail.Via,
    filters: writing.Filters | None = None,
    rows: int | None = None,
    sha256: str = "",
) -> Event:
    """Record that data left the building.

    A page records it before the first byte, as even a broken download was one; there
    the number of rows and the file's hash are not known yet.
    """
    return trail.record(
        action="export.downloaded",
        object_type="export",
        object_id=name,
        source=source,
        by=by,
        via=via,
        after={
            "name": name,
            "filters": dict(filters or {}),
            "rows": rows,
            "sha256": sha256,
        },
    )
