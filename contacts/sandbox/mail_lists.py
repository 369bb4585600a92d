"""The lists and custom fields of the make-believe account, V2's and V3's."""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from contacts.sandbox import mail_wire
from contacts.sandbox.mail_wire import Uuids
from contacts.sandbox.wire import Json

CREATED = "2011-03-02T15:04:05.000Z"
CREATED_V3 = "2011-03-02T15:04:05Z"
CHANGED_V3 = "2024-05-06T07:08:09Z"


class MailList(NamedTuple):
    """A list; one that V2 does not know has no V2 id, one without counterpart no V3 id."""

    legacy_id: str
    list_id: str
    name: str
    status: str = "ACTIVE"


COMMON = (
    "General Interest",
    "Family Newsletter",
    "Staff News",
    "Alumni",
    "Donors & Friends",
    "Athletics Boosters",
    "Música y Arte",
    "Library Volunteers",
)
HIDDEN = ("Imported 2014", "Internal Test")
REMOVED = "Spring Gala 2013"
UNMAPPED = ("Old Newsletter (do not use)", "Summer Raffle 2012")
NEW = ("Welcome series", "Sign-up form")
MANY = 53
"""So many class lists that somebody can be on more than the fifty that V3 takes."""

FIELDS = (
    ("Grade of child", "string"),
    ("Volunteer", "boolean"),
    ("Member number", "string"),
    ("T-shirt size", "single_select"),
    ("Allergies", "text_area"),
    ("Preferred language", "string"),
    ("Renewal", "date"),
    ("Loyalty tier", "string"),
)
SLOT_FIELDS = {1: 0, 2: 1, 3: 2, 5: 4, 6: 5, 7: 6}
"""Which V3 field a V2 slot has become, as the account's owner knows; 4, 9, 14: none."""

SLOT_VALUES = {
    1: ("3", "K", "11", "graduated"),
    2: ("yes", "no"),
    3: ("000417", "A-2291", "88120"),
    4: ("no call please", "VIP"),
    5: ("peanuts", "none known"),
    6: ("español", "English", "中文"),
    7: ("3/28/2011 11:09 AM EDT", "2014-09-01"),
    9: ("table 4", "table 12"),
    14: ("=SUM(A1)", "see file"),
}


class Lists:
    """Every list of the account, by what it is good for."""

    def __init__(self, uuids: Uuids) -> None:
        self._ids = iter(range(1, 1000))
        self._uuids = uuids
        self.common = [self._both(name) for name in COMMON]
        self.hidden = [self._both(name)._replace(status="HIDDEN") for name in HIDDEN]
        self.removed = self._both(REMOVED)._replace(status="REMOVED")
        self.unmapped = [
            MailList(self._legacy_id(), "", name, "ACTIVE") for name in UNMAPPED
        ]
        self.new = [MailList("", uuids.next(), name) for name in NEW]
        self.many = [self._both(f"Class of {1960 + year}") for year in range(MANY)]

    def _both(self, name: str) -> MailList:
        return MailList(self._legacy_id(), self._uuids.next(), name)

    def _legacy_id(self) -> str:
        """Old lists have small numbers, later ones ten digits; a few begin with zeros."""
        number = next(self._ids)
        if number <= 3:
            return str(number)
        wide = 1_200_000_000 + number * 7_919
        return f"00{number:08d}" if number % 5 == 0 else str(wide)

    def every(self) -> list[MailList]:
        special = [*self.hidden, self.removed, *self.unmapped, *self.new]
        return [*self.common, *special, *self.many]

    def xrefs(self) -> dict[str, str]:
        """V2 ids to V3 ids, of those that have both."""
        both = (each for each in self.every() if each.legacy_id and each.list_id)
        return {each.legacy_id: each.list_id for each in both}


def legacy_lists(lists: Iterable[MailList], members: Counter[str]) -> list[Json]:
    """V2's lists; the V3 id is told where one has a counterpart."""
    told = []
    for each in lists:
        if each.legacy_id:
            one = mail_wire.legacy_list(
                list_id=each.legacy_id,
                name=each.name,
                status=each.status,
                members=members[each.legacy_id],
                created=CREATED,
            )
            told.append(one | ({"list_id": each.list_id} if each.list_id else {}))
    return told


def mailing_lists(lists: Iterable[MailList], members: Counter[str]) -> list[Json]:
    return [
        mail_wire.mailing_list(
            list_id=each.list_id,
            name=each.name,
            members=members[each.list_id],
            created=CREATED_V3,
            changed=CHANGED_V3,
        )
        for each in lists
        if each.list_id
    ]


def custom_fields(uuids: Uuids) -> list[Json]:
    return [
        mail_wire.custom_field(
            field_id=uuids.next(), label=label, kind=kind, at=CREATED_V3
        )
        for label, kind in FIELDS
    ]
