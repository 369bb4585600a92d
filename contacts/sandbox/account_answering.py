"""Which answer a question about the account gets, in V2's and V3's wire format.

Shapes, limits and links follow the V3 reference and recorded traffic; where the
migration guide differs from both, the server can be told which of them to follow.
"""

import re
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

from contacts.sandbox import mail_store, mail_words
from contacts.sandbox.answers import Answer, Page, compact
from contacts.sandbox.mail_store import STATUSES, SUBRESOURCES, MailStore, Wanted
from contacts.sandbox.mail_words import BadQuery
from contacts.sandbox.wire import Json

MOST = 500
MOST_FIELDS = 100
MOST_LISTS_ASKED = 25
DEFAULT = 50
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
XREFS = {
    "both": ("contact_id_xrefs", "contacts_id_xrefs"),
    "reference-spelling": ("contact_id_xrefs",),
    "guide-spelling": ("contacts_id_xrefs",),
    "gone": (),
}
SHAPES = ("object", "array")
V2_STATES = ("alive", "404", "410", "501", "empty")
LEGACY_STATUSES = {
    "ALL",
    "ACTIVE",
    "UNCONFIRMED",
    "OPTOUT",
    "REMOVED",
    "NON_SUBSCRIBER",
    "VISITOR",
    "TEMP_HOLD",
}


class Cut(NamedTuple):
    """Where a page stands: the place it begins at, its number, and the place before."""

    start: int
    page: int
    before: int

    @classmethod
    def of(cls, asked: dict[str, str]) -> "Cut":
        """Read where to begin; raises BadQuery."""
        start, page, before = (asked.get(name, "0") for name in cls._fields)
        try:
            return cls(int(start), int(page) or 1, int(before))
        except ValueError as error:
            raise BadQuery("The cursor is invalid.") from error

    def words(self) -> dict[str, str]:
        return {name: str(value) for name, value in self._asdict().items()}


