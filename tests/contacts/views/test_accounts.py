import logging
import re
from datetime import date, timedelta
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
import requests
import structlog
from django.urls import reverse
from django.utils import timezone

from audits.models import Event
from contacts import accounts, budgets, connecting, jobs, mail_fetching, oauth
from contacts.accounts import State
from contacts.models import Job, MailAccount, Source
from contacts.sandbox import account_server
from contacts.sandbox.account import make_account
from tests.factories import (
    JobFactory,
    MailAccountFactory,
    MailSourceFactory,
    SourceFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

PROCESSOR = structlog.stdlib.ProcessorFormatter
CANARIES = ("secret-canary", "v2-canary", "code-canary", "access-canary", "ref-canary")


@pytest.fixture
def source():
    return MailSourceFactory(name="Riverside", slug="riverside")


@pytest.fixture
def operator(client, source):
    user = UserFactory(username="olivia", roles=["operator"], sources=[source])
    client.force_login(user)
    return user


@pytest.fixture
def account(source, httpserver):
    """Make an account that is ready to connect to an endpoint which gives tokens."""
    httpserver.expect_request(oauth.TOKEN, method="POST").respond_with_json(
        {
            "access_token": "access-canary",
            "refresh_token": "ref-canary",
            "expires_in": 86400,
        }
    )
    return MailAccountFactory(
        source=source,
        client_id="app-1",
        client_secret="secret-canary",
        auth_url=httpserver.url_for("").rstrip("/"),
    )


def url(name, *, slug="riverside"):
    return reverse(f"contacts:{name}", args=[slug])


def settings_form(*, seen=None, **changes):
    """Fill in the page of an account; ``seen`` is that account, else nothing was set."""
    account = seen or MailAccount()
    stood = {
        f"seen-{name}": as_shown(getattr(account, name))
        for name in accounts.Asked.__annotations__
        if name not in {"client_secret", "v2_key"}
    }
    return {
        **stood,
        "client_id": "app-1",
        "limits": "guide",
        "xref_path": "",
        "auth_url": "",
        "v2_url": "",
        **changes,
    }


def as_shown(value):
    return {True: "on", False: ""}.get(value, str(value))


def way_out(client):
    """Ask to connect and give the address that the page leads to."""
    page = client.post(url("account-connect")).text
    (leads_to,) = re.findall(r'content="0; url=([^"]+)"', page)
    return leads_to.replace("&amp;", "&")


def state_of(client):
    return parse_qs(urlsplit(way_out(client)).query)["state"][0]


def come_back(client, **query):
    return client.get(reverse("contacts:account-connected"), query)


def printed(caplog):
    """Give what reaches standard error: each line as the site's formatter writes it."""
    (handler,) = [
        each
        for each in logging.getLogger().handlers
        if type(each.formatter) is PROCESSOR
    ]
    return "\n".join(handler.format(record) for record in caplog.records)


def said(client, answer):
    """Follow where an answer leads, and give what that page says was done."""
    page = client.get(answer.url)
    return [str(message) for message in page.context["messages"]]


# --- The source's page -------------------------------------------------------


def test_source_detail_of_a_new_account_says_how_to_connect(client, operator):
    page = client.get(url("source-detail"))

    assert page.context["standing"].state == State.NONE
    assert "Not connected" in page.text
    assert url("account-edit") in page.text
    assert url("account-connect") not in page.text


def test_source_detail_shows_who_connected_and_until_when(client, operator, account):
    accounts.connected(
        account,
        accounts.Tokens("access-canary", "ref-canary", timezone.now()),
        by=operator,
        at=timezone.now(),
    )

    page = client.get(url("source-detail"))

    assert page.context["standing"].state == State.CONNECTED
    assert "Reconnect" in page.text
    assert "then it renews itself" in page.text
    assert not [word for word in CANARIES if word in page.text]


def test_source_detail_says_reconnect_with_the_button_once_the_grant_ended(
    client, operator, account
):
    MailAccount.objects.update(connected_at=timezone.now(), connected_by=operator)

    page = client.get(url("source-detail"))

    assert page.context["standing"].state == State.LAPSED
    assert "Connection ended" in page.text
    assert re.search(rf'action="{url("account-connect")}".*?Reconnect', page.text, re.S)


def test_source_detail_shows_what_is_left_of_the_day(
    client, operator, account, settings
):
    settings.CONSTANT_CONTACT_PER_DAY = 1_200
    budgets.take(budgets.key_of(account.source))

    page = client.get(url("source-detail"))

    assert page.context["standing"].budget.left == 1_199
    assert "1,199" in page.text
    assert re.search(r'<progress[^>]*max="1200"[^>]*value="1"', page.text)


@pytest.mark.parametrize(
    ("used", "pace"), [(0, "running"), (9_500, "few"), (10_000, "failed")]
)
def test_the_bar_is_coloured_by_what_is_left(client, operator, account, used, pace):
    key = budgets.key_of(account.source)
    budgets.take(key)
    budgets.ApiBudget.objects.update(used=used)

    page = client.get(url("source-detail"))

    assert page.context["standing"].pace == pace
    assert f"progress-{pace}" in page.text


def test_source_detail_offers_a_viewer_nothing_to_change(client, source, account):
    client.force_login(UserFactory(roles=["viewer"], sources=[source]))

    page = client.get(url("source-detail"))

    assert url("account-connect") not in page.text
    assert url("account-edit") not in page.text
    assert "Requests today" in page.text


def test_source_detail_lists_the_kinds_of_its_provider(client, operator):
    district = SourceFactory(slug="lakeview")
    district.people.add(operator)

    mail = dict(client.get(url("source-detail")).context["latest"])
    clever = dict(client.get(url("source-detail", slug="lakeview")).context["latest"])

    assert "V3 lists" in mail
    assert "Students" not in mail
    assert list(clever) == [
        "Stored v2 contacts",
        "v3 contacts",
        "Students",
        "Grants",
        "Restrictions",
    ]


def test_source_detail_of_an_account_takes_few_queries(
    client, operator, account, django_assert_max_num_queries
):
    with django_assert_max_num_queries(26):
        client.get(url("source-detail"))


def paused_job(source):
    return JobFactory(
        source=source, state=Job.State.PAUSED, error="The connection has ended."
    )


def test_a_paused_job_offers_to_reconnect(client, operator, account, source):
    MailAccount.objects.update(connected_at=timezone.now())
    job = paused_job(source)

    page = client.get(reverse("contacts:job-detail", args=["riverside", job.pk]))

    assert page.context["reconnect"] == "Reconnect"
    assert f'action="{url("account-connect")}"' in page.text


@pytest.mark.parametrize("role", ["viewer", "operator"])
def test_a_paused_job_offers_nothing_that_cannot_be_done(client, source, role):
    client.force_login(UserFactory(roles=[role], sources=[source]))
    job = paused_job(source)

    page = client.get(reverse("contacts:job-detail", args=["riverside", job.pk]))

    assert page.context["reconnect"] == ""
    assert url("account-connect") not in page.text


def test_a_job_of_a_lapsed_account_pauses_with_the_words_to_reconnect(source):
    MailAccountFactory(source=source, connected_at=timezone.now())

    with (
        pytest.raises(jobs.Pause) as paused,
        mail_fetching.opened(source, connecting.mail),
    ):
        pass

    assert str(paused.value) == (
        "The connection of Riverside to Constant Contact has ended."
        " Reconnect it on the source's page."
    )


# --- Settings ----------------------------------------------------------------


def test_account_edit_names_the_address_to_register(client, operator):
    page = client.get(url("account-edit"))

    assert page.context["redirect_uri"] == "http://testserver/connected/"
    assert "http://testserver/connected/" in page.text


def test_account_edit_stores_settings_and_secrets(client, operator, source):
    answer = client.post(
        url("account-edit"),
        settings_form(
            client_secret="secret-canary",
            v2_key="v2-canary",
            limits="current",
            visitor_is_explicit="on",
            xref_path="contacts/contact_id_xrefs",
        ),
    )

    account = accounts.of(source)
    assert answer.url == url("source-detail")
    assert (account.client_id, account.client_secret) == ("app-1", "secret-canary")
    assert (account.limits, account.visitor_is_explicit) == ("current", True)
    assert (account.v2_key, account.may_write) == ("v2-canary", False)


def test_account_edit_keeps_a_secret_that_is_left_empty(client, operator, account):
    client.post(
        url("account-edit"), settings_form(seen=account, auth_url=account.auth_url)
    )

    assert accounts.of(account.source).client_secret == "secret-canary"


def test_account_edit_forgets_a_secret_when_asked(client, operator, account):
    asked = settings_form(
        seen=account, auth_url=account.auth_url, forget_client_secret="on"
    )

    client.post(url("account-edit"), asked)

    assert accounts.of(account.source).client_secret == ""


def test_account_edit_says_that_another_host_ended_the_connection(
    client, operator, source
):
    Source.objects.update(token="access-canary")

    answer = client.post(
        url("account-edit"), settings_form(v2_url="https://elsewhere.example")
    )

    source.refresh_from_db()
    assert source.token == ""
    assert "The connection was ended" in said(client, answer)[-1]


def test_account_edit_switches_writing_on_as_an_event(client, operator, source):
    client.post(url("account-edit"), settings_form(may_write="on"))

    event = Event.objects.get(action="account.changed")
    assert (event.actor, event.after["may_write"]) == ("olivia", True)
    assert accounts.of(source).may_write


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"auth_url": "http://authz.example.org"}, "must start with https://"),
        ({"v2_url": "https://10.0.0.7"}, "private network"),
        ({"xref_path": "no path"}, "contacts/contact_id_xrefs"),
        ({"limits": "none"}, "valid choice"),
        ({"auth_url": "https://elsewhere.example"}, "not sent elsewhere"),
    ],
)
def test_account_edit_refuses_in_words_and_gives_no_secret_back(
    client, operator, account, changes, words
):
    asked = (
        settings_form(seen=account, auth_url=account.auth_url, v2_key="v2-canary")
        | changes
    )

    answer = client.post(url("account-edit"), asked)

    assert answer.status_code == 422
    assert words in answer.text
    assert not [word for word in CANARIES if word in answer.text]
    assert accounts.of(account.source).v2_key == ""


