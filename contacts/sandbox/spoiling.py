"""How an answer is spoilt on its way: in its words, or on the wire."""

import socket
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import NamedTuple, Protocol

from contacts.sandbox.answers import HTML_TYPE, Answer, Page
from contacts.sandbox.faults import Fault, Kind

PIECE = 16
"""Bytes that a dripping answer gives at a time."""


class WritePage(Protocol):
    """Writes a list's page in a provider's words."""

    def __call__(
        self, page: Page, *, items: list[bytes] | None = None, next_uri: str
    ) -> bytes:
        """Join the items, the page's own if none are given, and the links."""


class Words(NamedTuple):
    """How a provider tells a failure and a page; `before`: the items a page earlier."""

    failure: Callable[[Fault], Answer]
    page_body: WritePage
    before: Callable[[Page], list[bytes]]


def spoil_words(answer: Answer, fault: Fault, *, words: Words) -> Answer:
    """Change what an answer says."""
    if fault.kind == Kind.STATUS:
        return words.failure(fault)
    if fault.kind == Kind.HTML:
        return Answer(200, b"<html><body>Please sign in</body></html>", HTML_TYPE)
    if fault.kind == Kind.EMPTY:
        return Answer(200, b"")
    if answer.page is None:
        return answer
    return answer._replace(body=_spoilt_page(answer.page, fault, words))


def _spoilt_page(page: Page, fault: Fault, words: Words) -> bytes:
    items, next_uri = page.items, page.next_uri
    if fault.kind == Kind.NEXT_ELSEWHERE:
        next_uri = f"{fault.url}{page.next_uri or page.self_uri}"
    elif fault.kind == Kind.NEXT_LOOP:
        next_uri = page.self_uri
    elif fault.kind == Kind.NEXT_MISSING:
        next_uri = ""
    elif fault.kind == Kind.DESCENDING:
        items = items[::-1]
    elif fault.kind == Kind.REPEATED_PAGE:
        items = words.before(page)
    return words.page_body(page, items=items, next_uri=next_uri)


def spoil_wire(handler: BaseHTTPRequestHandler, body: bytes, fault: Fault) -> bool:
    """Send a body in a broken way; says whether it did.

    The headers are not ended yet: what they promise is part of the fault.
    """
    if fault.kind == Kind.TRUNCATED:
        _promise(handler, "Content-Length", str(len(body)))
        handler.wfile.write(body[: len(body) // 2])
        _hang_up(handler)
    elif fault.kind == Kind.BROKEN_CHUNK:
        _promise(handler, "Transfer-Encoding", "chunked")
        half = body[: len(body) // 2]
        handler.wfile.write(b"%x\r\n%s\r\nnot a size\r\n" % (len(half), half))
        _hang_up(handler)
    elif fault.kind == Kind.DRIP:
        _promise(handler, "Content-Length", str(len(body)))
        _drip(handler, body, fault.seconds)
    else:
        return False
    return True


def _promise(handler: BaseHTTPRequestHandler, name: str, value: str) -> None:
    handler.send_header(name, value)
    handler.end_headers()


def _drip(handler: BaseHTTPRequestHandler, body: bytes, seconds: float) -> None:
    for start in range(0, len(body), PIECE):
        handler.wfile.write(body[start : start + PIECE])
        time.sleep(seconds)


def _hang_up(handler: BaseHTTPRequestHandler) -> None:
    """End the connection where it stands; the client sees what came so far."""
    handler.close_connection = True


def disconnect(handler: BaseHTTPRequestHandler) -> None:
    """Close without a word, as a server that died does."""
    handler.close_connection = True
    handler.connection.shutdown(socket.SHUT_RDWR)
