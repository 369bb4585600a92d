"""Check with Clever now: what the provider says of one person this minute.

A look, not an import: the answers are set beside what is stored and shown, and no fact
changes. Three single look-ups are asked; whatever goes wrong is told in words.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from contacts import api_errors, comparing, http, pacing, people, records
from contacts.clever import client, endpoints, parsing
from contacts.comparing import Field
from contacts.models import Source
from contacts.people import Person

if TYPE_CHECKING:
    from django.contrib.auth.models import User

CLEVER = "https://api.clever.com"
# Somebody is waiting in front of a page: one quick try, not a worker's patience.
LIMITS = pacing.Limits(read=8.0, total=12.0, tries=1, patience=2.0)


class Outcome(StrEnum):
    """How a check ended."""

    SAME = "same"
    DIFFERS = "differs"
    GONE = "gone"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Check:
    """What came of a check: a sentence, both sides of each field, and further notes."""

    outcome: Outcome
    words: str
    fields: tuple[Field, ...] = ()
    notes: tuple[str, ...] = ()
    sha256: str = ""
    asked: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class _Answers:
    user: bytes | None
    students: list[bytes]
    district: records.District | None


Listener = Callable[[Person, Check, "User | None"], None]
_listeners: list[Listener] = []


def on_check(listener: Listener) -> None:
    """Call ``listener(person, check, by)`` with each check that was made."""
    if listener not in _listeners:
        _listeners.append(listener)


def check(source: Source, person: Person, *, by: User | None) -> Check:
    """Ask the provider about one person and compare; facts stay as they are."""
    contact = person.match.contact
    if contact is None:
        return Check(
            Outcome.FAILED, "Clever can only be asked for a v3 id, and there is none."
        )
    if not source.token:
        return Check(
            Outcome.FAILED, f"{source.name} has no token, so Clever cannot be asked."
        )
    made = _asked(source, person, contact.external_id)
    tell(person, made, by=by)
    return made


def tell(person: Person, made: Check, *, by: User | None) -> None:
    """Tell the listeners of a check that was made, whoever was asked."""
    with transaction.atomic():
        for listener in _listeners:
            listener(person, made, by)


def _asked(source: Source, person: Person, external_id: str) -> Check:
    try:
        answers = _ask(source, external_id)
        return _judged(source, person, external_id, answers)
    except api_errors.Unauthorized:
        words = f"Clever refused the token of {source.name}."
    except api_errors.Throttled as error:
        words = f"Clever takes no more questions until {error.until:%H:%M:%S} UTC."
    except (api_errors.ApiError, records.BadRecord) as error:
        words = f"Clever could not be asked: {error}."
    return Check(Outcome.FAILED, words, asked=_paths(external_id))


def _ask(source: Source, external_id: str) -> _Answers:
    with http.Session(
        source.api_url or CLEVER,
        source.token,
        allow_loopback=settings.ALLOW_LOOPBACK_PROVIDERS,
        limits=LIMITS,
    ) as session:
        clever = client.Client(session)
        user = clever.user(external_id)
        if user is None:
            return _Answers(None, [], None)
        return _Answers(
            user, clever.my_students(external_id), clever.district_of(external_id)
        )


def _paths(external_id: str) -> tuple[str, ...]:
    looked = (
        endpoints.CONTACT,
        endpoints.CONTACT_STUDENTS,
        endpoints.CONTACT_DISTRICT,
    )
    return tuple(f"GET {one.path(external_id)}" for one in looked)


def _judged(
    source: Source, person: Person, external_id: str, answers: _Answers
) -> Check:
    asked = _paths(external_id)
    stored = people.current_record(person.match.contact, person.students)
    if answers.user is None or stored is None:
        words = (
            "Clever has no contact with this id now. Import v3 again to record that."
        )
        return Check(Outcome.GONE, words, asked=asked)
    told = parsing.parse_contact(answers.user)
    fields = comparing.stored_with_told(stored, told)
    different = sum(one.is_different for one in fields)
    notes = (*_on_students(told, answers.students), *_on_district(source, answers))
    return Check(
        Outcome.DIFFERS if different or notes else Outcome.SAME,
        _words(different, notes),
        fields=fields,
        notes=notes,
        sha256=sha256(answers.user).hexdigest(),
        asked=asked,
    )


def _words(different: int, notes: Sequence[str]) -> str:
    if different:
        fields = "1 field" if different == 1 else f"{different} fields"
        return (
            f"Clever says something else now in {fields}. Nothing was changed here; "
            "import v3 again to take it in."
        )
    if notes:
        return "Clever says what is stored, and something beside it does not agree."
    return "Clever says exactly what is stored."


def _on_students(told: records.Contact, students: list[bytes]) -> list[str]:
    """Compare the entries with the list of students, which is another answer."""
    listed = {parsing.parse_student(raw).external_id for raw in students}
    if listed == {entry.student for entry in told.entries}:
        return []
    own = len({entry.student for entry in told.entries})
    number = "1 student" if len(listed) == 1 else f"{len(listed)} students"
    return [f"Clever lists {number} now, and the contact's own entries name {own}."]


def _on_district(source: Source, answers: _Answers) -> list[str]:
    if answers.district and answers.district.external_id != source.external_id:
        return ["Clever says that this contact belongs to another district."]
    return []
