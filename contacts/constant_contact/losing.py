"""What a contact loses on its way to V3, and where a person said it should go.

Every value that does not arrive is told, with what V3 gets in its place; a person's
decision changes what V3 gets and never that it is told, for the loss is the evidence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from contacts.constant_contact.limits import Limits
from contacts.mail_records import CustomValue

BETWEEN = "; "
"""What stands between two lost values that go to the same custom field."""


class PlaceKind(StrEnum):
    """Where a person says that a lost value goes, as decisions spell it."""

    LEAVE = "leave"
    CUSTOM_FIELD = "custom_field"
    JOIN_NAME = "join_name"
    SHORTEN = "shorten"
    BY_HAND = "by_hand"


@dataclass(frozen=True, slots=True)
class Place:
    """What was decided of one kind of loss; ``field_ref`` is the V3 custom field."""

    kind: str
    field_ref: str = ""


@dataclass(frozen=True, slots=True)
class Loss:
    """One V2 value that V3 does not get as it was, and what it gets instead.

    ``field`` is V2's dotted name, places counted from 0 as in V2's array;
    ``field_kind`` is the same without what differs from contact to contact.
    """

    rule: str
    field: str
    field_kind: str
    v2_value: str
    v3_value: str

    def __repr__(self) -> str:
        return f"Loss({self.rule!r}, {self.field!r})"


@dataclass(frozen=True, slots=True)
class Account:
    """What is the same for all contacts of an account.

    ``slots`` tells the V3 field of a V2 slot: "" leaves its values behind, and a slot
    that is not in it was named by nobody. ``lists`` tells the V3 id of a V2 list, and
    only where ``lists_checked`` does its silence mean that there is none. ``duplicates``
    holds the folded addresses that more than one legacy contact has.
    """

    limits: Limits
    visitor_is_explicit: bool
    slots: Mapping[int, str]
    lists: Mapping[str, str]
    lists_checked: bool
    duplicates: frozenset[str]
    places: Mapping[tuple[str, str], Place]


class Ledger:
    """The losses of one contact, and the custom fields that it fills."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.limits = account.limits
        self.losses: list[Loss] = []
        self._slots: dict[str, str] = {}
        self._placed: dict[str, str] = {}

    def lose(
        self, rule: str, field: str, value: str, *, got: str = "", kind: str = ""
    ) -> None:
        """Tell a loss; a value that a person gave a custom field is put there."""
        kind = kind or field
        place = self.account.places.get((rule, kind)) if self.account.places else None
        if place is not None and place.kind == PlaceKind.CUSTOM_FIELD:
            got = value if self._put(place.field_ref, value) else got
        self.losses.append(Loss(rule, field, kind, value, got))

    def decided(self, rule: str, kind: str) -> str:
        """Give the kind of place that a person chose for such a loss, or ""."""
        place = self.account.places.get((rule, kind))
        return place.kind if place else ""

    def fill(self, field_ref: str, value: str) -> bool:
        """Give a slot's value its field; say whether there was room."""
        fits = len(value) <= self.limits.custom_value
        if fits and field_ref not in self._slots and self._has_room():
            self._slots[field_ref] = value
            return True
        return False

    def custom_values(self) -> tuple[CustomValue, ...]:
        """Give the custom fields that were filled, the slots' own first."""
        filled = self._slots | self._placed
        return tuple(CustomValue(ref, value) for ref, value in filled.items())

    def _has_room(self) -> bool:
        return len(self._slots) + len(self._placed) < self.limits.custom_fields

    def _put(self, field_ref: str, value: str) -> bool:
        """Put a lost value into a field; several share it, but never with a slot."""
        before = self._placed.get(field_ref)
        whole = value if before is None else f"{before}{BETWEEN}{value}"
        fits = len(whole) <= self.limits.custom_value and field_ref not in self._slots
        if fits and (before is not None or self._has_room()):
            self._placed[field_ref] = whole
            return True
        return False
