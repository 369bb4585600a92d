"""Sending: each request once, known by its intent, read back; killed anywhere it goes on."""

import json
from datetime import UTC, datetime, time, timedelta

import msgspec
import pytest
from django.utils import timezone

from audits import trail
from audits.models import Event, WriteItem, WriteRun
from audits.writes import requesting, runs
from contacts import api_errors, jobs, working
from contacts.constant_contact.client import Client
from contacts.mail_records import LegacyAddress, LegacyCustomField
from contacts.models import ApiBudget, Job, LegacyConsent, MailAccount
from contacts.sandbox.faults import Kind
from tests import factories
from tests.audits import accounts
from tests.audits.accounts import legacy_record
from tests.audits.writes.served import FIELD, clerk, items, served, serving

pytestmark = pytest.mark.django_db

OURS_CHANGED = (
    "stale",
    "V2, or what was decided of the contact, has changed since the preview.",
)
STALE = ("stale", "V3 has changed since the preview.")
VERIFIED = ("verified", "")
NUL = "Lo\0pez"


class Killed(BaseException):
    """What kill -9 looks like from inside: nothing is cleaned up."""


def kill(monkeypatch, method, *, after):
    """Let the worker die at its first PUT or POST, before or after it arrived."""
    real = getattr(Client, method)

    def dying(client, *told):
        if after:
            real(client, *told)
        raise Killed

    monkeypatch.setattr(Client, method, dying)


def die(account, run):
    job = runs.start(run, by=account.maker)
    with pytest.raises(Killed):
        working.work(job.pk)
    Job.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    return job


def go_on(job, run):
    working.work(job.pk)
    job.refresh_from_db()
    run.refresh_from_db()


