import base64
import hashlib
import threading
import time
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from django.db import connection, transaction
from django.utils import timezone
from werkzeug import Response

from audits.models import Event
from contacts import accounts, api_errors, oauth
from contacts.accounts import State
from contacts.models import MailAccount, Source
from tests.factories import MailAccountFactory, MailSourceFactory, UserFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
BACK = "https://retie.example/connected/"
SECRETS = ("code-canary", "secret-canary", "access-canary", "refresh-canary")


class TokenEndpoint:
    """Gives a fresh pair for each refresh token, and each is good for one use."""

    def __init__(self, httpserver):
        self.url = httpserver.url_for("")
        self.asked = []
        self.good = {"refresh-canary-0"}
        self.answer = None
        self.takes = 0.0
        httpserver.expect_request(oauth.TOKEN, method="POST").respond_with_handler(self)

    def __call__(self, request):
        form = dict(parse_qsl(request.get_data(as_text=True)))
        self.asked.append((form, request.headers.get("Authorization")))
        time.sleep(self.takes)
        if self.answer is not None:
            status, body = self.answer
            return Response(body, status, content_type="application/json")
        refresh = form.get("refresh_token")
        if refresh is not None and refresh not in self.good:
            return Response(
                '{"error":"invalid_grant","error_description":"The token is unknown"}',
                400,
                content_type="application/json",
            )
        self.good = {f"refresh-canary-{len(self.asked)}"}
        return Response(
            f'{{"token_type":"Bearer","expires_in":86400,"scope":"{oauth.SCOPES}",'
            f'"access_token":"access-canary-{len(self.asked)}",'
            f'"refresh_token":"refresh-canary-{len(self.asked)}"}}',
            content_type="application/json",
        )


@pytest.fixture
def endpoint(httpserver):
    return TokenEndpoint(httpserver)


def account_at(endpoint, **columns):
    """Make an account whose token has run out, connected to the endpoint."""
    return MailAccountFactory(
        source=MailSourceFactory(name="Riverside", token="access-canary-0"),
        **{
            "client_id": "app-1",
            "client_secret": "secret-canary",
            "auth_url": endpoint.url.rstrip("/"),
            "refresh_token": "refresh-canary-0",
            "connected_at": timezone.now() - timedelta(days=1),
            "token_expires_at": timezone.now() - timedelta(hours=1),
            **columns,
        },
    )


def stored(account):
    return MailAccount.objects.select_related("source").get(pk=account.pk)


# --- Through the browser -----------------------------------------------------


@pytest.fixture
def person():
    return UserFactory()


@pytest.fixture
def ready():
    return MailAccountFactory(client_id="app-1", client_secret="secret-canary")


def begin(session, account, person, at=NOW):
    return oauth.begin(session, account, user=person, redirect_uri=BACK, at=at)


def told(url):
    return {name: value for name, (value,) in parse_qs(urlsplit(url).query).items()}


