"""Scans of mailing accounts: what opens, keeps, re-opens and closes a finding of mail."""

from datetime import timedelta

import pytest
from django.utils import timezone

from audits import deciding, providers, scanning
from audits.models import Event, Finding, Grant, JudgedSituation
from audits.phases import Phase
from audits.surveying import slices
from contacts import working
from contacts.models import (
    Consent,
    Contact,
    Job,
    LegacyConsent,
    LegacyContact,
    Membership,
    Snapshot,
)
from tests import factories
from tests.audits.mailing import Account

pytestmark = pytest.mark.django_db

Kind = Snapshot.Kind
State = Finding.State


@pytest.fixture
def account():
    return Account()


def decide(finding, kind="revoke"):
    return deciding.decide(
        finding,
        kind=kind,
        reason="as V3 says",
        by=factories.UserFactory(),
        version=finding.version,
        evidence=finding.evidence,
    )


def permit(subscriber, permission):
    Consent.objects.filter(contact=subscriber.contact).update(permission=permission)


# --- One scan ----------------------------------------------------------------


def test_a_finding_of_mail_holds_what_a_list_shows(account):
    subscriber = account.subscriber(
        "explicit", v2={"status": "ACTIVE", "email_status": "UNCONFIRMED"}
    )

    result = account.scan()

    finding = subscriber.finding()
    assert (finding.rule, finding.state) == ("permission-raised", State.OPEN)
    assert finding.get_severity_display() == "high"
    assert finding.recommendation == "hold"
    assert finding.fingerprint == f"grant:{subscriber.grant.external_id}"
    assert finding.contact_v2_id == subscriber.legacy.external_id
    assert finding.contact_v3_id == subscriber.contact.external_id
    assert finding.contact_name == subscriber.contact.name
    assert (finding.student_ref, finding.student_name) == ("", "")
    assert finding.list_ref == account.news.external_id
    assert finding.list_name == "Newsletter"
    assert finding.privilege_class == "mailing"
    assert finding.basis == Grant.Basis.CONSENT
    assert finding.basis_relationship == "ACTIVE/UNCONFIRMED"
    assert finding.basis_type == "NO_CONFIRMATION_REQUIRED/ACTION_BY_OWNER"
    assert finding.v3_entries == "explicit/off"
    assert finding.match_state == "matched"
    assert finding.evidence_v2_sha256 == subscriber.legacy.sha256
    assert finding.evidence_v3_sha256 == subscriber.contact.sha256
    assert (result["grants"], result["findings"], result["opened"]) == (1, 1, 1)


def test_a_confirmed_grant_of_mail_is_counted_and_no_finding(account):
    account.subscriber()

    result = account.scan()

    assert not Finding.objects.exists()
    assert (result["grants"], result["confirmed"], result["findings"]) == (1, 1, 0)


def test_subscribers_in_one_situation_share_it(account):
    subscribers = [account.subscriber("not_set") for _ in range(3)]

    result = account.scan()

    situation = JudgedSituation.objects.get()
    assert (situation.rule, situation.grants) == ("not-sendable", 3)
    assert {one.finding().situation for one in subscribers} == {situation}
    assert result["situations"] == 1


def test_values_that_are_only_written_otherwise_are_judged_alike(account):
    account.subscriber(" Implicit ", v2={"status": "active"})

    assert account.scan()["confirmed"] == 1


@pytest.mark.parametrize("basis", ["manual", "court_order", "v2_relationship"])
def test_a_grant_of_another_basis_is_counted_besides(account, basis):
    account.subscriber("unsubscribed", basis=basis)

    result = account.scan()

    assert (result["grants"], result["other_basis"], result["findings"]) == (1, 1, 0)


def test_an_expired_grant_of_mail_is_only_counted(account):
    today = timezone.now().date()
    account.subscriber("not_set", expires_at=today - timedelta(days=1))
    account.subscriber("not_set", expires_at=today)

    result = account.scan()

    assert (result["grants"], result["expired"], result["findings"]) == (1, 1, 1)


