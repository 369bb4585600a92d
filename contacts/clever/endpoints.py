"""Which path of Clever's API answers what, and what stood there in v2.

Clever's migration page lists five replacements ("v2.x to v3.x endpoint replacements").
They stand here once; the client builds every path from this table.
"""

from dataclasses import dataclass
from urllib.parse import quote, urlencode

V2 = "v2.1"
V3 = "v3.0"


def _path(version: str, template: str, external_id: str) -> str:
    return f"/{version}{template.replace('{id}', quote(external_id, safe=''))}"


@dataclass(frozen=True, slots=True)
class Replacement:
    """A v2 path, the v3 path that took its place, and what we ask it for."""

    legacy: str
    current: str
    role: str
    purpose: str

    def legacy_path(self, external_id: str = "") -> str:
        """Return the v2 path, for one record where it takes an id."""
        return _path(V2, self.legacy, external_id)

    def path(self, external_id: str = "") -> str:
        """Return the v3 path, for one record where it takes an id."""
        return _path(V3, self.current, external_id)


CONTACTS = Replacement(
    "/contacts", "/users", "contact", "every contact of the district, with its entries"
)
CONTACT = Replacement(
    "/contacts/{id}", "/users/{id}", "", "one contact or student as it is now"
)
CONTACT_STUDENTS = Replacement(
    "/contacts/{id}/students",
    "/users/{id}/mystudents",
    "",
    "the students one contact is related to now",
)
CONTACT_DISTRICT = Replacement(
    "/contacts/{id}/district",
    "/users/{id}/district",
    "",
    "the district one contact belongs to",
)
STUDENT_CONTACTS = Replacement(
    "/students/{id}/contacts",
    "/users/{id}/mycontacts",
    "",
    "the contacts of one student now",
)
REPLACEMENTS = (
    CONTACTS,
    CONTACT,
    CONTACT_STUDENTS,
    CONTACT_DISTRICT,
    STUDENT_CONTACTS,
)

DISTRICTS = f"/{V3}/districts"


@dataclass(frozen=True, slots=True)
class Collection:
    """A list that is read page by page."""

    path: str
    role: str = ""

    def first_page(self, *, limit: int, after: str = "") -> str:
        """Return the link to the first page, or to the one after a known id."""
        query = {"role": self.role, "limit": str(limit), "starting_after": after}
        told = {name: value for name, value in query.items() if value}
        return f"{self.path}?{urlencode(told)}"


CONTACT_LIST, STUDENT_LIST, LEGACY_CONTACTS = "contacts", "students", "legacy_contacts"

COLLECTIONS = {
    CONTACT_LIST: Collection(CONTACTS.path(), CONTACTS.role),
    STUDENT_LIST: Collection(CONTACTS.path(), "student"),
    LEGACY_CONTACTS: Collection(CONTACTS.legacy_path()),
}
