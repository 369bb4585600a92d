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


# --- What changes something, and what a mailing provider refuses ----------------

SENT = f"{ROOT}/v3/contacts"
CONTACT = "6a2f1b0c-77aa-4d0e-9f00-0123456789ab"


def refused(session, clever, status, body, **headers):
    replies(clever, status=status, body=body, **headers)
    with pytest.raises(api_errors.ApiError) as caught:
        session.get("/v3.0/users?secret=1")
    return caught.value


@pytest.mark.parametrize("status", [200, 201])
def test_send_sends_its_json_as_it_stands(session, clever, status):
    clever.post(SENT, status=status, body=b'{"ok":1}', content_type="application/json")

    response = session.send("POST", "/v3/contacts", json=b'{"a": 1}')

    sent = clever.calls[0].request
    assert sent.body == b'{"a": 1}'
    assert sent.headers["Content-Type"] == "application/json"
    assert sent.headers["Authorization"] == f"Bearer {CANARY}"
    assert (response.status, response.body) == (status, b'{"ok":1}')


def test_send_sends_a_form_under_a_name_and_its_secret(clever):
    clever.post(f"{ROOT}/token", body=b"{}", content_type="application/json")
    form = {"grant_type": "refresh_token", "refresh_token": "a+b&c"}

    with http.Session(ROOT, "") as session:
        session.send("POST", "/token", form=form, basic=("client", "s:é"))

    sent = clever.calls[0].request
    assert sent.body == b"grant_type=refresh_token&refresh_token=a%2Bb%26c"
    assert sent.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert sent.headers["Authorization"] == "Basic Y2xpZW50OnM6w6k="


def test_a_session_without_a_token_claims_none(clever):
    replies(clever)

    with http.Session(ROOT, "") as session:
        session.get("/v3.0/users")

    assert "Authorization" not in clever.calls[0].request.headers


@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize(
    ("told", "error"),
    [
        ({"status": 503, "body": b""}, api_errors.Unavailable),
        ({"status": 200, "body": b'{"broken'}, api_errors.BadPayload),
        ({"status": 429, "body": b'{"error_key":"throttled"}'}, api_errors.Throttled),
        ({"body": ConnectionResetError()}, api_errors.Unavailable),
    ],
)
def test_send_never_sends_twice(session, clever, frozen, method, told, error):
    clever.add(method, SENT, content_type="application/json", **told)

    with pytest.raises(error, match=f"^{method} /v3/contacts"):
        session.send(method, "/v3/contacts?email=a", json=b"{}")

    assert len(clever.calls) == 1
    assert frozen.slept == []


def test_send_keeps_to_its_host(session):
    with pytest.raises(api_errors.Refused, match="nothing was sent"):
        session.send("PUT", "https://evil.example/v3/contacts", json=b"{}")


def test_get_takes_no_201_for_an_answer(session, clever):
    assert isinstance(refused(session, clever, 201, "{}"), api_errors.BadPayload)


def test_every_request_waits_for_its_turn(frozen, clever):
    turns = []
    clock = pacing.Clock(now=frozen.now, elapsed=frozen.now, sleep=frozen.sleep)
    session = http.Session(ROOT, CANARY, clock=clock, pace=lambda: turns.append(1))
    replies(clever, status=503, body="")
    clever.put(SENT, body=b"{}", content_type="application/json")

    with session:
        with pytest.raises(api_errors.Unavailable):
            session.get("/v3.0/users")
        session.send("PUT", "/v3/contacts", json=b"{}")

    assert len(turns) == len(clever.calls) == 4


def test_no_request_is_sent_when_its_turn_does_not_come(clever):
    def spent():
        raise api_errors.QuotaExceeded("the day's requests are used up", NOW)

    with (
        http.Session(ROOT, CANARY, pace=spent) as session,
        pytest.raises(api_errors.QuotaExceeded),
    ):
        session.get("/v3.0/users")

    assert len(clever.calls) == 0


@pytest.mark.parametrize("body", [
    '{"error_key": "quota_exceeded", "error_message": "x"}',
    '[{"error_key": "contacts.api.quota_exceeded"}]',
])  # fmt: skip
def test_a_spent_day_is_over_at_the_next_midnight(session, clever, frozen, body):
    error = refused(session, clever, 429, body)

    assert type(error) is api_errors.QuotaExceeded
    assert error.until == datetime(2026, 3, 3, tzinfo=UTC)
    assert len(clever.calls) == 1


