"""How an answer is spoilt on its way: in its words, or on the wire."""

import socket
import time
from collections.abc import Callable
from http.client import responses
from http.server import BaseHTTPRequestHandler

from contacts.sandbox import answering
from contacts.sandbox.answering import HTML_TYPE, Answer
from contacts.sandbox.catalog import Page
from contacts.sandbox.faults import Fault, Kind

PIECE = 16
"""Bytes that a dripping answer gives at a time."""


def spoil_words(
    answer: Answer, fault: Fault, *, before: Callable[[Page], list[bytes]]
) -> Answer:
    """Change what an answer says; `before` gives the items of the page before."""
    if fault.kind == Kind.STATUS:
        return _failure(fault.status)
    if fault.kind == Kind.HTML:
        return Answer(200, b"<html><body>Please sign in</body></html>", HTML_TYPE)
    if fault.kind == Kind.EMPTY:
        return Answer(200, b"")
    if answer.page is None:
        return answer
    return answer._replace(body=_spoilt_page(answer.page, fault, before))


def _failure(status: int) -> Answer:
    """A failure as the provider tells it; a 429 has no body at all."""
    if status == 429:
        return Answer(429, b"")
    return answering.message(status, responses.get(status, "Error"))


def _spoilt_page(
    page: Page, fault: Fault, before: Callable[[Page], list[bytes]]
) -> bytes:
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
        items = before(page)
    return answering.page_body(page, items=items, next_uri=next_uri)


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
