"""How much of a contact V3 takes, in two named sets, and how much V2 took.

The migration guide and the present API reference disagree on four limits. The guide's are
the tighter ones and the default: what fits them fits the API too.
"""

from __future__ import annotations

from dataclasses import dataclass

LEGACY_TEXT = 50
"""V2 cuts here, so a value of exactly this length has probably been cut."""

ADDRESS = 80
NAME = 50
PLACE = 50
"""What V3 takes of an e-mail address, of a name and of each part of an address."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What V3 takes of one contact."""

    name: int
    phones: int
    addresses: int
    notes: int
    note_length: int
    phone_length: int
    kinds: tuple[str, ...]
    street: int
    custom_value: int
    custom_fields: int
    lists: int


GUIDE = Limits(
    name=NAME,
    phones=2,
    addresses=1,
    notes=0,
    note_length=0,
    phone_length=25,
    kinds=("home", "work", "other"),
    street=255,
    custom_value=255,
    custom_fields=25,
    lists=50,
)
CURRENT = Limits(
    name=NAME,
    phones=3,
    addresses=3,
    notes=150,
    note_length=2_000,
    phone_length=25,
    kinds=("home", "work", "mobile", "other"),
    street=255,
    custom_value=255,
    custom_fields=25,
    lists=50,
)
LIMITS = {"guide": GUIDE, "current": CURRENT}