def test_nothing_is_proposed_to_a_subscriber_whom_nobody_mails(account):
    legacy = account.stored()
    account.crossed(legacy, account.current())

    result = account.scan()

    assert (result["grants"], result["findings"]) == (0, 0)


def test_a_district_is_left_alone(account):
    district = factories.SourceFactory()
    factories.GrantFactory(source=district, contact_ref="nobody")
    account.subscriber("not_set")

    result = account.scan()

    assert result["grants"] == 1
    assert set(Finding.objects.values_list("source", flat=True)) == {account.source.pk}


# --- Again -------------------------------------------------------------------


def test_a_second_scan_of_an_unchanged_account_writes_no_finding(account):
    account.subscriber("unsubscribed")
    account.subscriber(list_ref=account.legacy_news.external_id, v3={"lists": []})
    account.grant("4711")
    gone = account.stored()
    account.crossed(gone, None)
    account.grant(gone.external_id)
    first = account.scan()
    before = list(Finding.objects.order_by("pk").values())

    second = account.scan()

    assert list(Finding.objects.order_by("pk").values()) == before
    assert [second[name] for name in ("opened", "reopened", "closed")] == [0, 0, 0]
    assert second["by_rule"] == first["by_rule"]


def test_new_consent_opens_a_decided_finding_again(account):
    subscriber = account.subscriber("not_set")
    account.scan()
    decision = decide(subscriber.finding())
    permit(subscriber, "unsubscribed")

    result = account.scan()

    finding = subscriber.finding()
    assert (finding.state, finding.rule, finding.reopened) == (
        State.OPEN,
        "opted-out",
        1,
    )
    assert list(finding.decisions.all()) == [decision]
    assert result["reopened"] == 1
    assert Event.objects.filter(action="finding.reopened").count() == 1


def test_who_comes_to_consent_has_the_finding_closed(account):
    subscriber = account.subscriber("pending_confirmation")
    account.scan()
    permit(subscriber, "implicit")

    result = account.scan()

    assert (subscriber.finding().state, result["closed"]) == (State.CLOSED, 1)


@pytest.mark.parametrize(
    "kind", [Kind.CONTACTS, Kind.CROSSWALK, Kind.LISTS, Kind.LIST_CROSSWALK]
)
def test_nothing_is_closed_while_any_import_is_incomplete(account, kind):
    subscriber = account.subscriber("pending_confirmation")
    account.scan()
    permit(subscriber, "implicit")
    account.imported(kind, Snapshot.State.INCOMPLETE)

    result = account.scan()

    assert (subscriber.finding().state, result["closed"]) == (State.OPEN, 0)


def test_an_import_that_never_was_keeps_nothing_open(account):
    subscriber = account.subscriber("pending_confirmation")
    account.scan()
    permit(subscriber, "implicit")
    Snapshot.objects.exclude(kind=Kind.CONTACTS).delete()

    assert account.scan()["closed"] == 1
    assert subscriber.finding().state == State.CLOSED


@pytest.mark.parametrize(
    "change",
    [
        {"closed_at": timezone.now()},
        {"expires_at": timezone.now().date() - timedelta(days=1)},
        {"basis": "manual"},
    ],
)
def test_a_grant_that_no_longer_asks_closes_its_finding_at_once(account, change):
    subscriber = account.subscriber("not_set")
    account.scan()
    Grant.objects.update(**change)
    account.imported(Kind.CONTACTS, Snapshot.State.INCOMPLETE)

    account.scan()

    assert subscriber.finding().state == State.CLOSED


def test_a_decision_outlives_an_incomplete_crosswalk(account):
    legacy = account.stored()
    account.crossed(legacy, None)
    account.grant(legacy.external_id)
    account.scan()
    decision = decide(Finding.objects.get(), "hold")
    account.imported(Kind.CROSSWALK, Snapshot.State.INCOMPLETE)
    account.scan()
    account.imported(Kind.CROSSWALK)

    result = account.scan()

    finding = Finding.objects.get()
    assert (finding.rule, finding.decision) == ("no-crosswalk", decision)
    assert result["reopened"] == 0


