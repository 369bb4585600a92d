"""What each source says of a V2 contact's V3 id, and who the V3 contacts are that it names.

The crosswalk keeps what came of it (``mail_matching``); a page about one person shows what
was said, so that a conflict can be seen through.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db.models import Q

from contacts.models import ContactXref, LegacyContact, Match, Source, UploadedXref
from contacts.models.record import Imported

TITLES = {
    Match.Method.XREF: "Cross-reference answer",
    Match.Method.UPLOAD: "Row of the uploaded crosswalk",
}
RIVALS = 20
LONGEST_ID = 100
"""V2 prints ids with leading zeros and drops them here and there; columns hold so many."""

Answer = ContactXref | UploadedXref


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
    """Give what was said of a V2 contact whose consent is at hand, in four statements."""
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


def rivals(source: Source, legacy: LegacyContact, claimed: list[Claim]) -> list[Match]:
    """Give the other V2 contacts for which anybody told one of the same V3 ids."""
    refs = [claim.ref for claim in claimed if claim.ref]
    answered = (
        rows.objects.filter(source=source, ref__in=refs).values("external_id")
        for rows in (ContactXref, UploadedXref)
    )
    named = Q(legacy_contact__consent__told_ref__in=refs)
    for ids in answered:
        named |= Q(legacy_contact__external_id__in=ids)
    found = Match.objects.filter(named, source=source)
    return list(
        found.exclude(legacy_contact=legacy)
        .select_related("legacy_contact__consent")
        .order_by("folded_name", "pk")[:RIVALS]
    )


def _spellings(source: Source, legacy: LegacyContact) -> set[str]:
    """Give the id with more and fewer zeros, but not what another contact is called."""
    bare = legacy.external_id.lstrip("0")
    every = {"0" * zeros + bare for zeros in range(LONGEST_ID - len(bare) + 1)} - {""}
    others = LegacyContact.objects.filter(source=source, external_id__in=every)
    named = others.exclude(pk=legacy.pk).values_list("external_id", flat=True)
    return every - set(named)


def _that_count(rows: list[Answer], legacy: LegacyContact) -> list[Answer]:
    """Choose as the crosswalk does: the id to the letter, then its other spellings.

    An answer without a V3 id is one only to the letter, and where no other tells one.
    """
    exact = [row for row in rows if row.external_id == legacy.external_id]
    telling = [row for row in exact if row.ref] or [row for row in rows if row.ref]
    return sorted(telling or exact, key=lambda row: row.pk)


def _said(
    source: Source, legacy: LegacyContact
) -> Iterator[tuple[Match.Method, str, Imported]]:
    here = {"source": source, "external_id__in": _spellings(source, legacy)}
    asked: tuple[tuple[Match.Method, Iterable[Answer]], ...] = (
        (Match.Method.XREF, ContactXref.objects.filter(**here)),
        (Match.Method.UPLOAD, UploadedXref.objects.filter(**here)),
    )
    for method, rows in asked:
        for answer in _that_count([*rows], legacy):
            yield method, answer.ref, answer
    consent = getattr(legacy, "consent", None)
    if consent and consent.told_ref:
        yield Match.Method.INCLUDE_CONTACT_ID, consent.told_ref, legacy
