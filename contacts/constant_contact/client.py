"""Constant Contact's API: lists page by page, cross-references, contacts to write.

A list is complete only at a page without a next link; whatever stops it earlier is an
error, so that nobody takes a part for the whole. Nothing here judges a record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

import msgspec

from contacts import api_errors, http, reading, records
from contacts.constant_contact import endpoints, parsing
from contacts.constant_contact.endpoints import Collection
from contacts.constant_contact.walking import Walk
from contacts.mail_records import Xref

T = TypeVar("T")
ParseXref = Callable[[bytes], Xref]

PAGES_LIMIT = 100_000
XREF_GONE = (
    "Constant Contact's cross-reference is gone ({status}): the V3 ids that V2 tells"
    " itself (include_contact_id), or a crosswalk from a file, can stand in for it."
)


class XrefGone(api_errors.Gone):
    """The provider has withdrawn its cross-reference."""


class FetchedPage(msgspec.Struct, frozen=True):
    """A page as received, its records, and where it stands in the list.

    ``url_path`` asks for this page again, ``next`` for the one after it; "" at the end.
    """

    number: int
    url_path: str
    body: bytes
    items: list[bytes]
    next: str

    def __repr__(self) -> str:
        return f"FetchedPage({self.number}, {len(self.items)} items)"


class Answer(msgspec.Struct, frozen=True):
    """A cross-reference as received, and the pairs it tells."""

    url_path: str
    body: bytes
    items: list[bytes]

    def __repr__(self) -> str:
        return f"Answer({len(self.items)} items)"


class Client:
    """Reads and writes one account through V3."""

    def __init__(
        self,
        session: http.Session,
        *,
        page_size: int = endpoints.PAGE_LIMIT,
        xref_path: str = "",
    ) -> None:
        self._session = session
        self._reader = _Reader(session, endpoints.V3, page_size)
        self._contact_xrefs = _Xrefs(
            session, endpoints.xref_paths(xref_path), parsing.parse_contact_xref
        )
        self._list_xrefs = _Xrefs(
            session, endpoints.LIST_XREFS, parsing.parse_list_xref
        )

    def contacts(self, *, start: str = "") -> Iterator[FetchedPage]:
        """Yield the pages of all contacts, deleted ones too, with all that is theirs.

        ``start`` is the ``next`` of the last page that was kept; without it the list
        begins anew. Raises ``ApiError``; see its kinds.
        """
        return self._reader.pages(endpoints.CONTACTS, start)

    def lists(self, *, start: str = "") -> Iterator[FetchedPage]:
        """Yield the pages of the account's lists; see ``contacts``."""
        return self._reader.pages(endpoints.LISTS, start)

    def custom_fields(self, *, start: str = "") -> Iterator[FetchedPage]:
        """Yield the pages of the account's custom fields; see ``contacts``."""
        return self._reader.pages(endpoints.CUSTOM_FIELDS, start)

    def contact_xrefs(self, ids: Sequence[str]) -> Answer:
        """Ask which V3 contacts these V2 ids are, at most 500 of them.

        Raises ``XrefGone`` if the provider answers this no more, and ``ApiError``.
        """
        return self._contact_xrefs.ask(ids)

    def list_xrefs(self, ids: Sequence[str]) -> Answer:
        """Ask which V3 lists these V2 ids are; see ``contact_xrefs``."""
        return self._list_xrefs.ask(ids)

    def contact(self, contact_id: str) -> bytes | None:
        """Return a contact as it is now with all that is its, None if there is none."""
        try:
            return self._session.get(endpoints.whole_contact(contact_id)).body
        except api_errors.Gone:
            return None

    def find(self, address: str) -> bytes | None:
        """Return the contact of an address, be it deleted, None if there is none.

        What is found is compared again: a provider that passes the address over would
        have somebody else written to.
        """
        path = endpoints.CONTACTS.path
        body = self._session.get(endpoints.contact_by(address)).body
        for item in _page(path, endpoints.CONTACTS.key, body).items:
            found = _told(path, parsing.parse_contact, item)
            if records.fold(found.address) == records.fold(address):
                return item
        return None

    def put(self, contact_id: str, body: bytes) -> bytes:
        """Overwrite a contact, once; what is left out of its core becomes null."""
        path = endpoints.contact(contact_id)
        return self._session.send("PUT", path, json=body).body

    def post(self, body: bytes) -> bytes:
        """Add a contact, once. Raises ``Conflict`` if its address is there already."""
        return self._session.send("POST", endpoints.CONTACTS.path, json=body).body


