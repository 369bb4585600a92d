"""What each source says of a V2 contact's V3 id, and who the V3 contacts are that it names.

The crosswalk keeps what came of it (``mail_matching``); a page about one person shows what
was said, so that a conflict can be seen through.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from contacts.models import ContactXref, LegacyContact, Match, Source, UploadedXref
from contacts.models.record import Imported

TITLES = {
    Match.Method.XREF: "Cross-reference answer",
    Match.Method.UPLOAD: "Row of the uploaded crosswalk",
}
ID_LENGTH = 10
"""V2 prints ids of ten digits with leading zeros, and drops the zeros here and there."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What one source said: a V3 id, or "" where it was asked and knew none.

    ``row`` is the answer as it was stored; the V2 contact's own record otherwise.
    ``match`` is the V3 contact it names, where V3 has it.
    """

    method: Match.Method
    ref: str
    row: Imported
    match: Match | None = None


def of(source: Source, legacy: LegacyContact | None) -> list[Claim]:
    """Give what was said of a V2 contact whose consent is at hand, in three statements."""
    if legacy is None:
        return []
    said = list(_said(source, legacy))
    named = Match.objects.filter(
        source=source, contact__external_id__in=[ref for _, ref, _ in said if ref]
    ).select_related("contact__consent")
    found: dict[str, Match] = {}
    # Of a matched contact there is one row, of a conflict each claimed contact's own.
    for match in named.order_by("pk"):
        if match.contact:
            found[match.contact.external_id] = match
    return [Claim(method, ref, row, found.get(ref)) for method, ref, row in said]


def _said(
    source: Source, legacy: LegacyContact
) -> Iterator[tuple[Match.Method, str, Imported]]:
    told = legacy.external_id
    spellings = {told, told.lstrip("0"), told.lstrip("0").zfill(ID_LENGTH)} - {""}
    here = {"source": source, "external_id__in": spellings}
    asked: tuple[tuple[Match.Method, Iterable[ContactXref | UploadedXref]], ...] = (
        (Match.Method.XREF, ContactXref.objects.filter(**here)),
        (Match.Method.UPLOAD, UploadedXref.objects.filter(**here)),
    )
    for method, rows in asked:
        # The id to the letter goes before the same without its zeros.
        answers = sorted(rows, key=lambda row: row.external_id != told)
        for answer in answers[:1]:
            yield method, answer.ref, answer
    consent = getattr(legacy, "consent", None)
    if consent and consent.told_ref:
        yield Match.Method.INCLUDE_CONTACT_ID, consent.told_ref, legacy
