"""Clever's API: whole lists page by page, and single look-ups.

A list is complete only at a page without a next link; whatever stops it earlier is an
error, so that nobody takes a part for the whole. Nothing here judges a record.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TypeVar

import msgspec

from contacts import addresses, api_errors, http, reading
from contacts.clever import endpoints, parsing, wire
from contacts.records import BadRecord, District

T = TypeVar("T")

PAGE_LIMIT = 10_000
PAGES_LIMIT = 100_000
_OBJECT_ID = re.compile(r"[0-9a-f]{24}")
_CURSOR = re.compile(r"[?&]starting_after=([^&]*)")
_decode_ids = msgspec.json.Decoder(wire.PageIds).decode

V2_GONE = (
    "Clever's v2 contacts are gone ({status}): import the v2 contacts you stored, "
    "from a file."
)


class V2Gone(api_errors.Gone):
    """The v2 endpoint tells no contacts any more; stored facts stay as they are."""


class FetchedPage(msgspec.Struct, frozen=True):
    """A page as received, its records, and where it stands in the list.

    ``url_path`` asks for this page again, ``next`` for the one after it; "" at the end.
    """

    number: int
    url_path: str
    body: bytes
    page: reading.Page
    next: str

    def __repr__(self) -> str:
        return f"FetchedPage({self.number}, {len(self.page.items)} items)"


class Client:
    """Reads one district."""

    def __init__(self, session: http.Session, page_size: int = 1000) -> None:
        if not 1 <= page_size <= PAGE_LIMIT:
            raise ValueError(f"A page holds 1 to {PAGE_LIMIT:,} records.")
        self._session = session
        self._page_size = page_size

    def pages(
        self, kind: str, *, after: str = "", start: str = ""
    ) -> Iterator[FetchedPage]:
        """Yield a list's pages: ``contacts``, ``students`` or ``legacy_contacts``.

        ``start`` is the ``next`` of the last page that was kept, ``after`` the last id;
        without either the list begins anew. Raises ``ApiError``; see its kinds.
        """
        collection = endpoints.COLLECTIONS[kind]
        first = collection.first_page(limit=self._page_size, after=after)
        steps = self._steps(collection.path, start or first)
        if kind == endpoints.LEGACY_CONTACTS:
            return _unless_gone(steps, anew=not (start or after))
        return steps

    def user(self, external_id: str) -> bytes | None:
        """Return a v3 user's record as it is now, None if there is none."""
        return self._single(endpoints.CONTACT.path(external_id))

    def my_students(self, external_id: str) -> list[bytes]:
        """Return the students of a contact as they are now."""
        return self._related(endpoints.CONTACT_STUDENTS.path(external_id))

    def my_contacts(self, external_id: str) -> list[bytes]:
        """Return the contacts of a student as they are now."""
        return self._related(endpoints.STUDENT_CONTACTS.path(external_id))

    def district_of(self, external_id: str) -> District | None:
        """Return the district a user belongs to, None if there is no such user."""
        path = endpoints.CONTACT_DISTRICT.path(external_id)
        raw = self._single(path)
        return _told(path, parsing.parse_district, raw) if raw else None

    def district(self) -> District:
        """Return the district the token speaks for; raises ``BadPayload`` if none."""
        path = endpoints.DISTRICTS
        page = _told(path, parsing.parse_page, self._session.get(path).body)
        if not page.items:
            raise api_errors.BadPayload(f"GET {path}: no district in the answer")
        return _told(path, parsing.parse_district, page.items[0])

    def _steps(self, path: str, first: str) -> Iterator[FetchedPage]:
        """Walk a list from a link to its end; every link is checked before it is sent."""
        walk = _Walk(path)
        link = walk.follow(self._session.local(first))
        for number in range(1, PAGES_LIMIT + 1):
            body = self._session.get(link).body
            page = _told(path, parsing.parse_page, body)
            walk.check(body)
            following = self._session.local(page.next) if page.next else ""
            following = walk.follow(following) if following else ""
            yield FetchedPage(number, link, body, page, following)
            if not following:
                return
            link = following
        raise api_errors.PagingLoop(f"GET {path}: more than {PAGES_LIMIT:,} pages")

    def _single(self, path: str) -> bytes | None:
        try:
            body = self._session.get(path).body
        except api_errors.Gone:
            return None
        return _told(path, parsing.parse_item, body)

    def _related(self, path: str) -> list[bytes]:
        """Read a short list whole; a user that is gone is related to nobody."""
        try:
            steps = list(self._steps(path, f"{path}?limit={self._page_size}"))
        except api_errors.Gone:
            return []
        return [item for step in steps for item in step.page.items]


def _unless_gone(steps: Iterator[FetchedPage], *, anew: bool) -> Iterator[FetchedPage]:
    """Pass v2 pages on; what a dead endpoint may answer is told in one sentence.

    Clever does not document the answer: 404, 410, 501 and an empty list mean the same.
    """
    status = ""
    try:
        for step in steps:
            if anew and step.number == 1 and not (step.page.items or step.next):
                status = "an empty list"
                break
            yield step
    except api_errors.Gone as error:
        status = str(error)
    if status:
        raise V2Gone(V2_GONE.format(status=status))


def _told(path: str, parse: Callable[[bytes], T], body: bytes) -> T:
    """Parse an answer; what is wrong with it is told with the path it came from."""
    try:
        return parse(body)
    except (api_errors.BadPayload, BadRecord) as error:
        trouble = str(error)
    raise api_errors.BadPayload(f"GET {addresses.bare(path)}: {trouble}")


class _Walk:
    """Where a list has led so far, to notice when it leads back or away.

    Clever's ids are ObjectIDs and lists ascend by them (dev.clever.com, paging); where
    both ids have that form they must grow. Of other ids only a repetition is a loop.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._links: set[str] = set()
        self._firsts: set[str] = set()
        self._cursor = ""
        self._last = ""

    def follow(self, link: str) -> str:
        """Accept a link to the next page; raises ``Refused`` or ``PagingLoop``."""
        if addresses.bare(link) != self._path:
            raise api_errors.Refused(f"GET {self._path}: the next link leaves the list")
        found = _CURSOR.search(link)
        cursor = found.group(1) if found else ""
        if link in self._links or not _ascends(self._cursor, cursor):
            raise self._loop("the next link leads back")
        self._links.add(link)
        self._cursor = cursor
        return link

    def check(self, body: bytes) -> None:
        """Raise ``PagingLoop`` unless the page's ids come after the former page's."""
        ids = _ids(body)
        if not ids:
            return
        if ids[0] in self._firsts or ids[0] == self._last:
            raise self._loop("a page came again")
        if not all(map(_ascends, [self._last, *ids], ids)):
            raise self._loop("the ids do not ascend")
        self._firsts.add(ids[0])
        self._last = ids[-1]

    def _loop(self, why: str) -> api_errors.PagingLoop:
        at = len(self._links)
        return api_errors.PagingLoop(
            f"GET {self._path}: paging loop at page {at}: {why}"
        )


def _ids(body: bytes) -> list[str]:
    """Return the ids of a page's records; odd ones are the parser's matter."""
    try:
        ids = [item.known_id() for item in _decode_ids(body).data]
    except (msgspec.ValidationError, UnicodeDecodeError):
        return []
    return [external_id for external_id in ids if external_id]


def _ascends(former: str, later: str) -> bool:
    """Return False if both are ObjectIDs and the later one is smaller."""
    known = _OBJECT_ID.fullmatch(former) and _OBJECT_ID.fullmatch(later)
    return former <= later if known else True
