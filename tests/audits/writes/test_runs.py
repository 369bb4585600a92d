"""A run's life: nobody alone can send anything, and nothing but what was looked at."""

import pytest
from django.db import IntegrityError, transaction

from audits.models import Decision, Event, WriteItem, WriteRun
from audits.writes import adding, previewing, runs
from contacts import accounts as mail_accounts
from contacts import jobs, working
from contacts.models import Job, MailAccount, Match
from tests import factories
from tests.audits import accounts
from tests.audits.accounts import contact_record, legacy_record
from tests.factories import AT

pytestmark = pytest.mark.django_db

State = WriteRun.State


@pytest.fixture
def source():
    source = factories.MailSourceFactory()
    factories.MailAccountFactory(source=source, may_write=True)
    return source


@pytest.fixture
def maker(source):
    return factories.UserFactory(roles=["operator"], sources=[source])


@pytest.fixture
def approver(source):
    return factories.UserFactory(roles=["approver"], sources=[source])


@pytest.fixture
def clerks(source):
    return [
        accounts.pair(source, legacy_record(n, job_title="Clerk"), contact_record(n))
        for n in (1, 2)
    ]


def prepared(source, by, *additions):
    run = runs.prepare(source=source, by=by, additions=additions)
    job = working.run_here(runs.job_of(run))
    assert job.state == Job.State.DONE, job.error
    run.refresh_from_db()
    return run


@pytest.fixture
def run(source, maker, clerks):
    return prepared(source, maker)


@pytest.fixture
def waiting(run, maker):
    runs.ask(run, by=maker, reason="V3 lacks it")
    return run


@pytest.fixture
def approved(waiting, approver):
    runs.confirm(waiting, by=approver, sha256=waiting.sha256)
    return waiting


def actions():
    told = Event.objects.filter(action__startswith="write.").order_by("seq")
    return list(told.values_list("action", flat=True))


class TestPrepare:
    def test_makes_an_item_of_every_change(self, run, clerks):
        first, second = run.item_set.order_by("place")

        assert (run.state, run.items) == (State.PREVIEW, 2)
        assert (first.place, second.place) == (0, 1)
        assert first.match == clerks[0]
        assert first.differences == [["job_title", "", "Clerk"]]
        assert first.before_digest == clerks[0].contact.digest
        assert '"job_title":"Clerk"' in first.body
        assert run.counts == {"put": 2, "field:job_title": 2}

    def test_leaves_out_whoever_needs_no_change(self, source, maker):
        accounts.pair(source, legacy_record(), contact_record())

        run = prepared(source, maker)

        assert (run.items, run.item_set.count()) == (0, 0)

    def test_adds_nobody_by_itself(self, source, maker):
        accounts.pair(source, legacy_record())

        assert prepared(source, maker).items == 0

    def test_hashes_the_same_requests_alike(self, source, maker, run):
        runs.withdraw(run, by=maker, reason="again")

        again = prepared(source, maker)

        assert (again.pk, again.sha256) != (run.pk, "")
        assert again.sha256 == run.sha256

    def test_needs_the_switch(self, source, maker, clerks):
        MailAccount.objects.update(may_write=False)

        with pytest.raises(runs.SwitchedOff):
            runs.prepare(source=source, by=maker)

        assert not WriteRun.objects.exists()
        assert not Job.objects.exists()

    def test_is_off_in_an_account_that_nobody_set_up(self, maker):
        other = factories.MailSourceFactory()

        with pytest.raises(runs.SwitchedOff):
            runs.prepare(source=other, by=maker)

        assert not mail_accounts.of(other).may_write

    def test_is_one_at_a_time(self, source, maker, run):
        with pytest.raises(runs.Unfinished) as refused:
            runs.prepare(source=source, by=maker)

        assert refused.value.run == run

    def test_goes_on_where_it_was_killed(self, source, maker, monkeypatch):

        monkeypatch.setattr(previewing, "BATCH", 2)
        for n in range(1, 8):
            accounts.pair(source, legacy_record(n, job_title="x"), contact_record(n))
        run = runs.prepare(source=source, by=maker)
        job = runs.job_of(run)
        monkeypatch.setattr(working.Lease, "breathe", stop_at_third())
        working.work(job.pk)
        assert run.item_set.count() == 4
        monkeypatch.undo()

        working.run_here(job)

        run.refresh_from_db()
        places = run.item_set.order_by("place").values_list("place", flat=True)
        assert list(places) == list(range(7))
        assert run.items == 7