def test_begin_leads_to_the_provider_with_a_challenge_and_no_secret(ready, person):
    session = {}

    url = begin(session, ready, person)

    asked = told(url)
    assert url.startswith(
        "https://authz.constantcontact.com/oauth2/default/v1/authorize?"
    )
    assert asked["client_id"] == "app-1"
    assert asked["redirect_uri"] == BACK
    assert asked["response_type"] == "code"
    assert asked["scope"].split() == ["contact_data", "offline_access"]
    attempt = oauth.redeem(session, asked["state"], user=person, at=NOW)
    digest = hashlib.sha256(attempt.verifier.encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    assert (asked["code_challenge"], asked["code_challenge_method"]) == (
        challenge,
        "S256",
    )
    assert attempt.verifier not in url
    assert "canary" not in url


def test_begin_needs_the_application(person):
    with pytest.raises(oauth.NotReady, match="client id and secret"):
        begin({}, MailAccountFactory(client_id="app-1"), person)


@pytest.mark.parametrize(
    ("urls", "host"),
    [
        (("", ""), "https://authz.constantcontact.com"),
        (("", "http://127.0.0.1:8011"), "http://127.0.0.1:8011"),
        (("", "https://api.example.org"), "https://authz.constantcontact.com"),
        (("https://authz.example.org", "http://127.0.0.1:8011"), None),
    ],
)
def test_a_sandbox_is_asked_for_everything(urls, host):
    auth_url, api_url = urls
    account = MailAccountFactory(auth_url=auth_url, source__api_url=api_url)

    assert oauth.auth_root(account) == (host or auth_url)


def test_a_state_is_good_once(ready, person):
    session = {}
    state = told(begin(session, ready, person))["state"]

    assert oauth.redeem(session, state, user=person, at=NOW).source == ready.pk

    with pytest.raises(oauth.NotAsked):
        oauth.redeem(session, state, user=person, at=NOW)


def test_a_state_is_of_one_person(ready, person):
    session = {}
    state = told(begin(session, ready, person))["state"]

    with pytest.raises(oauth.NotAsked):
        oauth.redeem(session, state, user=UserFactory(), at=NOW)


@pytest.mark.parametrize("minutes", [-1, 11])
def test_a_state_is_good_for_ten_minutes(ready, person, minutes):
    session = {}
    state = told(begin(session, ready, person))["state"]

    with pytest.raises(oauth.NotAsked):
        oauth.redeem(session, state, user=person, at=NOW + timedelta(minutes=minutes))


@pytest.mark.parametrize("state", ["", "made-up"])
def test_a_state_nobody_was_given_is_refused_and_leaves_the_session(
    ready, person, state
):
    session = {}

    with pytest.raises(oauth.NotAsked):
        oauth.redeem(session, state, user=person, at=NOW)

    assert session == {}


def test_two_sources_may_be_connected_beside_each_other(ready, person):
    session = {}
    other = MailAccountFactory(client_id="app-2", client_secret="s")
    first = told(begin(session, ready, person))["state"]
    second = told(begin(session, other, person))["state"]

    assert oauth.redeem(session, first, user=person, at=NOW).source == ready.pk
    assert oauth.redeem(session, second, user=person, at=NOW).source == other.pk


def test_the_session_keeps_only_the_last_attempts(ready, person):
    session = {}
    states = [told(begin(session, ready, person))["state"] for _ in range(8)]

    with pytest.raises(oauth.NotAsked):
        oauth.redeem(session, states[2], user=person, at=NOW)
    assert oauth.redeem(session, states[3], user=person, at=NOW)


def test_connect_changes_the_code_for_tokens_and_stores_them(endpoint, person):
    account = account_at(endpoint, refresh_token="", connected_at=None)
    attempt = oauth.Attempt(account.pk, person.pk, "v" * 64, BACK, NOW.timestamp())

    oauth.connect(account, attempt, "code-canary", by=person, at=NOW)

    form, authorization = endpoint.asked[0]
    assert form == {
        "grant_type": "authorization_code",
        "code": "code-canary",
        "redirect_uri": BACK,
        "code_verifier": "v" * 64,
    }
    assert authorization == (
        "Basic " + base64.b64encode(b"app-1:secret-canary").decode()
    )
    kept = stored(account)
    assert (kept.source.token, kept.refresh_token) == (
        "access-canary-1",
        "refresh-canary-1",
    )
    assert kept.token_expires_at == NOW + timedelta(days=1)
    assert (kept.connected_by, kept.connected_at) == (person, NOW)


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (400, '{"error":"invalid_grant"}', api_errors.GrantExpired),
        (401, '{"error":"invalid_client"}', api_errors.Unauthorized),
        (200, '{"token_type":"Bearer"}', api_errors.BadPayload),
        (200, '{"access_token":""}', api_errors.BadPayload),
        (200, '{"access_token":7}', api_errors.BadPayload),
        (200, "<html>", api_errors.BadPayload),
        (503, "", api_errors.Unavailable),
    ],
)
def test_connect_stores_nothing_of_a_bad_answer_and_tells_no_secret(
    endpoint, person, status, body, error
):
    account = account_at(endpoint, refresh_token="", connected_at=None)
    attempt = oauth.Attempt(account.pk, person.pk, "v" * 64, BACK, NOW.timestamp())
    endpoint.answer = (status, body)

    with pytest.raises(error) as caught:
        oauth.connect(account, attempt, "code-canary", by=person, at=NOW)

    assert stored(account).connected_at is None
    assert "canary" not in str(caught.value)
    assert len(endpoint.asked) == 1


# --- Renewing ----------------------------------------------------------------


def test_a_token_that_is_good_yet_is_given_without_asking(endpoint):
    account = account_at(
        endpoint, token_expires_at=timezone.now() + timedelta(minutes=6)
    )

    assert oauth.token(account.source) == "access-canary-0"
    assert endpoint.asked == []


@pytest.mark.parametrize("minutes", [-60, 4])
def test_a_token_is_renewed_five_minutes_before_its_end(endpoint, minutes):
    account = account_at(
        endpoint, token_expires_at=timezone.now() + timedelta(minutes=minutes)
    )

    assert oauth.token(account.source) == "access-canary-1"

    form, _ = endpoint.asked[0]
    assert form == {"grant_type": "refresh_token", "refresh_token": "refresh-canary-0"}
    kept = stored(account)
    assert (kept.refresh_token, kept.source.token) == (
        "refresh-canary-1",
        "access-canary-1",
    )
    assert kept.token_expires_at > timezone.now() + timedelta(hours=23)
    assert account.source.token == "access-canary-1"


