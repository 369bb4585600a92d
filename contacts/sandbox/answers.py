"""What a sandbox answers, whichever provider it plays."""

import json
from typing import NamedTuple

from contacts.sandbox.wire import Json

JSON_TYPE = "application/json; charset=utf-8"
HTML_TYPE = "text/html; charset=utf-8"


class Page(NamedTuple):
    """One page of a list: the items as sent, and where its neighbours begin.

    `number` counts pages of this size from 1. A neighbour that is not there is "".
    """

    number: int
    items: list[bytes]
    self_uri: str
    next_uri: str
    prev_uri: str


class Answer(NamedTuple):
    """A status and a body; a list's page too, so that it can be spoilt."""

    status: int
    body: bytes
    content_type: str = JSON_TYPE
    page: Page | None = None
    headers: tuple[tuple[str, str], ...] = ()


def compact(value: Json | list[Json]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