def hidden(page):
    """Give what a page holds of each setting as it stood."""
    return dict(re.findall(r'name="(seen-\w+)" value="([^"]*)"', page.text))


@pytest.mark.parametrize("switch", ["may_write", "visitor_is_explicit"])
def test_account_edit_does_not_switch_on_again_what_was_switched_off_meanwhile(
    client, operator, source, switch
):
    MailAccountFactory(source=source, client_id="app-1", **{switch: True})
    stood = hidden(client.get(url("account-edit")))
    accounts.change(accounts.of(source), by=operator, **{switch: False})
    typed = settings_form(xref_path="contacts/typed", **{switch: "on"}) | stood

    answer = client.post(url("account-edit"), typed)

    kept = accounts.of(source)
    assert answer.status_code == 409
    assert "Somebody switched this off in the meantime" in answer.text
    assert 'value="contacts/typed"' in answer.text
    assert (getattr(kept, switch), kept.xref_path) == (False, "")

    client.post(url("account-edit"), typed | hidden(answer))
    assert getattr(accounts.of(source), switch)


def test_account_edit_says_what_a_text_and_a_choice_became_meanwhile(
    client, operator, source
):
    stood = hidden(client.get(url("account-edit")))
    accounts.change(
        accounts.of(source), by=operator, client_id="<app>", limits="current"
    )

    answer = client.post(url("account-edit"), settings_form(client_id="mine") | stood)

    assert answer.status_code == 409
    assert "changed this to “&lt;app&gt;” in the meantime" in answer.text
    assert "changed this to “As the API takes today” in the meantime" in answer.text
    assert accounts.of(source).client_id == "<app>"


