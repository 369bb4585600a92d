"""Constant Contact's lists as pages of a snapshot.

Each page is asked for when the one before is written, in the thread that writes: requests
are paced by a budget that all workers share, so there is nothing to gain by asking ahead.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TypeVar

from contacts import api_errors, fetching, intake, reading
from contacts.constant_contact.client import FetchedPage
from contacts.loading import Page
from contacts.models import Snapshot, Source
from contacts.records import Factual

C = TypeVar("C")

Ask = Callable[..., Iterator[FetchedPage]]
Parse = Callable[[bytes], Factual]

FORBIDDEN = (
    "refused this request: the token lacks a scope or its user a privilege, or the"
    " application is deactivated. Check these, then reconnect."
)
CONSTANT_CONTACT = fetching.Provider(
    "Constant Contact", "Reconnect it on the source's page.", FORBIDDEN
)

V2_GONE = (
    "Constant Contact's V2 does not answer any more. Import what you stored of it from a"
    " file."
)


@contextmanager
def opened(
    source: Source, connect: Callable[[Source], AbstractContextManager[C]]
) -> Iterator[C]:
    """Open a client; one that cannot be opened ends the job in words."""
    with fetching.ending(CONSTANT_CONTACT, source), connect(source) as client:
        yield client


def pages(
    source: Source, ask: Ask, parse: Parse, snapshot: Snapshot
) -> Generator[Page, None, None]:
    """Yield the pages after the last one kept, as ``ask(start=…)`` gives them."""
    if snapshot.pages and not snapshot.next_url:
        return
    expected = fetching.expected_rows(snapshot)
    with fetching.in_words(CONSTANT_CONTACT, source):
        steps = ask(start=snapshot.next_url)
        for number, fetched in enumerate(steps, snapshot.pages + 1):
            yield _page(number, fetched, parse, expected)


def while_v2_answers(ask: Ask) -> Ask:
    """Make V2's list say, where V2 is gone, that a file is the way."""

    def asked(*, start: str) -> Iterator[FetchedPage]:
        try:
            yield from ask(start=start)
        except api_errors.Gone:
            raise intake.Stopped(V2_GONE) from None

    return asked


def _page(
    number: int, fetched: FetchedPage, parse: Parse, expected: int | None
) -> Page:
    return Page(
        number=number,
        path=fetched.url_path,
        body=fetched.body,
        rows=list(reading.rows(fetched.items, parse)),
        next_url=fetched.next,
        expected=expected,
    )