class TestAChange:
    def test_is_sent_and_read_back(self):
        with serving(clerk(1), clerk(2)) as account:
            run = account.approved()

            job = account.send(run)

            assert (job.state, run.state) == (Job.State.DONE, WriteRun.State.DONE)
            assert items(run) == [VERIFIED, VERIFIED]
            assert account.contact(1)["job_title"] == "Clerk"
            assert (account.puts(1), account.requests()) == (1, 6)
            assert job.result == {"run": run.pk, "items": 2, "verified": 2}

    def test_empties_nothing_that_v3_has(self):
        phone = {"kind": "home", "phone_number": "555"}
        before = {
            "last_name": "Diaz",
            "birthday_month": 3,
            "birthday_day": 4,
            "anniversary": "2010-05-06",
            "company_name": "Acme",
            "phone_numbers": [phone],
            "notes": [{"content": "likes tea"}],
            "taggings": [factories.uuid(99)],
            "list_memberships": [factories.uuid(98)],
        }
        with serving(clerk(1, **before)) as account:
            account.send(account.approved())

            now = account.contact(1)

        assert now["job_title"] == "Clerk"
        assert {name: now[name] for name in before} == before

    def test_fills_the_parts_that_v3_lacks(self):
        legacy = legacy_record(
            1,
            home_phone="555-0100",
            addresses=(LegacyAddress("PERSONAL", "12 Elm St", city="Troy"),),
            custom_fields=(LegacyCustomField(3, "chess"),),
        )
        with serving((legacy, served(1))) as account:
            ref = FIELD["custom_field_id"]
            factories.SlotNameFactory(source=account.source, slot=3, field_ref=ref)
            run = account.approved()

            account.send(run)

            now = account.contact(1)
            assert items(run) == [VERIFIED]
        assert now["phone_numbers"][0]["phone_number"] == "555-0100"
        assert now["street_addresses"][0]["city"] == "Troy"
        assert now["custom_fields"] == [{"custom_field_id": ref, "value": "chess"}]

    def test_unsubscribes_who_opted_out(self):
        legacy = legacy_record(1, status="OPTOUT")
        with serving((legacy, served(1))) as account:
            account.send(account.approved())

            email = account.contact(1)["email_address"]

        assert email["permission_to_send"] == "unsubscribed"
        assert email["opt_out_source"] == "Account"

    def test_is_not_sent_if_v3_has_changed_since(self):
        with serving(clerk(1), clerk(2)) as account:
            run = account.approved()
            account.change(1, last_name="Lopez")

            account.send(run)

            assert items(run) == [STALE, VERIFIED]
            assert account.puts(1) == 0
            assert "job_title" not in account.contact(1)

    def test_is_not_sent_if_v2_tells_something_else_since(self):
        with serving(clerk(1)) as account:
            run = account.approved()
            later = legacy_record(1, job_title="Clerk", status="OPTOUT")
            LegacyConsent.objects.update(body=_body(later))

            account.send(run)

            assert items(run) == [OURS_CHANGED]
            assert account.requests() == 0

    def test_is_not_sent_if_somebody_decided_since(self):
        legacy = legacy_record(1)
        with serving((legacy, served(1, permission="explicit"))) as account:
            run = account.approved()
            accounts.keep(account.source, account.matches[0])

            account.send(run)

            assert items(run) == [OURS_CHANGED]
            email = account.contact(1)["email_address"]
            assert email["permission_to_send"] == "explicit"

    def test_is_not_sent_if_v3_lost_the_contact(self):
        with serving(clerk(1)) as account:
            run = account.approved()
            account.fault(Kind.STATUS, at=1, status=404)

            account.send(run)

            ((state, words),) = items(run)
            assert (state, words) == (
                "stale",
                "V3 does not have the contact any more.",
            )

    def test_that_is_refused_tells_the_key_alone(self):
        with serving(clerk(1)) as account:
            run = account.approved()
            key = "contacts.api.validation.error"
            account.fault(Kind.STATUS, at=2, status=400, key=key)

            job = account.send(run)

            assert job.state == Job.State.DONE
            assert items(run) == [("refused", f"Constant Contact refused it ({key}).")]
            assert Event.objects.get(action="write.sent").after["error_key"] == key

    @pytest.mark.parametrize("status", [402, 405, 415])
    def test_that_is_refused_in_any_other_way_stops_no_other(self, status):
        with serving(clerk(1), clerk(2)) as account:
            run = account.approved()
            account.fault(Kind.STATUS, at=2, status=status)

            job = account.send(run)

            assert [state for state, _ in items(run)] == ["refused", "verified"]
            assert (job.state, run.state) == (Job.State.DONE, WriteRun.State.DONE)

    def test_of_a_contact_that_cannot_be_read_is_not_sent(self):
        with serving(clerk(1), clerk(2)) as account:
            run = account.approved()
            account.change(1, last_name=NUL)

            job = account.send(run)

            words = "V3's record cannot be read: last_name holds a NUL character."
            assert items(run) == [("stale", words), VERIFIED]
            assert (job.state, account.puts(1)) == (Job.State.DONE, 0)

    def test_that_cannot_be_read_back_differs(self, monkeypatch):
        real = Client.put

        with serving(clerk(1), clerk(2)) as account:

            def spoilt(client, contact_id, body):
                told = real(client, contact_id, body)
                account.change(1, last_name=NUL)
                return told

            monkeypatch.setattr(Client, "put", spoilt)
            run = account.approved()

            job = account.send(run)

            (state, words), second = items(run)
            assert state == "differs"
            assert words.endswith("what arrived: last_name holds a NUL character.")
            assert (second, job.state) == (VERIFIED, Job.State.DONE)

    def test_whose_address_is_anothers_is_a_conflict(self):
        with serving(clerk(1)) as account:
            run = account.approved()
            account.fault(Kind.STATUS, at=2, status=409)

            account.send(run)

            assert items(run) == [("conflict", "Another contact has the address.")]

    def test_that_v3_does_not_keep_differs(self, monkeypatch):
        real = Client.put

        def forgetful(client, contact_id, body):
            told = json.loads(body)
            del told["job_title"]
            return real(client, contact_id, json.dumps(told).encode())

        monkeypatch.setattr(Client, "put", forgetful)
        with serving(clerk(1)) as account:
            run = account.approved()

            account.send(run)

            assert items(run) == [("differs", "V3 reads otherwise: job title.")]
            event = Event.objects.get(action="write.sent")
            assert event.after["fields"] == ["job_title"]


class TestWhoIsMailable:
    @pytest.mark.parametrize(
        "permission",
        ["explicit", "implicit", "not_set", "pending_confirmation", "temp_hold"],
    )
    @pytest.mark.parametrize(
        "status",
        ["ACTIVE", "UNCONFIRMED", "OPTOUT", "REMOVED", "NON_SUBSCRIBER", "TEMP_HOLD"],
    )
    def test_nobody_is_more_so_than_before(self, permission, status):
        strength = {"explicit": 2, "implicit": 1}
        legacy = legacy_record(1, status=status, job_title="Clerk")
        with serving((legacy, served(1, permission=permission))) as account:
            run = account.prepare()
            if run.items:
                runs.ask(run, by=account.maker, reason="because")
                runs.confirm(run, by=account.approver, sha256=run.sha256)
                account.send(run)

            now = account.contact(1)["email_address"]["permission_to_send"]

        assert strength.get(now, 0) <= strength.get(permission, 0)
        if status in {"OPTOUT", "NON_SUBSCRIBER", "TEMP_HOLD"}:
            assert strength.get(now, 0) == 0

    def test_who_v3_unsubscribed_is_left_alone(self):
        with serving(clerk(1, permission="unsubscribed")) as account:
            assert account.prepare().items == 0


