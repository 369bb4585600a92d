import logging
import traceback
from datetime import UTC, datetime, timedelta

import pytest
import responses

from contacts import api_errors, http, pacing
from tests.faults.raw_server import RawServer, answer, reset

ROOT = "https://api.clever.com"
USERS = f"{ROOT}/v3.0/users"
CANARY = "canary-5f3c9a"
NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


class FrozenClock:
    """Time stands still but for what is slept."""

    def __init__(self):
        self.at = NOW.timestamp()
        self.slept = []

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.at += seconds

    def now(self):
        return self.at


@pytest.fixture
def frozen():
    return FrozenClock()


@pytest.fixture
def session(frozen):
    clock = pacing.Clock(now=frozen.now, elapsed=frozen.now, sleep=frozen.sleep)
    with http.Session(ROOT, CANARY, clock=clock) as opened:
        yield opened


@pytest.fixture
def clever():
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def replies(
    clever, *, status=200, body="{}", content_type="application/json", **headers
):
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    clever.get(USERS, status=status, body=body, content_type=content_type, headers=told)


def test_get_sends_the_token_and_asks_for_json(session, clever):
    replies(clever, X_Request_Id="r-1", Set_Cookie="a=b")

    response = session.get("/v3.0/users?limit=2")

    sent = clever.calls[0].request
    assert sent.headers["Authorization"] == f"Bearer {CANARY}"
    assert sent.headers["Accept"] == "application/json"
    assert sent.url == f"{USERS}?limit=2"
    assert response.headers["X-Request-Id"] == "r-1"
    assert "Set-Cookie" not in response.headers


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, api_errors.ApiError),
        (401, api_errors.Unauthorized),
        (403, api_errors.Unauthorized),
        (404, api_errors.Gone),
        (410, api_errors.Gone),
        (413, api_errors.ApiError),
        (501, api_errors.Gone),
        (204, api_errors.BadPayload),
        (302, api_errors.Refused),
    ],
)
def test_get_names_what_a_status_means_and_asks_once(session, clever, status, error):
    replies(clever, status=status, body="")

    with pytest.raises(error, match=f"GET /v3.0/users answered {status}"):
        session.get("/v3.0/users?secret=1")

    assert len(clever.calls) == 1


@pytest.mark.parametrize(
    "body", ['{"message": "no"}', '["no"]', "<pre>Cannot GET</pre>", ""]
)
def test_get_never_tells_an_error_body(session, clever, body):
    replies(clever, status=404, body=body, content_type="text/html", X_Request_Id="r 1")

    with pytest.raises(api_errors.Gone) as caught:
        session.get("/v3.0/users?name=Ana")

    assert str(caught.value) == "GET /v3.0/users answered 404"


def test_get_tells_the_request_id(session, clever):
    replies(clever, status=401, X_Request_Id="4f2a-9")

    with pytest.raises(api_errors.Unauthorized, match=r"401 \(request 4f2a-9\)"):
        session.get("/v3.0/users")


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"X_RateLimit_Reset": str(int(NOW.timestamp()) + 42)}, 42),
        ({"X_RateLimit_Reset": str(int(NOW.timestamp()) - 1)}, 1),
        ({"X_RateLimit_Reset": str(int(NOW.timestamp()) + 86400)}, 3600),
        ({"X_RateLimit_Reset": "42"}, 42),
        ({"X_RateLimit_Reset": "soon"}, 60),
        ({"X_RateLimit_Reset": "1000000001"}, 60),
        ({"Retry_After": "30"}, 30),
        ({"Retry_After": "86400"}, 3600),
        ({"Retry_After": "-5"}, 60),
        ({"Retry_After": "1e9"}, 60),
        ({"Retry_After": "Mon, 02 Mar 2026 12:00:20 GMT"}, 20),
        ({"Retry_After": "Mon, 02 Mar 1998 12:00:20 GMT"}, 60),
        ({"Retry_After": "Mon, 99 Foo"}, 60),
        ({}, 60),
    ],
)
def test_get_puts_a_throttled_request_off(session, clever, frozen, headers, seconds):
    replies(clever, status=429, body="", **headers)

    with pytest.raises(api_errors.Throttled) as caught:
        session.get("/v3.0/users")

    assert caught.value.until == NOW + timedelta(seconds=seconds)
    assert frozen.slept == []
    assert len(clever.calls) == 1


