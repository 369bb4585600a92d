"""The make-believe district over real HTTP, on this machine only."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from secrets import compare_digest

from contacts.sandbox import answering
from contacts.sandbox.answering import Answerer
from contacts.sandbox.answers import Answer, Page
from contacts.sandbox.catalog import Catalog
from contacts.sandbox.district import District
from contacts.sandbox.faults import Fault, Faults, FaultUnreadable, Kind
from contacts.sandbox.serving import (
    FAULTS_PATH,
    LOG_PATH,
    SandboxHandler,
    SandboxServer,
    running,
)
from contacts.sandbox.spoiling import Words

RATE_LIMIT = 1200
RATE_WINDOW = 60
"""Requests a minute and token, in fixed windows (dev.clever.com, "Error messages")."""


class RateWindow:
    """Counts requests in the running minute."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._lock = threading.Lock()
        self._window = 0
        self._used = 0

    def take(self, now: float) -> tuple[int, int]:
        """Count one request; gives how many are left (-1: over) and the reset."""
        window = int(now) // RATE_WINDOW
        with self._lock:
            if window != self._window:
                self._window, self._used = window, 0
            self._used += 1
            left = max(-1, self.limit - self._used)
        return left, (window + 1) * RATE_WINDOW


class Sandbox(SandboxServer):
    """Serves one district."""

    def __init__(
        self,
        district: District,
        *,
        token: str,
        port: int = 0,
        faults: Faults | None = None,
        v2: str = "alive",
        rate_limit: int = RATE_LIMIT,
    ) -> None:
        self.token = token
        self.answerer = Answerer(Catalog(district), v2=v2)
        self.rate = RateWindow(rate_limit)
        words = Words(_failure, answering.page_body, self._items_before)
        super().__init__(Handler, port=port, faults=faults, words=words)

    def _items_before(self, page: Page) -> list[bytes]:
        """The items of the page before; of the first page, its own."""
        if not page.prev_uri:
            return page.items
        earlier = self.answerer.answer(page.prev_uri).page
        return earlier.items if earlier else page.items


def _failure(fault: Fault) -> Answer:
    return answering.failure(fault.status)


class Handler(SandboxHandler):
    """Answers for a district."""

    server: Sandbox

    def do_GET(self) -> None:  # noqa: N802  # as http.server calls it
        if not self._is_allowed():
            self.send(answering.message(401, "Invalid authentication"))
        elif self.path == LOG_PATH:
            self.send(self.tell_log())
        else:
            self._serve()

    def do_POST(self) -> None:  # noqa: N802  # as http.server calls it
        body = self.read_body()
        if not self._is_allowed():
            self.send(answering.message(401, "Invalid authentication"))
        elif self.path == FAULTS_PATH:
            self.send(self._set_faults(body))
        else:
            self.send(answering.cannot_get(self.path))

    def _is_allowed(self) -> bool:
        given = self.headers.get("Authorization") or ""
        wanted = f"Bearer {self.server.token}"
        return compare_digest(given.encode(), wanted.encode())

    def _set_faults(self, body: bytes) -> Answer:
        try:
            return self.set_faults(body)
        except FaultUnreadable as error:
            return answering.message(400, str(error))

    def _serve(self) -> None:
        self.server.log.add(self.path)
        left, reset = self.server.rate.take(time.time())
        answer = (
            Answer(429, b"") if left < 0 else self.server.answerer.answer(self.path)
        )
        answer, fault = self.spoil(answer)
        if fault is not None and fault.kind == Kind.STATUS and fault.status == 429:
            left, reset = 0, int(time.time() + fault.seconds) + 1
        headers = self._rate_headers(max(0, left), reset)
        self.send(answer._replace(headers=headers), fault)

    def _rate_headers(self, left: int, reset: int) -> tuple[tuple[str, str], ...]:
        return (
            ("X-RateLimit-Limit", str(self.server.rate.limit)),
            ("X-RateLimit-Remaining", str(left)),
            ("X-RateLimit-Reset", str(reset)),
            ("X-RateLimit-Bucket", "bearer"),
        )


@contextmanager
def serving(
    district: District,
    *,
    token: str,
    port: int = 0,
    faults: Faults | None = None,
    v2: str = "alive",
) -> Iterator[str]:
    """Serve a district while the block runs; gives the API's root address."""
    sandbox = Sandbox(district, token=token, port=port, faults=faults, v2=v2)
    with running(sandbox):
        yield sandbox.url
