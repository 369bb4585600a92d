"""A whole mailing account through real parts: what is found is what is true.

The make-believe account is served over HTTP and imported, its files are read, and each
grant's rule is compared with the one its scenario was made for.
"""

from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from django.utils import timezone

from audits import granting, scanning
from audits.models import Finding, Grant
from contacts import importing, working
from contacts.models import Job, Match
from contacts.sandbox import account_writing
from contacts.sandbox.account import make_account
from contacts.sandbox.account_server import serving
from tests import factories

TOKEN = "sandbox"
QUIET = {"confirmed", "other-basis"}


def done(job):
    job = working.run_here(job)
    assert job.state == Job.State.DONE, job.error
    return job.result


@dataclass
class Customer:
    """Who has an account's files, and may ask the provider."""

    account: Any
    folder: Any
    source: Any

    def stores(self, kind="json"):
        """Bring the stored V2 contacts."""
        legacy = self.folder / f"legacy_contacts.{kind}"
        done(self._start(importing.start_legacy_files, paths=[legacy]))

    def asks(self):
        """Import V3; whether the provider told everything is the test's matter."""
        return working.run_here(self._start(importing.start_current))

    def brings(self):
        """Bring grants and orders."""
        grants, orders = (self.folder / f"{n}.csv" for n in ("grants", "restrictions"))
        done(self._start(granting.start_grants, path=grants, complete=True))
        done(self._start(granting.start_restrictions, path=orders))

    def scans(self):
        return done(self._start(scanning.start))

    def _start(self, start, **told):
        return start(source=self.source, by=None, **told)


@contextmanager
def customer(account, folder, **behaviour):
    """Serve an account, and give who has its files."""
    account_writing.write_files(account, folder)
    asked_for = {"per_second": 1e6, "per_day": 10**9, **behaviour}
    with serving(account, token=TOKEN, **asked_for) as url:
        source = factories.MailSourceFactory(
            external_id=account.id, api_url=url, token=TOKEN
        )
        yield Customer(account, folder, source)


@contextmanager
def imported(account, folder, **behaviour):
    """Import an account as a customer would; gives its source."""
    with customer(account, folder, **behaviour) as person:
        person.stores()
        job = person.asks()
        assert job.state == Job.State.DONE, job.error
        person.brings()
        yield person.source


def scan(source):
    return done(scanning.start(source=source, by=None))


def rules_found(source):
    found = Finding.objects.filter(source=source).exclude(state="closed")
    return dict(found.values_list("grant_ref", "rule"))


def confirmed(source, account):
    """Give the grants of consent that no finding objects to."""
    judged = Grant.objects.filter(source=source, basis=Grant.Basis.CONSENT)
    told = set(judged.values_list("external_id", flat=True)) & account.truth.keys()
    return told - rules_found(source).keys()


def truly_confirmed(account):
    return {ref for ref, rule in account.truth.items() if rule == "confirmed"}


def allowed_by_one_source(account):
    """Give what may be confirmed as long as one source alone tells who is who.

    A contradiction is seen only once the other source is asked.
    """
    conflicts = {
        ref for ref, rule in account.truth.items() if rule == "crosswalk-conflict"
    }
    return truly_confirmed(account) | conflicts


def states_found(source):
    told = Match.objects.filter(source=source, legacy_contact__isnull=False)
    return dict(told.values_list("legacy_contact__external_id", "state"))


def assert_true(source, account, result):
    wanted = {ref: rule for ref, rule in account.truth.items() if rule not in QUIET}
    assert rules_found(source) == wanted
    expected = Counter(account.expected_by_rule())
    assert result["confirmed"] == expected.pop("confirmed")
    assert result["other_basis"] == expected.pop("other-basis")
    assert result["by_rule"] == dict(expected)
    assert result["grants"] == len(account.truth)
    assert result["expired"] == len(account.grants) - len(account.truth)
    assert result["findings"] == sum(expected.values())


@pytest.mark.django_db
@pytest.mark.timeout(300)
def test_findings_agree_with_the_truth_of_an_account(tmp_path):
    account = make_account(seed=7, contacts=1000, today=timezone.now().date())

    with imported(account, tmp_path) as source:
        first = scan(source)
        again = scan(source)

    assert states_found(source) == account.match_states
    assert_true(source, account, first)
    assert first["opened"] == first["findings"]
    assert [again[name] for name in ("opened", "reopened", "closed")] == [0, 0, 0]
    assert again["by_rule"] == first["by_rule"]
    assert set(Finding.objects.values_list("version", flat=True)) == {1}


# --- Whatever was imported, and in whichever order ---------------------------------


def expected_of_v2_alone(account):
    """Say what V2 forbids by its own word; all else is unchecked."""
    statuses = {
        each["id"]: {
            each["status"],
            *(one["status"] for one in each["email_addresses"]),
        }
        for each in account.legacy_contacts
    }
    above = {"restricted", "other-basis", "privilege-unmapped"}
    for grant in account.grants:
        told = {word.upper() for word in statuses.get(grant.contact_id, ())}
        if not told or account.truth.get(grant.grant_id, "restricted") in above:
            continue
        forbids = "removed" if "REMOVED" in told else "unchecked"
        yield grant.grant_id, "opted-out" if "OPTOUT" in told else forbids


@pytest.mark.django_db
@pytest.mark.timeout(300)
def test_without_v3_only_what_v2_forbids_is_found(tmp_path):
    account = make_account(seed=5, contacts=300, today=timezone.now().date())

    with customer(account, tmp_path) as person:
        person.stores("ndjson")
        person.brings()
        result = person.scans()

    found = rules_found(person.source)
    wanted = dict(expected_of_v2_alone(account))
    assert len(wanted) > 100
    assert {ref: found[ref] for ref in wanted} == wanted
    assert result["confirmed"] == 0
    assert confirmed(person.source, account) == set()


@pytest.mark.django_db
@pytest.mark.timeout(300)
def test_v3_before_v2_makes_nobody_more_mailable(tmp_path):
    account = make_account(seed=6, contacts=300, today=timezone.now().date())

    with customer(account, tmp_path) as person:
        person.brings()
        person.asks()
        first = person.scans()
        person.stores("csv")
        person.scans()
        assert confirmed(person.source, account) <= allowed_by_one_source(account)
        person.asks()
        last = person.scans()

    assert first["confirmed"] == 0
    assert_true(person.source, account, last)


@pytest.mark.django_db
@pytest.mark.timeout(300)
def test_a_withdrawn_crosswalk_makes_nobody_more_mailable(tmp_path):
    account = make_account(seed=8, contacts=300, today=timezone.now().date())

    with customer(account, tmp_path, xref="gone") as person:
        person.stores()
        job = person.asks()
        person.brings()
        person.scans()

    assert job.state == Job.State.FAILED
    now = confirmed(person.source, account)
    assert now
    assert now <= allowed_by_one_source(account)


@pytest.mark.large
@pytest.mark.django_db
@pytest.mark.timeout(1800)
def test_findings_agree_with_the_truth_of_a_large_account(tmp_path):
    account = make_account(seed=11, contacts=20_000, today=timezone.now().date())

    with imported(account, tmp_path) as source:
        result = scan(source)

    assert states_found(source) == account.match_states
    assert_true(source, account, result)