def budget(remaining, reset=30):
    return {
        "X_RateLimit_Limit": "1200",
        "X_RateLimit_Remaining": str(remaining),
        "X_RateLimit_Reset": str(int(NOW.timestamp()) + reset),
    }


@pytest.mark.parametrize(
    ("remaining", "pauses"), [(1199, []), (60, []), (59, [30 / 59]), (2, [10])]
)
def test_get_slows_down_near_the_end_of_the_budget(
    session, clever, frozen, remaining, pauses
):
    replies(clever, **budget(remaining))

    session.get("/v3.0/users")
    session.get("/v3.0/users")

    assert frozen.slept == pytest.approx(pauses)


def test_get_asks_nothing_beyond_the_budget(session, clever):
    replies(clever, **budget(0))
    session.get("/v3.0/users")

    with pytest.raises(api_errors.Throttled, match="no request left") as caught:
        session.get("/v3.0/users")

    assert caught.value.until == NOW + timedelta(seconds=30)
    assert len(clever.calls) == 1


def test_get_asks_again_after_the_reset(session, clever, frozen):
    replies(clever, **budget(0))
    session.get("/v3.0/users")
    frozen.at += 31

    session.get("/v3.0/users")

    assert len(clever.calls) == 2


@pytest.mark.parametrize("missing", ["X_RateLimit_Limit", "X_RateLimit_Reset"])
def test_get_knows_no_budget_from_half_the_headers(session, clever, frozen, missing):
    headers = budget(0)
    del headers[missing]
    replies(clever, **headers)

    session.get("/v3.0/users")
    session.get("/v3.0/users")

    assert frozen.slept == []


def test_get_stops_trying_when_patience_ends(session, clever, frozen):
    replies(clever, status=503, body="", Retry_After="6")

    with pytest.raises(api_errors.Unavailable):
        session.get("/v3.0/users")

    assert frozen.slept == [6]
    assert len(clever.calls) == 2


@pytest.mark.parametrize(
    "kind", ["application/json; charset=utf-8", "application/hal+json"]
)
def test_get_takes_every_spelling_of_json(session, clever, kind):
    replies(clever, body='{"data": []}', content_type=kind)

    assert session.get("/v3.0/users").body == b'{"data": []}'


@pytest.mark.parametrize(
    "link",
    [
        f"{ROOT}/v3.0/users?a=1",
        "HTTPS://API.CLEVER.COM/v3.0/users?a=1",
        "https://api.clever.com:443/v3.0/users?a=1",
        "/v3.0/users?a=1",
    ],
)
def test_local_takes_links_to_the_same_place(session, link):
    assert session.local(link) == "/v3.0/users?a=1"


