"""What every sandbox's server does alike: it listens, logs, and spoils its answers."""

import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TypeVar

from contacts.sandbox import faults, spoiling
from contacts.sandbox.answers import Answer, compact
from contacts.sandbox.faults import Fault, Faults, FaultUnreadable, Kind
from contacts.sandbox.spoiling import Words
from contacts.sandbox.wire import Json

HOST = "127.0.0.1"
LOG_PATH = "/_sandbox/log"
FAULTS_PATH = "/_sandbox/faults"


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


class SandboxServer(ThreadingHTTPServer):
    """Listens on this machine only; close it after `shutdown` as any server."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(
        self,
        handler: type["SandboxHandler"],
        *,
        port: int,
        faults: Faults | None,
        words: Words,
    ) -> None:
        self.faults = faults or Faults()
        self.words = words
        self.log = Log()
        super().__init__((HOST, port), handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """Keep quiet about clients that hung up; tell of everything else."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.server_port}"


class SandboxHandler(BaseHTTPRequestHandler):
    """One connection, kept open from request to request."""

    protocol_version = "HTTP/1.1"
    # Head and body are two writes; waiting to join them would cost 40 ms.
    disable_nagle_algorithm = True
    timeout = 60
    server: SandboxServer

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing: the log is asked for at /_sandbox/log."""

    def read_body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def tell_log(self) -> Answer:
        return Answer(200, compact(self.server.log.told()))

    def set_faults(self, body: bytes) -> Answer:
        """Set the faults that are asked for; raises FaultUnreadable."""
        try:
            wanted = json.loads(body)["faults"]
            self.server.faults.set([faults.read(each) for each in wanted])
        except (ValueError, KeyError, TypeError) as error:
            raise FaultUnreadable(f"cannot read the faults: {error}") from error
        return Answer(200, compact({"faults": len(wanted)}))

    def spoil(self, answer: Answer) -> tuple[Answer, Fault | None]:
        """Let the fault that is due strike; gives what is left to be sent."""
        page = answer.page.number if answer.page else 0
        fault = self.server.faults.strike(page=page, target=self.path)
        if fault is not None:
            answer = spoiling.spoil_words(answer, fault, words=self.server.words)
        return answer, fault

    def send(self, answer: Answer, fault: Fault | None = None) -> None:
        if fault is not None and fault.kind == Kind.SLOW:
            time.sleep(fault.seconds)
        if fault is not None and fault.kind == Kind.DISCONNECT:
            spoiling.disconnect(self)
            return
        self.server.log.add_status(answer.status)
        self._begin(answer)
        # A client that has hung up is no fault of ours.
        with suppress(ConnectionError):
            if fault is None or not spoiling.spoil_wire(self, answer.body, fault):
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)

    def _begin(self, answer: Answer) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Cache-Control", "no-store")
        for name, value in answer.headers:
            self.send_header(name, value)


Server = TypeVar("Server", bound=SandboxServer)


@contextmanager
def running(sandbox: Server) -> Iterator[Server]:
    """Serve in a thread of its own until the block ends."""
    thread = threading.Thread(target=sandbox.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield sandbox
    finally:
        sandbox.shutdown()
        thread.join()
        sandbox.server_close()
