"""``relationships``: one row a relationship entry that v3 tells today."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from audits import policy
from audits.exports import writing
from contacts.models import LegacyContact, Match, RelationshipEntry, Source, Student

COLUMNS = (
    "contact_v3_id",
    "contact_v2_id",
    "contact_name",
    "student_id",
    "student_name",
    "relationship",
    "type",
    "v2_relationship",
    "v2_type",
    "agrees",
)


def rows(source: Source, _: writing.Filters) -> Iterator[writing.Row]:
    """Give every entry of contacts that v3 still has.

    An ended entry is history and would read here as if it held.
    """
    entries = RelationshipEntry.objects.filter(
        contact__source=source, contact__missing_at__isnull=True, ended_at__isnull=True
    ).select_related("contact")
    for batch in writing.batches(entries):
        names = _student_names(source, batch)
        legacy = _legacy_contacts(batch)
        for entry in batch:
            name = names.get(entry.student_ref, "")
            yield row(entry, name, legacy.get(entry.contact_id))


def _student_names(
    source: Source, entries: Sequence[RelationshipEntry]
) -> dict[str, str]:
    refs = {entry.student_ref for entry in entries}
    students = Student.objects.filter(source=source, external_id__in=refs)
    return dict(students.values_list("external_id", "name"))


def _legacy_contacts(entries: Sequence[RelationshipEntry]) -> dict[int, LegacyContact]:
    """Find the legacy contacts of surely matched contacts; a candidate is not one."""
    matches = Match.objects.filter(
        contact__in={entry.contact_id for entry in entries}, state=Match.State.MATCHED
    ).select_related("legacy_contact")
    return {
        match.contact_id: match.legacy_contact
        for match in matches
        if match.contact_id and match.legacy_contact
    }


def row(
    entry: RelationshipEntry, student_name: str, legacy: LegacyContact | None
) -> tuple[object, ...]:
    """Write one entry beside the single label that v2 had for all students."""
    contact = entry.contact
    return (
        contact.external_id,
        legacy.external_id if legacy else contact.legacy_id,
        contact.name,
        entry.student_ref,
        student_name,
        entry.relationship,
        entry.type,
        legacy.relationship if legacy else "",
        legacy.type if legacy else "",
        _agrees(entry, legacy) if legacy else None,
    )


def _agrees(entry: RelationshipEntry, legacy: LegacyContact) -> bool:
    return [policy.fold(entry.relationship), policy.fold(entry.type)] == [
        policy.fold(legacy.relationship),
        policy.fold(legacy.type),
    ]


EXPORT = writing.Export(
    "relationships",
    writing.Csv(COLUMNS),
    rows,
    only_for=Source.Provider.CLEVER,
)
