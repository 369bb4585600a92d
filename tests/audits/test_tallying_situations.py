"""Tallies: what a page of situations reads is what counting the findings would give."""

import pytest
from django.db.models import Count, Q

from audits import batching, deciding, seconding, tallying_situations
from audits.models import Decision, Finding, SituationTally
from contacts.models import RelationshipEntry
from tests import factories
from tests.audits.batches.desk import Desk
from tests.audits.district import AUNT, District

pytestmark = pytest.mark.django_db
State = Finding.State


@pytest.fixture(autouse=True)
def no_lot(settings):
    settings.SECOND_LOOK_SAMPLE_PERCENT = 0


@pytest.fixture
def desk():
    return Desk()


def tally(situation):
    return SituationTally.objects.get(situation=situation)


def counts(situation):
    told = tally(situation)
    return told.open, told.decided, told.agreed


def are_right(source):
    """Say whether every tally has what its findings come to."""
    counted = {
        row["situation"]: (row["open"], row["decided"])
        for row in Finding.objects.filter(source=source)
        .exclude(state=State.CLOSED)
        .values("situation")
        .annotate(
            open=Count("pk", filter=Q(state=State.OPEN)),
            decided=Count("pk", filter=~Q(state=State.OPEN)),
        )
    }
    kept = SituationTally.objects.filter(source=source).exclude(open=0, decided=0)
    return counted == {t.situation_id: (t.open, t.decided) for t in kept}


def decide(finding, by, kind="revoke"):
    finding.refresh_from_db()
    return deciding.decide(
        finding,
        kind=kind,
        reason="v3 says so",
        by=by,
        version=finding.version,
        evidence=finding.evidence,
    )


class TestCounting:
    def test_tells_all_that_a_row_of_the_page_shows(self, desk):
        match = factories.MatchFactory(source=desk.source)
        desk.findings(2, match=match, student_ref="leo", privilege="emergency_call")
        desk.findings(1, match=match, student_ref="mia", privilege="call")
        desk.findings(1, contact_v2_id="stranger", student_ref="leo", privilege="")

        desk.count()

        told = tally(desk.situation)
        assert (told.open, told.decided, told.agreed) == (4, 0, 0)
        assert (told.contacts, told.subjects) == (2, 2)
        assert sorted(told.privileges) == ["call", "emergency", "emergency_call"]
        assert (told.rule, told.privilege_class) == ("not-related", "emergency")
        assert (told.severity, told.gravity) == (3, 3)
        assert told.oldest_at == factories.AT
        assert not told.restricted

    def test_counts_lists_where_there_are_no_students(self, desk):
        desk.findings(1, student_ref="", list_ref="1")
        desk.findings(2, student_ref="", list_ref="2")
        desk.findings(1, student_ref="", list_ref="")

        desk.count()

        assert tally(desk.situation).subjects == 2

    def test_says_whether_an_order_is_inside(self, desk):
        order = {"kind": "court_order", "scope": "this", "classes": []}
        paper = {"kind": "custody_document", "scope": "this", "classes": []}
        bound = desk.judged(body={"restrictions": [paper, order]})
        told = desk.judged(body={"restrictions": [paper]})
        bare = desk.judged(body={})
        for situation in (bound, told, bare):
            desk.findings(1, situation=situation)

        desk.count()

        assert [tally(s).restricted for s in (bound, told, bare)] == [
            True,
            False,
            False,
        ]

    def test_tells_how_many_were_decided_as_recommended(self, desk):
        first, second, third, _ = desk.findings(4)
        for finding, kind in ((first, "revoke"), (second, "revoke"), (third, "keep")):
            decide(finding, desk.rita, kind)

        desk.count()

        assert counts(desk.situation) == (1, 3, 2)

    def test_forgets_what_is_closed(self, desk):
        (finding,) = desk.findings(1)
        desk.count()
        Finding.objects.filter(pk=finding.pk).update(
            state=State.CLOSED, closed_at=factories.AT
        )

        desk.count()

        assert not SituationTally.objects.exists()

    def test_leaves_other_sources_alone(self, desk):
        other = factories.SituationTallyFactory(open=7)
        desk.findings()

        desk.count()

        other.refresh_from_db()
        assert other.open == 7

    def test_of_some_leaves_the_others_alone(self, desk):
        desk.findings()
        other = desk.judged()
        factories.SituationTallyFactory(situation=other, open=7)

        tallying_situations.count_some(desk.source, [desk.situation.pk])

        assert (tally(desk.situation).open, tally(other).open) == (3, 7)


class TestMoving:
    def test_a_decision_moves_one_from_open_to_decided(self, desk):
        findings = desk.findings()
        desk.count()

        decide(findings[0], desk.rita)
        decide(findings[1], desk.rita, "keep")

        assert counts(desk.situation) == (1, 2, 1)

    def test_a_withdrawal_moves_it_back(self, desk):
        findings = desk.findings()
        desk.count()
        decision = decide(findings[0], desk.rita)

        deciding.withdraw(decision, by=desk.rita, reason="no", version=2)

        assert counts(desk.situation) == (3, 0, 0)

    def test_a_second_look_that_sends_back_opens_again(self, desk):
        boss = factories.UserFactory(roles=["approver"], sources=[desk.source])
        (finding,) = desk.findings(1, severity=Finding.Severity.CRITICAL)
        desk.count()
        decision = decide(finding, desk.rita)

        seconding.send_back(decision, by=boss, note="ask first", version=2)

        assert counts(desk.situation) == (1, 0, 0)

    def test_a_situation_never_counted_is_counted(self, desk):
        findings = desk.findings()

        decide(findings[0], desk.rita)

        assert counts(desk.situation) == (2, 1, 1)

    def test_a_tally_out_of_step_is_counted_anew(self, desk):
        findings = desk.findings()
        factories.SituationTallyFactory(situation=desk.situation, open=0)

        decide(findings[0], desk.rita)

        assert counts(desk.situation) == (2, 1, 1)

    def test_a_single_decision_counts_nothing(self, desk, django_assert_num_queries):
        findings = desk.findings()
        desk.count()
        decision = Decision(against_recommendation=False)

        with django_assert_num_queries(1):
            tallying_situations.decided(findings[0], decision)

    def test_a_batch_and_its_undoing_keep_the_tallies_right(self, desk):
        match = factories.MatchFactory(source=desk.source)
        desk.findings(2, match=match)
        other = desk.judged()
        desk.findings(3, situation=other)
        desk.count()

        batch = desk.decide(desk.scope("rule=not-related"), kind="hold")
        assert are_right(desk.source)
        assert counts(desk.situation) == (0, 2, 0)
        assert tally(desk.situation).contacts == 0

        batching.undo(batch, by=desk.rita, reason="too soon")
        assert are_right(desk.source)
        assert tally(desk.situation).contacts == 1


def test_a_scan_counts_what_it_found_and_forgets_what_is_gone():
    district = District()
    family = district.family(v3=[AUNT])
    district.family()
    district.scan()

    finding = family.finding()
    told = tally(finding.situation)
    assert (told.open, told.contacts, told.subjects) == (1, 1, 1)
    assert told.rule == finding.rule
    assert SituationTally.objects.count() == 1

    RelationshipEntry.objects.filter(contact=family.contact).delete()
    district.scan()

    assert are_right(district.source)