class TestAnAddition:
    def test_is_made_and_read_back(self):
        legacy = legacy_record(7, job_title="Clerk")
        with serving((legacy, None), clerk(1)) as account:
            run = account.approved(legacy.external_id)

            account.send(run)

            assert items(run) == [VERIFIED, VERIFIED]
            made = WriteItem.objects.get(method="post")
            assert len(made.contact_v3_id) == 36
            assert account.posts() == 1

    @pytest.mark.parametrize(
        "error",
        [
            api_errors.Gone("POST /v3/contacts answered 404"),
            api_errors.ApiError("POST /v3/contacts answered 404"),
        ],
    )
    def test_that_is_refused_without_a_key_tells_the_status(self, monkeypatch, error):
        def refused(*_):
            raise error

        monkeypatch.setattr(Client, "post", refused)
        legacy = legacy_record(7)
        with serving((legacy, None)) as account:
            run = account.approved(legacy.external_id)

            job = account.send(run)

            words = "Constant Contact refused it (404)."
            assert items(run) == [("refused", words)]
            assert job.state == Job.State.DONE

    def test_whose_answer_cannot_be_read_differs(self, monkeypatch):
        legacy = legacy_record(7)
        monkeypatch.setattr(Client, "post", lambda *_: b'{"contact_id": ""}')
        with serving((legacy, None), clerk(1)) as account:
            run = account.approved(legacy.external_id)

            job = account.send(run)

            states = [state for state, _ in items(run)]
            assert (job.state, states) == (Job.State.DONE, ["verified", "differs"])

    def test_of_an_address_whose_contact_cannot_be_read_is_a_conflict(self):
        legacy = legacy_record(7)
        other = served(8, address="ana7@example.org")
        with serving((legacy, None), (legacy_record(8), other)) as account:
            run = account.approved(legacy.external_id)
            account.change(8, last_name=NUL)

            job = account.send(run)

            ((state, words),) = items(run)
            assert (state, job.state) == ("conflict", Job.State.DONE)
            assert words == (
                "V3 says that it has the address, and does not tell of whom."
            )

    def test_of_a_known_address_is_a_conflict(self):
        legacy = legacy_record(7, job_title="Clerk")
        other = served(8, address="ana7@example.org", last_name="Lopez")
        with serving((legacy, None), (legacy_record(8), other)) as account:
            run = account.approved(legacy.external_id)

            account.send(run)

            ((state, words),) = items(run)
            assert (state, words) == (
                "conflict",
                "V3 has another contact of this address.",
            )
            assert run.item_set.get().contact_v3_id == factories.uuid(8)
            assert "job_title" not in account.contact(8)

    def test_that_v3_has_already_as_it_would_be_is_done(self):
        legacy = legacy_record(7, job_title="Clerk")
        ours = served(8, address="ana7@example.org", job_title="Clerk")
        with serving((legacy, None), (legacy_record(8), ours)) as account:
            run = account.approved(legacy.external_id)

            account.send(run)

            assert items(run) == [VERIFIED]

    def test_of_somebody_deleted_is_a_conflict(self):
        legacy = legacy_record(7)
        gone = served(8, address="ana7@example.org", deleted_at="2024-05-06")
        with serving((legacy, None), (legacy_record(8), gone)) as account:
            run = account.approved(legacy.external_id)

            account.send(run)

            assert items(run)[0][0] == "conflict"

    def test_is_not_made_if_v2_opted_out_since(self):
        legacy = legacy_record(7)
        with serving((legacy, None)) as account:
            run = account.approved(legacy.external_id)
            later = legacy_record(7, status="OPTOUT")
            LegacyConsent.objects.update(body=_body(later))

            account.send(run)

            assert items(run)[0][0] == "stale"
            assert account.posts() == 0

    def test_is_not_made_if_an_order_came_since(self):
        legacy = legacy_record(7)
        with serving((legacy, None)) as account:
            run = account.approved(legacy.external_id)
            factories.RestrictionFactory(
                source=account.source, match=account.matches[0]
            )

            account.send(run)

            assert items(run)[0][0] == "stale"
            assert account.posts() == 0


def _body(record):
    return msgspec.json.encode(record).decode()


