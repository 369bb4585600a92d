"""What stood on the page that a change is asked on, held against what is stored now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


class ChangedMeanwhile(Exception):
    """Somebody else changed it since the page was opened; ``now`` is what it became."""

    def __init__(self, now: Mapping[str, Any]) -> None:
        super().__init__("Somebody changed this in the meantime. Look at it again.")
        self.now = now


def text(value: Any) -> str:
    """Write a value as a page's hidden field holds it."""
    if isinstance(value, bool):
        return "on" if value else ""
    return str(value)


def check(
    stood: Mapping[str, str], asked: Iterable[str], now: Mapping[str, Any]
) -> None:
    """Raise ``ChangedMeanwhile`` where what is asked to change stood there otherwise."""
    stale = {name: now[name] for name in asked if stood.get(name) != text(now[name])}
    if stale:
        raise ChangedMeanwhile(stale)