class LegacyClient:
    """Reads one account through V2, where it still answers.

    The application's key goes with every request, and into no link that is kept.
    """

    def __init__(
        self,
        session: http.Session,
        *,
        api_key: str,
        page_size: int = endpoints.PAGE_LIMIT,
    ) -> None:
        hidden = {endpoints.API_KEY: api_key}
        self._reader = _Reader(session, endpoints.V2, page_size, hidden)

    def contacts(self, *, start: str = "") -> Iterator[FetchedPage]:
        """Yield the pages of all contacts with their V3 ids; raises ``ApiError``."""
        return self._reader.pages(endpoints.LEGACY_CONTACTS, start)

    def lists(self, *, start: str = "") -> Iterator[FetchedPage]:
        """Yield the account's lists with their V3 ids, as far as V2 knows one page."""
        return self._reader.pages(endpoints.LEGACY_LISTS, start)


class _Reader:
    """Walks the lists of one version to their ends."""

    def __init__(
        self,
        session: http.Session,
        root: str,
        page_size: int,
        hidden: Mapping[str, str] | None = None,
    ) -> None:
        if not 1 <= page_size <= endpoints.PAGE_LIMIT:
            raise ValueError(f"A page holds 1 to {endpoints.PAGE_LIMIT} records.")
        self._session = session
        self._root = root
        self._page_size = page_size
        self._hidden = hidden

    def pages(self, collection: Collection, start: str) -> Iterator[FetchedPage]:
        """Yield a list's pages; every link is checked before it is sent."""
        walk = Walk(collection.path)
        first = start or collection.first_page(limit=self._page_size)
        link = walk.follow(self._local(first))
        for number in range(1, PAGES_LIMIT + 1):
            body = self._session.get(link, hidden=self._hidden).body
            page = _page(collection.path, collection.key, body)
            walk.check(page.items)
            following = walk.follow(self._local(page.next)) if page.next else ""
            yield FetchedPage(number, link, body, page.items, following)
            if not following:
                return
            link = following
        raise api_errors.PagingLoop(
            f"GET {collection.path}: more than {PAGES_LIMIT:,} pages"
        )

    def _local(self, link: str) -> str:
        path = endpoints.under(self._root, self._session.local(link))
        return endpoints.without_key(path)


class _Xrefs:
    """A cross-reference under the first of its paths that answers.

    How ids are answered that nobody knows is not documented: left out, or a 404 where
    none of them is known. So a 404 is told from a path that is gone by asking for an id
    that was answered before.
    """

    def __init__(
        self, session: http.Session, paths: Sequence[str], parse: ParseXref
    ) -> None:
        self._session = session
        self._paths = paths
        self._parse = parse
        self._known = ""

    def ask(self, ids: Sequence[str]) -> Answer:
        """Ask for these ids; where none is known the answer may be that of another."""
        if not 1 <= len(ids) <= endpoints.PAGE_LIMIT:
            raise ValueError(f"A call takes 1 to {endpoints.PAGE_LIMIT} ids.")
        try:
            return self._ask(ids)
        except XrefGone:
            if not self._known:
                raise
        known = self._ask([self._known])
        return Answer(known.url_path, known.body, [])

    def _ask(self, ids: Sequence[str]) -> Answer:
        """Ask under each path until one is there, and under that one from then on."""
        status = ""
        for path in self._paths:
            try:
                return self._answer(path, ids)
            except api_errors.Gone as error:
                status = str(error)
        raise XrefGone(XREF_GONE.format(status=status))

    def _answer(self, path: str, ids: Sequence[str]) -> Answer:
        link = self._session.local(endpoints.xrefs(path, ids))
        body = self._session.get(link).body
        items = _told(path, parsing.parse_xrefs, body)
        self._paths = (path,)
        self._known = self._known or self._named(items)
        return Answer(link, body, items)

    def _named(self, items: list[bytes]) -> str:
        """Return an id that has an answer, "" if none has."""
        for row in reading.rows(items, self._parse):
            if isinstance(row, records.Row):
                return row.record.external_id
        return ""


def _page(path: str, key: str, body: bytes) -> reading.Page:
    return _told(path, lambda told: parsing.parse_page(told, key), body)


def _told(path: str, parse: Callable[[bytes], T], body: bytes) -> T:
    """Parse an answer; what is wrong with it is told with the path it came from."""
    try:
        return parse(body)
    except (api_errors.BadPayload, records.BadRecord) as error:
        trouble = str(error)
    raise api_errors.BadPayload(f"GET {path}: {trouble}")
