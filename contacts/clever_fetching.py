"""Clever's lists as pages of a snapshot."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from typing import cast

from contacts import api_errors, connecting, fetching, http, intake, jobs, prefetch
from contacts.clever import client as clever
from contacts.clever import parsing
from contacts.loading import Page
from contacts.models import Snapshot, Source
from contacts.records import Record

Parse = Callable[[bytes], Record]

CLEVER = fetching.Provider("Clever", "Enter a new one on the source's page.")


@contextmanager
def opened(source: Source) -> Iterator[http.Session]:
    """Open a session; one that cannot be opened ends the job in words."""
    try:
        with connecting.clever_session(source) as session:
            yield session
    except api_errors.ApiError as error:
        raise jobs.GiveUp(str(error)) from None


def check_district(source: Source, session: http.Session) -> None:
    """Refuse a token of another district: its people are not this source's."""
    with fetching.ending(CLEVER, source):
        district = connecting.client(session).district()
    if district.external_id != source.external_id:
        raise jobs.GiveUp(
            f"This token belongs to another district than {source.name}."
            " Nothing was imported."
        )


def pages(
    source: Source,
    session: http.Session,
    parse: Parse,
    snapshot: Snapshot,
) -> Generator[Page, None, None]:
    """Yield the pages after the last one kept, each fetched while one is written."""
    if snapshot.pages and not snapshot.next_url:
        return
    expected = fetching.expected_rows(snapshot)
    steps = connecting.client(session).pages(snapshot.kind, start=snapshot.next_url)
    with fetching.in_words(CLEVER, source), _gone_in_words():
        ahead = prefetch.ahead(steps, cut=session.cut)
        with closing(cast("Generator[clever.FetchedPage]", ahead)) as fetched:
            for number, page in enumerate(fetched, snapshot.pages + 1):
                yield _page(number, page, parse, expected)


@contextmanager
def _gone_in_words() -> Iterator[None]:
    """Let a v2 that is gone say so itself: its error names the way from a file."""
    try:
        yield
    except clever.V2Gone as error:
        raise intake.Stopped(str(error)) from None


def _page(
    number: int, fetched: clever.FetchedPage, parse: Parse, expected: int | None
) -> Page:
    return Page(
        number=number,
        path=fetched.url_path,
        body=fetched.body,
        rows=list(parsing.rows(fetched.page.items, parse)),
        next_url=fetched.next,
        expected=expected,
    )
