"""One item: looked at anew, its intent written, sent once, read back, settled.

An item is sent only if V2 and what people decided still say the same, and a change only if
the V3 record is still the one it was made from. What the provider refuses of an item is
that item's end; a refusal of all (the budget, the token, the host) takes the intent back
and stops the job. Where nobody knows whether a request was carried out the item stays
*sending*, and is read back before anything else is done with it.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec
from django.utils import timezone

from audits import changing
from audits.models import WriteItem
from audits.writes import adding, endings, previewing, reading_back
from contacts import api_errors, mapped, records
from contacts.constant_contact import parsing
from contacts.constant_contact.client import Client
from contacts.mail_records import Contact
from contacts.models import Match
from contacts.working import Lease

State = WriteItem.State

_OURS_CHANGED = "V2, or what was decided of the contact, has changed since the preview."
_GONE = "V3 does not have the contact any more."
_ADDRESS_TAKEN = "V3 says that it has the address, and does not tell of whom."
_NOT_NOW = (
    api_errors.Throttled,
    api_errors.Unauthorized,
    api_errors.Refused,
    api_errors.Untrusted,
)
"""Nothing was done, and the next item would fare no better."""
_IN_DOUBT = (api_errors.Unavailable, api_errors.BadPayload)
_KEY = re.compile(r"\(([a-z_.]+)\)\Z")
_STATUS = re.compile(r" answered (\d{3})\b")
_WORDS = {
    "first_name": "first name",
    "last_name": "last name",
    "job_title": "job title",
    "company_name": "company name",
    "email_address.address": "e-mail address",
    "email_address.permission_to_send": "permission to send",
}


def settle(lease: Lease, item: WriteItem, client: Client) -> None:
    """Bring an item to its end; raises ``ApiError`` where the job must stop first."""
    act = _change if item.method == WriteItem.Method.PUT else _add
    try:
        act(lease, item, client)
    except records.BadRecord as error:
        _leave_unread(lease, item, error)


def _leave_unread(lease: Lease, item: WriteItem, error: records.BadRecord) -> None:
    """Settle an item whose record in V3 is none that can be compared with anything."""
    if item.state == State.READY:
        _end(lease, item, State.STALE, f"V3's record cannot be read: {error}.")
        return
    words = f"V3's record cannot be read, so nobody knows what arrived: {error}."
    _end(lease, item, State.DIFFERS, words)


# --- A change ----------------------------------------------------------------


def _change(lease: Lease, item: WriteItem, client: Client) -> None:
    if item.state == State.READY and not _is_still_so(item):
        _end(lease, item, State.STALE, _OURS_CHANGED)
        return
    now = _read(client.contact(item.contact_v3_id))
    if item.state == State.SENDING and _was_done(lease, item, now):
        return
    if why := _why_stale(item, now):
        _end(lease, item, State.STALE, why)
        return
    _intend(lease, item)
    _put(lease, item, client)


def _why_stale(item: WriteItem, now: Contact | None) -> str:
    """Say why V3's record is not the one that the change was made from; "" if it is."""
    if now is None:
        return _GONE
    if records.digest(now) != item.before_digest:
        return "V3 has changed since the preview."
    return ""


def _put(lease: Lease, item: WriteItem, client: Client) -> None:
    """Send a change, once, and settle what came of it."""
    try:
        client.put(item.contact_v3_id, item.body.encode())
    except api_errors.Conflict:
        words = "Another contact has the address."
        _end(lease, item, State.CONFLICT, words)
    except api_errors.Gone:
        _end(lease, item, State.STALE, _GONE)
    except _NOT_NOW:
        _take_back(lease, item)
        raise
    except _IN_DOUBT:
        if not _was_done(lease, item, _read(client.contact(item.contact_v3_id))):
            raise
    except api_errors.ApiError as error:
        _refuse(lease, item, error)
    else:
        _verify(lease, item, _read(client.contact(item.contact_v3_id)))


def _was_done(lease: Lease, item: WriteItem, now: Contact | None) -> bool:
    """Settle a change that may have been sent; False where it surely never arrived."""
    if now is not None and records.digest(now) == item.before_digest:
        return False
    _verify(lease, item, now)
    return True


# --- An addition -------------------------------------------------------------


def _add(lease: Lease, item: WriteItem, client: Client) -> None:
    body = msgspec.json.decode(item.body)
    if item.state == State.SENDING and _was_added(lease, item, client, body):
        return
    if not _is_still_so(item):
        _end(lease, item, State.STALE, _OURS_CHANGED)
        return
    _intend(lease, item)
    try:
        answer = client.post(item.body.encode())
    except api_errors.Conflict:
        _look_who_has_it(lease, item, client, body)
    except _NOT_NOW:
        _take_back(lease, item)
        raise
    except _IN_DOUBT:
        if not _was_added(lease, item, client, body):
            raise
    except api_errors.ApiError as error:
        _refuse(lease, item, error)
    else:
        item.contact_v3_id = parsing.parse_contact(answer).external_id
        _verify(lease, item, _read(client.contact(item.contact_v3_id)))


