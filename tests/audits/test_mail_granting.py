"""The lists that only grants name: asked for, and judged by what came back."""

import pytest
from django.utils import timezone

from audits import granting, scanning
from audits.models import Finding
from contacts import api_errors, connecting, importing, working
from contacts.constant_contact import client
from contacts.models import Job, ListXref, Snapshot
from tests.contacts import facts, mail_facts
from tests.factories import MailSourceFactory

pytestmark = pytest.mark.django_db

KNOWN, UNKNOWN = "1000000001", "1000000002"


@pytest.fixture
def source():
    return MailSourceFactory(name="News", token="let-me-in")


@pytest.fixture
def account(source, monkeypatch):
    """An account of one contact on one list, which V2 knew by a number."""
    told = mail_facts.Account(source)
    told.people = [mail_facts.contact(1, 1)]
    told.mailing_lists = [{"list_id": mail_facts.v3_list(1), "name": "News"}]
    told.xrefs = {mail_facts.v2_id(1): mail_facts.v3_id(1)}
    told.known_lists = {KNOWN: mail_facts.v3_list(1)}
    monkeypatch.setattr(connecting, "mail", mail_facts.opening(told))
    return told


def legacy(source, tmp_path):
    path = facts.ndjson(tmp_path / "v2.ndjson", mail_facts.legacy(1))
    return done(importing.start_legacy_files(source=source, paths=[path], by=None))


def grants(source, tmp_path, *lists):
    rows = [f"{ref},{mail_facts.v2_id(1)},{ref},newsletter" for ref in lists]
    path = tmp_path / "grants.csv"
    path.write_text("\n".join(["grant_id,contact_id,list_id,privilege", *rows]) + "\n")
    return done(
        granting.start_grants(source=source, path=path, complete=False, by=None)
    )


def current(source):
    return done(importing.start_current(source=source, by=None))


def done(job):
    job = working.run_here(job)
    assert job.state == Job.State.DONE, job.error
    return job


def rules(source):
    done(scanning.start(source=source, by=None))
    found = Finding.objects.filter(source=source).exclude(state="closed")
    return dict(found.values_list("grant_ref", "rule"))


def answers():
    return dict(ListXref.objects.values_list("external_id", "ref"))


JUDGED = {UNKNOWN: "list-unmapped"}


def test_lists_of_grants_that_came_first_are_asked_with_v3(source, account, tmp_path):
    legacy(source, tmp_path)
    grants(source, tmp_path, KNOWN, UNKNOWN)
    assert not account.calls
    assert rules(source) == {KNOWN: "unchecked", UNKNOWN: "unchecked"}

    current(source)

    assert account.asked("list_id") == [(KNOWN, UNKNOWN), (UNKNOWN,)]
    assert answers() == {KNOWN: mail_facts.v3_list(1), UNKNOWN: ""}
    assert rules(source) == JUDGED


def test_lists_of_grants_that_came_after_v3_are_asked_at_their_end(
    source, account, tmp_path
):
    legacy(source, tmp_path)
    current(source)
    assert not account.asked("list_id")

    job = grants(source, tmp_path, KNOWN, UNKNOWN)

    assert account.asked("list_id") == [(KNOWN, UNKNOWN), (UNKNOWN,)]
    assert Snapshot.objects.get(kind="list_crosswalk").state == "complete"
    assert (job.result["imported"], job.result["rows_in"]) == (2, 2)
    assert "note" not in job.result
    assert rules(source) == JUDGED


def test_what_was_asked_is_not_asked_again(source, account, tmp_path):
    current(source)
    grants(source, tmp_path, KNOWN)
    account.calls.clear()

    grants(source, tmp_path, KNOWN, mail_facts.v3_list(1), "Newsletter", "")

    assert not account.calls


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (api_errors.Unavailable("GET: 503"), "503"),
        (api_errors.Throttled("429", timezone.now()), "asked to wait"),
        (api_errors.QuotaExceeded("429", timezone.now()), "asked to wait"),
        (api_errors.Unauthorized("401"), "refused the token"),
    ],
)
def test_a_provider_that_cannot_be_asked_leaves_the_grants_in_and_lists_unasked(
    source, account, tmp_path, failure, words
):
    legacy(source, tmp_path)
    current(source)
    account.failures["list_id", 1] = failure

    job = grants(source, tmp_path, KNOWN, UNKNOWN)

    assert words in job.result["note"]
    assert job.result["imported"] == 2
    assert answers() == {}
    assert not Snapshot.objects.filter(state="running").exists()
    assert rules(source) == {KNOWN: "unchecked", UNKNOWN: "unchecked"}
    account.failures.clear()
    current(source)
    assert rules(source) == JUDGED


def test_a_withdrawn_list_crosswalk_fails_no_import_for_a_list_only_grants_name(
    source, account, tmp_path
):
    legacy(source, tmp_path)
    grants(source, tmp_path, UNKNOWN)
    account.failures["list_id", 1] = client.XrefGone("404")

    job = current(source)

    assert "list ids" in job.result["note"]
    assert rules(source) == {UNKNOWN: "unchecked"}


@pytest.mark.parametrize("told", [{"token": ""}, {}])
def test_without_a_token_or_v3s_lists_nobody_is_asked(account, tmp_path, told):
    source = MailSourceFactory(**{"token": "let-me-in", **told})

    job = grants(source, tmp_path, KNOWN)

    assert not account.calls
    assert "note" not in job.result