class TestAKilledWorker:
    def test_leaves_the_intent_behind(self, monkeypatch):
        with serving(clerk(1), clerk(2)) as account:
            run = account.approved()
            kill(monkeypatch, "put", after=False)

            die(account, run)

            assert [state for state, _ in items(run)] == ["sending", "ready"]
            assert run.item_set.get(place=0).sent_at is not None

    def test_reads_back_what_had_arrived_and_sends_it_no_more(self, monkeypatch):
        with serving(clerk(1), clerk(2)) as account:
            run = account.approved()
            kill(monkeypatch, "put", after=True)
            job = die(account, run)
            monkeypatch.undo()

            go_on(job, run)

            assert items(run) == [VERIFIED, VERIFIED]
            assert (account.puts(1), account.puts(2)) == (1, 1)
            assert run.state == WriteRun.State.DONE

    def test_sends_what_never_arrived(self, monkeypatch):
        with serving(clerk(1)) as account:
            run = account.approved()
            kill(monkeypatch, "put", after=False)
            job = die(account, run)
            monkeypatch.undo()

            go_on(job, run)

            assert (items(run), account.puts(1)) == ([VERIFIED], 1)

    def test_overwrites_nothing_that_changed_meanwhile(self, monkeypatch):
        with serving(clerk(1)) as account:
            run = account.approved()
            kill(monkeypatch, "put", after=False)
            job = die(account, run)
            monkeypatch.undo()
            account.change(1, last_name="Lopez")

            go_on(job, run)

            assert items(run) == [("differs", "V3 reads otherwise: job title.")]
            assert account.puts(1) == 0

    def test_adds_nobody_twice(self, monkeypatch):
        legacy = legacy_record(7, job_title="Clerk")
        with serving((legacy, None)) as account:
            run = account.approved(legacy.external_id)
            kill(monkeypatch, "post", after=True)
            job = die(account, run)
            monkeypatch.undo()

            go_on(job, run)

            assert (items(run), account.posts()) == ([VERIFIED], 1)
            assert len(run.item_set.get().contact_v3_id) == 36

    def test_adds_whom_it_had_not_added(self, monkeypatch):
        legacy = legacy_record(7)
        with serving((legacy, None)) as account:
            run = account.approved(legacy.external_id)
            kill(monkeypatch, "post", after=False)
            job = die(account, run)
            monkeypatch.undo()

            go_on(job, run)

            assert (items(run), account.posts()) == ([VERIFIED], 1)


class TestADoubt:
    @pytest.mark.parametrize("kind", [Kind.TRUNCATED, Kind.DISCONNECT, Kind.HTML])
    def test_about_a_change_that_was_made_is_settled_by_looking(self, kind):
        with serving(clerk(1)) as account:
            run = account.approved()
            account.fault(kind, at=2)

            job = account.send(run)

            assert (job.state, items(run)) == (Job.State.DONE, [VERIFIED])
            assert account.puts(1) == 1

    def test_about_an_addition_is_settled_by_looking(self):
        legacy = legacy_record(7)
        with serving((legacy, None)) as account:
            run = account.approved(legacy.external_id)
            account.fault(Kind.DISCONNECT, at=1)

            account.send(run)

            assert (items(run), account.posts()) == ([VERIFIED], 1)

    def test_about_a_change_that_was_not_made_waits(self):
        with serving(clerk(1)) as account:
            run = account.approved()
            account.fault(Kind.STATUS, at=2, status=503)

            job = account.send(run)

            assert job.state == Job.State.QUEUED
            assert job.not_before > timezone.now()
            assert items(run)[0][0] == "sending"
            Job.objects.update(not_before=None)
            go_on(job, run)
            assert items(run) == [VERIFIED]


