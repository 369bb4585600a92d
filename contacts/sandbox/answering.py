"""Which answer a request gets, in Clever's wire format; no socket here.

Shapes, links, limits and errors follow recorded traffic of api.clever.com v3.0 and
the published error table (dev.clever.com, "Error messages", "Paging and limits").
"""

import json
import re
from collections.abc import Callable
from http.client import responses
from urllib.parse import parse_qsl, urlsplit

from contacts.sandbox import catalog
from contacts.sandbox.answers import HTML_TYPE, Answer, Page, compact
from contacts.sandbox.catalog import Catalog, Listing, Query
from contacts.sandbox.wire import Json

MAX_LIMIT = 10_000
V2_STATES = ("alive", "404", "410", "501", "empty")
PLACES = {"limit", "starting_after", "ending_before"}


class BadQuery(ValueError):
    """A list was asked for with words that make no sense."""


class LimitTooHigh(BadQuery):
    """More records a page were asked for than the provider ever gives."""


def message(status: int, text: str) -> Answer:
    return Answer(status, compact({"message": text}))


def failure(status: int) -> Answer:
    """A failure as the provider tells it; a 429 has no body at all."""
    if status == 429:
        return Answer(429, b"")
    return message(status, responses.get(status, "Error"))


def cannot_get(path: str) -> Answer:
    """Answer as the provider's web framework does for a path it does not know."""
    body = (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f"<title>Error</title>\n</head>\n<body>\n<pre>Cannot GET {_escaped(path)}</pre>\n"
        "</body>\n</html>\n"
    )
    return Answer(404, body.encode(), HTML_TYPE)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def page_body(page: Page, *, items: list[bytes] | None = None, next_uri: str) -> bytes:
    """Join items that are encoded already; only the links are written anew."""
    links = [{"rel": "self", "uri": page.self_uri}]
    if next_uri:
        links.append({"rel": "next", "uri": next_uri})
    if page.prev_uri:
        links.append({"rel": "prev", "uri": page.prev_uri})
    data = b",".join(page.items if items is None else items)
    return b'{"data":[' + data + b'],"links":' + json.dumps(links).encode() + b"}"


def read_query(target: str) -> Query:
    """Read a list's parameters; raises BadQuery or LimitTooHigh."""
    url = urlsplit(target)
    pairs = parse_qsl(url.query, keep_blank_values=True)
    asked = dict(pairs)
    limit = asked.get("limit", str(catalog.DEFAULT_LIMIT))
    if not (limit.isascii() and limit.isdigit() and int(limit)):
        raise BadQuery("limit must be a positive number")
    if int(limit) > MAX_LIMIT:
        raise LimitTooHigh(f"limit must not be over {MAX_LIMIT}")
    return Query(
        path=url.path,
        limit=int(limit),
        starting_after=asked.get("starting_after", ""),
        ending_before=asked.get("ending_before", ""),
        rest=tuple(pair for pair in pairs if pair[0] not in PLACES),
    )


