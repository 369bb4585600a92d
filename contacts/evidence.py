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
from contacts.clever import parsing as clever
from contacts.constant_contact import parsing as constant_contact
from contacts.models import Snapshot, SnapshotPage, Source
from contacts.models.record import Imported
from contacts.slicing import ROWS_APART

SHOWN = 64 * 1024
NOTHING = sha256(b"").hexdigest()
"""The hash of no bytes: a row that says that an answer lacked what was asked for."""

_LIST_KEYS = {
    Snapshot.Kind.LEGACY_CONTACTS: constant_contact.RESULTS,
    Snapshot.Kind.LEGACY_LISTS: constant_contact.RESULTS,
    Snapshot.Kind.CONTACTS: constant_contact.CONTACTS,
    Snapshot.Kind.LISTS: constant_contact.LISTS,
    Snapshot.Kind.CUSTOM_FIELDS: constant_contact.CUSTOM_FIELDS,
}


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
    def is_absence(self) -> bool:
        """Say whether the page proves by what it lacks, so that there are no bytes."""
        return self.intact and not self.raw

    @property
    def text(self) -> str:
        """Give the record to read: JSON laid out, all else as it stands."""
        if self.is_absence:
            return "The provider was asked twice and did not name this id."
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
        for page in SnapshotPage.objects.filter(wanted).select_related(
            "snapshot__source"
        )
    }
    return [_of_row(row, pages.get((row.snapshot_id, row.page))) for row in told]


def _of_row(row: Imported, page: SnapshotPage | None) -> Evidence:
    if page is None:
        return Evidence(row, None)
    body = unpacked(page)
    if body is None or sha256(body).hexdigest() != page.sha256:
        return Evidence(row, page)
    if row.sha256 == NOTHING:
        return Evidence(row, page, intact=True)
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
        return _told_by_api(page.snapshot, body)
    except api_errors.BadPayload:
        return []


def _told_by_api(snapshot: Snapshot, body: bytes) -> list[bytes]:
    if snapshot.source.provider == Source.Provider.CLEVER:
        return clever.parse_page(body).items
    key = _LIST_KEYS.get(Snapshot.Kind(snapshot.kind))
    if key is None:
        return constant_contact.parse_xrefs(body)
    return constant_contact.parse_page(body, key).items
