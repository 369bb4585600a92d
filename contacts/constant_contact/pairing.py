"""Which telephone and which address of V3 is which of V2: V2 has fields, V3 has arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from contacts import records
from contacts.constant_contact import bodies, streets
from contacts.constant_contact.phones import KINDS
from contacts.mail_records import Address, Contact, LegacyContact, Phone

T = TypeVar("T", Address, Phone)
_NAMES = {
    "cell_phone": "Mobile phone",
    "home_phone": "Home phone",
    "work_phone": "Work phone",
    "fax": "Fax",
}


@dataclass(frozen=True, slots=True)
class Pair:
    """A V2 value and a V3 value; ``field`` is V2's dotted name, "" of one V3 has alone."""

    field: str
    name: str
    old: str
    new: str
    is_same: bool = False

    def __repr__(self) -> str:
        return f"Pair({self.field!r})"


def phones(legacy: LegacyContact, current: Contact) -> Iterator[Pair]:
    """Pair the numbers, by their digits first and by their kind among the rest.

    The same number under another kind is not the same: somebody may ring a fax.
    """
    told = {name: getattr(legacy, name).strip() for name in KINDS}
    old = [Phone(KINDS[name], number) for name, number in told.items() if number]
    pairs, alone = _paired(old, current.phones, (_is_same_number, _is_same_kind))
    found = iter(pairs)
    for name, number in told.items():
        new = next(found) if number else None
        same = (
            new is not None
            and new.kind == KINDS[name]
            and _is_same_number(Phone("", number), new)
        )
        line = bodies.phone_line(new) if new else ""
        yield Pair(name, _NAMES[name], number, line, same)
    yield from (Pair("", "", "", bodies.phone_line(each)) for each in alone)


def addresses(legacy: LegacyContact, current: Contact) -> Iterator[Pair]:
    """Pair the addresses, by what they say first and by their kind among the rest."""
    told = {
        place: each
        for place, each in enumerate(legacy.addresses)
        if not streets.is_blank(each)
    }
    old = [streets.as_address(each) for each in told.values()]
    pairs, alone = _paired(old, current.addresses, (_is_same_place, _is_same_kind))
    for (place, each), written, new in zip(told.items(), old, pairs, strict=True):
        same = new is not None and _is_same_place(written, new)
        line = bodies.address_line(new) if new else ""
        name, shown = f"Address {place + 1}", streets.one_line(each)
        yield Pair(f"addresses.{place}", name, shown, line, same)
    yield from (Pair("", "", "", bodies.address_line(each)) for each in alone)


def _paired(
    old: Sequence[T], new: Sequence[T], alike: Sequence[Callable[[T, T], bool]]
) -> tuple[list[T | None], list[T]]:
    """Give each old value its new one, the surest likeness first, and those left over."""
    found: list[T | None] = [None] * len(old)
    left = list(new)
    for is_alike in alike:
        for place, value in enumerate(old):
            if found[place] is None:
                other = next((each for each in left if is_alike(value, each)), None)
                if other is not None:
                    found[place] = other
                    left.remove(other)
    return found, left


def _is_same_number(one: Phone, other: Phone) -> bool:
    """Compare digits; a number without any is itself alone."""
    if one.number == other.number:
        return True
    return records.fold_phone(one.number) == records.fold_phone(other.number) != ""


def _is_same_kind(one: T, other: T) -> bool:
    return one.kind == other.kind


def _is_same_place(one: Address, other: Address) -> bool:
    """Compare all that an address says; its kind too, for it says whose door it is."""
    return records.fold(bodies.address_line(one)) == records.fold(
        bodies.address_line(other)
    )
