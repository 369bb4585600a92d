"""One person of a source, read once a request for all parts of a page."""

from __future__ import annotations

from django.http import Http404

from contacts import panels, people
from contacts.access import StaffRequest
from contacts.models import Match, Source
from contacts.people import Person

_RECORDS = ("source", "legacy_contact__snapshot", "contact__snapshot")
_CONSENTS = ("legacy_contact__consent", "contact__consent")


def person_of(request: StaffRequest, source: Source, pk: int) -> Person:
    """Read a person once a request; one of another source does not exist (404)."""
    return panels.once(request, f"person {pk}", lambda: _read(source, pk))


def _read(source: Source, pk: int) -> Person:
    """Read the records and, of Clever, the students; mailing knows consents instead."""
    beside = () if source.is_clever else _CONSENTS
    match = (
        Match.objects.filter(source=source, pk=pk)
        .select_related(*_RECORDS, *beside)
        .first()
    )
    if match is None:
        raise Http404
    return people.person(match) if source.is_clever else Person(match, ())
