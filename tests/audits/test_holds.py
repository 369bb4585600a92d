"""Holds: whose they are and until when, and that silence never keeps."""

from datetime import date, timedelta

import pytest

from audits import deciding, exceptions, holds, seconding
from audits.models import Decision, Event, Finding
from audits.terms import Terms
from tests import factories
from tests.factories import AT


@pytest.fixture
def finding(db):
    return factories.FindingFactory(severity=Finding.Severity.MEDIUM)


@pytest.fixture
def rita(finding):
    return factories.UserFactory(
        username="rita", roles=["reviewer"], sources=[finding.source]
    )


@pytest.fixture
def otto(finding):
    return factories.UserFactory(
        username="otto", roles=["reviewer"], sources=[finding.source]
    )


def hold(finding, by, terms=None, kind="hold"):
    return deciding.decide(
        finding,
        by=by,
        kind=kind,
        reason="asked the school",
        version=finding.version,
        evidence=finding.evidence,
        terms=terms or Terms(),
        at=AT,
    )


def test_a_hold_is_the_deciders_for_two_weeks(finding, rita):
    decision = hold(finding, rita)

    assert (decision.owner, decision.due_on) == (rita, date(2026, 3, 16))
    told = Event.objects.get().after
    assert (told["owner"], told["due_on"]) == ("rita", "2026-03-16")


def test_a_hold_can_be_anothers_until_a_day(finding, rita, otto):
    day = date(2026, 4, 1)

    decision = hold(finding, rita, Terms(owner=otto, due_on=day, reason_code="asked"))

    assert (decision.owner, decision.due_on) == (otto, day)
    assert decision.reason_code == "asked"


def test_another_decision_has_no_owner(finding, rita):
    decision = hold(finding, rita, kind="revoke")

    assert (decision.owner, decision.due_on) == (None, None)


@pytest.mark.parametrize(
    ("kind", "terms", "words"),
    [
        ("hold", Terms(due_on=date(2026, 3, 1)), "past"),
        ("revoke", Terms(due_on=date(2026, 4, 1)), "Only a hold"),
        ("hold", Terms(reason_code="mood"), "no such kind of reason"),
    ],
)
def test_terms_that_make_no_sense_are_refused(finding, rita, kind, terms, words):
    with pytest.raises(deciding.NotAllowed, match=words):
        hold(finding, rita, terms, kind=kind)

    assert not Decision.objects.exists()


@pytest.mark.parametrize("who", ["a stranger", "a viewer"])
def test_an_owner_must_be_able_to_follow_it_up(finding, rita, who):
    other = (
        factories.UserFactory(roles=["reviewer"])
        if who == "a stranger"
        else factories.UserFactory(roles=["viewer"], sources=[finding.source])
    )

    with pytest.raises(deciding.NotAllowed, match="one of the source's people"):
        hold(finding, rita, Terms(owner=other))


def test_what_is_past_its_day_is_listed_the_oldest_first(finding, rita):
    other = factories.FindingFactory(source=finding.source, severity=3)
    hold(finding, rita, Terms(due_on=date(2026, 3, 10)))
    hold(other, rita, Terms(due_on=date(2026, 3, 5)))

    late = holds.overdue(finding.source, today=date(2026, 3, 11))

    assert late.first == [other, finding]
    assert late.count == "2"
    assert holds.overdue(finding.source, today=date(2026, 3, 10)).first == [other]


def test_more_than_is_shown_is_counted(finding, rita, monkeypatch):
    monkeypatch.setattr(holds, "SHOWN", 1)
    monkeypatch.setattr(holds, "MOST_TOLD", 3)
    for count in ("1", "2", "2+"):
        hold(factories.FindingFactory(source=finding.source, severity=3), rita)
        late = holds.overdue(finding.source, today=date(2027, 1, 1))
        assert (len(late.first), late.count) == (1, count)


def test_one_taken_back_is_not_listed(finding, rita):
    decision = hold(finding, rita)
    deciding.withdraw(decision, by=rita, reason="no", version=2)

    assert holds.overdue(finding.source, today=date(2027, 1, 1)).first == []


def test_a_hold_never_becomes_anything_else_by_silence(finding, rita):
    decision = hold(finding, rita)
    years = AT + timedelta(days=4_000)

    assert (exceptions.reopen_ended(at=years), seconding.escalate(at=years)) == (0, 0)

    finding.refresh_from_db()
    assert (finding.state, finding.decision) == ("decided", decision)
    assert decision.kind == "hold"
