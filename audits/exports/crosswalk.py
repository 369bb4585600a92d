"""``crosswalk``: one row a legacy contact, or a contact that no legacy one claims."""

from __future__ import annotations

from collections.abc import Iterator

from audits.exports import writing
from contacts.models import Match, Source

COLUMNS = (
    "contact_v2_id",
    "contact_v3_id",
    "method",
    "state",
    "contact_name",
    "email",
    "methods",
)


def rows(source: Source, filters: writing.Filters) -> Iterator[writing.Row]:
    """Give every row of a source's crosswalk, or those of one state."""
    matches = Match.objects.filter(source=source)
    if state := filters.get("state"):
        matches = matches.filter(state=state)
    for batch in writing.batches(matches.select_related("legacy_contact", "contact")):
        yield from map(row, batch)


def row(match: Match) -> tuple[object, ...]:
    """Write one match; a re-created contact's candidate stands as its contact."""
    legacy, contact = match.legacy_contact, match.contact
    person = contact or legacy
    return (
        legacy.external_id if legacy else "",
        contact.external_id if contact else "",
        match.method,
        match.state,
        person.name if person else "",
        person.email if person else "",
        match.methods,
    )


EXPORT = writing.Export("crosswalk", writing.Csv(COLUMNS), rows, frozenset({"state"}))
