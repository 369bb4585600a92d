"""Writing on the page: who may do which step, and what stands before and after."""

import pytest
from django.urls import reverse

from audits.models import WriteItem, WriteRun
from audits.writes import runs
from contacts import working
from contacts.models import ApiBudget, Job, MailAccount
from tests import reviewing
from tests.audits import accounts
from tests.audits.accounts import contact_record, legacy_record
from tests.factories import (
    AT,
    CustomFieldFactory,
    MailAccountFactory,
    MailSourceFactory,
    SnapshotFactory,
    WriteItemFactory,
    WriteRunFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def source():
    source = MailSourceFactory(slug="acme")
    MailAccountFactory(source=source, may_write=True)
    return source


@pytest.fixture
def olga(source):
    return reviewing.person("operator", source)


@pytest.fixture
def operator(olga):
    return reviewing.logged_in(olga)


@pytest.fixture
def approver(source):
    return reviewing.logged_in(reviewing.person("approver", source))


@pytest.fixture
def clerk(source):
    legacy = legacy_record(job_title="Clerk")
    return accounts.pair(source, legacy, contact_record())


@pytest.fixture
def run(source, olga, clerk):
    run = runs.prepare(source=source, by=olga)
    job = working.run_here(runs.job_of(run))
    assert job.state == Job.State.DONE, job.error
    run.refresh_from_db()
    return run


def address(name, *args):
    return reverse(f"audits:{name}", args=["acme", *args])


def told(answer):
    """Give a page in one line: how a template breaks its lines says nothing."""
    return " ".join(answer.content.decode().split())


def post(client, name, run, **values):
    return client.post(address(name, run.pk), values, follow=True)


class TestList:
    def test_offers_to_prepare(self, operator, source):
        page = told(operator.get(address("write-list")))

        assert "Prepare a preview" in page
        assert "10,000 of today’s 10,000 requests are left" in page
        assert "Nobody is added by itself" in page

    def test_says_that_writing_is_off(self, operator):
        MailAccount.objects.update(may_write=False)

        page = told(operator.get(address("write-list")))

        assert "Writing is switched off" in page
        assert "Prepare a preview" not in page

    def test_leads_to_the_run_that_is_not_finished(self, operator, run):
        page = told(operator.get(address("write-list")))

        assert address("write-detail", run.pk) in page
        assert "Prepare a preview" not in page

    def test_offers_nothing_to_who_may_not(self, source):
        viewer = reviewing.logged_in(reviewing.person("viewer", source))

        page = viewer.get(address("write-list"))

        assert "Prepare a preview" not in told(page)
        assert viewer.post(address("write-prepare")).status_code == 403

    def test_lists_the_newest_first(self, operator, source):
        old = WriteRunFactory(source=source, state="withdrawn", finished_at=AT)
        new = WriteRunFactory(source=source)

        page = operator.get(address("write-list"))

        assert [run.pk for run in page.context["page"].rows] == [new.pk, old.pk]


class TestPrepare:
    def test_begins_a_run(self, operator, clerk):
        answer = operator.post(address("write-prepare"), follow=True)

        run = WriteRun.objects.get()
        assert answer.redirect_chain[-1][0] == address("write-detail", run.pk)
        assert "Comparing V2 with V3" in told(answer)
        assert 'hx-trigger="every 2s"' in told(answer)

    def test_names_whom_to_add(self, operator, source):
        SnapshotFactory(source=source)
        match = accounts.pair(source, legacy_record(7))
        ref = match.legacy_contact.external_id

        operator.post(address("write-prepare"), {"ids": f" {ref}\r\n"})

        assert Job.objects.get().args["additions"] == [match.pk]

    def test_says_whom_it_cannot_add(self, operator, source):
        SnapshotFactory(source=source)
        answer = operator.post(address("write-prepare"), {"ids": "0016633325"})

        assert answer.status_code == 422
        assert "0016633325 is no contact that V3 is surely known to lack." in told(
            answer
        )
        assert ">0016633325</textarea>" in told(answer)
        assert not WriteRun.objects.exists()

    def test_while_another_runs_leads_there(self, operator, run):
        answer = operator.post(address("write-prepare"), follow=True)

        assert answer.redirect_chain[-1][0] == address("write-detail", run.pk)
        assert "One account has one at a time." in told(answer)


class TestRun:
    def test_shows_each_field_before_and_after(self, operator, run):
        page = told(operator.get(address("write-detail", run.pk)))

        assert "1 contact to write" in page
        assert "Job title" in page
        assert "<bdi>Clerk</bdi>" in page
        assert "nobody is added" in page
        assert run.sha256 in page

    def test_names_custom_fields_as_the_account_does(self, operator, source):
        field = CustomFieldFactory(source=source, label="Hobby")
        WriteItemFactory(
            run=WriteRunFactory(source=source),
            differences=[["custom_fields", "", f"{field.external_id}: chess"]],
        )
        run = WriteRun.objects.get()

        assert "<bdi>Hobby: chess</bdi>" in told(
            operator.get(address("write-detail", run.pk))
        )

    def test_says_what_it_costs(self, operator, source, run):
        page = told(operator.get(address("write-detail", run.pk)))

        assert '<strong class="tnum">3</strong> requests;' in page
        assert "10,000 of today’s 10,000 are left; takes about" in page

    def test_says_when_it_ends_if_that_is_not_today(
        self, operator, source, run, settings
    ):
        settings.CONSTANT_CONTACT_PER_DAY = 1

        page = operator.get(address("write-detail", run.pk))

        outlook = page.context["outlook"]
        assert (outlook.requests, outlook.left, outlook.quota) == (3, 1, 1)
        assert (outlook.ends_on - AT.date()).days > 0
        assert f"ends on <strong>{outlook.ends_on:%Y-%m-%d}</strong>" in told(page)
        assert not ApiBudget.objects.exists()

    def test_narrows_to_a_state(self, operator, source):
        run = WriteRunFactory(source=source)
        WriteItemFactory(run=run, place=0, state="verified")
        WriteItemFactory(run=run, place=1, state="stale", words="V3 has changed.")

        page = operator.get(address("write-detail", run.pk), {"state": "stale"})

        assert [row.item.place for row in page.context["rows"]] == [1]
        assert "V3 has changed." in told(page)
        assert page.context["states"] == [
            ("verified", "Sent and read back", 1),
            ("stale", "Not sent: changed since", 1),
        ]

    def test_pages_through_many(self, operator, source):
        run = WriteRunFactory(source=source)
        for place in range(30):
            WriteItemFactory(run=run, place=place)
        first = operator.get(address("write-detail", run.pk))

        second = operator.get(
            address("write-detail", run.pk),
            {"cursor": first.context["page"].after},
            headers={"HX-Request": "true", "HX-Target": "write-items"},
        )

        shown = [row.item.place for row in second.context["rows"]]
        assert shown == [25, 26, 27, 28, 29]
        assert second.content.decode().lstrip().startswith("<section")

    def test_while_it_is_busy_only_what_moves_is_asked_for(
        self, operator, source, olga, clerk
    ):
        run = runs.prepare(source=source, by=olga)
        asked = {"HX-Request": "true", "HX-Target": "write-run"}

        moving = operator.get(address("write-detail", run.pk), headers=asked)
        working.run_here(runs.job_of(run))
        ended = operator.get(address("write-detail", run.pk), headers=asked)

        assert 'id="write-items"' not in told(moving)
        assert "HX-Refresh" not in moving.headers
        assert ended.headers["HX-Refresh"] == "true"

    def test_a_contact_that_is_gone_keeps_its_item(self, operator, source):
        run = WriteRunFactory(source=source)
        item = WriteItemFactory(run=run)
        item.match.delete()

        page = told(operator.get(address("write-detail", run.pk)))

        assert "not known any more" in page

    def test_takes_the_same_statements_however_many_items(
        self, operator, source, django_assert_max_num_queries
    ):
        run = WriteRunFactory(source=source)
        for place in range(20):
            WriteItemFactory(run=run, place=place)

        with django_assert_max_num_queries(18):
            operator.get(address("write-detail", run.pk))


class TestSteps:
    def test_lead_from_one_person_to_the_other_and_back(self, operator, approver, run):
        answer = post(operator, "write-ask", run, reason="V3 lacks it")
        assert "It waits for a second look" in told(answer)
        assert "another person must confirm it" in told(answer)

        answer = post(approver, "write-confirm", run, sha256=run.sha256)
        assert "An operator can send it now." in told(answer)
        assert "Send to Constant Contact" not in told(answer)

        answer = post(operator, "write-send", run)
        assert "It is being sent." in told(answer)
        run.refresh_from_db()
        assert run.state == "running"

    def test_who_made_it_is_offered_no_confirmation(self, source, olga, run):
        olga.is_superuser = True
        olga.save()
        runs.ask(run, by=olga, reason="because")
        client = reviewing.logged_in(olga)

        page = told(client.get(address("write-detail", run.pk)))
        answer = post(client, "write-confirm", run, sha256=run.sha256)

        assert address("write-confirm", run.pk) not in page
        assert "you made this preview" in told(answer)
        run.refresh_from_db()
        assert run.state == "awaiting_second"

    def test_an_operator_confirms_nothing(self, operator, olga, run):
        runs.ask(run, by=olga, reason="because")

        assert (
            operator.post(
                address("write-confirm", run.pk), {"sha256": run.sha256}
            ).status_code
            == 403
        )

    def test_a_page_that_is_out_of_date_confirms_nothing(self, approver, olga, run):
        runs.ask(run, by=olga, reason="because")

        answer = post(approver, "write-confirm", run, sha256="0" * 64)

        assert "This is not the preview that you saw" in told(answer)

    def test_without_a_reason_nothing_is_asked(self, operator, run):
        answer = post(operator, "write-ask", run)

        assert "needs a reason" in told(answer)
        run.refresh_from_db()
        assert run.state == "preview"

    def test_nothing_is_sent_while_it_is_switched_off(self, operator, source, run):
        WriteRun.objects.update(
            state="approved",
            second_by=reviewing.person("approver", source),
            second_at=AT,
        )
        MailAccount.objects.update(may_write=False)

        page = told(operator.get(address("write-detail", run.pk)))
        answer = post(operator, "write-send", run)

        assert "so nothing is sent" in page
        assert "Send to Constant Contact" not in page
        assert "is switched off" in told(answer)

    def test_a_run_can_be_given_up(self, operator, run):
        answer = post(operator, "write-withdraw", run, reason="wrong limits")

        assert "What was not sent is never sent." in told(answer)
        run.refresh_from_db()
        assert run.state == "withdrawn"
        assert WriteItem.objects.filter(state="ready").exists()

    def test_a_stranger_gives_nothing_up(self, source, run):
        viewer = reviewing.logged_in(reviewing.person("viewer", source))

        answer = post(viewer, "write-withdraw", run, reason="no")

        assert "Only who made the run" in told(answer)