def test_account_edit_that_is_wrong_elsewhere_still_knows_what_was_seen(
    client, operator, source
):
    MailAccountFactory(source=source, may_write=True)
    stood = hidden(client.get(url("account-edit")))
    accounts.change(accounts.of(source), by=operator, may_write=False)
    typed = settings_form(may_write="on", xref_path="no path") | stood

    answer = client.post(url("account-edit"), typed)

    assert answer.status_code == 422
    assert hidden(answer)["seen-may_write"] == "on"


def test_account_edit_leaves_what_somebody_else_changed_alike(client, operator, source):
    stood = hidden(client.get(url("account-edit")))
    accounts.change(accounts.of(source), by=operator, client_id="app-1")

    answer = client.post(url("account-edit"), settings_form() | stood)

    assert answer.url == url("source-detail")


def test_account_edit_refuses_to_switch_what_was_never_seen(client, operator, source):
    asked = settings_form(may_write="on")
    del asked["seen-may_write"]

    assert client.post(url("account-edit"), asked).status_code == 409
    assert not accounts.of(source).may_write


def test_account_edit_is_no_page_of_a_district(client, operator):
    SourceFactory(slug="lakeview").people.add(operator)

    assert client.get(url("account-edit", slug="lakeview")).status_code == 404


# --- Connecting --------------------------------------------------------------


