"""Which V3 list each list is that grants name, and how surely.

An account has some hundred lists: they are read whole and compared in Python.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.db import connection

from audits.surveying.survey import ACTIVE, Survey
from contacts import mail_lists, records
from contacts.mail_lists import Told

PRESENT = "present"
UNKNOWN = "unknown"
"""No list of V3 has this id, nor the id that somebody told for it."""

ASKED = "asked"
"""The provider was asked for this V2 id, and knew none."""

UNASKED = "unasked"
"""A V2 list that nobody has told anything of."""

Row = tuple[str, str, str, str, str]


def rows(survey: Survey) -> list[Row]:
    """Give each list of the slice's grants, as ``groundwork.lay_lists`` wants it."""
    named = _named(survey)
    return list(_rows(named, mail_lists.read(survey.source))) if named else []


def _named(survey: Survey) -> list[str]:
    statement = f"""
        SELECT DISTINCT g.list_ref FROM audits_grant g
        WHERE {ACTIVE} AND {survey.holds("g.match_id", "g.id")} AND g.list_ref <> ''
    """  # noqa: S608  # constants and column names; every value is a parameter
    with connection.cursor() as cursor:
        cursor.execute(statement, survey.params)
        return [ref for (ref,) in cursor.fetchall()]


def _rows(named: Iterable[str], told: Told) -> Iterator[Row]:
    for ref in named:
        current, subject = _resolved(ref, told)
        known = told.legacy.get(ref)
        name = told.current.get(current, "") or (known.name if known else "")
        yield ref, current, subject, name, records.fold(name)


def _resolved(ref: str, told: Told) -> tuple[str, str]:
    """Give V3's id and what is known of it; an id of V3 may be told in capitals."""
    if ref.lower() in told.current:
        return ref.lower(), PRESENT
    ids = _told_for(ref, told)
    if len(ids) == 1 and ids[0] in told.current:
        return ids[0], PRESENT
    if not ids and ref in told.answers:
        return "", ASKED
    return "", UNASKED if not ids and ref in told.legacy else UNKNOWN


def _told_for(ref: str, told: Told) -> list[str]:
    """Give the V3 ids that anybody told for a V2 list: two sources may disagree."""
    known = told.legacy.get(ref)
    ids = {told.answers.get(ref, ""), known.ref if known else ""}
    return sorted(each.strip().lower() for each in ids if each)