def test_haste_is_cured_in_place(session, clever, frozen):
    replies(clever, status=429, body='{"error_key": "throttled"}')
    replies(clever)

    assert session.get("/v3.0/users").status == 200
    assert len(frozen.slept) == 1
    assert frozen.slept[0] >= 1


def test_haste_without_end_is_put_off(session, clever, frozen):
    error = refused(session, clever, 429, '[{"error_key": "throttled"}]')

    assert type(error) is api_errors.Throttled
    assert len(clever.calls) == 3
    assert all(slept >= 1 for slept in frozen.slept)


def test_haste_with_a_distant_retry_is_put_off_at_once(session, clever, frozen):
    body = '{"error_key": "throttled"}'

    error = refused(session, clever, 429, body, Retry_After="30")

    assert error.until == NOW + timedelta(seconds=30)
    assert frozen.slept == []


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (400, '[{"error_key": "contacts.api.validation_error"}]', api_errors.Invalid),
        (400, "", api_errors.Invalid),
        (400, '{"error": "invalid_grant"}', api_errors.GrantExpired),
        (401, '{"error": "invalid_grant"}', api_errors.GrantExpired),
        (400, '{"error": "invalid_client"}', api_errors.Invalid),
        (401, '{"error_key": "unauthorized"}', api_errors.Unauthorized),
        (403, '{"error_key": "forbidden"}', api_errors.Forbidden),
        (404, '[{"error_key": "contacts.api.not_found"}]', api_errors.Gone),
        (405, "[]", api_errors.ApiError),
        (406, "null", api_errors.ApiError),
        (415, '{"error_key": 7}', api_errors.ApiError),
    ],
)
def test_a_refusal_is_named_for_what_it_means(session, clever, status, body, error):
    told = refused(session, clever, status, body)

    assert type(told) is error
    assert isinstance(told, api_errors.Unauthorized) == (
        error
        in {api_errors.Unauthorized, api_errors.Forbidden, api_errors.GrantExpired}
    )


EXISTS = "Validation failed: Email already exists for contact"


@pytest.mark.parametrize(
    ("body", "contact_id"),
    [
        (f'[{{"error_key": "conflict", "error_message": "{EXISTS} {CONTACT}"}}]', CONTACT),
        (f'{{"error_message": "exists for contact {CONTACT.upper()}."}}', CONTACT),
        ('[{"error_key": "contacts.api.conflict", "error_message": "exists"}]', ""),
        ('[{"error_message": null}]', ""),
        ("", ""),
    ],
)  # fmt: skip
def test_a_conflict_names_the_contact_in_the_way(session, clever, body, contact_id):
    error = refused(session, clever, 409, body)

    assert isinstance(error, api_errors.Conflict)
    assert error.contact_id == contact_id


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ('[{"error_key": "contacts.api.conflict"}]', " (contacts.api.conflict)"),
        ('{"error_key": "not_found", "error_message": "Ana"}', " (not_found)"),
        ('{"error_key": "Ana Diaz"}', ""),
        ('{"error_key": "ana@example.com"}', ""),
        (f'{{"error_key": "{CANARY}"}}', ""),
        ('{"error_message": "Ana"}', ""),
    ],
)
def test_an_error_tells_the_key_and_never_the_message(session, clever, body, told):
    error = refused(session, clever, 404, body)

    assert str(error) == f"GET /v3.0/users answered 404{told}"


def test_a_hidden_part_of_the_query_is_sent_and_told_nowhere(session, clever, caplog):
    caplog.set_level(logging.DEBUG)
    clever.get(f"{ROOT}/v2/lists", status=404)

    with pytest.raises(api_errors.Gone) as caught:
        session.get("/v2/lists?limit=1", hidden={"api_key": f"{CANARY}&+"})

    assert clever.calls[0].request.url == (
        f"{ROOT}/v2/lists?limit=1&api_key={CANARY}%26%2B"
    )
    error = caught.value
    told = [str(error), repr(error), repr(vars(error)), repr(session)]
    assert CANARY not in "".join(told + caplog.messages)


def test_no_log_of_a_library_tells_a_hidden_part(caplog):
    caplog.set_level(logging.DEBUG)
    server = RawServer(answer(b"{}"))

    with http.Session(server.url, "t", allow_loopback=True) as session:
        session.get("/v2/lists", hidden={"api_key": CANARY})
    server.stop()

    assert f"api_key={CANARY}".encode() in server.requests[0]
    assert CANARY not in "".join(caplog.messages)
