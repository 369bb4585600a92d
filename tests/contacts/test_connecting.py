import json
import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone
from werkzeug import Response

from contacts import api_errors, budgets, connecting, oauth, prefetch
from contacts.models import ApiBudget, MailAccount
from tests.factories import MailAccountFactory, MailSourceFactory

pytestmark = pytest.mark.django_db

LISTS = "/v3/contact_lists"


class Provider:
    """Answers every path with an empty page, and notes who asked."""

    def __init__(self, httpserver):
        self.url = httpserver.url_for("").rstrip("/")
        self.asked = []
        self.refusal = None
        self.good = None
        httpserver.expect_request(oauth.TOKEN, method="POST").respond_with_json(
            {"access_token": "renewed", "refresh_token": "next", "expires_in": 86400}
        )
        for path, body in [
            (LISTS, {"lists": []}),
            ("/v2/lists", []),
        ]:
            httpserver.expect_request(path).respond_with_handler(self._handler(body))

    def _handler(self, body):
        def answer(request):
            self.asked.append((request.path, request.headers["Authorization"]))
            status, told = self.refusal or (200, body)
            if (
                self.good is not None
                and request.headers["Authorization"] not in self.good
            ):
                status, told = 401, {"error_key": "unauthorized", "error_message": "-"}
            return Response(json.dumps(told), status, content_type="application/json")

        return answer


@pytest.fixture
def provider(httpserver):
    return Provider(httpserver)


@pytest.fixture
def source(provider):
    return MailSourceFactory(name="Riverside", token="pasted", api_url=provider.url)


def read(source):
    with connecting.mail(source) as client:
        return list(client.lists())


def used(source):
    return budgets.remaining(source, at=timezone.now()).used


def test_mail_asks_v3_with_the_pasted_token_and_counts_it(source, provider):
    read(source)

    assert provider.asked == [(LISTS, "Bearer pasted")]
    assert used(source) == 1


def test_mail_without_a_token_is_refused_before_anything_is_sent(provider):
    with pytest.raises(api_errors.Unauthorized, match="is not connected"):
        read(MailSourceFactory(api_url=provider.url))

    assert provider.asked == []


def test_mail_renews_a_token_that_runs_out_while_the_session_is_open(source, provider):
    account = MailAccountFactory(
        source=source,
        client_id="app-1",
        client_secret="s",
        refresh_token="r",
        connected_at=timezone.now(),
        token_expires_at=timezone.now() + timedelta(hours=1),
    )

    with connecting.mail(source) as client:
        list(client.lists())
        MailAccount.objects.filter(pk=account.pk).update(
            token_expires_at=timezone.now() + timedelta(minutes=1)
        )
        list(client.lists())

    assert [who for _, who in provider.asked] == ["Bearer pasted", "Bearer renewed"]


@pytest.fixture
def connected(source):
    """A connection whose token should be good for an hour yet."""
    return MailAccountFactory(
        source=source,
        client_id="app-1",
        client_secret="s",
        refresh_token="r",
        connected_at=timezone.now(),
        token_expires_at=timezone.now() + timedelta(hours=1),
    )


def test_mail_renews_a_token_that_is_refused_before_its_time(
    source, provider, connected
):
    provider.good = {"Bearer renewed"}

    read(source)

    assert [who for _, who in provider.asked] == ["Bearer pasted", "Bearer renewed"]
    assert used(source) == 2


def test_mail_renews_a_refused_token_once(source, provider, connected, httpserver):
    provider.good = set()

    with pytest.raises(api_errors.Unauthorized):
        read(source)

    assert [who for _, who in provider.asked] == ["Bearer pasted", "Bearer renewed"]
    assert sum(asked.path == oauth.TOKEN for asked, _ in httpserver.log) == 1


def test_mail_uses_the_token_that_another_worker_renewed_meanwhile(
    source, connected, httpserver
):
    assert oauth.renew_refused(source, "older")

    assert httpserver.log == []


