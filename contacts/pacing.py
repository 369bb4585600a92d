"""When to ask a provider again: its budget, its wishes, our patience and our deadline.

Clever counts 1,200 requests in each minute and says in every answer what is left; over
the limit it answers 429 with an empty body and the reset alone, without ``Retry-After``
(dev.clever.com/docs/error-messages). What a server wishes is never trusted beyond a cap.
"""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from random import SystemRandom
from threading import Timer
from typing import Self
from weakref import WeakSet

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection

LONGEST_PAUSE = 3600.0
LOW_BUDGET = 0.05
WINDOW = 60.0
_NUMBER = re.compile(r"\d{1,12}(?:\.\d{1,6})?")
_random = SystemRandom()


@dataclass(frozen=True, slots=True)
class Limits:
    """How long and how much one request may take, in seconds and bytes.

    ``total`` ends a request whatever it waits for: the time-outs of a socket start anew
    with every byte. ``patience`` bounds tries and pauses in place, so that a worker is
    never asleep for long; everything longer is the caller's to put off.
    """

    connect: float = 3.05
    read: float = 20.0
    total: float = 60.0
    body: int = 32 * 1024 * 1024
    tries: int = 3
    patience: float = 10.0


@dataclass(frozen=True, slots=True)
class Clock:
    """Time as the session sees it: since 1970, since anything, and passing."""

    now: Callable[[], float] = time.time
    elapsed: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


class Budget:
    """What the provider's last answer said is left of this window."""

    def __init__(self) -> None:
        self._limit = self._remaining = self._reset = 0.0

    def observe(self, headers: Mapping[str, str], now: float) -> None:
        """Take note of an answer's headers; without all three nothing is known."""
        told = [
            _number(headers.get(f"X-RateLimit-{name}"))
            for name in ("Limit", "Remaining", "Reset")
        ]
        self._limit, self._remaining, reset = (value or 0.0 for value in told)
        self._reset = _instant(reset, now) if None not in told else 0.0

    def spent_until(self, now: float) -> float | None:
        """Return when the window resets if nothing is left of it."""
        spent = self._reset > now and self._remaining < 1
        return min(self._reset, now + LONGEST_PAUSE) if spent else None

    def pause(self, now: float) -> float:
        """Return how long to wait so that the rest lasts until the reset."""
        if self._reset <= now or self._remaining >= self._limit * LOW_BUDGET:
            return 0.0
        return (self._reset - now) / max(self._remaining, 1.0)


def resume_at(headers: Mapping[str, str], now: float) -> float | None:
    """Return when a server out of patience wants to be asked again, an hour at most.

    Clever names the reset, others ``Retry-After``. None means that no time was named
    that makes sense (negative, garbage, long past).
    """
    reset = _number(headers.get("X-RateLimit-Reset"))
    at = None if reset is None else _sensible(_instant(reset, now), now)
    return at or retry_after(headers, now)


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Return the time that ``Retry-After`` names, an hour ahead at most, or None."""
    value = headers.get("Retry-After") or ""
    seconds = _number(value)
    if seconds is not None:
        return _sensible(now + seconds, now)
    try:
        return _sensible(parsedate_to_datetime(value).timestamp(), now)
    except (ValueError, OverflowError):
        return None


def backoff(attempt: int) -> float:
    """Return a pause before the next try, spread so that workers do not march in step."""
    return _random.uniform(0.5, 1.0) * 0.5 * 2.0**attempt


def _sensible(at: float, now: float) -> float | None:
    """Cap a time; one just passed means at once, because clocks differ."""
    return None if at < now - WINDOW else min(max(at, now + 1), now + LONGEST_PAUSE)


def _number(value: str | None) -> float | None:
    text = (value or "").strip()
    return float(text) if _NUMBER.fullmatch(text) else None


def _instant(reset: float, now: float) -> float:
    """Read a reset as Clever means it, since 1970; a small number as seconds from now."""
    return reset if reset > 1_000_000_000 else now + reset


class Connections:
    """The open connections of one session, so that another thread can cut them.

    Nothing else ends a server that sends one byte now and then, be it in the handshake,
    in the headers or in the body: each byte starts the socket's time-out anew.
    """

    def __init__(self) -> None:
        self._connections: WeakSet[HTTPConnection] = WeakSet()
        self._sockets: WeakSet[socket.socket] = WeakSet()

    def watch(self, manager: PoolManager) -> None:
        """Have the manager's pools make connections that are known here."""
        note = self._note

        class Plain(HTTPConnection):
            def connect(self) -> None:
                note(self)
                super().connect()
                note(self)

        class Encrypted(HTTPSConnection):
            def connect(self) -> None:
                note(self)
                super().connect()
                note(self)

        class PlainPool(HTTPConnectionPool):
            ConnectionCls = Plain

        class EncryptedPool(HTTPSConnectionPool):
            ConnectionCls = Encrypted

        pools = {"http": PlainPool, "https": EncryptedPool}
        manager.pool_classes_by_scheme = pools

    def cut(self) -> None:
        """Shut every socket; whoever reads from one finds its end."""
        for connection in list(self._connections):
            self._note(connection)
        for known in list(self._sockets):
            with suppress(OSError):
                socket.socket.shutdown(known, socket.SHUT_RDWR)

    def _note(self, connection: HTTPConnection) -> None:
        """Know a connection and its socket, which it gives away to its last answer."""
        self._connections.add(connection)
        if isinstance(connection.sock, socket.socket):
            self._sockets.add(connection.sock)


class Deadline:
    """A span of time after which the connections are cut."""

    def __init__(self, seconds: float, connections: Connections) -> None:
        self.passed = False
        self._connections = connections
        self._timer = Timer(seconds, self._end)
        self._timer.daemon = True

    def _end(self) -> None:
        self.passed = True
        self._connections.cut()

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *failure: object) -> None:
        self._timer.cancel()
