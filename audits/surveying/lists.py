"""Which V3 list each list is that grants name, and how surely.

An account has some hundred lists: they are read whole and compared in Python.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from django.db import connection

from audits.surveying.survey import ACTIVE, Survey
from contacts import mail_lists, records
from contacts.mail_lists import Crossing, LegacyTold, Told
from contacts.models import LegacyMembership, Match, Source

PRESENT = "present"
UNKNOWN = "unknown"
"""No list of V3 has this id, nor the id that somebody told for it."""

ASKED = "asked"
"""The provider was asked for this V2 id, and knew none."""

UNASKED = "unasked"
"""A V2 list that nobody has told anything of."""

NAMED = """
    SELECT list_ref AS id FROM audits_grant
    WHERE source_id = %(source)s AND closed_at IS NULL AND list_ref <> ''"""
"""The ids of the lists that a source's grants name, V2's and V3's."""

Row = tuple[str, str, str, str, str]
State = Match.State


def rows(survey: Survey) -> list[Row]:
    """Give each list of the slice's grants, as ``groundwork.lay_lists`` wants it."""
    named = _named(survey)
    return list(_rows(named, _told(survey.source, named))) if named else []


def _named(survey: Survey) -> list[str]:
    statement = f"""
        SELECT DISTINCT g.list_ref FROM audits_grant g
        WHERE {ACTIVE} AND {survey.holds("g.match_id", "g.id")} AND g.list_ref <> ''
    """  # noqa: S608  # constants and column names; every value is a parameter
    with connection.cursor() as cursor:
        cursor.execute(statement, survey.params)
        return [ref for (ref,) in cursor.fetchall()]


def _told(source: Source, named: Iterable[str]) -> Told:
    """Read the account's lists, and which of those named may be V2's besides.

    Those that V2's contacts tell of, and every number: V2's ids are numbers, and one that
    nobody asked for may yet be known.
    """
    told = mail_lists.read(source)
    strays = {*named} - {*told.legacy, *told.answers, *told.current}
    members = LegacyMembership.objects.filter(
        legacy_contact__source=source, list_ref__in=strays
    )
    known = {*members.values_list("list_ref", flat=True).distinct()}
    known |= {ref for ref in strays if ref.isascii() and ref.isdecimal()}
    legacy = dict.fromkeys(sorted(known), LegacyTold())
    return replace(told, legacy=legacy | {**told.legacy})


def _rows(named: Iterable[str], told: Told) -> Iterator[Row]:
    crossings = {one.legacy_id: one for one in mail_lists.crossings(told)}
    for ref in named:
        current, subject = _resolved(ref, crossings, told)
        old = crossings.get(ref, _NOBODY)
        name = told.current.get(current, "") or old.name
        yield ref, current, subject, name, records.fold(name)


def _resolved(
    ref: str, crossings: Mapping[str, Crossing], told: Told
) -> tuple[str, str]:
    """Give V3's id and what is known of it; an id of V3 may be told in capitals."""
    if ref.lower() in told.current:
        return ref.lower(), PRESENT
    crossing = crossings.get(ref, _NOBODY)
    if crossing.state == State.MATCHED and crossing.current_id in told.current:
        return crossing.current_id, PRESENT
    return "", UNKNOWN if crossing.methods else _UNTOLD.get(crossing.state, UNKNOWN)


_NOBODY = Crossing(State.UNMATCHED)

# Of V2 lists for which nobody told a V3 id.
_UNTOLD = {State.MISSING: ASKED, State.UNCHECKED: UNASKED}