class Reader:
    """Answers what is asked; changes nothing."""

    def __init__(
        self,
        store: MailStore,
        *,
        v2: str = "alive",
        xref: str = "both",
        xref_shape: str = "object",
    ) -> None:
        for value, allowed in ((v2, V2_STATES), (xref, XREFS), (xref_shape, SHAPES)):
            if value not in allowed:
                raise ValueError(f"{value} must be one of {', '.join(allowed)}")
        self._store = store
        self._v2 = v2
        self._shape = xref_shape
        self._routes: dict[str, Callable[[str, dict[str, str]], Answer]] = {
            "/v2/contacts": self._legacy_contacts,
            "/v2/lists": self._legacy_lists,
            "/v3/contacts": self._contacts,
            "/v3/contact_lists": self._lists,
            "/v3/contact_custom_fields": self._custom_fields,
        }
        for name in XREFS[xref]:
            self._routes[f"/v3/contacts/{name}"] = self._contact_xrefs
        if xref != "gone":
            self._routes["/v3/contact_lists/list_id_xrefs"] = self._list_xrefs

    def answer(self, target: str) -> Answer:
        url = urlsplit(target)
        asked = dict(parse_qsl(url.query, keep_blank_values=True))
        path = url.path
        route = self._routes.get(path)
        try:
            if route:
                return route(path, asked)
            if path.startswith("/v3/contacts/"):
                return self._contact(path.removeprefix("/v3/contacts/"), asked)
        except BadQuery as error:
            return mail_words.invalid(str(error))
        return mail_words.not_found()

    # V3

    def _contacts(self, path: str, asked: dict[str, str]) -> Answer:
        """A page of contacts; a cursor holds the limit and all that was asked."""
        if "cursor" in asked:
            asked = mail_words.read_cursor(asked["cursor"])
        limit = mail_words.number(asked, "limit", default=DEFAULT, most=MOST)
        included = _included(asked)
        cut = Cut.of(asked)
        found, following = self._store.cut(_wanted(asked), cut.start, limit)
        items = [compact(mail_store.told(each, included)) for each in found]
        return self._page(path, asked, cut, items, following)

    def _page(
        self,
        path: str,
        asked: dict[str, str],
        cut: Cut,
        items: list[bytes],
        following: int,
    ) -> Answer:
        name = "next" if path.startswith("/v2") else "cursor"

        def uri(place: Cut) -> str:
            return f"{path}?{name}={mail_words.write_cursor(asked | place.words())}"

        page = Page(
            number=cut.page,
            items=items,
            self_uri=uri(cut),
            next_uri=uri(Cut(following, cut.page + 1, cut.start)) if following else "",
            prev_uri=uri(Cut(cut.before, cut.page - 1, 0)) if cut.page > 1 else "",
        )
        body = mail_words.page_body(page, next_uri=page.next_uri)
        return Answer(200, body, page=page)

    def _contact(self, contact_id: str, asked: dict[str, str]) -> Answer:
        if not UUID.fullmatch(contact_id):
            return mail_words.not_found("contact_id is in an invalid format.")
        contact = self._store.contact(contact_id)
        if contact is None:
            return mail_words.not_found()
        return Answer(200, compact(mail_store.told(contact, _included(asked))))

    def _lists(self, path: str, asked: dict[str, str]) -> Answer:
        return self._sliced(path, asked, self._store.lists, most=MOST)

    def _custom_fields(self, path: str, asked: dict[str, str]) -> Answer:
        return self._sliced(path, asked, self._store.custom_fields, most=MOST_FIELDS)

    def _sliced(
        self, path: str, asked: dict[str, str], rows: list[Json], *, most: int
    ) -> Answer:
        if "cursor" in asked:
            asked = mail_words.read_cursor(asked["cursor"])
        limit = mail_words.number(asked, "limit", default=DEFAULT, most=most)
        cut = Cut.of(asked)
        end = cut.start + limit
        items = [compact(each) for each in rows[cut.start : end]]
        return self._page(path, asked, cut, items, end if end < len(rows) else 0)

    # The crosswalk

    def _contact_xrefs(self, _path: str, asked: dict[str, str]) -> Answer:
        return self._xrefs(self._store.xrefs, asked, "contact_id")

    def _list_xrefs(self, _path: str, asked: dict[str, str]) -> Answer:
        return self._xrefs(self._store.list_xrefs, asked, "list_id")

    def _xrefs(self, xrefs: dict[str, str], asked: dict[str, str], name: str) -> Answer:
        """The ids asked for that are known, sorted; the others are just not there."""
        ids = [each for each in asked.get("sequence_ids", "").split(",") if each]
        if not 1 <= len(ids) <= MOST:
            raise BadQuery(f"sequence_ids must hold 1 to {MOST} ids.")
        pairs = [
            {"sequence_id": legacy_id, name: new_id}
            for legacy_id, new_id in mail_store.known(xrefs, ids)
        ]
        return Answer(
            200, compact({"xrefs": pairs} if self._shape == "object" else pairs)
        )

    # V2

    def _legacy_contacts(self, path: str, asked: dict[str, str]) -> Answer:
        if gone := self._v2_gone():
            return gone
        if "next" in asked:
            asked = mail_words.read_cursor(asked["next"])
        asked = {name: value for name, value in asked.items() if name != "api_key"}
        limit = mail_words.number(asked, "limit", default=DEFAULT, most=MOST)
        rows, cut = self._legacy_found(asked), Cut.of(asked)
        end = cut.start + limit
        shown = _with_id if asked.get("include_contact_id") == "true" else _without_id
        items = [compact(shown(each)) for each in rows[cut.start : end]]
        return self._page(path, asked, cut, items, end if end < len(rows) else 0)

    def _legacy_found(self, asked: dict[str, str]) -> list[Json]:
        status = asked.get("status", "ALL")
        if status not in LEGACY_STATUSES:
            raise BadQuery("status does not have a valid value.")
        rows = [] if self._v2 == "empty" else self._store.legacy_contacts
        if status != "ALL":
            rows = [each for each in rows if each["status"] == status]
        since = asked.get("modified_since", "")
        return [each for each in rows if each["modified_date"] >= since]

    def _legacy_lists(self, _path: str, asked: dict[str, str]) -> Answer:
        if gone := self._v2_gone():
            return gone
        with_id = asked.get("include_list_id") == "true"
        rows = [] if self._v2 == "empty" else self._store.legacy_lists
        told = [each if with_id else _left(each, "list_id") for each in rows]
        return Answer(200, compact(told))

    def _v2_gone(self) -> Answer | None:
        """What a dead V2 says; nobody knows yet, so each guess can be had."""
        words = {"404": "Not Found", "410": "Gone", "501": "Not Implemented"}
        if self._v2 in words:
            return mail_words.error(int(self._v2), words[self._v2])
        return None


def _included(asked: dict[str, str]) -> frozenset[str]:
    names = frozenset(filter(None, asked.get("include", "").split(",")))
    if unknown := names.difference(SUBRESOURCES):
        raise BadQuery(f"include does not know {', '.join(sorted(unknown))}.")
    return names


def _wanted(asked: dict[str, str]) -> Wanted:
    status = asked.get("status", "")
    if status not in {*STATUSES, "", "all"}:
        raise BadQuery("status does not have a valid value.")
    lists = frozenset(filter(None, asked.get("lists", "").split(",")))
    if len(lists) > MOST_LISTS_ASKED:
        raise BadQuery(f"lists must not hold more than {MOST_LISTS_ASKED} ids.")
    return Wanted(status, asked.get("email", ""), asked.get("updated_after", ""), lists)


def _with_id(contact: Json) -> Json:
    return contact


def _without_id(contact: Json) -> Json:
    return _left(contact, "contact_id")


def _left(record: Json, name: str) -> Json:
    return {key: value for key, value in record.items() if key != name}
