"""What is done again and again beside the sweep of jobs: registered here by whoever does it."""

from __future__ import annotations

from collections.abc import Callable

Chore = Callable[[], object]

_chores: dict[str, Chore] = {}


def register(name: str, chore: Chore) -> None:
    """Do this at every sweep: it is cheap where nothing is due, and may run twice."""
    _chores[name] = chore


def do_all() -> None:
    """Do every chore once; the next turn does what failed."""
    for chore in _chores.values():
        chore()
