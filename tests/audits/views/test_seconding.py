"""The page of what waits for a second look, and confirming or sending back in place."""

from datetime import timedelta

import pytest
from django.urls import reverse

from audits import deciding, seconding
from audits.models import Decision, Event, Finding
from tests import mail_reviewing, reviewing
from tests.factories import AT, FindingFactory, UserFactory

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
State = Finding.State


@pytest.fixture
def family():
    return reviewing.family()


@pytest.fixture
def rita(family):
    return UserFactory(username="rita", roles=["reviewer"], sources=[family.source])


@pytest.fixture
def anna(family):
    return UserFactory(username="anna", roles=["approver"], sources=[family.source])


@pytest.fixture
def reader(anna):
    return reviewing.logged_in(anna)


@pytest.fixture
def waiting(family, rita):
    return decide(family.finding, rita)


def decide(finding, by, **changes):
    told = {"kind": "revoke", "reason": "the school said so", "at": AT, **changes}
    return deciding.decide(
        finding, by=by, version=finding.version, evidence=finding.evidence, **told
    )


def address(name, family, *args):
    return reverse(f"audits:{name}", args=[family.source.slug, *args])


def act(reader, family, name, *, headers=None, **changes):
    told = {"version": 2, "queue": "", "then": "finding-table", "place": "second"}
    return reader.post(
        address(name, family, family.finding.pk),
        {**told, **changes},
        headers=headers or {},
    )


def told(response):
    return " ".join(response.content.decode().split())


class TestPage:
    def test_shows_both_sides_the_first_decision_and_what_to_do(
        self, family, reader, waiting
    ):
        page = told(reader.get(address("second-look", family)))

        assert "Parent (Parent/Guardian)" in page
        assert "Aunt/Uncle (Family)" in page
        assert "view_grades for Leo Diaz rests on v2 ‘Parent’" in page
        assert "the school said so" in page
        assert "rita" in page
        assert address("finding-confirm", family, family.finding.pk) in page
        assert address("finding-return", family, family.finding.pk) in page
        assert "2026-03-05" in page

    def test_leaves_out_ones_own(self, family, reader, anna):
        decide(family.finding, anna)

        page = told(reader.get(address("second-look", family)))

        assert "Nothing waits for you" in page
        assert "Ana Diaz" not in page

    def test_the_oldest_due_is_first_and_what_is_late_is_marked(
        self, family, reader, waiting, rita
    ):
        younger = FindingFactory(source=family.source, contact_name="Bea Late")
        decide(younger, rita, at=AT + timedelta(days=2))
        seconding.escalate(at=AT + timedelta(days=3))

        page = told(reader.get(address("second-look", family)))

        assert page.index("Ana Diaz") < page.index("Bea Late")
        assert page.count("Past its day</span> <time") == 1

    def test_pages_go_on_where_the_last_ended(
        self, family, reader, waiting, rita, monkeypatch
    ):
        monkeypatch.setattr("audits.views.seconding.PAGE_SIZE", 1)
        younger = FindingFactory(source=family.source, contact_name="Bea Late")
        decide(younger, rita, at=AT + timedelta(days=2))

        first = reader.get(address("second-look", family))
        cursor = first.context["page"].after
        second = told(reader.get(f"{address('second-look', family)}?cursor={cursor}"))

        assert "Ana Diaz" in told(first)
        assert "Bea Late" in second
        assert "Ana Diaz" not in second

    @pytest.mark.parametrize("role", ["viewer", "reviewer", "auditor", "operator"])
    def test_is_for_approvers(self, family, role):
        other = reviewing.logged_in(reviewing.person(role, family.source))

        assert other.get(address("second-look", family)).status_code == 403

    def test_a_fragment_is_the_table_alone(self, family, reader, waiting):
        page = told(reader.get(address("second-look", family), headers=HTMX))

        assert page.startswith('<div id="second-table"')

    def test_takes_no_more_statements_for_more_rows(
        self, family, reader, waiting, rita, django_assert_max_num_queries
    ):
        for _ in range(5):
            decide(FindingFactory(source=family.source), rita)

        with django_assert_max_num_queries(10):
            reader.get(address("second-look", family))


class TestTab:
    def test_counts_what_waits_for_the_reader(self, family, reader, waiting, anna):
        own = FindingFactory(source=family.source)
        decide(own, anna)

        page = told(reader.get(address("finding-list", family)))

        assert 'id="badge-second-look">1</span>' in page

    def test_says_nothing_where_nothing_waits(self, family, reader):
        page = told(reader.get(address("finding-list", family)))

        assert 'id="badge-second-look"></span></a>' in page

    def test_is_not_there_for_who_may_not_look(self, family, rita, waiting):
        page = told(reviewing.logged_in(rita).get(address("finding-list", family)))

        assert address("second-look", family) not in page
        assert "badge-second-look" not in page

    @pytest.mark.parametrize(
        ("counted", "most", "words"), [(500, 100, "2"), (2, 100, "2+"), (500, 2, "1+")]
    )
    def test_counts_no_further_than_it_has_to(
        self, family, rita, anna, waiting, monkeypatch, counted, most, words
    ):
        monkeypatch.setattr(seconding, "COUNTED", counted)
        monkeypatch.setattr(seconding, "MOST_TOLD", most)
        decide(FindingFactory(source=family.source), rita)

        assert seconding.count_waiting(anna, family.source) == words


