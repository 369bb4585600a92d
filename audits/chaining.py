"""Events of one act on many things, appended in few round trips.

``trail`` writes one event at a time in full care; 100,000 of them would take as long as
the act itself ten times over. Here what all have in common is written out once, and each
differs by its object, before and after. The hashes are those that ``trail.digest`` gives.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

import msgspec
from django.db import connection
from django.db.transaction import TransactionManagementError
from django.utils import timezone

from audits import trail
from audits.models import Event
from contacts import dialect

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from contacts.models import Source

AT_ONCE = 10_000
Facts = Mapping[str, str | int | bool | None]
Item = tuple[object, Facts, Facts]

_PLAIN = frozenset({str, int, bool, type(None)})
# The same bytes as trail.canonical gives, in a tenth of the time.
_json = msgspec.json.Encoder(order="sorted").encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What all events of one act have in common."""

    action: str
    object_type: str
    source: Source
    by: User | None
    via: trail.Via
    batch_id: str
    reason: str = ""


def record_set(act: Act, items: Iterable[Item]) -> int:
    """Append an event for each (id, before, after), under one lock; give how many.

    ``items`` is read in between the writes, so it may read from the same connection.
    Raises what ``trail.record`` raises.
    """
    if not connection.in_atomic_block:
        raise TransactionManagementError("An event needs its change's transaction.")
    if act.action not in trail.FIELDS:
        raise trail.NotInTheList(f"The trail knows no action {act.action!r}.")
    rest = iter(items)
    some = list(islice(rest, AT_ONCE))
    if not some:
        return 0
    head = trail.locked_head()
    began, link = head.seq, _Link(act, at=timezone.now())
    while some:
        _check(act.action, some)
        rows, head.seq, head.hash = link.chain(some, head.seq, head.hash)
        with connection.cursor() as cursor:
            dialect.copy_rows(cursor, "audits_event", trail.COLUMNS, rows)
        some = list(islice(rest, AT_ONCE))
    head.save(update_fields=["seq", "hash"])
    return head.seq - began


class _Link:
    """Makes the rows of one act's events: written once, filled in for each."""

    def __init__(self, act: Act, *, at: datetime) -> None:
        told: dict[str, Any] = {
            "action": act.action,
            "actor": act.by.get_username() if act.by else trail.SYSTEM,
            "actor_kind": str(
                Event.ActorKind.USER if act.by else Event.ActorKind.SYSTEM
            ),
            "at": trail.moment(at),
            "batch_id": act.batch_id,
            "object_type": act.object_type,
            "reason": act.reason,
            "schema": trail.SCHEMA,
            "source": act.source.slug,
            "via": act.via,
        }
        self._parts = _parts(told)
        stamp = connection.ops.adapt_datetimefield_value(at)
        names = ("source", "actor", "actor_kind", "via", "action", "object_type")
        self._first = (stamp, *(told[name] for name in names))
        self._last = (act.batch_id, act.reason)

    def chain(
        self, items: Sequence[Item], seq: int, link: str
    ) -> tuple[list[tuple[Any, ...]], int, str]:
        """Give the rows of the next events, and where the chain ends then."""
        open_, before_, object_, prev_, seq_, end = self._parts
        first, last, sha256 = self._first, self._last, hashlib.sha256
        rows = []
        for pk, was, now in items:
            seq += 1
            before, after = _json(was).decode(), _json(now).decode()
            told = f'{open_}{after}{before_}{before}{object_}"{pk}"{prev_}"{link}"{seq_}{seq}{end}'
            digest = sha256(told.encode()).hexdigest()
            rows.append((seq, *first, str(pk), before, after, *last, link, digest))
            link = digest
        return rows, seq, link


def _parts(told: Mapping[str, Any]) -> Sequence[str]:
    """Cut the canonical text where an event's own values stand."""
    own = {"after", "before", "object_id", "prev_hash", "seq"}
    parts, text = [], "{"
    for name in sorted({*told, *own}):
        text += f"{'' if text == '{' else ','}{trail.canonical(name)}:"
        if name in own:
            parts.append(text)
            text = ""
        else:
            text += trail.canonical(told[name])
    return (*parts, f"{text}}}")


def _check(action: str, items: Iterable[Item]) -> None:
    """Refuse what may not be told, as the trail does: few forms, so few are looked at."""
    allowed = trail.FIELDS[action]
    for facts in _facts(items):
        if not facts.keys() <= allowed or not _PLAIN.issuperset(
            map(type, facts.values())
        ):
            raise trail.NotInTheList(f"{action} may not tell {sorted(facts)} so.")


def _facts(items: Iterable[Item]) -> Iterator[Facts]:
    for _, before, after in items:
        yield before
        yield after
