"""A server that says exactly the bytes it is told to, well or badly.

Faults of the wire (a body that breaks off, a drip, a reset) cannot be had from a server
that speaks HTTP properly.
"""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress

Script = Callable[[socket.socket], None]


class RawServer:
    """Answers the n-th request with the n-th script, the last one for ever."""

    def __init__(self, *scripts: Script) -> None:
        self.requests: list[bytes] = []
        self._scripts = scripts
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        host, port = self._listener.getsockname()
        return f"http://{host}:{port}"

    def stop(self) -> None:
        self._stopped.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)

    def _serve(self) -> None:
        while not self._stopped.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection, suppress(OSError):
                self.requests.append(_head(connection))
                script = self._scripts[min(len(self.requests), len(self._scripts)) - 1]
                script(connection)


def _head(connection: socket.socket) -> bytes:
    head = b""
    while b"\r\n\r\n" not in head:
        chunk = connection.recv(4096)
        if not chunk:
            break
        head += chunk
    return head


def answer(
    body: bytes = b"",
    *,
    status: str = "200 OK",
    headers: Iterable[str] = ("Content-Type: application/json",),
    length: int | None = None,
) -> Script:
    """Answer in one piece, with a length that may lie."""
    told = [f"HTTP/1.1 {status}", *headers, "Connection: close"]
    told.append(f"Content-Length: {len(body) if length is None else length}")

    def script(connection: socket.socket) -> None:
        connection.sendall("\r\n".join(told).encode() + b"\r\n\r\n" + body)

    return script


def say(data: bytes) -> Script:
    """Send bytes and close."""
    return lambda connection: connection.sendall(data)


def drip(start: bytes, *, drop: bytes = b" ", pause: float = 0.02) -> Script:
    """Send a beginning, then one byte now and then until nobody listens."""

    def script(connection: socket.socket) -> None:
        connection.sendall(start)
        waiting = threading.Event()
        while not waiting.wait(pause):
            connection.sendall(drop)

    return script


def reset(connection: socket.socket) -> None:
    """Break the connection off hard."""
    linger = struct.pack("ii", 1, 0)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)


def silent(connection: socket.socket) -> None:
    """Say nothing until the other side gives up."""
    connection.settimeout(5)
    connection.recv(1)