def stop_at_third():
    breaths = []

    def breathe(lease):
        breaths.append(1)
        if len(breaths) == 3:
            raise working.SliceOver

    return breathe


class TestAdditions:
    @pytest.fixture(autouse=True)
    def contacts(self, source):
        return factories.SnapshotFactory(source=source)

    @pytest.fixture
    def missing(self, source):
        return accounts.pair(source, legacy_record(7, job_title="Clerk"))

    def test_are_those_that_a_person_names(self, source, maker, missing):
        accounts.pair(source, legacy_record(8))

        run = prepared(source, maker, missing.legacy_contact.external_id)

        (item,) = run.item_set.all()
        assert (item.method, item.contact_v3_id) == ("post", "")
        assert item.contact_v2_id == missing.legacy_contact.external_id
        assert '"create_source":"Account"' in item.body
        assert ["email_address.address", "", "ana7@example.org"] in item.differences
        event = Event.objects.get(action="write.prepared")
        assert event.after["additions"] == 1

    @pytest.mark.parametrize("state", ["matched", "unchecked", "conflict", "deleted"])
    def test_are_none_that_v3_may_have(self, source, maker, state):
        match = accounts.pair(source, legacy_record(7), contact_record(7))
        Match.objects.update(state=state)

        with pytest.raises(adding.CannotAdd):
            runs.prepare(
                source=source,
                by=maker,
                additions=[match.legacy_contact.external_id],
            )

    def test_of_an_unknown_id_are_refused(self, source, maker, missing):
        told = [missing.legacy_contact.external_id, "0016633325"]

        with pytest.raises(adding.CannotAdd, match="0016633325"):
            runs.prepare(source=source, by=maker, additions=told)

        assert not WriteRun.objects.exists()

    def test_under_an_order_are_refused(self, source, maker, missing):
        factories.RestrictionFactory(source=source, match=missing)

        with pytest.raises(adding.CannotAdd, match="under an order"):
            prepared(source, maker, missing.legacy_contact.external_id)

    def test_under_an_order_that_is_over_are_allowed(self, source, maker, missing):
        factories.RestrictionFactory(source=source, match=missing, ends_on=AT.date())

        assert prepared(source, maker, missing.legacy_contact.external_id).items == 1

    @pytest.mark.parametrize("kind", ["hold", "revoke"])
    def test_decided_against_are_refused(self, source, maker, missing, kind):
        finding = factories.FindingFactory(source=source, match=missing)
        decision = factories.DecisionFactory(finding=finding, kind=kind)
        finding.state, finding.decision = "decided", decision
        finding.save()

        with pytest.raises(adding.CannotAdd, match="held"):
            prepared(source, maker, missing.legacy_contact.external_id)

    @pytest.mark.parametrize("kind", ["hold", "revoke"])
    def test_decided_against_until_new_evidence_are_refused(
        self, source, maker, missing, kind
    ):
        reopened(missing, kind)

        with pytest.raises(adding.CannotAdd, match="held"):
            prepared(source, maker, missing.legacy_contact.external_id)

    def test_decided_otherwise_since_are_allowed(self, source, maker, missing):
        finding = reopened(missing, "hold")
        factories.DecisionFactory(finding=finding, kind="keep", superseded_at=AT)

        assert prepared(source, maker, missing.legacy_contact.external_id).items == 1

    def test_of_whom_the_hold_was_taken_back_are_allowed(self, source, maker, missing):
        reopened(missing, "hold")
        Decision.objects.update(withdrawn_at=AT, withdrawn_by=maker)

        assert prepared(source, maker, missing.legacy_contact.external_id).items == 1

    @pytest.mark.parametrize("kind", ["contacts", "crosswalk", "uploaded_crosswalk"])
    def test_are_refused_while_the_newest_import_is_not_whole(
        self, source, maker, missing, kind
    ):
        factories.SnapshotFactory(source=source, kind=kind, state="incomplete")

        with pytest.raises(adding.CannotAdd, match="not complete"):
            prepared(source, maker, missing.legacy_contact.external_id)

    def test_are_refused_where_v3_was_never_imported(
        self, source, maker, missing, contacts
    ):
        contacts.delete()

        with pytest.raises(adding.CannotAdd, match="not complete"):
            prepared(source, maker, missing.legacy_contact.external_id)

    def test_are_no_matter_where_nobody_is_named(self, source, maker, contacts):
        contacts.delete()

        assert prepared(source, maker).items == 0

    @pytest.mark.parametrize("status", ["REMOVED"])
    def test_of_whom_v2_removed_make_no_item(self, source, maker, status):
        match = accounts.pair(source, legacy_record(9, status=status))

        run = prepared(source, maker, match.legacy_contact.external_id)

        assert run.items == 0

    def test_of_whom_opted_out_are_made_unsubscribed(self, source, maker):
        match = accounts.pair(source, legacy_record(9, status="OPTOUT"))

        run = prepared(source, maker, match.legacy_contact.external_id)

        (item,) = run.item_set.all()
        assert '"permission_to_send":"unsubscribed"' in item.body
        assert "list_memberships" not in item.body


