"""The one writer of events: gap-free, chained by hash, in the change's own transaction.

An event names what was done and to what, and says before and after in fields that stand
in ``FIELDS``: ids, states, counts and hashes, never a person's data, so that the trail
may outlive the people in it.

Each event's hash is over the event and the hash before it. Whoever changes, drops or
swaps an event breaks every hash after it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from django.db import connection
from django.db.transaction import TransactionManagementError
from django.utils import timezone

from audits.models import Event, TrailHead

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from contacts.models import Source

Via = Literal["web", "cli", "api", "job"]

SCHEMA = 1
SYSTEM = "system"

_JOB = frozenset({"state", "kind", "error", "result"})
_SOURCE = frozenset({"provider", "external_id", "api_url", "token_set", "people"})
_ACCOUNT = frozenset(
    {
        "client_id",
        "secret_set",
        "auth_url",
        "v2_url",
        "v2_key_set",
        "xref_path",
        "limits",
        "visitor_is_explicit",
        "may_write",
        "connected",
        "token_set",
    }
)
_DECISION = frozenset(
    {
        "state",
        "version",
        "rule",
        "severity",
        "recommendation",
        "decision",
        "decision_id",
        "situation",
        "evidence",
        "against_recommendation",
        "needs_second_look",
        "is_sample",
        "second_due_at",
        "reason_code",
        "exception_until",
        "owner",
        "due_on",
    }
)
_LOSS = frozenset({"rule", "field", "decision", "field_ref", "losses", "sha256"})
_WRITE = frozenset({"state", "items", "sha256", "additions", "counts"})

# What before and after of each action may hold.
FIELDS: Mapping[str, frozenset[str]] = {
    "job.queued": _JOB,
    "job.done": _JOB,
    "job.failed": _JOB,
    "job.paused": _JOB,
    "job.cancelled": _JOB,
    "job.retried": _JOB,
    "source.added": _SOURCE,
    "source.changed": _SOURCE,
    "account.changed": _ACCOUNT,
    "account.connected": _ACCOUNT,
    "account.disconnected": _ACCOUNT,
    "account.lapsed": _ACCOUNT,
    "slot.named": frozenset({"slot", "field"}),
    "policy.published": frozenset({"number", "sha256"}),
    "scan.finished": frozenset({"policy", "counts"}),
    "finding.decided": _DECISION,
    "finding.withdrawn": _DECISION,
    "finding.reopened": _DECISION,
    "finding.closed": _DECISION,
    "finding.confirmed": _DECISION,
    "finding.returned": _DECISION,
    "finding.escalated": _DECISION,
    "finding.assigned": frozenset({"assigned_to"}),
    "loss.decided": _LOSS,
    "loss.withdrawn": _LOSS,
    "loss.reopened": frozenset({"losses"}),
    "loss.closed": frozenset({"losses"}),
    "write.prepared": _WRITE,
    "write.asked": _WRITE,
    "write.confirmed": _WRITE,
    "write.withdrawn": _WRITE,
    "write.started": _WRITE,
    "write.finished": _WRITE,
    "write.sent": frozenset({"state", "method", "place", "fields", "error_key"}),
    "contact.checked": frozenset({"outcome", "sha256", "asked"}),
    "export.downloaded": frozenset({"name", "filters", "rows", "sha256"}),
}


COLUMNS = (
    "seq",
    "at",
    "source",
    "actor",
    "actor_kind",
    "via",
    "action",
    "object_type",
    "object_id",
    "before",
    "after",
    "batch_id",
    "reason",
    "prev_hash",
    "hash",
)
"""An event's columns. All are hashed but the hash itself; the time in its own writing."""

_HASHED = tuple(name for name in COLUMNS if name not in {"at", "hash"})


class NotInTheList(ValueError):
    """An action, a field or a value that may not stand in the trail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One event to be: everything but its number, its time and its hashes."""

    action: str
    object_type: str
    object_id: object
    source: Source | None = None
    by: User | None = None
    via: Via = "web"
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    batch_id: str = ""


def record(  # noqa: PLR0913  # one argument a column of the event
    *,
    action: str,
    object_type: str,
    object_id: object,
    by: User | None,
    source: Source | None = None,
    via: Via = "web",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
    batch_id: str = "",
) -> Event:
    """Append one event in the caller's transaction, and give it.

    Raises ``TransactionManagementError`` outside a transaction: an event and its change
    stand or fall together. Raises ``NotInTheList`` for what may not be told.
    """
    entry = Entry(
        action=action,
        object_type=object_type,
        object_id=object_id,
        source=source,
        by=by,
        via=via,
        before=before or {},
        after=after or {},
        reason=reason,
        batch_id=batch_id,
    )
    return record_all([entry])[0]


def record_all(entries: Sequence[Entry]) -> list[Event]:
    """Append many events under one lock of the head; raises what ``record`` raises."""
    if not connection.in_atomic_block:
        raise TransactionManagementError("An event needs its change's transaction.")
    for entry in entries:
        _check(entry)
    if not entries:
        return []
    head = locked_head()
    now = timezone.now()
    events = [_chained(entry, head, at=now) for entry in entries]
    Event.objects.bulk_create(events, batch_size=500)
    head.save(update_fields=["seq", "hash"])
    return events


def locked_head() -> TrailHead:
    """Lock the trail's end, so that numbers have no gap and no twin.

    SQLite has no row locks; its transactions take the write lock as they begin.
    """
    head, _ = TrailHead.objects.select_for_update().get_or_create(pk=1)
    return head


def _chained(entry: Entry, head: TrailHead, *, at: datetime) -> Event:
    """Make the next event and move the head to it."""
    event = Event(
        seq=head.seq + 1,
        at=at,
        source=entry.source.slug if entry.source else "",
        actor=entry.by.get_username() if entry.by else SYSTEM,
        actor_kind=Event.ActorKind.USER if entry.by else Event.ActorKind.SYSTEM,
        via=entry.via,
        action=entry.action,
        object_type=entry.object_type,
        object_id=str(entry.object_id),
        before=dict(entry.before),
        after=dict(entry.after),
        batch_id=entry.batch_id,
        reason=entry.reason,
        prev_hash=head.hash,
    )
    event.hash = digest(event)
    head.seq, head.hash = event.seq, event.hash
    return event


def digest(event: Event) -> str:
    """Give the SHA-256 of an event's canonical JSON, the hash before it included."""
    told = {name: getattr(event, name) for name in _HASHED}
    told |= {"schema": SCHEMA, "at": moment(event.at)}
    return hashlib.sha256(canonical(told).encode()).hexdigest()


def moment(at: datetime) -> str:
    """Write a time as it is hashed: UTC, always with its microseconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def canonical(data: object) -> str:
    """Write JSON that is the same for the same content, whatever database kept it."""
    return json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _check(entry: Entry) -> None:
    allowed = FIELDS.get(entry.action)
    if allowed is None:
        raise NotInTheList(f"The trail knows no action {entry.action!r}.")
    for name, value in [*entry.before.items(), *entry.after.items()]:
        if name not in allowed or not _is_plain(value):
            raise NotInTheList(f"{entry.action} may not tell {name!r} in this form.")


def _is_plain(value: object) -> bool:
    """Refuse floats and objects: two databases would not give the same bytes back."""
    if isinstance(value, Mapping):
        return all(isinstance(key, str) for key in value) and all(
            map(_is_plain, value.values())
        )
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, str | int)
