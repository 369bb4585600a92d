"""The lists of a mailing account: which V2 list became which V3 list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from contacts import mail_lists
from contacts.access import StaffRequest, mail_view
from contacts.mail_lists import Crossing
from contacts.models import Match, Source
from contacts.paging import Page, paginate_read
from contacts.rendering import render_page

METHODS = {
    mail_lists.XREF: "Cross-reference",
    mail_lists.TOLD: "Told with the V2 list",
}
STATES = (
    Match.State.MATCHED,
    Match.State.MISSING,
    Match.State.CONFLICT,
    Match.State.UNCHECKED,
    Match.State.UNMATCHED,
)
_LABELS = {s: str(s.label) for s in STATES} | {Match.State.UNMATCHED: "V3 only"}


@dataclass(frozen=True, slots=True)
class ListRow:
    """A list on the page: how it is known, and how many are on it."""

    crossing: Crossing
    label: str
    methods: tuple[str, ...]
    legacy_members: int
    current_members: int


@require_safe
@mail_view("contacts.view_contact")
def list_crosswalk(request: StaffRequest, source: Source) -> HttpResponse:
    """Show what became of each V2 list, by name, a page at a time."""
    state = request.GET.get("match", "")
    found = mail_lists.crossings(mail_lists.read_with_named(source))
    shown = [one for one in found if state not in STATES or one.state == state]
    page = paginate_read(
        shown,
        key=lambda one: one.place,
        name="mail-lists",
        cursor=request.GET.get("cursor", ""),
    )
    context = {
        "source": source,
        "page": page,
        "rows": _rows(source, page),
        "states": _states(found, state),
        "state": state,
        "is_empty": not found,
        "is_asked": mail_lists.is_asked(source),
        "nameless": sum(bool(one.legacy_id and not one.legacy.name) for one in found),
    }
    return render_page(
        request,
        "contacts/list_crosswalk.html",
        context,
        fragment="contacts/_list_table.html",
    )


def _rows(source: Source, page: Page[Crossing]) -> list[ListRow]:
    legacy, current = mail_lists.members(source, page.rows)
    return [
        ListRow(
            one,
            label=_LABELS[one.state],
            methods=tuple(METHODS[method] for method in one.methods),
            legacy_members=legacy.get(one.legacy_id, 0),
            current_members=current.get(one.current_id, 0),
        )
        for one in page.rows
    ]


def _states(found: Sequence[Crossing], chosen: str) -> list[tuple[str, str, int, bool]]:
    """Count the lists in each state that there is, all of them first."""
    counts = Counter(one.state for one in found)
    every = ("", "All", len(found), chosen not in STATES)
    told = [(s.value, _LABELS[s], counts[s], s == chosen) for s in STATES]
    return [every, *(one for one in told if one[2] or one[3])]
