"""How many requests a key may still send: per second and per day, for all workers at once.

Constant Contact counts 4 requests a second and 10,000 a day for each API key, and says
in no answer how many are left. So they are counted here, in one row a key. Each request
reserves its place in time by one statement and then waits for it outside any transaction:
the row is locked for as long as one statement takes, however long the queue is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from random import SystemRandom

from django.conf import settings
from django.db import transaction

from contacts import accounts, api_errors, dialect, pacing
from contacts.models import ApiBudget, Source

LONGEST_QUEUE = 5.0
"""Seconds ahead that a place may be reserved: more is a job's to put off."""

NONSENSE = 60.0
"""Seconds ahead that nobody reserves: the clock was set back, and the row is healed."""

EARLY = timedelta(minutes=10)
"""How long a new day is not believed to be spent."""

_random = SystemRandom()
_TABLE = ApiBudget._meta.db_table  # noqa: SLF001  # Django's documented name for it
# Everything is worked out from the row as it is when the statement has its lock.
_TAKE = """
INSERT INTO {table} AS b (key_hash, day, used, quota, next_at)
VALUES (%(key)s, %(today)s, 1, %(quota)s, %(after)s)
ON CONFLICT (key_hash) DO UPDATE SET
    next_at = CASE WHEN b.next_at > %(now)s AND b.next_at < %(nonsense)s
        THEN {later} ELSE excluded.next_at END,
    used = CASE WHEN b.day BETWEEN %(today)s AND %(tomorrow)s THEN b.used ELSE 0 END + 1,
    day = CASE WHEN b.day = %(tomorrow)s THEN b.day ELSE excluded.day END,
    quota = excluded.quota
WHERE (b.next_at <= %(horizon)s OR b.next_at >= %(nonsense)s)
    AND (b.used < excluded.quota OR b.day NOT BETWEEN %(today)s AND %(tomorrow)s)
RETURNING id, next_at
"""


@dataclass(frozen=True, slots=True)
class Remaining:
    """A key's day so far, as the source's page shows it."""

    used: int
    quota: int
    resets_at: datetime

    @property
    def left(self) -> int:
        """Give how many requests the day still has."""
        return max(0, self.quota - self.used)


def key_of(source: Source) -> str:
    """Give the hash that stands for a source's key: its application, or its token.

    Sources that share an application share its budget, as the provider counts it. A
    pasted token tells nothing of its application, so it counts alone.
    """
    client_id = accounts.of(source).client_id
    told = f"client:{client_id}" if client_id else f"token:{source.token}"
    return sha256(told.encode()).hexdigest()


def take(key_hash: str, *, clock: pacing.Clock | None = None) -> None:
    """Reserve the next request of a key and wait until it may be sent.

    Raises ``Throttled`` where the queue is longer than a worker may sleep, and
    ``QuotaExceeded`` where the day is spent; ``RuntimeError`` inside a transaction, whose
    lock on the row would make every other worker wait for its end.
    """
    clock = clock or pacing.Clock()
    now = datetime.fromtimestamp(clock.now(), UTC)
    with transaction.atomic(durable=True):
        slot = _reserve(key_hash, now)
    if slot is None:
        raise _refusal(key_hash, now)
    wait = (slot - now).total_seconds()
    if wait > 0:
        clock.sleep(wait)


def exhausted(key_hash: str, *, at: datetime) -> None:
    """Mark a key's day as spent, because the provider says so.

    Others may use the key besides us: the provider's count is the one that holds.
    """
    quota = settings.CONSTANT_CONTACT_PER_DAY
    ApiBudget.objects.update_or_create(
        key_hash=key_hash,
        defaults={"day": _day(at), "used": quota, "quota": quota},
        create_defaults={
            "day": _day(at),
            "used": quota,
            "quota": quota,
            "next_at": at,
        },
    )


def is_early(at: datetime) -> bool:
    """Say whether the provider may still count the day before, for clocks differ."""
    return at - datetime.combine(_day(at), datetime.min.time(), UTC) < EARLY


def soon(at: datetime) -> datetime:
    """Give a time a few minutes later, spread so that workers do not march in step."""
    return _in(at, _random.uniform(60.0, 300.0))


def remaining(source: Source, *, at: datetime) -> Remaining:
    """Give what is left of the day for a source's key."""
    row = ApiBudget.objects.filter(key_hash=key_of(source)).first()
    counts = row is not None and row.day in _these_days(at)
    return Remaining(
        used=row.used if row and counts else 0,
        quota=settings.CONSTANT_CONTACT_PER_DAY,
        resets_at=_midnight(at),
    )


def _reserve(key_hash: str, now: datetime) -> datetime | None:
    """Take the next place and give its time; None where there is none to take."""
    interval = 1 / settings.CONSTANT_CONTACT_PER_SECOND
    today, tomorrow = _these_days(now)
    statement = _TAKE.format(
        table=_TABLE, later=dialect.later_sql("b.next_at", interval)
    )
    taken = ApiBudget.objects.raw(
        statement,
        {
            "key": key_hash,
            "today": today,
            "tomorrow": tomorrow,
            "quota": settings.CONSTANT_CONTACT_PER_DAY,
            "now": now,
            "after": _in(now, interval),
            "horizon": _in(now, LONGEST_QUEUE),
            "nonsense": _in(now, NONSENSE),
        },
    )
    rows = list(taken)
    return _in(rows[0].next_at, -interval) if rows else None


def _refusal(key_hash: str, now: datetime) -> api_errors.Throttled:
    """Say why no place was taken: the day is spent, or too many wait already."""
    row = ApiBudget.objects.get(key_hash=key_hash)
    if row.used >= settings.CONSTANT_CONTACT_PER_DAY and row.day in _these_days(now):
        return _spent(now)
    return api_errors.Throttled(
        "too many requests of this key are waiting already", row.next_at
    )


def _spent(now: datetime) -> api_errors.QuotaExceeded:
    """Make the error that says that the day's requests are used up."""
    return api_errors.QuotaExceeded(
        f"all {settings.CONSTANT_CONTACT_PER_DAY:,} requests of the day are used",
        _midnight(now),
    )


def _these_days(at: datetime) -> tuple[date, date]:
    """Give the days that count as this one: a worker whose clock is ahead begins a day."""
    return _day(at), _day(at) + timedelta(days=1)


def _day(at: datetime) -> date:
    return at.astimezone(UTC).date()


def _midnight(at: datetime) -> datetime:
    return datetime.combine(_these_days(at)[1], datetime.min.time(), UTC)


def _in(at: datetime, seconds: float) -> datetime:
    return at + timedelta(seconds=seconds)
