from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from audits.models import Event
from contacts import accounts, addresses, sources
from contacts.accounts import State
from contacts.models import MailAccount
from tests.factories import MailAccountFactory, MailSourceFactory, UserFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
TOKENS = accounts.Tokens("access-canary", "refresh-canary", NOW + timedelta(hours=24))


@pytest.fixture
def source():
    return MailSourceFactory(slug="riverside")


@pytest.fixture
def operator(source):
    return UserFactory(username="olivia", roles=["operator"], sources=[source])


@pytest.fixture
def connected(source, operator):
    account = accounts.of(source)
    accounts.change(account, client_id="app-1", client_secret="s3cret", by=operator)
    accounts.connected(account, TOKENS, by=operator, at=NOW)
    return account


def events():
    return list(Event.objects.order_by("seq").values_list("action", flat=True))


def stored(source):
    return MailAccount.objects.select_related("source").get(source=source)


# --- Settings ----------------------------------------------------------------


def test_an_account_that_nobody_has_set_is_not_stored_by_asking(source):
    account = accounts.of(source)

    assert (account.limits, account.may_write) == ("guide", False)
    assert not MailAccount.objects.exists()


def test_change_stores_what_is_asked_and_leaves_the_rest(source, operator):
    accounts.change(accounts.of(source), client_id=" app-1 ", by=operator)

    accounts.change(
        accounts.of(source), limits="current", v2_key="v2-canary", by=operator
    )

    account = stored(source)
    assert (account.client_id, account.limits) == ("app-1", "current")
    assert account.v2_key == "v2-canary"


def test_change_shows_the_caller_what_was_stored(source, operator):
    account = accounts.of(source)

    accounts.change(account, xref_path="/v3/contacts/contact_id_xrefs/", by=operator)

    assert account.xref_path == "contacts/contact_id_xrefs"
    assert account.source is source


def test_change_is_an_event_of_settings_and_never_of_secrets(source, operator):
    account = accounts.of(source)

    accounts.change(
        account, client_id="app-1", client_secret="secret-canary", by=operator
    )

    event = Event.objects.get(action="account.changed")
    assert (event.actor, event.object_id) == ("olivia", "riverside")
    assert (event.before["secret_set"], event.after["secret_set"]) == (False, True)
    assert event.after["client_id"] == "app-1"
    assert "canary" not in str([event.before, event.after])


def test_another_secret_is_an_event_though_no_setting_differs(source, operator):
    account = accounts.of(source)
    accounts.change(account, v2_key="one", by=operator)

    accounts.change(account, v2_key="two", by=operator)

    assert events() == ["account.changed", "account.changed"]


def test_the_same_again_is_no_event(source, operator):
    account = accounts.of(source)
    accounts.change(account, client_id="app-1", may_write=False, by=operator)

    accounts.change(account, client_id="app-1", may_write=False, by=operator)

    assert events() == ["account.changed"]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"auth_url": "http://authz.example.org"}, "must start with https"),
        ({"v2_url": "https://10.0.0.7"}, "private network"),
        ({"v2_url": "https://api.constantcontact.com/v2"}, "without a path"),
        ({"xref_path": "../account"}, "contacts/contact_id_xrefs"),
        ({"xref_path": "contacts?x=1"}, "contacts/contact_id_xrefs"),
    ],
)
def test_change_refuses_where_a_secret_must_not_go(source, operator, asked, words):
    with pytest.raises(addresses.BadAddress, match=words):
        accounts.change(accounts.of(source), by=operator, **asked)

    assert not MailAccount.objects.exists()


@pytest.mark.parametrize(
    ("address", "secret"), [("auth_url", "client_secret"), ("v2_url", "v2_key")]
)
def test_a_stored_secret_does_not_follow_a_new_address(
    connected, source, operator, address, secret
):
    account = accounts.of(source)
    accounts.change(account, by=operator, **{secret: "kept"})

    with pytest.raises(accounts.SecretWouldMove) as caught:
        accounts.change(account, by=operator, **{address: "https://elsewhere.example"})

    assert caught.value.field == secret
    assert getattr(stored(source), address) == ""
    assert stored(source).source.token == "access-canary"

    accounts.change(
        account, by=operator, **{address: "https://elsewhere.example", secret: "new"}
    )
    assert getattr(stored(source), secret) == "new"
    assert (stored(source).source.token, stored(source).refresh_token) == ("", "")


