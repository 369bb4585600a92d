"""What a decision carries, who has a finding, and what is held, on the pages."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from audits import assigning, deciding
from audits.models import Decision, Finding
from audits.terms import Terms
from tests import mail_reviewing, reviewing
from tests.factories import FindingFactory, UserFactory

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
State = Finding.State


@pytest.fixture
def family():
    """Make a finding that needs no second look."""
    return reviewing.family(severity=Finding.Severity.MEDIUM, recommendation="hold")


@pytest.fixture
def rita(family):
    return UserFactory(username="rita", roles=["reviewer"], sources=[family.source])


@pytest.fixture
def otto(family):
    return UserFactory(username="otto", roles=["reviewer"], sources=[family.source])


@pytest.fixture
def reader(rita):
    return reviewing.logged_in(rita)


@pytest.fixture
def soon():
    return timezone.now().date() + timedelta(days=10)


def address(name, family, *args):
    return reverse(f"audits:{name}", args=[family.source.slug, *args])


def post(reader, family, name, *, headers=None, **changes):
    told = {
        "version": family.finding.version,
        "evidence": family.finding.evidence,
        "queue": "",
        "then": "finding-table",
        "place": "",
    }
    url = address(name, family, family.finding.pk)
    return reader.post(url, {**told, **changes}, headers=headers or {})


def decide(reader, family, **changes):
    told = {"kind": "keep", "reason": "a paper"}
    return post(reader, family, "finding-decide", headers=HTMX, **{**told, **changes})


def told(response):
    return " ".join(response.content.decode().split())


class TestUntilADay:
    def test_a_keep_ends_on_it(self, family, reader, soon):
        page = told(decide(reader, family, until=soon.isoformat()))

        assert Decision.objects.get().exception_until == soon
        assert f"until {soon:%Y-%m-%d}" in page

    def test_a_hold_is_due_on_it(self, family, reader, rita, soon):
        page = told(decide(reader, family, kind="hold", until=soon.isoformat()))

        decision = Decision.objects.get()
        assert (decision.due_on, decision.owner) == (soon, rita)
        assert decision.exception_until is None
        assert f"rita follows it up until {soon:%Y-%m-%d}." in page

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"until": "2020-01-01"}, "must lie ahead"),
            ({"until": "tomorrow"}, "year-month-day"),
            ({"until": "2090-01-01", "kind": "revoke"}, "to keep or to hold"),
        ],
    )
    def test_what_makes_no_sense_is_refused_and_stays_typed(
        self, family, reader, changes, words
    ):
        answer = decide(reader, family, **changes)

        assert answer.status_code == 422
        assert words in told(answer)
        assert f'value="{changes["until"]}"' in told(answer)
        assert 'class="terms" open' in told(answer)
        assert not Decision.objects.exists()

    def test_more_than_30_days_say_that_they_wait(self, family, reader):
        far = timezone.now().date() + timedelta(days=31)

        decide(reader, family, until=far.isoformat())

        assert Finding.objects.get().state == State.AWAITING_SECOND


class TestTerms:
    def test_a_reason_that_was_offered_tells_its_kind(self, family, reader):
        decide(reader, family, reason="A paper on file says so")

        assert Decision.objects.get().reason_code == "paper"

    def test_the_kind_can_be_chosen_apart(self, family, reader):
        decide(reader, family, reason="she called", reason_code="confirmed")

        assert Decision.objects.get().reason_code == "confirmed"

    def test_own_words_have_no_kind(self, family, reader):
        decide(reader, family)

        assert Decision.objects.get().reason_code == ""

    def test_a_hold_can_be_given_to_another(self, family, reader, otto):
        decide(reader, family, kind="hold", owner=otto.pk)

        assert Decision.objects.get().owner == otto

    def test_the_findings_page_offers_all_of_it(self, family, reader, otto):
        page = told(reader.get(address("finding-detail", family, family.finding.pk)))

        assert "Who follows a hold up" in page
        assert "v3 tells another relationship</option>" in page
        assert "otto</option>" in page

    def test_a_mailing_account_has_kinds_in_its_own_words(self):
        ana = mail_reviewing.subscriber()
        reader = mail_reviewing.logged_in(mail_reviewing.person("reviewer", ana.source))

        page = told(reader.get(address("finding-detail", ana, ana.finding.pk)))

        assert "V3 tells another consent" in page
        assert "No longer on the list" in page


class TestHands:
    def test_a_row_is_taken_in_place(self, family, reader, rita):
        assert "Take</button>" in told(reader.get(address("finding-list", family)))

        answer = post(reader, family, "finding-assign", headers=HTMX, to=rita.pk)

        assert Finding.objects.get().assigned_to == rita
        page = told(answer)
        assert page.startswith('<tr id="finding-')
        assert "Yours" in page
        assert "You have view_grades of Ana Diaz now." in page

    def test_a_row_is_let_go(self, family, reader, rita):
        assigning.assign(family.finding, to=rita, was=None, by=rita)

        post(reader, family, "finding-assign", was=rita.pk)

        assert Finding.objects.get().assigned_to is None

    def test_a_row_tells_that_somebody_else_has_it(self, family, reader, otto):
        assigning.assign(family.finding, to=otto, was=None, by=otto)

        page = told(reader.get(address("finding-list", family)))

        assert "otto has it." in page
        assert "Take</button>" not in page

    def test_who_is_second_is_told_who_has_it(self, family, reader, rita, otto):
        assigning.assign(family.finding, to=otto, was=None, by=otto)

        answer = post(reader, family, "finding-assign", headers=HTMX, to=rita.pk)

        assert answer.status_code == 409
        assert "otto has this finding now." in told(answer)

    def test_the_findings_page_gives_it_and_tells_its_history(
        self, family, reader, rita, otto
    ):
        answer = post(
            reader, family, "finding-assign", to=otto.pk, was="", place="detail"
        )

        assert answer.url == address("finding-detail", family, family.finding.pk)
        page = told(reader.get(answer.url))
        assert "rita gave it to otto" in page
        assert "otto has view_grades of Ana Diaz now." in page

    def test_a_viewer_gives_nothing(self, family):
        viewer = reviewing.logged_in(reviewing.person("viewer", family.source))
        url = address("finding-detail", family, family.finding.pk)

        assert post(viewer, family, "finding-assign", to=1).status_code == 403
        assert 'name="was"' not in told(viewer.get(url))

    @pytest.mark.parametrize(
        ("whose", "shown"), [("rita", "Ana Diaz"), ("nobody", "Bea Late")]
    )
    def test_the_queue_narrows_to_mine_or_nobodys(
        self, family, reader, rita, whose, shown
    ):
        FindingFactory(source=family.source, contact_name="Bea Late")
        assigning.assign(family.finding, to=rita, was=None, by=rita)
        number = rita.pk if whose == "rita" else 0

        page = reader.get(f"{address('finding-list', family)}?assigned={number}")

        names = {row.person for row in page.context["rows"]}
        assert names == {shown}
        assert page.context["total"] == "1"
        selected = f'value="{number}" selected'
        assert selected in told(page)


class TestHolds:
    @pytest.fixture
    def held(self, family, rita):
        past = timezone.now() - timedelta(days=40)
        return deciding.decide(
            family.finding,
            kind="hold",
            reason="asked the school",
            by=rita,
            version=1,
            evidence=family.finding.evidence,
            terms=Terms(due_on=past.date() + timedelta(days=5)),
            at=past,
        )

    def test_what_is_past_its_day_stands_on_the_home_page(self, family, reader, held):
        page = told(reader.get(address("overview", family)))

        assert "Holds past their day" in page
        assert "asked the school" in page
        assert f"{held.due_on:%Y-%m-%d}" in page

    def test_nothing_late_is_nothing_on_the_home_page(self, family, reader):
        page = told(reader.get(address("overview", family)))

        assert "Holds past their day" not in page

    def test_all_are_listed_or_ones_own(self, family, reader, held, otto):
        everyones = told(reader.get(address("hold-list", family)))
        other = reviewing.logged_in(otto).get(f"{address('hold-list', family)}?mine")

        assert "Ana Diaz" in everyones
        assert "You follow nothing up" in told(other)

    def test_the_list_is_read_in_few_statements(
        self, family, reader, held, django_assert_max_num_queries
    ):
        with django_assert_max_num_queries(8):
            reader.get(address("hold-list", family))