def test_connect_leads_to_the_provider_by_a_page_of_its_own(client, operator, account):
    leads_to = way_out(client)

    asked = parse_qs(urlsplit(leads_to).query)
    assert leads_to.startswith(account.auth_url + oauth.AUTHORIZE)
    assert asked["client_id"] == ["app-1"]
    assert asked["redirect_uri"] == ["http://testserver/connected/"]


def test_connect_without_an_application_asks_for_it(client, operator):
    answer = client.post(url("account-connect"))

    assert answer.url == url("account-edit")
    assert said(client, answer) == [
        "Enter the application’s client id and secret first."
    ]


def test_coming_back_connects_and_leads_on_without_the_code(
    client, operator, account, source
):
    answer = come_back(client, state=state_of(client), code="code-canary")

    source.refresh_from_db()
    assert answer.url == url("source-detail")
    assert said(client, answer) == ["Riverside is connected."]
    assert source.token == "access-canary"
    assert accounts.of(source).connected_by == operator
    assert Event.objects.get(action="account.connected").actor == "olivia"


def test_coming_back_twice_is_refused(client, operator, account, httpserver):
    state = state_of(client)
    come_back(client, state=state, code="code-canary")

    answer = come_back(client, state=state, code="code-canary")

    assert answer.url == reverse("contacts:source-list")
    assert "used already" in said(client, answer)[-1]
    assert len(httpserver.log) == 1


def test_coming_back_as_somebody_else_is_refused(client, operator, account, source):
    state = state_of(client)
    session = dict(client.session)
    client.force_login(UserFactory(roles=["operator"], sources=[source]))
    theirs = client.session
    theirs["oauth_attempts"] = session["oauth_attempts"]
    theirs.save()

    answer = come_back(client, state=state, code="code-canary")

    assert answer.url == reverse("contacts:source-list")
    assert accounts.of(source).connected_at is None


def test_coming_back_to_a_source_that_is_no_longer_theirs_is_refused(
    client, operator, account, source, caplog
):
    state = state_of(client)
    source.people.clear()

    assert come_back(client, state=state, code="code-canary").status_code == 404
    assert accounts.of(source).connected_at is None
    assert "Not Found: /connected/" in caplog.text
    assert not [word for word in ("code-canary", state) if word in printed(caplog)]