def _look_who_has_it(
    lease: Lease, item: WriteItem, client: Client, body: dict[str, Any]
) -> None:
    """Settle an addition whose address V3 has: nobody was added by it."""
    try:
        known = _was_added(lease, item, client, body)
    except api_errors.BadPayload:
        known = False
    if not known:
        _end(lease, item, State.CONFLICT, _ADDRESS_TAKEN)


def _was_added(
    lease: Lease, item: WriteItem, client: Client, body: dict[str, Any]
) -> bool:
    """Answer a 409, or a doubt, by looking: it is ours, or another's, or nobody's."""
    found = _read(client.find(body["email_address"]["address"]))
    if found is None:
        return False
    item.contact_v3_id = found.external_id
    if found.deleted_at or reading_back.missing(body, found):
        words = "V3 has another contact of this address."
        _end(lease, item, State.CONFLICT, words)
    else:
        _end(lease, item, State.VERIFIED)
    return True


# --- What both do ------------------------------------------------------------


def _is_still_so(item: WriteItem) -> bool:
    """Say whether the very same request would be made now, of what is known here.

    V2 may have been imported again meanwhile, or somebody have decided, since the run was
    looked at: days may lie between.
    """
    match = _matched(item)
    if match is None or match.legacy_contact is None:
        return False
    account = mapped.account_around(match.legacy_contact, item.run.source, places={})
    make = changing.changes_of if match.contact else changing.additions_of
    written = [previewing.written(one.change.body) for one in make([match], account)]
    return written == [item.body]


def _matched(item: WriteItem) -> Match | None:
    """Give the item's match if it still may be changed, or added, as it was."""
    if item.method == WriteItem.Method.PUT:
        return changing.comparable(item.run.source).filter(pk=item.match_id).first()
    missing = Match.objects.filter(pk=item.match_id, state=Match.State.MISSING)
    here = adding.addable(missing).select_related("legacy_contact__consent")
    return here.first()


def _read(raw: bytes | None) -> Contact | None:
    return parsing.parse_contact(raw) if raw is not None else None


def _intend(lease: Lease, item: WriteItem) -> None:
    """Write that the request goes out now, before it does."""
    _write(lease, item, state=State.SENDING, sent_at=timezone.now())


def _take_back(lease: Lease, item: WriteItem) -> None:
    """Write that the request was refused before anything was done with it."""
    _write(lease, item, state=State.READY, sent_at=None)


def _write(lease: Lease, item: WriteItem, **fields: Any) -> None:
    then = {**lease.checkpoint, "place": item.place}
    with lease.step(checkpoint=then, rows_done=item.place, phase="Sending"):
        WriteItem.objects.filter(pk=item.pk).update(**fields)
    for name, value in fields.items():
        setattr(item, name, value)


def _verify(lease: Lease, item: WriteItem, now: Contact | None) -> None:
    """Compare what V3 tells with what was sent, field by field."""
    if now is None:
        _end(lease, item, State.DIFFERS, _GONE)
        return
    fields = reading_back.missing(msgspec.json.decode(item.body), now)
    if not fields:
        _end(lease, item, State.VERIFIED)
        return
    told = ", ".join(_WORDS.get(name, name.replace("_", " ")) for name in fields)
    _end(lease, item, State.DIFFERS, f"V3 reads otherwise: {told}.", fields=fields)


def _refuse(lease: Lease, item: WriteItem, error: api_errors.ApiError) -> None:
    """Settle an item that the provider certainly did not carry out."""
    found, status = _KEY.search(str(error)), _STATUS.search(str(error))
    key = found[1] if found else ""
    why = key or (status[1] if status else "")
    words = f"Constant Contact refused it{f' ({why})' if why else ''}."
    _end(lease, item, State.REFUSED, words, error_key=key)


def _end(
    lease: Lease,
    item: WriteItem,
    state: WriteItem.State,
    words: str = "",
    *,
    fields: tuple[str, ...] = (),
    error_key: str = "",
) -> None:
    """Settle an item, and tell how it ended, in one transaction."""
    then = {**lease.checkpoint, "place": item.place + 1}
    with lease.step(checkpoint=then, rows_done=item.place + 1, phase="Sending"):
        WriteItem.objects.filter(pk=item.pk).update(
            state=state,
            words=words,
            settled_at=timezone.now(),
            contact_v3_id=item.contact_v3_id,
        )
        endings.record(
            item,
            state,
            by=lease.job.requested_by,
            via="job",
            fields=fields,
            error_key=error_key,
        )
