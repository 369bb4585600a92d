"""The make-believe district over real HTTP, on this machine only."""

import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from secrets import compare_digest

from contacts.sandbox import answering, faults, spoiling
from contacts.sandbox.answering import Answer, Answerer
from contacts.sandbox.catalog import Catalog, Page, compact
from contacts.sandbox.district import District
from contacts.sandbox.faults import Fault, Faults, FaultUnreadable, Kind
from contacts.sandbox.wire import Json

HOST = "127.0.0.1"
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


class Log:
    """How often each path was asked for, and which statuses were answered."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._paths: Counter[str] = Counter()
        self._statuses: Counter[str] = Counter()

    def add(self, target: str) -> None:
        with self._lock:
            self._paths[target] += 1

    def add_status(self, status: int) -> None:
        with self._lock:
            self._statuses[str(status)] += 1

    def told(self) -> Json:
        with self._lock:
            return {
                "requests": self._paths.total(),
                "paths": dict(self._paths),
                "statuses": dict(self._statuses),
            }


class Sandbox(ThreadingHTTPServer):
    """Serves one district; close it after `shutdown` as any server."""

    daemon_threads = True
    request_queue_size = 64

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
        self.faults = faults or Faults()
        self.log = Log()
        self.rate = RateWindow(rate_limit)
        super().__init__((HOST, port), Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """Keep quiet about clients that hung up; tell of everything else."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.server_port}"

    def items_before(self, page: Page) -> list[bytes]:
        """The items of the page before; of the first page, its own."""
        if not page.prev_uri:
            return page.items
        earlier = self.answerer.answer(page.prev_uri).page
        return earlier.items if earlier else page.items


class Handler(BaseHTTPRequestHandler):
    """One connection, kept open from request to request."""

    protocol_version = "HTTP/1.1"
    # Head and body are two writes; waiting to join them would cost 40 ms.
    disable_nagle_algorithm = True
    timeout = 60
    server: Sandbox

    def do_GET(self) -> None:
        if not self._is_allowed():
            self._send(answering.message(401, "Invalid authentication"))
        elif self.path == "/_sandbox/log":
            self._send(Answer(200, compact(self.server.log.told())))
        else:
            self._serve()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if not self._is_allowed():
            self._send(answering.message(401, "Invalid authentication"))
        elif self.path == "/_sandbox/faults":
            self._send(self._set_faults(body))
        else:
            self._send(answering.cannot_get(self.path))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing: the log is asked for at /_sandbox/log."""

    def _is_allowed(self) -> bool:
        given = self.headers.get("Authorization") or ""
        wanted = f"Bearer {self.server.token}"
        return compare_digest(given.encode(), wanted.encode())

    def _set_faults(self, body: bytes) -> Answer:
        try:
            wanted = json.loads(body)["faults"]
            self.server.faults.set([faults.read(each) for each in wanted])
        except (ValueError, KeyError, TypeError, FaultUnreadable) as error:
            return answering.message(400, f"cannot read the faults: {error}")
        return Answer(200, compact({"faults": len(wanted)}))

    def _serve(self) -> None:
        self.server.log.add(self.path)
        left, reset = self.server.rate.take(time.time())
        answer = (
            Answer(429, b"") if left < 0 else self.server.answerer.answer(self.path)
        )
        page = answer.page.number if answer.page else 0
        fault = self.server.faults.strike(page=page, target=self.path)
        if fault is not None:
            answer = spoiling.spoil_words(
                answer, fault, before=self.server.items_before
            )
            if fault.kind == Kind.STATUS and fault.status == 429:
                left, reset = 0, int(time.time() + fault.seconds) + 1
        self._send(answer, fault, limits=(max(0, left), reset))

    def _send(
        self,
        answer: Answer,
        fault: Fault | None = None,
        *,
        limits: tuple[int, int] | None = None,
    ) -> None:
        if fault is not None and fault.kind == Kind.SLOW:
            time.sleep(fault.seconds)
        if fault is not None and fault.kind == Kind.DISCONNECT:
            spoiling.disconnect(self)
            return
        self.server.log.add_status(answer.status)
        self._begin(answer, limits)
        # A client that has hung up is no fault of ours.
        with suppress(ConnectionError):
            if fault is None or not spoiling.spoil_wire(self, answer.body, fault):
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)

    def _begin(self, answer: Answer, limits: tuple[int, int] | None) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Cache-Control", "no-store")
        if limits:
            self.send_header("X-RateLimit-Limit", str(self.server.rate.limit))
            self.send_header("X-RateLimit-Remaining", str(limits[0]))
            self.send_header("X-RateLimit-Reset", str(limits[1]))
            self.send_header("X-RateLimit-Bucket", "bearer")


@contextmanager
def running(sandbox: Sandbox) -> Iterator[Sandbox]:
    """Serve in a thread of its own until the block ends."""
    thread = threading.Thread(target=sandbox.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield sandbox
    finally:
        sandbox.shutdown()
        thread.join()
        sandbox.server_close()


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
