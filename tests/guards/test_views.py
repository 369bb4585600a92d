"""Every address of the site, asked by the wrong people and in the wrong way."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from contacts.models import Source
from tests.factories import (
    BatchFactory,
    FindingFactory,
    JobFactory,
    LossDecisionFactory,
    LossFactory,
    MailSourceFactory,
    MatchFactory,
    ScanFactory,
    SnapshotFactory,
    SourceFactory,
    StudentFactory,
    UserFactory,
    WriteRunFactory,
)

pytestmark = pytest.mark.django_db

# Where nobody needs to be logged in, and why.
PUBLIC = {
    "health-live": "a supervisor asks whether the process lives",
    "health-ready": "a load balancer asks whether it can serve",
    "theme": "the log-in page has colours too",
    "account_login": "one logs in here",
    "account_signup": "says that nobody signs up by themselves",
    "account_inactive": "says that an account is switched off",
    "account_reset_password": "one has forgotten it",
    "account_reset_password_done": "the step after it",
    "account_reset_password_from_key": "the link in the letter",
    "account_reset_password_from_key_done": "the step after it",
    "account_confirm_email": "the link in the letter",
    "account_email_verification_sent": "the step before it",
    "account_logout": "leads to where one already is",
    "mfa_authenticate": "the second step of logging in",
}
# What a GET may write, and why.
WRITES_ON_GET = {
    "audits:download": "who took data out stands in the trail before the first byte",
    "contacts:account-connected": "the provider sends people back with a GET, and its"
    " code is good for one use and five minutes; the state in the session guards it",
}
# Which GET leads elsewhere, and why.
LEADS_ON = {
    "contacts:account-connected": "its address holds a code, which must not stay there",
}
WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE", "MERGE", "COPY", "TRUNCATE")


@dataclass(frozen=True)
class Address:
    """A named pattern and the arguments it takes."""

    name: str
    takes: frozenset[str]
    provider: str = Source.Provider.CLEVER

    def __str__(self) -> str:
        return f"{self.name}({','.join(sorted(self.takes))})"


def walk(patterns: list[Any], space: str = "") -> Iterator[Address]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from walk(pattern.url_patterns, inner)
        elif isinstance(pattern, URLPattern) and pattern.name:
            takes = frozenset(pattern.pattern.regex.groupindex)
            provider = getattr(pattern.callback, "provider", Source.Provider.CLEVER)
            yield Address(f"{space}{pattern.name}", takes, provider)


EVERY = list(walk(get_resolver().url_patterns))
OURS = [each for each in EVERY if each.name.startswith(("contacts:", "audits:"))]
OF_A_SOURCE = [each for each in OURS if "slug" in each.takes]
OF_A_ROW = [each for each in OF_A_SOURCE if "pk" in each.takes]

every_address = pytest.mark.parametrize("address", EVERY, ids=str)
each_of_ours = pytest.mark.parametrize("address", OURS, ids=str)
each_of_a_source = pytest.mark.parametrize("address", OF_A_SOURCE, ids=str)
each_of_a_row = pytest.mark.parametrize("address", OF_A_ROW, ids=str)


class District:
    """A source with a row behind every address of its provider."""

    def __init__(self, provider: str = Source.Provider.CLEVER) -> None:
        mails = provider == Source.Provider.CONSTANT_CONTACT
        self.source = MailSourceFactory() if mails else SourceFactory()
        match = MatchFactory(source=self.source)
        self.rows: dict[str, Any] = {
            "batch": BatchFactory(source=self.source),
            "contact": match,
            "student": StudentFactory(source=self.source),
            "finding": FindingFactory(source=self.source, match=match),
            "job": JobFactory(source=self.source),
            "loss": LossFactory(source=self.source, match=match),
            "placing": LossDecisionFactory(source=self.source),
            "write": WriteRunFactory(source=self.source),
            "snapshot": SnapshotFactory(source=self.source),
        }
        ScanFactory(source=self.source)

    def pk(self, address: Address) -> Any:
        kind = address.name.partition(":")[2].partition("-")[0]
        return self.rows[kind].pk

    def url(self, address: Address, *, rows_of: "District | None" = None) -> str:
        values: dict[str, object] = {
            "slug": self.source.slug,
            "file": "findings.csv",
            "rule": "addresses-over-limit",
            "field": "addresses",
            "uidb36": "1",
            "key": "k",
        }
        if "pk" in address.takes:
            values["pk"] = (rows_of or self).pk(address)
        kwargs = {name: values[name] for name in address.takes}
        return reverse(address.name, kwargs=kwargs)


@pytest.fixture
def district(request) -> District:
    return District(request.node.callspec.params["address"].provider)


def ask_both(client, url):
    """Ask the way the address answers: a GET, or a POST where it takes no GET."""
    answer = client.get(url)
    return client.post(url) if answer.status_code == 405 else answer


@every_address
def test_an_address_asks_for_a_login_or_is_public_for_a_reason(
    client, district, address
):
    if address.name in PUBLIC:
        return

    answer = ask_both(client, district.url(address))

    assert answer.status_code == 302
    assert answer.url.startswith(reverse("account_login"))


def test_public_addresses_exist():
    assert set(PUBLIC) <= {address.name for address in EVERY}


@each_of_a_source
def test_a_stranger_is_told_that_the_source_is_not_here(client, district, address):
    roles = list(Group.objects.values_list("name", flat=True))
    client.force_login(UserFactory(roles=roles, sources=[SourceFactory()]))

    assert ask_both(client, district.url(address)).status_code == 404


@each_of_a_row
def test_a_row_of_another_source_is_not_here(client, district, address):
    client.force_login(UserFactory(is_superuser=True))

    url = district.url(address, rows_of=District(address.provider))

    assert ask_both(client, url).status_code == 404


@each_of_ours
def test_a_person_without_a_role_is_refused(client, district, address):
    client.force_login(UserFactory(sources=[district.source]))

    assert ask_both(client, district.url(address)).status_code == 403


@each_of_ours
def test_an_unknown_method_is_refused(client, district, address):
    client.force_login(UserFactory(is_superuser=True))

    for method in [client.delete, client.put, client.patch]:
        assert method(district.url(address)).status_code == 405


@each_of_ours
def test_a_get_never_writes(client, district, address):
    client.force_login(UserFactory(is_superuser=True))
    written = []

    def watch(execute, sql, params, many, context):
        if sql.lstrip().upper().startswith(WRITES):
            written.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        answer = client.get(district.url(address))

    assert answer.status_code in {302 if address.name in LEADS_ON else 200, 405}
    assert not written or address.name in WRITES_ON_GET


@each_of_ours
def test_a_page_holds_no_inline_script_or_style(client, district, address):
    client.force_login(UserFactory(is_superuser=True))

    answer = client.get(district.url(address))

    page = b"" if answer.streaming else answer.content
    assert b"style=" not in page
    assert b"<style" not in page
    assert b"onclick=" not in page
    assert page.count(b"<script") == page.count(b"<script src=") + page.count(
        b'<script type="module" src='
    )