def test_coming_back_after_ten_minutes_is_refused(
    client, operator, account, time_machine
):
    state = state_of(client)
    time_machine.move_to(timezone.now() + timedelta(minutes=11))

    answer = come_back(client, state=state, code="code-canary")

    assert "older than ten minutes" in said(client, answer)[-1]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"error": "access_denied"}, "Access was not granted"),
        ({"error": "<b>server_error</b>"}, "gave no code"),
        ({}, "gave no code"),
    ],
)
def test_coming_back_without_a_code_says_why(
    client, operator, account, source, query, words
):
    answer = come_back(client, state=state_of(client), **query)

    assert words in said(client, answer)[-1]
    assert accounts.of(source).connected_at is None


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (400, {"error": "invalid_grant"}, "did not accept the code"),
        (400, {"error": "invalid_request"}, "did not accept the code"),
        (401, {"error": "invalid_client"}, "refused the application’s client id"),
        (503, {}, "could not be asked"),
    ],
)
def test_coming_back_says_what_the_provider_refused(
    client, operator, account, source, httpserver, status, body, words
):
    httpserver.clear()
    httpserver.expect_request(oauth.TOKEN).respond_with_json(body, status=status)

    answer = come_back(client, state=state_of(client), code="code-canary")

    (told,) = said(client, answer)
    assert words in told
    assert "canary" not in told
    assert accounts.of(source).connected_at is None


def test_disconnect_forgets_the_tokens(client, operator, account, source):
    come_back(client, state=state_of(client), code="code-canary")

    answer = client.post(url("account-disconnect"))

    source.refresh_from_db()
    assert answer.url == url("source-detail")
    assert source.token == ""
    assert accounts.of(source).refresh_token == ""


def allowed(leads_to):
    """Consent at the sandbox, as a person would, and give what it sends back."""
    parts = urlsplit(leads_to)
    given = {**dict(parse_qsl(parts.query)), "decision": "allow"}
    address = f"{parts.scheme}://{parts.netloc}{parts.path}"
    answer = requests.post(address, data=given, allow_redirects=False, timeout=5)
    return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))


def test_an_account_of_the_sandbox_is_connected_read_and_renewed(
    client, operator, source
):
    account = make_account(seed=1, contacts=20, today=date(2026, 3, 2))
    with account_server.serving(account, token="pasted", per_second=1e6) as root:
        Source.objects.update(api_url=root)
        application = settings_form(
            client_id=account_server.CLIENT_ID,
            client_secret=account_server.CLIENT_SECRET,
            v2_key=account_server.API_KEY,
        )
        client.post(url("account-edit"), application)
        come_back(client, **allowed(way_out(client)))
        source.refresh_from_db()
        first = source.token
        MailAccount.objects.update(token_expires_at=timezone.now())

        with connecting.mail(source) as v3, connecting.legacy_mail(source) as v2:
            lists = [list(v3.lists()), list(v2.lists())]

    assert all(page.items for pages in lists for page in pages)
    assert first
    assert source.token not in {"", first}
    assert accounts.state(accounts.of(source), at=timezone.now()) == State.CONNECTED


# --- Nothing secret ----------------------------------------------------------


def test_no_secret_reaches_a_page_an_event_or_a_log(
    client, operator, account, source, caplog, capsys
):
    caplog.set_level("DEBUG", logger="django_structlog")
    client.post(
        url("account-edit"),
        settings_form(seen=account, auth_url=account.auth_url, v2_key="v2-canary"),
    )
    state = state_of(client)
    answer = come_back(client, state=state, code="code-canary")
    pages = [
        client.get(address).text
        for address in (answer.url, url("account-edit"), url("source-edit"))
    ]
    MailAccount.objects.update(token_expires_at=timezone.now())
    oauth.token(source)

    events = [str([event.before, event.after]) for event in Event.objects.all()]
    told = [*pages, *events, printed(caplog), *capsys.readouterr()]
    assert [word for word in (*CANARIES, state) if any(word in t for t in told)] == []
    assert Event.objects.filter(action="account.connected").exists()
    assert "GET /connected/?" in printed(caplog)
