"""A client for a source: its address, its token, and what this site allows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

from contacts import http
from contacts.clever.client import Client
from contacts.models import Source

CLEVER_URL = "https://api.clever.com"


@contextmanager
def clever_session(source: Source) -> Iterator[http.Session]:
    """Open a session with Clever for a district; raises ``api_errors.ApiError``."""
    session = http.Session(
        source.api_url or CLEVER_URL,
        source.token,
        allow_loopback=settings.ALLOW_LOOPBACK_PROVIDERS,
    )
    with session:
        yield session


def client(session: http.Session) -> Client:
    """Give a client that reads pages of the size this site is set to."""
    return Client(session, settings.CLEVER_PAGE_SIZE)


@contextmanager
def clever(source: Source) -> Iterator[Client]:
    """Open a client for a district; raises ``api_errors.ApiError``."""
    with clever_session(source) as session:
        yield client(session)