class Answerer:
    """Answers requests about one district; `v2` says what is left of the v2 API."""

    def __init__(self, catalog: Catalog, *, v2: str = "alive") -> None:
        if v2 not in V2_STATES:
            raise ValueError(f"v2 must be one of {', '.join(V2_STATES)}")
        self._catalog = catalog
        self._v2 = v2
        self._routes: list[tuple[re.Pattern[str], Callable[..., Answer]]] = [
            (re.compile(r"/v3\.[01]/users"), self._users),
            (re.compile(r"/v3\.[01]/users/([^/]+)"), self._user),
            (re.compile(r"/v3\.[01]/users/([^/]+)/mystudents"), self._students),
            (re.compile(r"/v3\.[01]/users/([^/]+)/mycontacts"), self._contacts),
            (re.compile(r"/v3\.[01]/users/([^/]+)/district"), self._district_of),
            (re.compile(r"/v3\.[01]/districts"), self._districts),
            (re.compile(r"/v3\.[01]/districts/([^/]+)"), self._district),
            (re.compile(r"/v3\.[01]/schools"), self._schools),
            (re.compile(r"/v2\.[01]/contacts"), self._legacy_contacts),
            (re.compile(r"/v2\.[01]/contacts/([^/]+)"), self._legacy_contact),
        ]

    def answer(self, target: str) -> Answer:
        path = urlsplit(target).path
        for pattern, view in self._routes:
            # Link paths are in camel case, documented paths in lower case.
            if match := re.fullmatch(pattern.pattern, path, re.IGNORECASE):
                return self._guarded(view, target, match.groups())
        return cannot_get(path)

    def _guarded(
        self, view: Callable[..., Answer], target: str, ids: tuple[str, ...]
    ) -> Answer:
        try:
            return view(target, *ids)
        except LimitTooHigh as error:
            return message(413, str(error))
        except BadQuery as error:
            return message(400, str(error))

    def _list(self, listing: Listing, query: Query) -> Answer:
        page = listing.page(query)
        return Answer(200, page_body(page, next_uri=page.next_uri), page=page)

    def _one(self, target: str, item: bytes | None, more: list[Json]) -> Answer:
        if item is None:
            return message(404, "Resource not found")
        links = [{"rel": "self", "uri": urlsplit(target).path}, *more]
        record = item[: item.rindex(b',"uri":')]
        return Answer(200, record + b',"links":' + json.dumps(links).encode() + b"}")

    def _users(self, target: str) -> Answer:
        query = read_query(target)
        role = dict(query.rest).get("role")
        if role is None:
            return self._list(self._catalog.users, query)
        if role not in self._catalog.roles:
            raise BadQuery(f"role must be one of {', '.join(self._catalog.roles)}")
        return self._list(self._catalog.roles[role], query)

    def _user(self, target: str, user_id: str) -> Answer:
        path = urlsplit(target).path
        kin = "myContacts" if self._catalog.is_student(user_id) else "myStudents"
        more = [
            {"rel": "district", "uri": f"{path}/district"},
            {"rel": kin, "uri": f"{path}/{kin}"},
        ]
        return self._one(target, self._catalog.users.get(user_id), more)

    def _students(self, target: str, user_id: str) -> Answer:
        return self._related(target, user_id, self._catalog.students_of(user_id))

    def _contacts(self, target: str, user_id: str) -> Answer:
        return self._related(target, user_id, self._catalog.contacts_of(user_id))

    def _related(self, target: str, user_id: str, listing: Listing) -> Answer:
        if self._catalog.users.get(user_id) is None:
            return message(404, "Resource not found")
        return self._list(listing, read_query(target))

    def _district_of(self, target: str, user_id: str) -> Answer:
        if self._catalog.users.get(user_id) is None:
            return message(404, "Resource not found")
        return self._district(target, self._catalog.district_id)

    def _districts(self, target: str) -> Answer:
        return self._list(self._catalog.districts, read_query(target))

    def _district(self, target: str, district_id: str) -> Answer:
        return self._one(target, self._catalog.districts.get(district_id), [])

    def _schools(self, target: str) -> Answer:
        return self._list(self._catalog.schools, read_query(target))

    def _legacy_contacts(self, target: str) -> Answer:
        listing = self._catalog.legacy_contacts
        if self._v2 == "empty":
            listing = Listing((), uri="")
        return self._v2_gone(target) or self._list(listing, read_query(target))

    def _legacy_contact(self, target: str, legacy_id: str) -> Answer:
        item = self._catalog.legacy_contacts.get(legacy_id)
        if self._v2 == "empty":
            item = None
        return self._v2_gone(target) or self._one(target, item, [])

    def _v2_gone(self, target: str) -> Answer | None:
        """What the dead endpoint says; no document tells, so each guess can be had."""
        if self._v2 == "404":
            return cannot_get(urlsplit(target).path)
        if self._v2 == "410":
            return message(410, "This endpoint has been removed")
        if self._v2 == "501":
            return message(501, "Not implemented")
        return None