def test_mail_asks_once_with_a_pasted_token_that_is_refused(source, provider):
    provider.good = set()

    with pytest.raises(api_errors.Unauthorized):
        read(source)

    assert len(provider.asked) == 1


def test_mail_renews_nothing_where_a_privilege_is_missing(source, provider, connected):
    provider.refusal = (403, {"error_key": "forbidden", "error_message": "-"})

    with pytest.raises(api_errors.Forbidden):
        read(source)

    assert len(provider.asked) == 1


def test_legacy_mail_asks_v2_of_a_sandbox_by_the_same_address(source, provider):
    MailAccountFactory(source=source, v2_key="key-canary")

    with connecting.legacy_mail(source) as client:
        list(client.lists())

    assert provider.asked == [("/v2/lists", "Bearer pasted")]


def test_legacy_mail_needs_its_key(source, provider):
    with (
        pytest.raises(api_errors.Unauthorized, match="no V2 API key"),
        connecting.legacy_mail(source),
    ):
        pass


@pytest.mark.parametrize(
    ("api_url", "v2_url", "roots"),
    [
        ("", "", ("https://api.cc.email", "https://api.constantcontact.com")),
        (
            "https://api.example.org",
            "",
            ("https://api.example.org", "https://api.constantcontact.com"),
        ),
        (
            "http://127.0.0.1:8011",
            "",
            ("http://127.0.0.1:8011", "http://127.0.0.1:8011"),
        ),
        (
            "http://127.0.0.1:8011",
            "https://v2.example.org",
            ("http://127.0.0.1:8011", "https://v2.example.org"),
        ),
    ],
)
def test_roots_are_the_providers_unless_set(api_url, v2_url, roots):
    account = MailAccountFactory(source__api_url=api_url, v2_url=v2_url)

    assert (connecting.api_root(account), connecting.v2_root(account)) == roots


def test_a_day_the_provider_calls_spent_is_spent_for_every_worker(
    source, provider, time_machine
):
    time_machine.move_to(datetime(2026, 3, 2, 0, 10, 1, tzinfo=UTC))
    provider.refusal = (429, {"error_key": "quota_exceeded", "error_message": "-"})

    with pytest.raises(api_errors.QuotaExceeded):
        read(source)
    provider.refusal = None
    with pytest.raises(api_errors.QuotaExceeded) as caught:
        read(source)

    midnight = datetime.combine(
        timezone.now().date() + timedelta(days=1), datetime.min.time(), UTC
    )
    assert caught.value.until == midnight
    assert len(provider.asked) == 1
    assert budgets.remaining(source, at=timezone.now()).left == 0


def test_a_day_that_the_provider_has_not_begun_is_put_off_and_not_spent(
    source, provider, time_machine
):
    time_machine.move_to(datetime(2026, 3, 2, 0, 3, tzinfo=UTC))
    provider.refusal = (429, {"error_key": "quota_exceeded", "error_message": "-"})

    with pytest.raises(api_errors.Throttled) as caught:
        read(source)

    assert type(caught.value) is api_errors.Throttled
    wait = caught.value.until - timezone.now()
    assert timedelta(seconds=50) < wait <= timedelta(minutes=5)
    assert used(source) == 1
    provider.refusal = None
    time_machine.move_to(caught.value.until)
    read(source)
    assert used(source) == 2


def test_a_spent_day_sends_nothing(source, provider, settings, time_machine):
    time_machine.move_to(datetime(2026, 3, 2, 12, tzinfo=UTC))
    settings.CONSTANT_CONTACT_PER_DAY = 1
    read(source)

    with pytest.raises(api_errors.QuotaExceeded):
        read(source)

    assert len(provider.asked) == 1


@pytest.mark.django_db(transaction=True)
def test_a_thread_that_reads_ahead_leaves_no_connection_behind(source, provider):
    left = []

    def drawn(client):
        yield from client.lists()
        left.append((threading.current_thread().name, connection.connection))

    with connecting.mail(source) as client:
        list(prefetch.ahead(drawn(client), cut=lambda: None))

    assert left == [("prefetch", None)]
    assert ApiBudget.objects.get().used == 1