@pytest.mark.parametrize(
    "link",
    [
        "",
        "v3.0/users",
        "?starting_after=1",
        "http://api.clever.com/v3.0/users",
        "https://api.clever.com:8443/v3.0/users",
        "https://api.clever.com.evil.example/v3.0/users",
        "https://evil.example/v3.0/users",
        "//evil.example/v3.0/users",
        "///evil.example/v3.0/users",
        "/\\evil.example/v3.0/users",
        "https://api.clever.com@evil.example/v3.0/users",
        "https://user:pw@api.clever.com/v3.0/users",
        "https://api.clever.com\\@evil.example/",
        "https://[::1]/v3.0/users",
        "https://2130706433/v3.0/users",
        "https://api.clever.com:99999/v3.0/users",
        "https://api.clever.com/v3.0/users#part",
        "file:///etc/passwd",
        "/v3.0/users\r\nX-Injected: 1",
        "/v3.0/users?a= b",
        "/v3.0/../oauth/tokens",
        "/v3.0/%2e%2E/oauth/tokens",
        "/v3.0/users/..",
        "/v3.0/usérs",
    ],
)  # fmt: skip
def test_local_refuses_every_other_place(session, link):
    with pytest.raises(api_errors.Refused, match="nothing was sent"):
        session.local(link)


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://api.clever.com", "https://api.clever.com"),
        ("https://API.clever.com/", "https://api.clever.com"),
        (" https://api.clever.com:443 ", "https://api.clever.com"),
        ("https://api.example:8443", "https://api.example:8443"),
    ],
)
def test_origin_takes_public_https_roots(url, origin):
    assert http.origin(url) == origin


@pytest.mark.parametrize(
    "url",
    [
        "",
        "api.clever.com",
        "http://api.clever.com",
        "ftp://api.clever.com",
        "file:///etc/passwd",
        "https://",
        "https://api.clever.com/v3.0",
        "https://api.clever.com?x=1",
        "https://token@api.clever.com",
        "https://localhost",
        "http://127.0.0.1:8000",
        "https://[::1]",
        "https://10.0.0.8",
        "https://169.254.169.254",
        "https://[fd00::1]",
        "https://2130706433",
        "https://0x7f000001",
        "https://0177.0.0.1",
        "https://127.1",
        "https://api.clever.com:0",
    ],
)
def test_origin_refuses_every_other_root(url):
    with pytest.raises(api_errors.Refused):
        http.origin(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8000",
        "http://localhost:8000",
        "http://[::1]:8000",
        "https://127.0.0.1:8000",
    ],
)
def test_origin_takes_loopback_where_it_is_allowed(url):
    assert http.origin(url, allow_loopback=True) == url


@pytest.mark.parametrize("url", ["http://10.0.0.8", "http://api.clever.com"])
def test_origin_takes_nothing_else_where_loopback_is_allowed(url):
    with pytest.raises(api_errors.Refused):
        http.origin(url, allow_loopback=True)


def test_session_reads_nothing_from_the_environment(session, clever, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    replies(clever)

    session.get("/v3.0/users")

    assert dict(clever.calls[0].request.req_kwargs["proxies"]) == {}


@pytest.mark.parametrize(
    "script",
    [
        answer(b'{"token":"' + CANARY.encode() + b'"}', status="401 No"),
        answer(b"", status="429 No"),
        answer(b"", status="500 " + CANARY),
        answer(b"", status="404 No", headers=[f"X-Request-Id: {CANARY} x"]),
        answer(CANARY.encode()),
        answer(b"", status="302 No", headers=[f"Location: /{CANARY}"]),
        reset,
    ],
)
def test_the_token_reaches_no_error_no_repr_and_no_log(script, caplog):
    caplog.set_level(logging.DEBUG)
    server = RawServer(script)
    session = http.Session(server.url, CANARY, allow_loopback=True)

    with session, pytest.raises(api_errors.ApiError) as caught:
        session.get(f"/v3.0/users?starting_after={CANARY}")
    server.stop()

    error = caught.value
    whole = traceback.TracebackException.from_exception(error, capture_locals=True)
    told = [str(error), repr(error), repr(session), repr(vars(error)), *whole.format()]
    ours = [
        record.getMessage() for record in caplog.records if "urllib3" not in record.name
    ]
    assert error.__context__ is None
    assert CANARY.encode() in server.requests[0]
    assert f"Bearer {CANARY}" not in "".join(told + caplog.messages)
    assert CANARY not in "".join(told[:4] + ours)


def test_a_response_shows_no_body():
    response = http.Response(200, b"Ana Diaz", {})

    assert "Ana" not in repr(response)
