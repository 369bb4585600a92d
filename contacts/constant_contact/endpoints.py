"""Which path of Constant Contact's API answers what, of V2 and of V3."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, urlencode

V2, V3 = "/v2", "/v3"
API_KEY = "api_key"
PAGE_LIMIT = 500
"""The most records a page holds, and the most ids a cross-reference takes."""

INCLUDE = ",".join(
    (
        "custom_fields",
        "list_memberships",
        "phone_numbers",
        "street_addresses",
        "taggings",
        "notes",
    )
)
"""All that V3 tells of a contact only when it is asked to."""

CONTACT_XREFS = (
    f"{V3}/contacts/contact_id_xrefs",
    f"{V3}/contacts/contacts_id_xrefs",
)
"""The reference's spelling, which every public client uses, and the guide's."""
LIST_XREFS = (f"{V3}/contact_lists/list_id_xrefs",)


@dataclass(frozen=True, slots=True)
class Collection:
    """A list that is read page by page.

    ``most`` is what one page can hold, 0 where the list comes whole.
    """

    path: str
    key: str
    query: Mapping[str, str] = field(default_factory=dict)
    most: int = PAGE_LIMIT

    def first_page(self, *, limit: int) -> str:
        """Return the link to the first page."""
        size = {"limit": str(min(limit, self.most))} if self.most else {}
        return _link(self.path, {**self.query, **size})


CONTACTS = Collection(
    f"{V3}/contacts", "contacts", {"status": "all", "include": INCLUDE}
)
LISTS = Collection(f"{V3}/contact_lists", "lists")
CUSTOM_FIELDS = Collection(f"{V3}/contact_custom_fields", "custom_fields", most=100)
LEGACY_CONTACTS = Collection(
    f"{V2}/contacts", "results", {"include_contact_id": "true", "status": "ALL"}
)
LEGACY_LISTS = Collection(f"{V2}/lists", "results", {"include_list_id": "true"}, most=0)


def contact(contact_id: str) -> str:
    """Return the path of one contact."""
    return f"{CONTACTS.path}/{quote(contact_id, safe='')}"


def whole_contact(contact_id: str) -> str:
    """Return the link to one contact with all its subresources."""
    return _link(contact(contact_id), {"include": INCLUDE})


def contact_by(address: str) -> str:
    """Return the link to the contact of an address, unsubscribed and deleted ones too."""
    query = {"email": address, "status": "all", "include": INCLUDE}
    return _link(CONTACTS.path, query)


def xrefs(path: str, ids: Sequence[str]) -> str:
    """Return the link that asks for the V3 ids of these V2 ids."""
    asked = ",".join(quote(each, safe="") for each in ids)
    return f"{path}?sequence_ids={asked}"


def xref_paths(setting: str) -> tuple[str, ...]:
    """Return the path that was set, or those that are documented."""
    path = setting.strip().strip("/").removeprefix("v3/")
    return (f"{V3}/{path}",) if path else CONTACT_XREFS


def under(root: str, path: str) -> str:
    """Return a path with its version before it, which some next links leave out."""
    return path if path.startswith(f"{root}/") else root + path


def without_key(link: str) -> str:
    """Return a link without the key of the application, which no page may keep."""
    path, _, query = link.partition("?")
    told = parse_qsl(query, keep_blank_values=True)
    if API_KEY not in dict(told):
        return link
    return _link(path, {name: value for name, value in told if name != API_KEY})


def _link(path: str, query: Mapping[str, str]) -> str:
    return f"{path}?{urlencode(query, safe=',')}" if query else path