def reopened(match, kind):
    """Let new evidence have set a decision of this kind aside."""
    finding = factories.FindingFactory(source=match.source, match=match, reopened=1)
    factories.DecisionFactory(finding=finding, kind=kind, superseded_at=AT)
    return finding


class TestSecondLook:
    def test_is_asked_for_with_a_reason(self, run, maker):
        runs.ask(run, by=maker, reason=" V3 lacks it ")

        assert (run.state, run.reason) == (State.AWAITING_SECOND, "V3 lacks it")

    def test_needs_a_reason(self, run, maker):
        with pytest.raises(runs.NotAllowed):
            runs.ask(run, by=maker, reason="  ")

    def test_is_asked_for_by_who_made_it(self, run, approver):
        with pytest.raises(runs.NotAllowed):
            runs.ask(run, by=approver, reason="because")

    def test_waits_for_the_whole_preview(self, source, maker, clerks):
        run = runs.prepare(source=source, by=maker)

        with pytest.raises(runs.NotAllowed, match="not complete"):
            runs.ask(run, by=maker, reason="because")

    def test_of_nothing_is_not_asked_for(self, source, maker):
        with pytest.raises(runs.NotAllowed, match="nothing to send"):
            runs.ask(prepared(source, maker), by=maker, reason="because")

    def test_is_taken_by_another(self, waiting, approver):
        runs.confirm(waiting, by=approver, sha256=waiting.sha256, at=AT)

        assert waiting.state == State.APPROVED
        assert (waiting.second_by, waiting.second_at) == (approver, AT)

    def test_is_never_ones_own(self, waiting, maker):
        maker.is_superuser = True
        maker.save()

        with pytest.raises(runs.NotAllowed, match="another person"):
            runs.confirm(waiting, by=maker, sha256=waiting.sha256)

        assert waiting.state == State.AWAITING_SECOND

    def test_is_never_ones_own_in_the_database_either(self, waiting, maker):
        with pytest.raises(IntegrityError), transaction.atomic():
            WriteRun.objects.update(second_by=maker, second_at=AT)

    def test_is_an_approvers(self, source, waiting):
        other = factories.UserFactory(roles=["operator"], sources=[source])

        with pytest.raises(runs.NotAllowed):
            runs.confirm(waiting, by=other, sha256=waiting.sha256)

    def test_is_of_what_was_seen(self, waiting, approver):
        with pytest.raises(runs.Changed):
            runs.confirm(waiting, by=approver, sha256="0" * 64)

    def test_is_of_what_was_asked_for(self, run, approver):
        with pytest.raises(runs.Changed):
            runs.confirm(run, by=approver, sha256=run.sha256)


class TestStart:
    def test_enqueues_the_sending(self, approved, maker):
        job = runs.start(approved, by=maker)

        assert approved.state == State.RUNNING
        assert (job.kind, job.args) == ("send_write", {"run": approved.pk})

    @pytest.mark.parametrize("state", ["preview", "awaiting_second", "withdrawn"])
    def test_needs_a_confirmation(self, run, maker, state):
        WriteRun.objects.update(state=state)
        run.refresh_from_db()

        with pytest.raises(runs.NotAllowed):
            runs.start(run, by=maker)

    def test_needs_the_switch(self, approved, maker):
        MailAccount.objects.update(may_write=False)

        with pytest.raises(runs.SwitchedOff):
            runs.start(approved, by=maker)

    def test_twice_makes_one_job(self, approved, maker):
        runs.start(approved, by=maker)

        with pytest.raises(jobs.AlreadyRunning):
            runs.start(approved, by=maker)


