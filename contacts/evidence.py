"""The exact bytes behind a row: what was received, found again and proved by its hash.

A row knows snapshot, page and place; the page is kept compressed as it came. Nothing is
shown as evidence that does not hash to what was noted when it was read.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256

from django.db.models import Q

from contacts import api_errors
from contacts.clever import parsing
from contacts.models import Snapshot, SnapshotPage
from contacts.models.record import Imported
from contacts.slicing import ROWS_APART

SHOWN = 64 * 1024


@dataclass(frozen=True, slots=True)
class Evidence:
    """A record as received, or the reason why it cannot be shown.

    ``intact`` says that page and record hash to what was noted when they came in.
    """

    row: Imported
    page: SnapshotPage | None
    raw: bytes = b""
    intact: bool = False

    @property
    def text(self) -> str:
        """Give the record to read: JSON laid out, all else as it stands."""
        told = self.raw.decode("utf-8", errors="replace")
        with suppress(ValueError):
            told = json.dumps(json.loads(told), indent=2, ensure_ascii=False)
        return told if len(told) <= SHOWN else f"{told[:SHOWN]}\n…"


def of_rows(rows: Iterable[Imported]) -> list[Evidence]:
    """Find the bytes behind some rows, in one statement."""
    told = list(rows)
    wanted = Q(pk__in=[])
    for row in told:
        wanted |= Q(snapshot=row.snapshot_id, number=row.page)
    pages = {
        (page.snapshot_id, page.number): page
        for page in SnapshotPage.objects.filter(wanted).select_related("snapshot")
    }
    return [_of_row(row, pages.get((row.snapshot_id, row.page))) for row in told]


def _of_row(row: Imported, page: SnapshotPage | None) -> Evidence:
    if page is None:
        return Evidence(row, None)
    body = unpacked(page)
    if body is None or sha256(body).hexdigest() != page.sha256:
        return Evidence(row, page)
    found = _records(page, body)[row.place : row.place + 1]
    if not found or sha256(found[0]).hexdigest() != row.sha256:
        return Evidence(row, page)
    return Evidence(row, page, found[0], intact=True)


def unpacked(page: SnapshotPage) -> bytes | None:
    """Give a page as it was received; None where what is kept is no such page."""
    try:
        return zlib.decompress(bytes(page.body))
    except zlib.error:
        return None


def _records(page: SnapshotPage, body: bytes) -> list[bytes]:
    """Cut a page into its records, as the import did that stored it."""
    if page.snapshot.origin == Snapshot.Origin.FILE:
        return body.split(ROWS_APART)
    try:
        return parsing.parse_page(body).items
    except api_errors.BadPayload:
        return []
