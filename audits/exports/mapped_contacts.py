"""``mapped_contacts``: one line a change that V3 needs, ready for the provider's API.

Each line is a request: method, path and body. A body holds every core property that V3
has now, for one left out would be emptied there. A contact that V3 does not have is not
in the file: adding somebody is decided by a person (``audits.writes``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from audits import changing
from audits.exports import writing
from contacts.models import Source


def rows(source: Source, _: writing.Filters) -> Iterator[Mapping[str, object]]:
    """Give a request for every contact that differs from the V3 snapshot."""
    return map(line, changing.changes(source))


def line(proposed: changing.Proposed) -> Mapping[str, object]:
    """Write one request; the V2 id stands beside it, so that it can be traced."""
    change, legacy = proposed.change, proposed.match.legacy_contact
    return {
        "method": change.method.upper(),
        "path": f"/v3/contacts/{change.contact_id}",
        "contact_v2_id": legacy.external_id if legacy else "",
        "body": change.body,
    }


EXPORT = writing.Export(
    "mapped_contacts",
    writing.Lines(),
    rows,
    only_for=Source.Provider.CONSTANT_CONTACT,
)