def test_a_pasted_token_does_not_follow_a_new_host_of_v2(operator):
    source = MailSourceFactory(token="pasted")
    accounts.change(accounts.of(source), v2_key="kept", by=operator)

    ended = accounts.change(
        accounts.of(source), v2_url="https://elsewhere.example", v2_key="j", by=operator
    )

    assert ended
    assert (stored(source).source.token, source.token) == ("", "")
    after = Event.objects.order_by("seq").last().after
    assert (after["token_set"], after["v2_key_set"]) == (False, True)


def test_a_connection_does_not_follow_a_new_host_of_v2_that_had_no_key(
    connected, source, operator
):
    accounts.change(
        accounts.of(source), v2_url="https://elsewhere.example", by=operator
    )

    account = stored(source)
    assert (account.source.token, account.refresh_token) == ("", "")
    assert accounts.state(account, at=NOW) == State.NONE


def test_a_new_key_or_path_alone_leaves_the_token(connected, source, operator):
    ended = accounts.change(
        accounts.of(source), v2_key="new", xref_path="contacts/x", by=operator
    )

    assert not ended
    assert stored(source).source.token == "access-canary"


def test_secrets_are_encrypted_at_rest(connected, source):
    with connection.cursor() as cursor:
        cursor.execute("SELECT refresh_token, client_secret FROM contacts_mailaccount")
        raw = str(cursor.fetchall())

    assert "canary" not in raw
    assert "s3cret" not in raw


# --- The write switch --------------------------------------------------------


def test_writing_is_allowed_by_who_may_change_the_source_and_is_an_event(
    source, operator
):
    accounts.change(accounts.of(source), may_write=True, by=operator)

    event = Event.objects.get()
    assert (event.before["may_write"], event.after["may_write"]) == (False, True)
    assert stored(source).may_write


@pytest.mark.parametrize("roles", [["viewer"], ["reviewer", "approver"], ["auditor"]])
def test_writing_is_allowed_by_nobody_else(source, roles):
    person = UserFactory(roles=roles, sources=[source])

    with pytest.raises(accounts.MayNotAllowWriting):
        accounts.change(accounts.of(source), may_write=True, by=person)
    with pytest.raises(accounts.MayNotAllowWriting):
        accounts.change(accounts.of(source), may_write=True, by=None)

    assert not MailAccount.objects.filter(may_write=True).exists()


def test_writing_may_be_switched_off_by_the_command_line(source, operator):
    accounts.change(accounts.of(source), may_write=True, by=operator)

    accounts.change(accounts.of(source), may_write=False, by=None)

    assert not stored(source).may_write


# --- The connection ----------------------------------------------------------


def test_connected_stores_both_tokens_and_who_consented(connected, source, operator):
    account = stored(source)

    assert (account.source.token, account.refresh_token) == (
        "access-canary",
        "refresh-canary",
    )
    assert (account.connected_by, account.connected_at) == (operator, NOW)
    assert accounts.state(account, at=NOW) == State.CONNECTED
    assert source.token == "access-canary"


def test_connected_is_an_event_without_the_tokens(connected):
    event = Event.objects.get(action="account.connected")

    assert (event.before["connected"], event.after["connected"]) == (False, True)
    assert "canary" not in str([event.before, event.after])


def test_tokens_tell_nothing_when_printed():
    assert "canary" not in repr(TOKENS)


def test_disconnect_forgets_every_token(connected, source, operator):
    accounts.disconnect(accounts.of(source), by=operator)

    account = stored(source)
    assert (account.source.token, account.refresh_token) == ("", "")
    assert accounts.state(account, at=NOW) == State.NONE
    assert account.client_secret == "s3cret"
    assert events()[-1] == "account.disconnected"


def test_disconnect_of_nothing_is_no_event(source, operator):
    accounts.disconnect(accounts.of(source), by=operator)

    assert events() == []


