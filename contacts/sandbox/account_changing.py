"""What sending a contact to V3 does: PUT and POST, as their documentation says.

PUT takes every core property that is left out as emptied, keeps every part that is left
out, replaces every part that is sent, and brings a deleted contact back.
"""

import json
import time
from collections.abc import Callable

from contacts.sandbox import mail_checking, mail_words
from contacts.sandbox.account_answering import UUID
from contacts.sandbox.answers import Answer, compact
from contacts.sandbox.mail_store import SUBRESOURCES, MailStore
from contacts.sandbox.mail_wire import moment
from contacts.sandbox.wire import Json

CORE = (
    "first_name",
    "last_name",
    "job_title",
    "company_name",
    "birthday_month",
    "birthday_day",
    "anniversary",
)
POST_NEEDS = ("first_name", "last_name", "email_address")


class Writer:
    """Changes contacts, and makes new ones."""

    def __init__(self, store: MailStore, *, new_id: Callable[[], str]) -> None:
        self._store = store
        self._new_id = new_id

    def put(self, contact_id: str, body: bytes) -> Answer:
        """Replace a contact's core and the parts that are sent."""
        if not UUID.fullmatch(contact_id):
            return mail_words.not_found("contact_id is in an invalid format.")
        with self._store.lock:
            before = self._store.contact(contact_id)
            if before is None:
                return mail_words.not_found()
            return self._put(before, _read(body))

    def _put(self, before: Json, sent: Json | None) -> Answer:
        if refusal := self._refusal(sent, "update_source", before["contact_id"]):
            return refusal
        after = self._after(before, sent or {})
        self._store.keep(after)
        return Answer(200, compact(after))

    def post(self, body: bytes) -> Answer:
        """Make a contact; 409 if its address is known, of a deleted contact too."""
        sent = _read(body)
        with self._store.lock:
            if refusal := self._refusal(sent, "create_source", ""):
                return refusal
            if not any((sent or {}).get(name) for name in POST_NEEDS):
                return mail_words.invalid(f"one of {', '.join(POST_NEEDS)} is required")
            made = self._made(sent or {})
            self._store.keep(made)
        return Answer(201, compact(made))

    def _made(self, sent: Json) -> Json:
        """The contact that a POST makes, as a PUT on an empty one with new dates."""
        now, source = _now(), sent["create_source"]
        empty: Json = {
            "contact_id": self._new_id(),
            "create_source": source,
            "created_at": now,
            **{name: [] for name in SUBRESOURCES},
        }
        return self._after(empty, sent | {"update_source": source})

    # What is refused

    def _refusal(self, sent: Json | None, source: str, owner: str) -> Answer | None:
        """Why this cannot be taken, if it cannot."""
        if sent is None:
            return mail_words.invalid("The body is not a JSON object.")
        if wrong := mail_checking.mistake(sent, source, self._store):
            return mail_words.invalid(wrong)
        address = (sent.get("email_address") or {}).get("address", "")
        other = self._store.owner(address) if address else ""
        return mail_words.conflict(other) if other not in {"", owner} else None

    # What comes of it

    def _after(self, before: Json, sent: Json) -> Json:
        now = _now()
        email = _email_after(before.get("email_address"), sent, now)
        after: Json = {"contact_id": before["contact_id"]}
        if email:
            after["email_address"] = email
        after |= {name: sent[name] for name in CORE if sent.get(name)}
        after |= {
            "update_source": sent["update_source"],
            "create_source": before["create_source"],
            "created_at": before["created_at"],
            "updated_at": now,
        }
        for name in SUBRESOURCES:
            after[name] = (
                self._part(name, sent, now) if name in sent else before.get(name, [])
            )
        if email.get("permission_to_send") == "unsubscribed":
            after["list_memberships"] = []
        return after

    def _part(self, name: str, sent: Json, now: str) -> list[Json]:
        """A part as it is kept: telephones, addresses and notes get an id and dates."""
        rows: list[Json] = sent[name]
        dates = {"created_at": now, "updated_at": now}
        source = sent["update_source"]
        if name == "phone_numbers":
            dates |= {"create_source": source, "update_source": source}
        ids = {
            "phone_numbers": "phone_number_id",
            "street_addresses": "street_address_id",
            "notes": "note_id",
        }
        if name not in ids:
            return rows
        return [{ids[name]: self._new_id(), **each, **dates} for each in rows]


def _read(body: bytes) -> Json | None:
    try:
        sent = json.loads(body)
    except ValueError:
        return None
    return sent if isinstance(sent, dict) else None


def _email_after(before: Json | None, sent: Json, now: str) -> Json:
    """The address and its permission; a change of the permission is dated and signed."""
    told = sent.get("email_address")
    if not told:
        return {}
    was = (before or {}).get("permission_to_send", "")
    permission = told.get("permission_to_send") or was or "implicit"
    after: Json = {
        "confirm_status": "off",
        "created_at": now,
        **(before or {}),
        "address": told["address"],
        "permission_to_send": permission,
        "updated_at": now,
    }
    if permission != was:
        _sign(after, permission, told.get("opt_out_reason"), sent, now)
    return after


def _sign(
    email: Json, permission: str, reason: str | None, sent: Json, now: str
) -> None:
    way = "out" if permission == "unsubscribed" else "in"
    for name in ("opt_out_source", "opt_out_date", "opt_out_reason"):
        email.pop(name, None)
    email[f"opt_{way}_source"] = sent["update_source"]
    email[f"opt_{way}_date"] = now
    if way == "out":
        email["opt_out_reason"] = reason or ""


def _now() -> str:
    return moment(int(time.time() * 1000))