class TestWithdraw:
    def test_gives_a_preview_up(self, run, maker):
        runs.withdraw(run, by=maker, reason="wrong limits", at=AT)

        assert (run.state, run.finished_at) == (State.WITHDRAWN, AT)
        assert run.item_set.count() == 2

    def test_gives_an_approved_run_up(self, approved, approver):
        runs.withdraw(approved, by=approver, reason="not today")

        assert approved.state == State.WITHDRAWN

    def test_stops_the_job_that_prepares(self, source, maker, clerks):
        run = runs.prepare(source=source, by=maker)

        runs.withdraw(run, by=maker, reason="no")

        assert runs.job_of(run).state == Job.State.CANCELLED

    def test_is_not_anybodys(self, source, run):
        other = factories.UserFactory(roles=["operator"], sources=[source])

        with pytest.raises(runs.NotAllowed):
            runs.withdraw(run, by=other, reason="no")

    def test_needs_a_reason(self, run, maker):
        with pytest.raises(runs.NotAllowed):
            runs.withdraw(run, by=maker, reason="")

    def test_waits_for_the_job_that_sends(self, approved, maker):
        job = runs.start(approved, by=maker)
        with pytest.raises(runs.NotAllowed, match="cancel its job"):
            runs.withdraw(approved, by=maker, reason="no")
        jobs.cancel(job, by=maker)

        runs.withdraw(approved, by=maker, reason="no")

        assert approved.state == State.WITHDRAWN

    def test_waits_until_every_request_is_known(self, approved, maker):
        jobs.cancel(runs.start(approved, by=maker), by=maker)
        WriteItem.objects.filter(place=0).update(state="sending")

        with pytest.raises(runs.NotAllowed, match="reads that back"):
            runs.withdraw(approved, by=maker, reason="no")

        assert approved.item_set.get(place=0).state == "sending"

    def test_by_an_approver_leaves_open_what_nobody_knows(
        self, source, approved, maker, approver
    ):
        jobs.cancel(runs.start(approved, by=maker), by=maker)
        WriteItem.objects.filter(place=0).update(state="sending")

        runs.withdraw(approved, by=approver, reason="the account is closed")

        doubtful, rest = approved.item_set.order_by("place")
        assert (doubtful.state, doubtful.words) == ("differs", runs.UNKNOWN)
        assert doubtful.settled_at is not None
        assert (rest.state, rest.words) == ("ready", "")
        event = Event.objects.get(action="write.sent")
        assert (event.before, event.after["state"], event.reason) == (
            {"state": "sending"},
            "differs",
            "the account is closed",
        )
        assert prepared(source, maker).items == 2

    def test_by_an_approver_waits_for_the_job_too(self, approved, maker, approver):
        runs.start(approved, by=maker)
        WriteItem.objects.filter(place=0).update(state="sending")

        with pytest.raises(runs.NotAllowed, match="cancel its job"):
            runs.withdraw(approved, by=approver, reason="no")

        assert approved.item_set.get(place=0).state == "sending"

    def test_happens_once(self, run, maker):
        runs.withdraw(run, by=maker, reason="no")

        with pytest.raises(runs.NotAllowed):
            runs.withdraw(run, by=maker, reason="no")


def test_every_step_is_an_event_of_the_run(approved, maker):
    jobs.cancel(runs.start(approved, by=maker), by=maker)
    runs.withdraw(approved, by=maker, reason="not today")

    assert actions() == [
        "write.prepared",
        "write.asked",
        "write.confirmed",
        "write.started",
        "write.withdrawn",
    ]
    last = Event.objects.get(action="write.withdrawn")
    assert (last.batch_id, last.reason) == (f"run-{approved.pk}", "not today")
    assert (last.before, last.after["sha256"]) == (
        {"state": "running"},
        approved.sha256,
    )
