"""Contacts of a mailing account: who may be mailed, as V2 and V3 tell it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet
from django.http import HttpResponse

from contacts import people, records, searching, tallies
from contacts.access import StaffRequest
from contacts.constant_contact import wording
from contacts.models import (
    LegacyMembership,
    Match,
    Membership,
    Source,
)
from contacts.paging import Page, paginate
from contacts.rendering import render_page
from contacts.tallies import Tally

STATES = (
    Match.State.MATCHED,
    Match.State.DELETED,
    Match.State.MISSING,
    Match.State.CONFLICT,
    Match.State.UNCHECKED,
    Match.State.UNMATCHED,
)
_LABELS = {s: str(s.label) for s in STATES} | {Match.State.UNMATCHED: "V3 only"}


@dataclass(frozen=True, slots=True)
class MailRow:
    """A person in the list; a side that does not have the person says nothing.

    ``tone`` is how V3's permission looks.
    """

    match: Match
    name: str
    address: str
    status: str
    permission: str
    tone: str
    lists: int
    tally: Tally


def contact_list(request: StaffRequest, source: Source) -> HttpResponse:
    """List the contacts of an account by name or address, a page at a time."""
    state = request.GET.get("match", "")
    words = searching.text_of(request.session, request.GET.get("search", ""))
    page = paginate(
        _narrowed(request, source, state=state, words=words),
        keys=["folded_name", "pk"],
        cursor=request.GET.get("cursor", ""),
    )
    context = {
        "source": source,
        "page": page,
        "rows": _rows(page),
        "states": _states(source, state),
        "state": state,
        "only_open": request.GET.get("open") == "1",
        "words": words,
    }
    return render_page(
        request,
        "contacts/mail_contact_list.html",
        context,
        fragment="contacts/_mail_contact_table.html",
    )


def _narrowed(
    request: StaffRequest, source: Source, *, state: str, words: str
) -> QuerySet[Match]:
    """Keep whom the filters name; what is mapped from stays in the database."""
    matches: QuerySet[Match] = Match.objects.filter(source=source)
    matches = matches.select_related("contact__consent", "legacy_contact__consent")
    matches = matches.defer("contact__consent__body", "legacy_contact__consent__body")
    if state in STATES:
        matches = matches.filter(state=state)
    if words:
        part = records.fold(words)
        matches = matches.filter(
            Q(folded_name__contains=part)
            | Q(contact__folded_email__contains=part)
            | Q(legacy_contact__folded_email__contains=part)
        )
    if request.GET.get("open") == "1":
        matches = tallies.with_open_findings(matches)
    return matches


def _states(source: Source, chosen: str) -> list[tuple[str, str, int, bool]]:
    """Count the contacts in each state of the match, all of them first."""
    counts = dict(
        Match.objects.filter(source=source).values_list("state").annotate(Count("pk"))
    )
    every = ("", "All", sum(counts.values()), chosen not in STATES)
    return [
        every,
        *((s.value, _LABELS[s], counts.get(s, 0), s == chosen) for s in STATES),
    ]


def _rows(page: Page[Match]) -> list[MailRow]:
    lists = _lists(page.rows)
    told = tallies.tally([match.pk for match in page.rows])
    return [_row(match, lists, told.get(match.pk, Tally())) for match in page.rows]


def _row(
    match: Match, lists: Mapping[tuple[str, int | None], int], tally: Tally
) -> MailRow:
    old = getattr(match.legacy_contact, "consent", None)
    new = getattr(match.contact, "consent", None)
    key = (
        ("v3", match.contact_id)
        if match.contact_id
        else ("v2", match.legacy_contact_id)
    )
    return MailRow(
        match,
        name=people.name_of(match),
        address=people.email_of(match),
        status=wording.status(old.status or old.email_status) if old else "",
        permission=wording.permission(new.permission) if new else "",
        tone=wording.tone(new.permission) if new else "",
        lists=lists.get(key, 0),
        tally=tally,
    )


def _lists(matches: Sequence[Match]) -> dict[tuple[str, int | None], int]:
    """Count the lists of each contact: V3's or, of those V3 does not have, V2's."""
    current = Membership.objects.filter(
        contact__in=[m.contact_id for m in matches if m.contact_id],
        ended_at__isnull=True,
    ).values_list("contact")
    legacy = LegacyMembership.objects.filter(
        legacy_contact__in=[m.legacy_contact_id for m in matches if not m.contact_id]
    ).values_list("legacy_contact")
    sides = (("v3", current), ("v2", legacy))
    return {
        (side, pk): count
        for side, rows in sides
        for pk, count in rows.annotate(Count("pk")).order_by()
    }
