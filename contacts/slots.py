"""V2's fifteen custom fields have no names: a person says once where each one goes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec
from django.db import transaction
from django.utils import timezone

from contacts import mail_records
from contacts.models import CustomField, LegacyConsent, SlotName, Source

if TYPE_CHECKING:
    from django.contrib.auth.models import User

LEAVE_BEHIND = ""
SAMPLES = 3
Names = Mapping[int, str | None]
Listener = Callable[[Source, int, str | None, str | None, "User | None"], None]
Teller = Callable[[Source, Collection[str]], Collection[str]]

_listeners: list[Listener] = []
_tellers: list[Teller] = []


class CannotName(Exception):
    """A slot cannot be named so; the text holds no value of any contact."""


class AlreadyNamed(CannotName):
    """Somebody else named the slot in the meantime."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A slot: where it goes (None: nobody has said), and what stands in it."""

    number: int
    field_ref: str | None = None
    contacts: int = 0
    samples: tuple[str, ...] = ()


@dataclass(slots=True)
class _Seen:
    contacts: Counter[int] = field(default_factory=Counter)
    samples: dict[int, list[str]] = field(default_factory=dict)

    def take(self, slot: int, value: str) -> None:
        self.contacts[slot] += 1
        shown = self.samples.setdefault(slot, [])
        if len(shown) < SAMPLES and value not in shown:
            shown.append(value)


class _Body(msgspec.Struct, gc=False):
    """Of a stored V2 record only what stands in its slots: the rest is not decoded."""

    custom_fields: tuple[mail_records.LegacyCustomField, ...] = ()


def on_name(listener: Listener) -> None:
    """Call ``listener(source, slot, before, after, by)`` within each change."""
    if listener not in _listeners:
        _listeners.append(listener)


def taken_told_by(teller: Teller) -> None:
    """Ask this teller from now on which of some V3 fields hold other values already."""
    _tellers[:] = [teller]


def names(source: Source) -> dict[int, str]:
    """Give the V3 field of each slot that was named; "" leaves its values behind."""
    named = SlotName.objects.filter(source=source)
    return dict(named.values_list("slot", "field_ref"))


def table(source: Source) -> list[Slot]:
    """Give all slots with how many contacts use them and a few values as examples."""
    named, seen = names(source), _Seen()
    for slot, value in _values(source):
        seen.take(slot, value)
    return [
        Slot(
            number,
            named.get(number),
            contacts=seen.contacts[number],
            samples=tuple(seen.samples.get(number, ())),
        )
        for number in mail_records.SLOTS
    ]


def fields(source: Source) -> list[CustomField]:
    """Give the account's V3 custom fields as they may be chosen, by label."""
    known = CustomField.objects.filter(source=source, missing_at__isnull=True)
    return list(known.order_by("label", "pk"))


def name(source: Source, *, chosen: Names, seen: Names, by: User | None) -> int:
    """Say where slots go, and give how many were changed.

    ``seen`` is what stood on the page: a slot that somebody else has named since raises
    ``AlreadyNamed``. Two slots cannot share a field, for one value would be lost, nor a
    slot and values that somebody decided about; nor can a slot go to a field that the
    account does not have (``CannotName``).
    """
    with transaction.atomic():
        Source.objects.select_for_update().get(pk=source.pk)
        before = names(source)
        changed = {slot: ref for slot, ref in chosen.items() if ref != before.get(slot)}
        _check(source, changed, before, seen)
        for slot, ref in sorted(changed.items()):
            _put(source, slot, ref, by)
            for listener in _listeners:
                listener(source, slot, before.get(slot), ref, by)
    return len(changed)


def _values(source: Source) -> Iterator[tuple[int, str]]:
    """Go through the values of all slots, contact by contact.

    msgspec writes an empty array as ``[]``, so only bodies that have a slot are read.
    """
    bodies = LegacyConsent.objects.filter(
        legacy_contact__source=source, body__contains='"custom_fields":[{'
    ).order_by("pk")
    decode = msgspec.json.Decoder(_Body).decode
    for body in bodies.values_list("body", flat=True).iterator(chunk_size=5_000):
        for each in decode(body).custom_fields:
            yield each.slot, each.value


def _check(source: Source, changed: Names, before: Names, seen: Names) -> None:
    for slot in sorted(changed):
        if slot not in mail_records.SLOTS:
            raise CannotName("V2 has the slots 1 to 15.")
        if seen.get(slot) != before.get(slot):
            raise AlreadyNamed(
                f"Somebody named custom field {slot} in the meantime. Look at it again."
            )
    known = {row.external_id: row.label for row in fields(source)}
    refs = {ref for ref in changed.values() if ref}
    if not refs <= known.keys():
        raise CannotName("The account has no such custom field. Import V3 again.")
    if taken := sorted(_taken(source, refs)):
        raise CannotName(
            f"Lost values go to “{known[taken[0]]}” already; choose another field."
        )
    _check_shared({**before, **changed})


def _taken(source: Source, refs: Collection[str]) -> Collection[str]:
    return _tellers[0](source, refs) if _tellers and refs else ()


def _check_shared(after: Names) -> None:
    """Refuse two slots that would go to the same field."""
    slots_of: dict[str, list[int]] = {}
    for slot, ref in sorted(after.items()):
        if ref:
            slots_of.setdefault(ref, []).append(slot)
    for shared in slots_of.values():
        if len(shared) > 1:
            both = " and ".join(map(str, shared))
            raise CannotName(
                f"Custom fields {both} cannot go to the same V3 field: one value would"
                " be lost."
            )


def _put(source: Source, slot: int, ref: str | None, by: User | None) -> None:
    """Write what was said; what is taken back stands in the trail alone."""
    if ref is None:
        SlotName.objects.filter(source=source, slot=slot).delete()
        return
    SlotName.objects.update_or_create(
        source=source,
        slot=slot,
        defaults={"field_ref": ref, "named_at": timezone.now(), "named_by": by},
    )
