"""The district as a server looks at it: sorted, encoded once, cut into pages."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import urlencode

from contacts.sandbox import wire
from contacts.sandbox.answers import Page, compact
from contacts.sandbox.district import District
from contacts.sandbox.wire import Json

DEFAULT_LIMIT = 100


class Query(NamedTuple):
    """What a list was asked for."""

    path: str
    limit: int
    starting_after: str = ""
    ending_before: str = ""
    rest: tuple[tuple[str, str], ...] = ()


class Listing:
    """Records in order of id, each encoded once."""

    def __init__(self, records: Iterable[Json], *, uri: str) -> None:
        ordered = sorted(records, key=lambda each: str(each["id"]))
        self.ids = [str(each["id"]) for each in ordered]
        self.items = [_item(each, uri) for each in ordered]

    @classmethod
    def of(cls, listings: Iterable["Listing"]) -> "Listing":
        """One list out of several."""
        pairs = (
            pair for each in listings for pair in zip(each.ids, each.items, strict=True)
        )
        merged = cls((), uri="")
        for record_id, item in sorted(pairs):
            merged.ids.append(record_id)
            merged.items.append(item)
        return merged

    def some(self, wanted: Iterable[str]) -> "Listing":
        """The records of these ids that there are."""
        some = Listing((), uri="")
        for record_id in sorted(set(wanted)):
            if item := self.get(record_id):
                some.ids.append(record_id)
                some.items.append(item)
        return some

    def get(self, record_id: str) -> bytes | None:
        place = bisect_left(self.ids, record_id)
        if place < len(self.ids) and self.ids[place] == record_id:
            return self.items[place]
        return None

    def page(self, query: Query) -> Page:
        """Cut one page, with links as recorded: no `next` on the last, no `prev` on the first."""
        first, last = self._range(query)
        return Page(
            number=first // query.limit + 1,
            items=self.items[first:last],
            self_uri=_uri(query, query.starting_after, query.ending_before),
            next_uri=_uri(query, self.ids[last - 1], "")
            if 0 < last < len(self.ids)
            else "",
            prev_uri=_uri(query, "", self.ids[first]) if first else "",
        )

    def _range(self, query: Query) -> tuple[int, int]:
        """Where the page begins and ends; `ending_before=last` means the newest."""
        if query.ending_before:
            end = len(self.ids)
            if query.ending_before != "last":
                end = bisect_left(self.ids, query.ending_before)
            return max(0, end - query.limit), end
        start = bisect_right(self.ids, query.starting_after)
        return min(start, len(self.ids)), min(start + query.limit, len(self.ids))


def _item(record: Json, uri: str) -> bytes:
    return compact({"data": record, "uri": f"{uri}/{record['id']}"})


def _uri(query: Query, starting_after: str, ending_before: str) -> str:
    place = {"starting_after": starting_after, "ending_before": ending_before}
    asked = [*query.rest, *((name, value) for name, value in place.items() if value)]
    if query.limit != DEFAULT_LIMIT:
        asked.insert(len(query.rest), ("limit", str(query.limit)))
    return f"{query.path}?{urlencode(asked)}" if asked else query.path


class Catalog:
    """Every list and record that the sandbox can be asked for."""

    def __init__(self, district: District) -> None:
        told = wire.district(district_id=district.id, name=district.name)
        self.district_id = district.id
        self.districts = Listing([told], uri="/v3.0/districts")
        self.schools = Listing(district.schools, uri="/v3.0/schools")
        self.legacy_contacts = Listing(district.legacy_contacts, uri="/v2.1/contacts")
        self.roles = {
            "contact": Listing(district.contacts, uri="/v3.0/users"),
            "student": Listing(district.students, uri="/v3.0/users"),
            "teacher": Listing((), uri="/v3.0/users"),
            "staff": Listing((), uri="/v3.0/users"),
            "district_admin": Listing((), uri="/v3.0/users"),
        }
        self.users = Listing.of(self.roles.values())
        self._students_of = {
            each["id"]: [entry["student"] for entry in _entries(each)]
            for each in district.contacts
        }
        self._contacts_of: dict[str, list[str]] = {}
        for contact_id, students in self._students_of.items():
            for student_id in students:
                self._contacts_of.setdefault(student_id, []).append(contact_id)

    def students_of(self, contact_id: str) -> Listing:
        return self.roles["student"].some(self._students_of.get(contact_id, ()))

    def contacts_of(self, student_id: str) -> Listing:
        return self.roles["contact"].some(self._contacts_of.get(student_id, ()))

    def is_student(self, user_id: str) -> bool:
        return self.roles["student"].get(user_id) is not None


def _entries(contact: Json) -> list[Json]:
    entries: list[Json] = contact["roles"]["contact"]["student_relationships"]
    return entries
