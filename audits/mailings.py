"""What one contact of a mailing account may be sent: lists as rows, privileges as columns.

A consent is the contact's own and the same on every list, so each cell says what V2
supports and what V3 permits; the row says whether either version has the contact on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from audits import matrix
from audits.cells import Head, Matrix
from audits.matrix import Holdings, Placed
from audits.models import Restriction
from contacts import accounts, mail_lists
from contacts.constant_contact import consent, wording
from contacts.mail_lists import Crossing
from contacts.models import LegacyMembership, Match, Membership, Source
from contacts.people import Person

ANY_MAIL = ""


@dataclass(frozen=True, slots=True)
class _Lists:
    """An account's lists by either id, and those that one contact is on."""

    by_legacy: Mapping[str, Crossing]
    by_current: Mapping[str, Crossing]
    legacy: frozenset[str]
    current: frozenset[str]

    def of(self, ref: str) -> Crossing | None:
        """Give the list that a grant names; an id of V3 may be told in capitals."""
        return self.by_current.get(ref.lower()) or self.by_legacy.get(ref)

    def key(self, ref: str) -> str:
        """Name a list by its V3 id where that is sure, so that both ids are one row."""
        found = self.of(ref)
        sure = found is not None and found.state in mail_lists.SURE
        return found.current_id if found and sure else ref


def person_matrix(
    source: Source, person: Person, holdings: Holdings, *, today: date
) -> Matrix:
    """Lay out what one contact may be sent, a list a row and any mail first."""
    match = person.match
    lists = _lists(source, match, holdings)
    sides = _sides(source, match)
    return matrix.build(
        _heads(lists, holdings),
        holdings,
        row_of=lambda row: lists.key(_ref(row)),
        today=today,
        sides=lambda _head, _grant: sides,
    )


def _ref(row: Placed) -> str:
    """Name the list of a grant or finding; an order is about no list."""
    return ANY_MAIL if isinstance(row, Restriction) else row.list_ref


def _lists(source: Source, match: Match, holdings: Holdings) -> _Lists:
    """Read lists only where a grant or finding names one."""
    if not any(map(_ref, _rows(holdings))):
        return _Lists({}, {}, frozenset(), frozenset())
    found = mail_lists.crossings(mail_lists.read(source))
    legacy = LegacyMembership.objects.filter(legacy_contact=match.legacy_contact_id)
    current = Membership.objects.filter(contact=match.contact_id, ended_at__isnull=True)
    sure = [one for one in found if one.state in mail_lists.SURE]
    return _Lists(
        by_legacy={one.legacy_id: one for one in found if one.legacy_id},
        by_current={one.current_id: one for one in reversed(sure)},
        legacy=frozenset(legacy.values_list("list_ref", flat=True)),
        current=frozenset(current.values_list("list_ref", flat=True)),
    )


def _rows(holdings: Holdings) -> Iterable[Placed]:
    return (*holdings.grants, *holdings.findings, *holdings.restrictions)


def _heads(lists: _Lists, holdings: Holdings) -> list[Head]:
    refs: dict[str, str] = {}
    for row in _rows(holdings):
        refs.setdefault(lists.key(_ref(row)), _ref(row))
    heads = [_head(lists, key, ref) for key, ref in refs.items() if key]
    wide = [_any_mail()] if ANY_MAIL in refs else []
    return [*wide, *sorted(heads, key=lambda head: (head.name.casefold(), head.key))]


def _any_mail() -> Head:
    return Head(ANY_MAIL, name="Any mail", note="names no list", wide=True)


def _head(lists: _Lists, key: str, ref: str) -> Head:
    found = lists.of(ref)
    if found is None:
        return Head(key, name=ref, said=("in neither version’s lists",))
    status = found.legacy.status.lower()
    note = f"V2: {status}" if status not in {"", "active"} else ""
    return Head(key, name=found.name or ref, note=note, said=(_told(lists, found),))


def _told(lists: _Lists, found: Crossing) -> str:
    """Say which version has the contact on a list."""
    if found.state not in mail_lists.SURE:
        return "no V3 list is known for it"
    before, now = found.legacy_id in lists.legacy, found.current_id in lists.current
    if before and now:
        return "on it in V2 and V3"
    if before:
        return "on it in V2, not in V3"
    return "on it in V3" if now else "on it in neither version"


def _sides(source: Source, match: Match) -> tuple[str, str]:
    """Say what V2 supports and what V3 permits."""
    old = getattr(match.legacy_contact, "consent", None)
    new = getattr(match.contact, "consent", None)
    if new is None:
        in_doubt = match.state == Match.State.CONFLICT
        now = "in doubt who it is in V3" if in_doubt else "not in V3"
    elif new.deleted_at:
        now = "deleted"
    else:
        now = wording.permission(new.permission) or "no permission told"
    if old is None:
        return "not in V2", now
    given = consent.supported(
        contact_status=old.status,
        email_status=old.email_status,
        confirm_status=old.confirm_status,
        opt_in_source=old.opt_in_source,
        visitor_is_explicit=accounts.of(source).visitor_is_explicit,
    )
    return (wording.permission(given) if given else "unclear consent"), now