def test_renewing_again_and_again_uses_each_refresh_token_once(endpoint):
    account = account_at(endpoint)
    for _ in range(3):
        MailAccount.objects.update(token_expires_at=timezone.now())
        oauth.token(account.source)

    assert [form["refresh_token"] for form, _ in endpoint.asked] == [
        "refresh-canary-0",
        "refresh-canary-1",
        "refresh-canary-2",
    ]


def test_a_long_lived_refresh_token_is_kept_where_the_answer_has_none(endpoint):
    account = account_at(endpoint)
    endpoint.answer = (200, '{"access_token":"access-canary-9","expires_in":7200}')

    oauth.token(account.source)

    kept = stored(account)
    assert (kept.refresh_token, kept.source.token) == (
        "refresh-canary-0",
        "access-canary-9",
    )


def test_a_pasted_token_is_given_as_it_is_and_never_renewed(endpoint):
    source = MailSourceFactory(token="pasted", api_url=endpoint.url.rstrip("/"))
    MailAccountFactory(source=source, client_id="app-1", client_secret="s")

    assert oauth.token(source) == "pasted"
    assert endpoint.asked == []


def test_no_token_at_all_is_refused_in_words():
    source = MailSourceFactory(name="Riverside")

    with pytest.raises(api_errors.Unauthorized, match="Riverside is not connected"):
        oauth.token(source)


def test_a_consent_that_has_ended_asks_for_a_person_and_is_noted(endpoint):
    account = account_at(endpoint, refresh_token="refresh-canary-revoked")

    for _ in range(2):
        with pytest.raises(api_errors.GrantExpired) as caught:
            oauth.token(account.source)

    assert str(caught.value) == (
        "The connection of Riverside to Constant Contact has ended."
        " Reconnect it on the source's page."
    )
    kept = stored(account)
    assert accounts.state(kept, at=timezone.now()) == State.LAPSED
    assert (kept.refresh_token, kept.source.token) == ("", "")
    assert len(endpoint.asked) == 1
    assert Event.objects.get().action == "account.lapsed"


def test_a_token_that_nothing_renews_lapses_at_its_end():
    source = MailSourceFactory(token="t")
    MailAccountFactory(
        source=source,
        connected_at=timezone.now() - timedelta(days=2),
        token_expires_at=timezone.now() - timedelta(days=1),
    )

    with pytest.raises(api_errors.GrantExpired):
        oauth.token(source)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (503, ""),
        (401, '{"error":"invalid_client"}'),
        (429, '{"error_key":"throttled"}'),
    ],
)
def test_an_endpoint_in_trouble_costs_no_token(endpoint, status, body):
    account = account_at(endpoint)
    endpoint.answer = (status, body)

    with pytest.raises(api_errors.ApiError) as caught:
        oauth.token(account.source)

    kept = stored(account)
    assert kept.refresh_token == "refresh-canary-0"
    assert accounts.state(kept, at=timezone.now()) == State.CONNECTED
    assert "canary" not in str(caught.value)


def test_no_secret_is_told_in_a_repr():
    attempt = oauth.Attempt(1, 2, "verifier-canary", BACK, 0.0)

    assert "canary" not in repr(attempt)


def test_nothing_of_it_reaches_a_log(endpoint, person, caplog):
    caplog.set_level("DEBUG")
    account = account_at(endpoint)
    attempt = oauth.Attempt(account.pk, person.pk, "v", BACK, NOW.timestamp())

    oauth.token(account.source)
    oauth.connect(account, attempt, "code-canary", by=person, at=NOW)

    lines = [
        record.getMessage()
        for record in caplog.records
        if not record.name.startswith(("werkzeug", "django.db"))
    ]
    assert not [line for line in lines if any(secret in line for secret in SECRETS)]


# --- Two workers -------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_of_several_workers_one_renews_and_all_use_what_it_got(endpoint):
    account = account_at(endpoint)
    endpoint.takes = 0.2
    given = []
    begin_together = threading.Barrier(4)

    def work():
        source = Source.objects.get(pk=account.pk)
        begin_together.wait()
        try:
            given.append(oauth.token(source))
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert given == ["access-canary-1"] * 4
    assert len(endpoint.asked) == 1


@pytest.mark.django_db(transaction=True)
def test_the_new_refresh_token_is_committed_before_the_access_token_is_given(endpoint):
    account = account_at(endpoint)

    oauth.token(account.source)

    seen = []

    def look():
        try:
            seen.append(stored(account).refresh_token)
        finally:
            connection.close()

    other = threading.Thread(target=look)
    other.start()
    other.join()
    assert seen == ["refresh-canary-1"]


@pytest.mark.django_db(transaction=True)
def test_renewing_refuses_to_be_part_of_a_transaction(endpoint):
    account = account_at(endpoint)

    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        oauth.token(account.source)

    assert endpoint.asked == []
