"""Searches by name, kept out of addresses.

A name in a URL ends up in logs, histories and Referer headers. So a search is posted,
kept in the session, and the list's address holds only its number.
"""

from __future__ import annotations

from django.contrib.sessions.backends.base import SessionBase

KEPT = 20
LIMIT = 100
_KEY = "searches"


def keep(session: SessionBase, text: str) -> str:
    """Keep a search and give its number; "" for an empty one."""
    words = " ".join(text.split())[:LIMIT]
    if not words:
        return ""
    kept: dict[str, str] = session.get(_KEY, {})
    known = next((number for number, told in kept.items() if told == words), "")
    number = known or str(1 + max(map(int, kept), default=0))
    newest = dict([*kept.items(), (number, words)][-KEPT:])
    session[_KEY] = newest
    return number


def text_of(session: SessionBase, number: str) -> str:
    """Give a kept search back; "" if there is none of this number any more."""
    kept: dict[str, str] = session.get(_KEY, {})
    return kept.get(number, "")
