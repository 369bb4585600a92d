"""How far a provider's data can be trusted to be whole, so that absence proves something."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from contacts.models import Snapshot, Source


@dataclass(frozen=True, slots=True)
class Grounds:
    """``seen``: the kinds of data that were imported at all. ``whole``: those of which
    the newest snapshot is complete."""

    seen: frozenset[str]
    whole: frozenset[str]

    @classmethod
    def of(cls, source: Source, kinds: Iterable[str]) -> Self:
        """Look at the newest snapshot of each kind."""
        newest = {kind: Snapshot.objects.latest_of(source, kind) for kind in kinds}
        states = {kind: one.state for kind, one in newest.items() if one is not None}
        whole = {kind for kind, state in states.items() if _is_complete(state)}
        return cls(frozenset(states), frozenset(whole))

    @property
    def has_current(self) -> bool:
        """Say whether v3's contacts were ever imported."""
        return Snapshot.Kind.CONTACTS in self.seen

    @property
    def may_close(self) -> bool:
        """Say whether what is not found any more is surely gone.

        v3's contacts must be whole, and whatever else was imported.
        """
        return Snapshot.Kind.CONTACTS in self.whole and self.seen == self.whole


def _is_complete(state: str) -> bool:
    return state == Snapshot.State.COMPLETE
