"""Ask Constant Contact now: what V3 says of one contact this minute.

A look, not an import, as ``contacts.checking`` has it for Clever: one request of the
day's budget, set beside what is stored; no fact changes.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from django.utils import timezone

from contacts import (
    api_errors,
    budgets,
    checking,
    connecting,
    mail_fetching,
    mapped,
    records,
)
from contacts.checking import Check, Outcome
from contacts.constant_contact import parsing, rereading
from contacts.models import Source
from contacts.people import Person

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def check(source: Source, person: Person, *, by: User | None) -> Check:
    """Ask for one V3 contact and compare; facts stay as they are."""
    contact = person.match.contact
    if contact is None:
        return Check(
            Outcome.FAILED,
            "Constant Contact can only be asked for a V3 id, and there is none.",
        )
    if not source.token:
        return Check(
            Outcome.FAILED,
            f"{source.name} is not connected, so Constant Contact cannot be asked.",
        )
    made = _asked(source, person, contact.external_id)
    checking.tell(person, made, by=by)
    return made


def left_today(source: Source) -> int:
    """Give how many requests the account's key has left today."""
    return budgets.remaining(source, at=timezone.now()).left


def _asked(source: Source, person: Person, external_id: str) -> Check:
    asked = (f"GET /v3/contacts/{external_id}",)
    try:
        with connecting.mail(source) as client:
            told = client.contact(external_id)
        return _judged(source, person, told, asked)
    except api_errors.Forbidden:
        words = f"Constant Contact {mail_fetching.FORBIDDEN}"
    except api_errors.Unauthorized:
        words = f"Constant Contact refused {source.name}. Connect the account again."
    except api_errors.Throttled as error:
        words = (
            "Constant Contact takes no more questions until"
            f" {error.until:%Y-%m-%d %H:%M} UTC."
        )
    except (api_errors.ApiError, records.BadRecord) as error:
        words = f"Constant Contact could not be asked: {error}."
    return Check(Outcome.FAILED, words, asked=asked)


def _judged(
    source: Source, person: Person, told: bytes | None, asked: tuple[str, ...]
) -> Check:
    left = f"This was one of today's requests; {left_today(source):,} are left."
    stored = mapped.current_record(person.match.contact)
    if told is None or stored is None:
        words = "V3 has no contact with this id now. Import V3 again to record that."
        return Check(Outcome.GONE, words, notes=(left,), asked=asked)
    fields = rereading.stored_with_told(stored, parsing.parse_contact(told))
    different = sum(one.is_different for one in fields)
    return Check(
        Outcome.DIFFERS if different else Outcome.SAME,
        _words(different),
        fields=fields,
        notes=(left,),
        sha256=sha256(told).hexdigest(),
        asked=asked,
    )


def _words(different: int) -> str:
    if not different:
        return "Constant Contact says exactly what is stored."
    fields = "1 field" if different == 1 else f"{different} fields"
    return (
        f"Constant Contact says something else now in {fields}. Nothing was changed"
        " here; import V3 again to take it in."
    )
