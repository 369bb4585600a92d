"""A provider's list as pages of a snapshot, and its refusals as the job's end in words."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from typing import cast

from contacts import api_errors, connecting, http, intake, jobs, prefetch, snapshots
from contacts.clever import client as clever
from contacts.clever import parsing
from contacts.loading import Page
from contacts.models import Snapshot, Source
from contacts.records import Record

Parse = Callable[[bytes], Record]


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
    try:
        district = connecting.client(session).district()
    except api_errors.Throttled as error:
        raise _later(error) from None
    except api_errors.ApiError as error:
        stop = _stop(source, error)
        raise intake.OUTCOMES[stop.outcome](str(stop)) from None
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
    former = snapshots.previous(snapshot)
    expected = former.rows_in if former else None
    steps = connecting.client(session).pages(snapshot.kind, start=snapshot.next_url)
    try:
        ahead = prefetch.ahead(steps, cut=session.cut)
        with closing(cast("Generator[clever.FetchedPage]", ahead)) as fetched:
            for number, page in enumerate(fetched, snapshot.pages + 1):
                yield _page(number, page, parse, expected)
    except api_errors.Throttled as error:
        raise _later(error) from None
    except api_errors.ApiError as error:
        raise _stop(source, error) from None


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


def _later(error: api_errors.Throttled) -> jobs.Later:
    words = f"Clever asked to wait until {error.until:%H:%M} UTC."
    return jobs.Later(until=error.until, words=words)


def _stop(source: Source, error: api_errors.ApiError) -> intake.Stopped:
    """Say in words what a failed list means for the job."""
    if isinstance(error, api_errors.Unauthorized):
        words = f"Clever refused the token of {source.name}."
        return intake.Stopped(
            f"{words} Enter a new one on the source's page.", outcome="pause"
        )
    if isinstance(error, clever.V2Gone):
        return intake.Stopped(str(error))
    return intake.Stopped(
        f"Clever's answer could not be used ({error})."
        " Start the import again to go on from there."
    )