def test_a_contact_that_is_looked_up_at_last_is_judged(account):
    legacy = account.stored()
    account.grant(legacy.external_id)
    account.scan()
    before = Finding.objects.get().rule
    account.crossed(legacy, account.current("unsubscribed"))

    result = account.scan()

    assert (before, Finding.objects.get().rule) == ("unchecked", "opted-out")
    assert (result["opened"], result["closed"]) == (0, 0)


def test_a_changed_record_is_new_evidence(account):
    subscriber = account.subscriber("not_set")
    account.scan()
    decide(subscriber.finding())
    Contact.objects.update(digest="f" * 32)

    assert account.scan()["reopened"] == 1


# --- Deciding ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("permission", "v2", "rule"),
    [
        ("implicit", {"status": "OPTOUT"}, "opt-out-lost"),
        ("unsubscribed", {}, "opted-out"),
        ("implicit", {"status": "REMOVED"}, "removed"),
    ],
)
def test_who_opted_out_or_is_gone_cannot_be_kept(account, permission, v2, rule):
    subscriber = account.subscriber(permission, v2=v2)
    account.scan()
    finding = subscriber.finding()

    with pytest.raises(deciding.NotAllowed):
        decide(finding, "keep")

    assert finding.rule == rule
    assert decide(finding, "hold").kind == "hold"


def test_an_opt_out_needs_a_second_look(account):
    subscriber = account.subscriber("unsubscribed")
    account.scan()

    decide(subscriber.finding())

    assert subscriber.finding().state == State.AWAITING_SECOND


# --- Slices and phases ----------------------------------------------------------


def test_slices_do_not_change_what_is_found_of_mail(account, monkeypatch):
    for permission in ("implicit", "not_set", "unsubscribed", "explicit"):
        account.subscriber(permission)
    shared = account.current()
    for legacy in (account.stored(), account.stored()):
        account.crossed(legacy, shared)
        account.grant(legacy.external_id)
    account.grant("4711")
    whole = account.scan()
    before = list(Finding.objects.order_by("fingerprint").values("rule", "evidence"))
    Finding.objects.all().delete()
    for size in ("GRANTS", "PEOPLE", "STRANGERS"):
        monkeypatch.setattr(slices, size, 1)

    sliced = account.scan()

    found = list(Finding.objects.order_by("fingerprint").values("rule", "evidence"))
    assert found == before
    assert sliced["by_rule"] == whole["by_rule"]
    assert sliced["grants"] == whole["grants"] == 7


def test_a_phase_of_the_provider_follows_in_slices_and_counts(account, monkeypatch):
    seen = []

    def do(scan, part):
        seen.append((part.low > 0, part.is_last))
        scan.counts["looked_at"] = scan.counts.get("looked_at", 0) + part.rows

    phase = Phase(
        name="looking",
        words="Looking on",
        rows=lambda source: LegacyContact.objects.filter(source=source),
        size=2,
        do=do,
    )
    own = providers.of(account.source)
    monkeypatch.setitem(
        providers.PROVIDERS,
        account.source.provider,
        type(own)(**{**_fields(own), "phases": (phase,)}),
    )
    for _ in range(5):
        account.subscriber()

    job = working.run_here(scanning.start(source=account.source, by=None))

    assert job.state == Job.State.DONE
    assert job.result["looked_at"] == 5
    assert seen == [(False, False), (True, False), (True, True)]
    assert (job.rows_done, job.rows_total) == (15, 15)
    assert Event.objects.get(action="scan.finished").after["counts"]["looked_at"] == 5


def _fields(provider):
    return {name: getattr(provider, name) for name in type(provider).__slots__}


def test_nothing_in_an_account_changes_by_being_scanned(account):
    account.subscriber("explicit")
    account.subscriber(v2={"status": "OPTOUT"})
    tables = (LegacyContact, LegacyConsent, Contact, Consent, Membership)
    before = [list(table.objects.order_by("pk").values()) for table in tables]

    account.scan()

    assert [list(table.objects.order_by("pk").values()) for table in tables] == before