@pytest.mark.parametrize(
    "asked",
    [
        {"client_id": "app-2"},
        {"auth_url": "https://authz.example.org", "client_secret": "n"},
    ],
)
def test_another_application_or_host_ends_the_connection(
    connected, source, operator, asked
):
    accounts.change(accounts.of(source), by=operator, **asked)

    account = stored(source)
    assert (account.refresh_token, account.source.token) == ("", "")
    assert accounts.state(account, at=NOW) == State.NONE


def test_naming_the_application_leaves_a_pasted_token(operator):
    source = MailSourceFactory(token="pasted")

    accounts.change(accounts.of(source), client_id="app-1", by=operator)

    assert stored(source).source.token == "pasted"


def test_a_pasted_token_takes_the_place_of_a_connection(connected, source, operator):
    sources.change(source, name="Riverside", api_url="", token="pasted", by=operator)

    account = stored(source)
    assert (account.source.token, account.refresh_token) == ("pasted", "")
    assert accounts.state(account, at=NOW) == State.PASTED


def test_a_connection_does_not_follow_a_source_to_another_address(
    connected, source, operator
):
    left = sources.change(
        source, name="Riverside", api_url="https://elsewhere.example", by=operator
    )

    account = stored(source)
    assert left
    assert (account.source.token, account.refresh_token) == ("", "")
    assert accounts.state(account, at=NOW) == State.NONE


SANDBOX = "http://127.0.0.1:8011"


@pytest.mark.parametrize(
    ("hosts", "kept"),
    [
        ({}, ("", "")),
        ({"auth_url": "https://authz.example.org"}, ("s3cret", "")),
        ({"v2_url": "https://v2.example.org"}, ("", "v2-canary")),
    ],
)
def test_a_secret_follows_a_source_to_a_sandbox_only_where_its_host_is_set(
    source, operator, hosts, kept
):
    secrets = {"client_secret": "s3cret", "v2_key": "v2-canary"}
    accounts.change(accounts.of(source), by=operator, **secrets, **hosts)

    sources.change(source, name="R", api_url=SANDBOX, token="pasted", by=operator)

    account = stored(source)
    assert (account.client_secret, account.v2_key) == kept
    after = Event.objects.filter(action="account.changed").last().after
    assert (after["secret_set"], after["v2_key_set"]) == tuple(map(bool, kept))


def test_a_secret_stays_where_a_public_address_changes(source, operator):
    accounts.change(accounts.of(source), client_secret="s3cret", by=operator)

    sources.change(source, name="R", api_url="https://elsewhere.example", by=operator)

    assert stored(source).client_secret == "s3cret"


def test_a_token_that_is_entered_with_another_address_ends_the_connection_alone(
    connected, source, operator
):
    left = sources.change(
        source,
        name="Riverside",
        api_url="https://elsewhere.example",
        token="pasted",
        by=operator,
    )

    account = stored(source)
    assert not left
    assert (account.source.token, account.refresh_token) == ("pasted", "")


def test_naming_the_providers_own_address_leaves_the_connection(
    connected, source, operator
):
    left = sources.change(
        source, name="Riverside", api_url="https://api.cc.email/", by=operator
    )

    assert not left
    assert accounts.state(stored(source), at=NOW) == State.CONNECTED


def test_a_new_name_leaves_the_connection(connected, source, operator):
    sources.change(source, name="Riverside Books", api_url="", by=operator)

    assert accounts.state(stored(source), at=NOW) == State.CONNECTED


@pytest.mark.parametrize(
    ("token", "columns", "state"),
    [
        ("", {}, State.NONE),
        ("t", {}, State.PASTED),
        ("t", {"connected_at": NOW, "refresh_token": "r"}, State.CONNECTED),
        (
            "t",
            {
                "connected_at": NOW,
                "refresh_token": "r",
                "token_expires_at": NOW - timedelta(days=3),
            },
            State.CONNECTED,
        ),
        (
            "t",
            {"connected_at": NOW, "token_expires_at": NOW + timedelta(hours=1)},
            State.CONNECTED,
        ),
        ("t", {"connected_at": NOW, "token_expires_at": NOW}, State.LAPSED),
        ("", {"connected_at": NOW}, State.LAPSED),
    ],
)
def test_state_follows_from_what_is_stored(token, columns, state):
    account = MailAccountFactory(source=MailSourceFactory(token=token), **columns)

    assert accounts.state(account, at=NOW) == state