class TestStops:
    def test_at_the_days_end_and_goes_on_the_next(self, time_machine):
        time_machine.move_to(timezone.now().replace(hour=12))
        with serving(clerk(1), clerk(2), per_day=4) as account:
            run = account.approved()

            job = account.send(run)

            assert job.state == Job.State.QUEUED
            tomorrow = timezone.now().date() + timedelta(days=1)
            after = job.not_before - datetime.combine(tomorrow, time.min, UTC)
            assert timedelta(minutes=1) <= after <= timedelta(minutes=5)
            assert items(run) == [VERIFIED, ("ready", "")]
            assert "The day's requests are used up" in job.error
            account.sandbox.budget._per_day = 1_000
            next_day(job)
            go_on(job, run)
            assert items(run) == [VERIFIED, VERIFIED]

    def test_at_our_own_budget_too(self, settings):
        settings.CONSTANT_CONTACT_PER_DAY = 4
        with serving(clerk(1), clerk(2)) as account:
            run = account.approved()

            job = account.send(run)

            assert job.state == Job.State.QUEUED
            assert items(run) == [VERIFIED, ("ready", "")]

    def test_with_the_intent_taken_back_where_it_was_refused(self):
        with serving(clerk(1)) as account:
            run = account.approved()
            account.fault(Kind.STATUS, at=2, status=429, key="quota_exceeded")

            job = account.send(run)

            assert job.state == Job.State.QUEUED
            assert items(run) == [("ready", "")]
            assert run.item_set.get().sent_at is None

    def test_where_the_token_is_refused(self):
        with serving(clerk(1)) as account:
            run = account.approved()
            account.fault(Kind.STATUS, at=2, status=401)

            job = account.send(run)

            assert (job.state, items(run)) == (Job.State.PAUSED, [("ready", "")])
            assert "Reconnect it" in job.error
            jobs.retry(job, by=account.maker)
            go_on(job, run)
            assert items(run) == [VERIFIED]

    def test_where_it_is_sent_elsewhere_and_takes_the_intent_back(self):
        with serving(clerk(1)) as account:
            run = account.approved()
            account.fault(Kind.STATUS, at=2, status=302)

            job = account.send(run)

            assert (job.state, items(run)) == (Job.State.FAILED, [("ready", "")])
            assert "send the run on" in job.error
            jobs.retry(job, by=account.maker)
            go_on(job, run)
            assert items(run) == [VERIFIED]

    def test_where_the_host_is_not_who_it_says(self, monkeypatch):
        def untrusted(*_):
            raise api_errors.Untrusted("the host's certificate was not accepted")

        monkeypatch.setattr(Client, "put", untrusted)
        with serving(clerk(1)) as account:
            run = account.approved()

            job = account.send(run)

            assert (job.state, items(run)) == (Job.State.FAILED, [("ready", "")])
            assert "certificate" in job.error

    def test_at_the_next_item_where_it_is_switched_off(self, monkeypatch):
        with serving(clerk(1), clerk(2)) as account:
            run = account.approved()
            real = requesting.settle

            def settle(*told):
                real(*told)
                MailAccount.objects.update(may_write=False)

            monkeypatch.setattr(requesting, "settle", settle)

            job = account.send(run)

            assert job.state == Job.State.PAUSED
            assert items(run) == [VERIFIED, ("ready", "")]
            assert account.puts(2) == 0
            assert "switched off" in job.error

    def test_before_the_first_where_the_items_are_not_those_confirmed(self):
        with serving(clerk(1)) as account:
            run = account.approved()
            WriteItem.objects.update(body='{"update_source":"Account"}')

            job = account.send(run)

            assert job.state == Job.State.FAILED
            assert account.requests() == 0
            assert "not those that were confirmed" in job.error

    def test_where_it_is_cancelled_and_can_be_sent_on(self, monkeypatch):
        with serving(clerk(1), clerk(2)) as account:
            run = account.approved()
            real = requesting.settle

            def settle(lease, *told):
                real(lease, *told)
                if lease.job.state == Job.State.RUNNING:
                    jobs.cancel(Job.objects.get(pk=lease.job.pk), by=account.maker)

            monkeypatch.setattr(requesting, "settle", settle)
            job = account.send(run)
            assert (job.state, account.puts(2)) == (Job.State.CANCELLED, 0)
            monkeypatch.undo()

            again = runs.start(run, by=account.maker)
            working.run_here(again)

            assert items(run) == [VERIFIED, VERIFIED]
            assert (account.puts(1), account.puts(2)) == (1, 1)


def next_day(job):
    """Let the night pass: the job is due, and the key's requests are counted anew."""
    Job.objects.filter(pk=job.pk).update(not_before=None)
    ApiBudget.objects.update(used=0)


def test_every_item_is_one_event_without_personal_data():
    with serving(clerk(1), clerk(2)) as account:
        run = account.approved()
        account.send(run)

    told = Event.objects.filter(action="write.sent").order_by("seq")
    assert [event.batch_id for event in told] == [f"run-{run.pk}"] * 2
    assert [event.after["place"] for event in told] == [0, 1]
    assert told[0].after["fields"] == ["job_title"]
    assert told[0].after["state"] == "verified"
    text = trail.canonical([[event.before, event.after] for event in told])
    assert "Ana" not in text
    assert "example.org" not in text
    assert "Clerk" not in text
    finished = Event.objects.get(action="write.finished")
    assert finished.after["counts"] == {"verified": 2}


def test_no_token_and_no_person_reaches_the_log(caplog):
    with serving(clerk(1)) as account:
        run = account.approved()
        account.fault(Kind.STATUS, at=2, status=400, key="x")
        account.send(run)

    assert "make-believe-token" not in caplog.text
    assert "ana1@example.org" not in caplog.text
