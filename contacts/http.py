"""The one way to a provider: a GET that ends, stays on its host and tells no secret.

Callers get a ``Response`` whose body is whole, well-formed JSON in UTF-8, or one of
``api_errors``; never a ``requests`` object and never a status to interpret. What asking
again may cure is asked again here, within ten seconds; everything longer is an error
with a time, for the job to put off. An error's text holds method, path without query,
status and request id, and no error drags along the library's own, whose request holds
the token.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Self

import msgspec
import requests
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict

from contacts import addresses, api_errors, pacing

KEPT_HEADERS = ("Content-Type", "ETag", "X-Request-Id")
CHUNK = 256 * 1024
UNSAID_PAUSE = 60.0
_REQUEST_ID = re.compile(r"[\w.:-]{1,64}", re.ASCII)
_BROKEN_BODY = (
    requests.exceptions.ChunkedEncodingError,
    requests.exceptions.ContentDecodingError,
)
_well_formed = msgspec.json.Decoder(msgspec.Raw).decode


class Response(msgspec.Struct, frozen=True):
    """A good answer; its repr leaves out the body, which is about people."""

    status: int
    body: bytes
    headers: dict[str, str]

    def __repr__(self) -> str:
        return f"Response({self.status}, {len(self.body)} bytes)"


class _Answer(msgspec.Struct):
    """An answer read to its end or just past the limit, not judged yet."""

    status: int
    headers: CaseInsensitiveDict[str]
    body: bytes


class Session:
    """Asks one provider with one token, one request at a time."""

    def __init__(
        self,
        base_url: str,
        token: str,
        *,
        allow_loopback: bool = False,
        limits: pacing.Limits | None = None,
        clock: pacing.Clock | None = None,
    ) -> None:
        self.origin = origin(base_url, allow_loopback=allow_loopback)
        self._limits = limits or pacing.Limits()
        self._clock = clock or pacing.Clock()
        self._budget = pacing.Budget()
        self._ended = False
        self._connections = pacing.Connections()
        self._session = _library_session(token, self._connections)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the connection back."""
        self._session.close()

    def cut(self) -> None:
        """End the request another thread is waiting for, and its further tries."""
        self._ended = True
        self._connections.cut()

    def local(self, link: str) -> str:
        """Return a link as a path on our host; raises ``Refused`` if it leads elsewhere."""
        try:
            return addresses.path_on(self.origin, link)
        except addresses.BadAddress as error:
            raise api_errors.Refused(str(error)) from None

    def get(self, link: str) -> Response:
        """Ask for a path or link of this host, again where that may help.

        Raises ``ApiError``; see its kinds.
        """
        path = self.local(link)
        self._spare_the_budget(path)
        started = self._clock.elapsed()
        outcome = self._ask(path)
        for attempt in range(self._limits.tries - 1):
            if isinstance(outcome, Response) or not outcome.curable or self._ended:
                break
            pause = self._pause(outcome, attempt)
            spent = self._clock.elapsed() - started
            if spent + pause > self._limits.patience:
                break
            self._clock.sleep(pause)
            outcome = self._ask(path)
        if isinstance(outcome, api_errors.ApiError):
            raise outcome
        return outcome

    def _spare_the_budget(self, path: str) -> None:
        """Slow down near the end of the budget, and never ask beyond it."""
        now = self._clock.now()
        until = self._budget.spent_until(now)
        if until is not None:
            raise api_errors.Throttled(
                f"GET {addresses.bare(path)}: no request left", _at(until)
            )
        pause = min(self._budget.pause(now), self._limits.patience)
        if pause > 0:
            self._clock.sleep(pause)

    def _pause(self, error: api_errors.ApiError, attempt: int) -> float:
        wished = error.until if isinstance(error, api_errors.Unavailable) else None
        wait = wished.timestamp() - self._clock.now() if wished else 0.0
        return max(pacing.backoff(attempt), wait)

    def _ask(self, path: str) -> Response | api_errors.ApiError:
        """Send one request; errors are returned, so that none becomes a context."""
        limits = self._limits
        trouble: Exception | None = None
        with pacing.Deadline(limits.total, self._connections) as deadline:
            try:
                answer = self._fetch(path)
            except (requests.RequestException, OSError) as error:
                trouble = error
        if trouble or deadline.passed:
            return _failure(path, trouble, deadline, limits)
        return self._judge(path, answer)

    def _fetch(self, path: str) -> _Answer:
        timeout = (self._limits.connect, self._limits.read)
        with self._session.get(
            self.origin + path, timeout=timeout, allow_redirects=False, stream=True
        ) as response:
            return _read(response, self._limits.body)

    def _judge(self, path: str, answer: _Answer) -> Response | api_errors.ApiError:
        now = self._clock.now()
        self._budget.observe(answer.headers, now)
        if answer.status != 200:
            return _refusal(_said(path, answer), answer, now)
        if len(answer.body) > self._limits.body:
            return api_errors.BadPayload(
                f"{_said(path, answer)}: larger than the limit"
            )
        trouble = _trouble(answer)
        if trouble:
            return api_errors.BadPayload(
                f"{_said(path, answer)}: {trouble}", curable=True
            )
        kept = {name: answer.headers.get(name) or "" for name in KEPT_HEADERS}
        return Response(answer.status, answer.body, kept)


