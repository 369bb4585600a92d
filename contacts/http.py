"""The one way to a provider: a request that ends, stays on its host and tells no secret.

Callers get a ``Response`` whose body is whole, well-formed JSON in UTF-8, or one of
``api_errors``; never a ``requests`` object and never a status to interpret. What asking
again may cure is asked again here, within ten seconds; everything longer is an error
with a time, for the job to put off. Only a GET is asked again: whatever changes
something is sent once, for nobody knows how far the first one came. An error's text
holds method, path without query, status and request id, and no error drags along the
library's own, whose request holds the token.
"""

from __future__ import annotations

import logging
from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Self
from urllib.parse import urlencode

import msgspec
import requests
from requests.adapters import HTTPAdapter

from contacts import addresses, api_errors, pacing, refusals

KEPT_HEADERS = ("Content-Type", "ETag", "X-Request-Id")
CHUNK = 256 * 1024
GOOD = frozenset({200})
DONE = frozenset({200, 201})
"""What a request that changes something may be answered."""
_JSON, _FORM = "application/json", "application/x-www-form-urlencoded"
_BROKEN_BODY = (
    requests.exceptions.ChunkedEncodingError,
    requests.exceptions.ContentDecodingError,
)

# The library tells whole URLs to its log when it is asked to tell much.
logging.getLogger("urllib3").setLevel(logging.INFO)


class Response(msgspec.Struct, frozen=True):
    """A good answer; its repr leaves out the body, which is about people."""

    status: int
    body: bytes
    headers: dict[str, str]

    def __repr__(self) -> str:
        return f"Response({self.status}, {len(self.body)} bytes)"


class _Request(msgspec.Struct):
    """What is sent; its repr leaves out all that may be secret or about people.

    ``hidden`` goes into the query when it is sent, and into no link.
    """

    method: str
    path: str
    good: frozenset[int] = GOOD
    hidden: Mapping[str, str] | None = None
    body: bytes | None = None
    headers: Mapping[str, str] | None = None

    def __repr__(self) -> str:
        return f"_Request({self.asked()})"

    def asked(self) -> str:
        """Say what is asked, without its query."""
        return f"{self.method} {addresses.bare(self.path)}"


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
        pace: Callable[[], None] | None = None,
    ) -> None:
        self.origin = origin(base_url, allow_loopback=allow_loopback)
        self._limits = limits or pacing.Limits()
        self._clock = clock or pacing.Clock()
        self._budget = pacing.Budget()
        self._pace = pace
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

    def get(self, link: str, *, hidden: Mapping[str, str] | None = None) -> Response:
        """Ask for a path or link of this host, again where that may help.

        ``hidden`` is a part of the query that no link, error or log tells. Raises
        ``ApiError``; see its kinds.
        """
        request = _Request("GET", self.local(link), hidden=hidden)
        self._spare_the_budget(request)
        started = self._clock.elapsed()
        outcome = self._ask(request)
        for attempt in range(self._limits.tries - 1):
            if isinstance(outcome, Response) or not outcome.curable or self._ended:
                break
            pause = self._pause(outcome, attempt)
            spent = self._clock.elapsed() - started
            if spent + pause > self._limits.patience:
                break
            self._clock.sleep(pause)
            outcome = self._ask(request)
        return _good(outcome)

    def send(
        self,
        method: str,
        link: str,
        *,
        json: bytes | None = None,
        form: Mapping[str, str] | None = None,
        basic: tuple[str, str] | None = None,
    ) -> Response:
        """Send a request that changes something, once and never again.

        The body is ``json`` as it stands, or a ``form``; ``basic`` is a name and its
        secret instead of the token. Raises ``ApiError``; after ``Unavailable`` and
        ``BadPayload`` nobody knows whether it was done.
        """
        body = json if form is None else urlencode(form).encode()
        headers = {"Content-Type": _JSON if form is None else _FORM}
        if basic:
            headers["Authorization"] = _basic(*basic)
        path = self.local(link)
        request = _Request(method, path, DONE, body=body, headers=headers)
        self._spare_the_budget(request)
        return _good(self._ask(request))

    def _spare_the_budget(self, request: _Request) -> None:
        """Slow down near the end of the budget, and never ask beyond it."""
        now = self._clock.now()
        until = self._budget.spent_until(now)
        if until is not None:
            raise api_errors.Throttled(
                f"{request.asked()}: no request left", refusals.moment(until)
            )
        pause = min(self._budget.pause(now), self._limits.patience)
        if pause > 0:
            self._clock.sleep(pause)

    def _pause(self, error: api_errors.ApiError, attempt: int) -> float:
        wished = None
        if isinstance(error, api_errors.Unavailable | api_errors.Throttled):
            wished = error.until
        wait = wished.timestamp() - self._clock.now() if wished else 0.0
        return max(pacing.backoff(attempt), wait)

    def _ask(self, request: _Request) -> Response | api_errors.ApiError:
        """Send one request; errors are returned, so that none becomes a context."""
        if self._pace:
            self._pace()
        limits = self._limits
        trouble: Exception | None = None
        with pacing.Deadline(limits.total, self._connections) as deadline:
            try:
                answer = self._fetch(request)
            except (requests.RequestException, OSError) as error:
                trouble = error
        if trouble or deadline.passed:
            return _failure(request, trouble, deadline, limits)
        return self._judge(request, answer)

    def _fetch(self, request: _Request) -> refusals.Answer:
        with self._session.request(
            request.method,
            self.origin + request.path,
            params=request.hidden,
            data=request.body,
            headers=request.headers,
            timeout=(self._limits.connect, self._limits.read),
            allow_redirects=False,
            stream=True,
        ) as response:
            return _read(request, response, self._limits.body)

    def _judge(
        self, request: _Request, answer: refusals.Answer
    ) -> Response | api_errors.ApiError:
        now = self._clock.now()
        self._budget.observe(answer.headers, now)
        if answer.status not in request.good:
            return refusals.refusal(answer, now)
        if len(answer.body) > self._limits.body:
            said = refusals.said(answer)
            return api_errors.BadPayload(f"{said}: larger than the limit")
        trouble = refusals.trouble(answer)
        if trouble:
            said = refusals.said(answer)
            return api_errors.BadPayload(f"{said}: {trouble}", curable=True)
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
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
            "User-Agent": "Retie",
        }
    )
    if token:
        session.headers["Authorization"] = f"Bearer {token}"
    adapter = HTTPAdapter(pool_connections=1, pool_maxsize=1, max_retries=0)
    connections.watch(adapter.poolmanager)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def _good(outcome: Response | api_errors.ApiError) -> Response:
    if isinstance(outcome, api_errors.ApiError):
        raise outcome
    return outcome


def _basic(name: str, secret: str) -> str:
    return "Basic " + b64encode(f"{name}:{secret}".encode()).decode()


def _read(
    request: _Request, response: requests.Response, limit: int
) -> refusals.Answer:
    """Read the body as decoded, to its end or just past the limit."""
    body = bytearray()
    for chunk in response.iter_content(CHUNK):
        body += chunk
        if len(body) > limit:
            break
    told = response.status_code, response.headers, bytes(body)
    return refusals.Answer(request.method, request.path, *told)


def _failure(
    request: _Request,
    error: Exception | None,
    deadline: pacing.Deadline,
    limits: pacing.Limits,
) -> api_errors.ApiError:
    """Say what went wrong on the way, without the library's words, which hold the URL."""
    asked = request.asked()
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