class TestConfirming:
    def test_leads_back_to_the_page(self, family, reader, waiting):
        answer = act(reader, family, "finding-confirm")

        assert answer.status_code == 302
        assert answer.url == f"{address('second-look', family)}#finding-table"
        assert Finding.objects.get().state == State.APPROVED

    def test_gives_the_row_anew_and_the_count_beside_it(self, family, reader, waiting):
        answer = act(reader, family, "finding-confirm", headers=HTMX)

        page = told(answer)
        assert page.startswith('<tr id="finding-')
        assert "Second look by anna" in page
        assert 'id="second-count"' in page
        assert 'id="badge-second-look" hx-swap-oob="true"></span>' in page
        assert "Confirmed: revoke view_grades of Ana Diaz." in page
        assert "finding-confirm" not in page

    def test_from_the_findings_own_page_leads_back_there(self, family, reader, waiting):
        answer = act(reader, family, "finding-confirm", place="detail")

        assert answer.url == address("finding-detail", family, family.finding.pk)

    def test_of_ones_own_is_refused(self, family, reader, anna):
        decide(family.finding, anna)

        answer = act(reader, family, "finding-confirm", headers=HTMX)

        assert answer.status_code == 422
        assert "Nobody takes the second look at their own decision." in told(answer)
        assert Finding.objects.get().state == State.AWAITING_SECOND

    def test_by_somebody_who_may_not_is_refused(self, family, waiting):
        other = reviewing.logged_in(reviewing.person("reviewer", family.source))

        assert act(other, family, "finding-confirm").status_code == 403

    @pytest.mark.parametrize("name", ["finding-confirm", "finding-return"])
    def test_after_somebody_else_is_told_who_did_what(
        self, family, reader, waiting, name
    ):
        otto = UserFactory(username="otto", roles=["approver"])
        seconding.confirm(waiting, by=otto, version=2, at=AT)

        answer = act(reader, family, name, headers=HTMX, reason="look again")

        assert answer.status_code == 409
        assert "otto confirmed this at 2026-03-02 09:30 UTC." in told(answer)
        assert Event.objects.filter(action__startswith="finding.").count() == 2

    @pytest.mark.parametrize("name", ["finding-confirm", "finding-return"])
    def test_of_what_was_sent_back_meanwhile_says_so(
        self, family, reader, waiting, name
    ):
        otto = UserFactory(username="otto", roles=["approver"])
        seconding.send_back(waiting, by=otto, note="ask", version=2, at=AT)

        answer = act(reader, family, name, headers=HTMX, reason="look again")

        assert answer.status_code == 409
        assert "Sent back by otto at 2026-03-02 09:30 UTC." in told(answer)

    def test_without_what_was_seen_is_refused(self, family, reader, waiting):
        answer = act(reader, family, "finding-confirm", headers=HTMX, version="x")

        assert answer.status_code == 422
        assert Finding.objects.get().state == State.AWAITING_SECOND


class TestSendingBack:
    def test_opens_the_finding_and_shows_the_note_with_it(
        self, family, reader, waiting, rita
    ):
        answer = act(reader, family, "finding-return", reason="which school?")

        assert answer.status_code == 302
        assert Finding.objects.get().state == State.OPEN
        for name, args in [
            ("finding-list", []),
            ("finding-detail", [family.finding.pk]),
        ]:
            page = told(reviewing.logged_in(rita).get(address(name, family, *args)))
            assert "Sent back by anna" in page
            assert "which school?" in page

    def test_without_a_note_is_refused(self, family, reader, waiting):
        answer = act(reader, family, "finding-return", headers=HTMX, reason="")

        assert answer.status_code == 422
        assert "who decided must know what to look at again" in told(answer)
        assert Decision.objects.get().returned_at is None

    def test_keeps_the_note_that_could_not_be_sent(self, family, reader, anna):
        decide(family.finding, anna)

        answer = act(reader, family, "finding-return", headers=HTMX, reason="my note")

        assert answer.status_code == 422

    def test_gives_the_row_anew(self, family, reader, waiting):
        answer = act(
            reader, family, "finding-return", headers=HTMX, reason="which school?"
        )

        assert "which school?" in told(answer)
        assert "finding-done" in told(answer)


class TestElsewhere:
    @pytest.mark.parametrize("name", ["finding-list", "finding-detail"])
    def test_a_finding_says_until_when_it_waits(self, family, rita, waiting, name):
        args = [family.finding.pk] if name == "finding-detail" else []
        url = f"{address(name, family, *args)}?state=awaiting_second"

        page = told(reviewing.logged_in(rita).get(url))

        assert "Waits for a second look until" in page
        assert "2026-03-05 09:30" in page
        assert "Confirm</button>" not in page

    @pytest.mark.parametrize("name", ["finding-list", "finding-detail"])
    def test_who_may_look_can_do_it_there(self, family, reader, waiting, name):
        args = [family.finding.pk] if name == "finding-detail" else []
        url = f"{address(name, family, *args)}?state=awaiting_second"

        page = told(reader.get(url))

        assert "Confirm</button>" in page
        assert "Send back with a note" in page


def test_a_mailing_account_has_the_page_in_its_own_words():
    ana = mail_reviewing.subscriber()
    rita = mail_reviewing.person("reviewer", ana.source)
    Finding.objects.update(severity=Finding.Severity.CRITICAL)
    decide(Finding.objects.get(), rita)
    reader = mail_reviewing.logged_in(mail_reviewing.person("approver", ana.source))

    page = told(reader.get(reverse("audits:second-look", args=[ana.source.slug])))

    assert "Contact, list, privilege" in page
    assert "V2 told" in page
    assert "News" in page