def origin(base_url: str, *, allow_loopback: bool = False) -> str:
    """Return scheme, host and port of a provider's root; raises ``Refused``."""
    try:
        return addresses.origin(base_url, allow_loopback=allow_loopback)
    except addresses.BadAddress as error:
        raise api_errors.Refused(str(error)) from None


def _library_session(token: str, connections: pacing.Connections) -> requests.Session:
    """Make a session that reads no environment: no netrc, no proxy by surprise."""
    session = requests.Session()
    session.trust_env = False
    session.headers.update(
        {
            "Authorization": f"Bearer {token}",
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
            "User-Agent": "Retie",
        }
    )
    adapter = HTTPAdapter(pool_connections=1, pool_maxsize=1, max_retries=0)
    connections.watch(adapter.poolmanager)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def _read(response: requests.Response, limit: int) -> _Answer:
    """Read the body as decoded, to its end or just past the limit."""
    body = bytearray()
    for chunk in response.iter_content(CHUNK):
        body += chunk
        if len(body) > limit:
            break
    return _Answer(response.status_code, response.headers, bytes(body))


def _failure(
    path: str, error: Exception | None, deadline: pacing.Deadline, limits: pacing.Limits
) -> api_errors.ApiError:
    """Say what went wrong on the way, without the library's words, which hold the URL."""
    asked = f"GET {addresses.bare(path)}"
    if deadline.passed:
        return api_errors.Unavailable(
            f"{asked}: no whole answer within {limits.total:g} seconds"
        )
    if isinstance(error, _BROKEN_BODY):
        return api_errors.BadPayload(f"{asked}: the body broke off", curable=True)
    if isinstance(error, requests.exceptions.SSLError):
        return api_errors.Untrusted(f"{asked}: the host's certificate was not accepted")
    if isinstance(error, requests.exceptions.ReadTimeout):
        return api_errors.Unavailable(
            f"{asked}: no answer within {limits.read:g} seconds"
        )
    return api_errors.Unavailable(f"{asked}: the connection failed", curable=True)


def _said(path: str, answer: _Answer) -> str:
    request_id = answer.headers.get("X-Request-Id") or ""
    told = f" (request {request_id})" if _REQUEST_ID.fullmatch(request_id) else ""
    return f"GET {addresses.bare(path)} answered {answer.status}{told}"


def _refusal(said: str, answer: _Answer, now: float) -> api_errors.ApiError:
    """Turn a status other than 200 into the error it means."""
    status = answer.status
    if status in {401, 403}:
        return api_errors.Unauthorized(said)
    if status in {404, 410, 501}:
        return api_errors.Gone(said)
    if status == 429:
        at = pacing.resume_at(answer.headers, now) or now + UNSAID_PAUSE
        return api_errors.Throttled(said, _at(at))
    if status >= 500:
        wished = pacing.retry_after(answer.headers, now)
        return api_errors.Unavailable(
            said, _at(wished) if wished else None, curable=True
        )
    if 300 <= status < 400:
        return api_errors.Refused(f"{said}: a redirect is not followed")
    return api_errors.BadPayload(said) if status < 300 else api_errors.ApiError(said)


def _trouble(answer: _Answer) -> str:
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


def _at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, tz=UTC)
