"""What an answer other than a good one means, as an error whose text is safe to show.

Constant Contact tells what is wrong as an array of ``error_key`` and ``error_message``,
or as one such object; its token endpoint as OAuth's ``error``. A key is a word of the
provider's and may be told; a message quotes what was sent, and never is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import msgspec

from contacts import addresses, api_errors, pacing

UNSAID_PAUSE = 60.0
SHORTEST_PAUSE = 1.0
READ_LIMIT = 64 * 1024
_REQUEST_ID = re.compile(r"[\w.:-]{1,64}", re.ASCII)
_KEY = re.compile(r"[a-z_]{1,40}(?:\.[a-z_]{1,40}){0,4}")
_CONTACT = re.compile(
    r"contact\W{1,3}([0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})\b",
    re.ASCII | re.IGNORECASE,
)
_well_formed = msgspec.json.Decoder(msgspec.Raw).decode


class Answer(msgspec.Struct):
    """An answer read to its end or just past the limit, not judged yet."""

    method: str
    path: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    def __repr__(self) -> str:
        return f"Answer({self.status}, {len(self.body)} bytes)"


class _Told(msgspec.Struct):
    """What an error's body says; ``error`` is the token endpoint's."""

    error_key: str | None = None
    error_message: str | None = None
    error: str | None = None

    def key(self) -> str:
        """Return the word for what is wrong, whoever tells it."""
        return self.error_key or self.error or ""


_decode_told = msgspec.json.Decoder(list[_Told] | _Told).decode


def said(answer: Answer) -> str:
    """Say what was asked and answered: method, path without query, status, id."""
    request_id = answer.headers.get("X-Request-Id") or ""
    told = f" (request {request_id})" if _REQUEST_ID.fullmatch(request_id) else ""
    path = addresses.bare(answer.path)
    return f"{answer.method} {path} answered {answer.status}{told}"


def refusal(answer: Answer, now: float) -> api_errors.ApiError:
    """Turn a status that is no good answer's into the error it means."""
    told = _told(answer.body)
    text = said(answer) + _keyed(told)
    if answer.status == 429:
        return _throttled(text, answer, told, now)
    if answer.status >= 500 and answer.status != 501:
        wished = pacing.retry_after(answer.headers, now)
        until = moment(wished) if wished else None
        return api_errors.Unavailable(text, until, curable=True)
    if answer.status == 409:
        return api_errors.Conflict(text, _contact_id(told))
    if 300 <= answer.status < 400:
        return api_errors.Refused(f"{text}: a redirect is not followed")
    if answer.status in {400, 401} and _names(told, "invalid_grant"):
        return api_errors.GrantExpired(text)
    return _KINDS.get(answer.status, _kind_of(answer.status))(text)


_KINDS: dict[int, type[api_errors.ApiError]] = {
    400: api_errors.Invalid,
    401: api_errors.Unauthorized,
    403: api_errors.Forbidden,
    404: api_errors.Gone,
    410: api_errors.Gone,
    501: api_errors.Gone,
}


def _kind_of(status: int) -> type[api_errors.ApiError]:
    return api_errors.BadPayload if status < 300 else api_errors.ApiError


def _throttled(
    text: str, answer: Answer, told: list[_Told], now: float
) -> api_errors.Throttled:
    """Tell a moment's haste from a day's end; Clever says neither, only when."""
    if _names(told, "quota_exceeded"):
        return api_errors.QuotaExceeded(text, next_midnight(now))
    wished = pacing.resume_at(answer.headers, now)
    if _names(told, "throttled"):
        until = moment(wished or now + SHORTEST_PAUSE)
        return api_errors.Throttled(text, until, curable=True)
    return api_errors.Throttled(text, moment(wished or now + UNSAID_PAUSE))


def next_midnight(now: float) -> datetime:
    """Give the next 00:00 UTC, when a day's requests are counted anew."""
    today = moment(now).replace(hour=0, minute=0, second=0, microsecond=0)
    return today + timedelta(days=1)


def _told(body: bytes) -> list[_Told]:
    """Read an error's body; one in another form tells nothing."""
    try:
        told = _decode_told(body[:READ_LIMIT])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return []
    return told if isinstance(told, list) else [told]


def _keyed(told: list[_Told]) -> str:
    """Name the first key that is a plain word, as keys are."""
    plain = [each.key() for each in told if _KEY.fullmatch(each.key())]
    return f" ({plain[0]})" if plain else ""


def _names(told: list[_Told], word: str) -> bool:
    return any(each.key().rpartition(".")[2] == word for each in told)


def _contact_id(told: list[_Told]) -> str:
    """Return the id of the contact that is in the way, which only the message names."""
    found = [_CONTACT.search(each.error_message or "") for each in told]
    return next((match[1].lower() for match in found if match), "")


def trouble(answer: Answer) -> str:
    """Say why a body is not whole JSON in UTF-8; "" if it is."""
    kind = (answer.headers.get("Content-Type") or "").partition(";")[0].strip().lower()
    if kind != "application/json" and not kind.endswith("+json"):
        return "not JSON by its content type"
    if not answer.body.strip():
        return "an empty body"
    try:
        answer.body.decode()
        _well_formed(answer.body)
    except UnicodeDecodeError:
        return "not UTF-8"
    except (msgspec.MsgspecError, RecursionError):
        return "not well-formed JSON"
    return ""


def moment(seconds: float) -> datetime:
    """Give a time since 1970 as a moment in UTC."""
    return datetime.fromtimestamp(seconds, tz=UTC)
