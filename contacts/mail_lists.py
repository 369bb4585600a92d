"""Which V2 list is which V3 list, as far as anybody has told.

Two sources tell it: the provider's cross-reference, and the V3 id that a V2 list came
with. An account has some hundred lists, so they are read whole; contacts never are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from django.db.models import Count

from contacts import records
from contacts.models import (
    LegacyList,
    LegacyMembership,
    ListXref,
    MailingList,
    Match,
    Membership,
    Snapshot,
    Source,
)

State = Match.State
SURE = frozenset({State.MATCHED, State.UNMATCHED})
"""The states in which it is sure which V3 list is meant."""

XREF, TOLD = "xref", "told"

_named: list[str] = []


def named_by(query: str) -> None:
    """Count from now on what this SQL selects for ``%(source)s`` among V2's list ids.

    Facts know of no grants; whoever keeps those that name lists registers it at start.
    """
    _named[:] = [query]


def named_sql() -> str:
    """Give the SQL for the list ids that something else than a fact names, or ""."""
    return _named[0] if _named else ""


@dataclass(frozen=True, slots=True)
class LegacyTold:
    """What V2 says of a list; a list that only a contact names has no name here."""

    name: str = ""
    status: str = ""
    ref: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """All that is known of an account's lists.

    ``answers`` holds what the cross-reference said of each V2 id, "" where it knew none;
    ``current`` the names of V3's lists; ``is_whole``: V3 told all of them, so that a list
    that is not among them is gone.
    """

    legacy: Mapping[str, LegacyTold]
    answers: Mapping[str, str]
    current: Mapping[str, str]
    is_whole: bool


@dataclass(frozen=True, slots=True)
class Crossing:
    """A V2 list and the V3 list it became; one of the two may be missing."""

    state: Match.State
    legacy_id: str = ""
    legacy: LegacyTold = LegacyTold()
    current_id: str = ""
    current_name: str = ""
    methods: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Name it as V3 does, else as V2 did."""
        return self.current_name or self.legacy.name

    @property
    def place(self) -> tuple[str, ...]:
        """Say where it stands among the others: by name, those without one last."""
        name = records.fold(self.name)
        return ("" if name else "~", name, self.legacy_id, self.current_id)


def read(source: Source) -> Told:
    """Read what is known of an account's lists, in four statements."""
    told = LegacyList.objects.filter(source=source).values_list(
        "external_id", "name", "status", "told_ref"
    )
    answers = ListXref.objects.filter(source=source).values_list("external_id", "ref")
    current = MailingList.objects.filter(source=source, missing_at__isnull=True)
    whole = Snapshot.objects.latest_of(source, Snapshot.Kind.LISTS)
    return Told(
        legacy={ref: LegacyTold(*rest) for ref, *rest in told},
        answers=dict(answers),
        current=dict(current.values_list("external_id", "name")),
        is_whole=whole is not None and whole.state == Snapshot.State.COMPLETE,
    )


def read_with_named(source: Source) -> Told:
    """Read the same and, for a page, the lists that only a V2 contact names.

    Nothing is known of those but their ids, so no mapping needs them.
    """
    named = LegacyMembership.objects.filter(legacy_contact__source=source)
    refs = named.values_list("list_ref", flat=True).distinct()
    told = read(source)
    return replace(told, legacy=dict.fromkeys(refs, LegacyTold()) | {**told.legacy})


def crossings(told: Told) -> list[Crossing]:
    """Give the crosswalk of an account's lists in order, V3's new ones among them."""
    known = _known(told)
    refs = {ref: _refs(told, ref, answer) for ref, answer in known.items()}
    claimed = {ref for named in refs.values() for ref in named.values()}
    found = [
        _crossing(told, ref, refs[ref], is_asked=answer is not None)
        for ref, answer in known.items()
    ]
    new = [
        Crossing(State.UNMATCHED, current_id=ref, current_name=name)
        for ref, name in told.current.items()
        if ref not in claimed
    ]
    return sorted([*found, *new], key=lambda one: one.place)


def ids(found: Iterable[Crossing]) -> dict[str, str]:
    """Give the V3 id of each V2 list that is surely known."""
    return {
        one.legacy_id: one.current_id for one in found if one.state == State.MATCHED
    }


def is_asked(source: Source) -> bool:
    """Say whether the cross-reference of lists was asked to its end."""
    asked = Snapshot.objects.latest_of(source, Snapshot.Kind.LIST_CROSSWALK)
    return asked is not None and asked.state == Snapshot.State.COMPLETE


def members(
    source: Source, found: Iterable[Crossing]
) -> tuple[Mapping[str, int], Mapping[str, int]]:
    """Count the members of some lists, V2's by V2's ids and V3's by V3's."""
    shown = list(found)
    legacy = LegacyMembership.objects.filter(
        legacy_contact__source=source, list_ref__in=[one.legacy_id for one in shown]
    )
    current = Membership.objects.filter(
        contact__source=source,
        list_ref__in=[one.current_id for one in shown],
        ended_at__isnull=True,
    )
    counted = [
        dict(rows.values_list("list_ref").annotate(Count("pk")).order_by())
        for rows in (legacy, current)
    ]
    return counted[0], counted[1]


def _known(told: Told) -> dict[str, str | None]:
    """Give each V2 list what the cross-reference said of it; None: it was not asked.

    An answer for an id that no list has is that of the list whose id is the same without
    leading zeros, if there is one: they are dropped here and there.
    """
    spelt = {ref.lstrip("0"): ref for ref in told.legacy}
    known: dict[str, str | None] = dict.fromkeys(told.legacy)
    for ref in sorted(told.answers, key=lambda ref: ref in told.legacy):
        mine = ref if ref in told.legacy else spelt.get(ref.lstrip("0"), ref)
        known[mine] = told.answers[ref]
    return known


def _refs(told: Told, ref: str, answer: str | None) -> dict[str, str]:
    """Give the V3 id that each source tells for a V2 list, of those that tell one."""
    said = {
        XREF: answer or "",
        TOLD: told.legacy[ref].ref if ref in told.legacy else "",
    }
    return {method: name.strip().lower() for method, name in said.items() if name}


def _crossing(
    told: Told,
    ref: str,
    named: Mapping[str, str],
    *,
    is_asked: bool,
) -> Crossing:
    current = next(iter(named.values()), "")
    refs = {*named.values()}
    return Crossing(
        _state(told, refs) if refs or not is_asked else State.MISSING,
        legacy_id=ref,
        legacy=told.legacy.get(ref, LegacyTold()),
        current_id=current,
        current_name=told.current.get(current, ""),
        methods=tuple(named),
    )


def _state(told: Told, named: set[str]) -> Match.State:
    """Several V2 lists may have become one: only sources that disagree are a conflict."""
    if not named:
        return State.UNCHECKED
    if len(named) > 1:
        return State.CONFLICT
    gone = told.is_whole and not named <= told.current.keys()
    return State.MISSING if gone else State.MATCHED
