"""Who has a finding: taken, given, let go; by one of two, with its event."""

import threading

import pytest
from django.db import connection

from audits import assigning, deciding, trail
from audits.models import Event, Finding
from tests import factories
from tests.factories import AT


@pytest.fixture
def finding(db):
    return factories.FindingFactory()


def person(name, finding, role="reviewer"):
    return factories.UserFactory(username=name, roles=[role], sources=[finding.source])


@pytest.fixture
def rita(finding):
    return person("rita", finding)


@pytest.fixture
def otto(finding):
    return person("otto", finding)


def holder(finding):
    return Finding.objects.get(pk=finding.pk).assigned_to


def test_what_nobody_has_can_be_taken(finding, rita):
    assigning.assign(finding, to=rita, was=None, by=rita)

    finding.refresh_from_db()
    assert (finding.assigned_to, finding.assigned_by) == (rita, rita)
    assert finding.assigned_at is not None
    assert finding.version == 1
    event = Event.objects.get()
    assert (event.action, event.actor) == ("finding.assigned", "rita")
    assert (event.before, event.after) == ({"assigned_to": ""}, {"assigned_to": "rita"})


def test_what_one_has_can_be_let_go(finding, rita):
    assigning.assign(finding, to=rita, was=None, by=rita)

    assigning.assign(finding, to=None, was=rita.pk, by=rita)

    finding.refresh_from_db()
    assert (finding.assigned_to, finding.assigned_by, finding.assigned_at) == (
        None,
        None,
        None,
    )
    last = Event.objects.order_by("-seq").first()
    assert (last.before, last.after) == ({"assigned_to": "rita"}, {"assigned_to": ""})


def test_it_can_be_passed_on(finding, rita, otto):
    assigning.assign(finding, to=rita, was=None, by=rita)

    assigning.assign(finding, to=otto, was=rita.pk, by=rita, at=AT)

    finding.refresh_from_db()
    assert (finding.assigned_to, finding.assigned_by) == (otto, rita)


@pytest.mark.parametrize("to", ["otto", ""])
def test_whoever_is_second_is_told_who_has_it(finding, rita, otto, to):
    stale = Finding.objects.get()
    assigning.assign(finding, to=rita, was=None, by=rita)

    with pytest.raises(assigning.AlreadyAssigned, match="rita has this finding now"):
        assigning.assign(stale, to=otto if to else None, was=None if to else 0, by=otto)

    assert holder(finding) == rita
    assert Event.objects.count() == 1


def test_what_was_let_go_meanwhile_is_nobodys(finding, rita, otto):
    with pytest.raises(assigning.AlreadyAssigned, match="Nobody has"):
        assigning.assign(finding, to=otto, was=rita.pk, by=otto)


def test_a_closed_finding_is_nobodys_to_take(finding, rita):
    Finding.objects.update(state="closed", closed_at=AT)

    with pytest.raises(assigning.AlreadyAssigned, match="closed"):
        assigning.assign(finding, to=rita, was=None, by=rita)


def test_to_change_nothing_is_refused(finding, rita):
    assigning.assign(finding, to=rita, was=None, by=rita)

    with pytest.raises(deciding.NotAllowed):
        assigning.assign(finding, to=rita, was=rita.pk, by=rita)


@pytest.mark.parametrize("who", ["a stranger", "a viewer"])
def test_it_goes_only_to_those_who_may_decide_it(finding, rita, who):
    other = (
        factories.UserFactory(roles=["reviewer"])
        if who == "a stranger"
        else person("vera", finding, "viewer")
    )

    with pytest.raises(deciding.NotAllowed):
        assigning.assign(finding, to=other, was=None, by=rita)

    assert holder(finding) is None


def test_it_is_given_only_by_those_who_may_decide(finding, rita):
    viewer = person("vera", finding, "viewer")

    with pytest.raises(deciding.NotAllowed):
        assigning.assign(finding, to=rita, was=None, by=viewer)


def test_a_failing_trail_leaves_it_where_it_was(finding, rita, monkeypatch):
    def fail(**_):
        raise RuntimeError

    monkeypatch.setattr(trail, "record", fail)

    with pytest.raises(RuntimeError):
        assigning.assign(finding, to=rita, was=None, by=rita)

    assert holder(finding) is None


def test_its_history_is_told_in_words(finding, rita, otto):
    assigning.assign(finding, to=rita, was=None, by=rita)
    assigning.assign(finding, to=otto, was=rita.pk, by=rita)
    assigning.assign(finding, to=rita, was=otto.pk, by=rita)
    assigning.assign(finding, to=None, was=rita.pk, by=rita)
    assigning.assign(finding, to=otto, was=None, by=rita)
    assigning.assign(finding, to=None, was=otto.pk, by=rita)

    assert [step.words for step in assigning.history(finding)] == [
        "rita took it from otto",
        "rita gave it to otto",
        "rita let it go",
        "rita took it over from otto",
        "rita gave it to otto, who follows rita",
        "rita took it",
    ]


def test_having_it_binds_nobody_else(finding, rita, otto):
    assigning.assign(finding, to=rita, was=None, by=rita)

    decision = deciding.decide(
        finding,
        kind="revoke",
        reason="seen",
        by=otto,
        version=1,
        evidence=finding.evidence,
    )

    assert decision.decided_by == otto


@pytest.mark.django_db(transaction=True)
def test_of_two_who_take_it_at_once_one_has_it():
    finding = factories.FindingFactory()
    people = [factories.UserFactory(is_superuser=True) for _ in range(2)]
    together = threading.Barrier(2)
    outcomes = []

    def take(user):
        try:
            seen = Finding.objects.get()
            together.wait(timeout=10)
            outcomes.append(assigning.assign(seen, to=user, was=None, by=user))
        except assigning.AlreadyAssigned as refused:
            outcomes.append(refused)
        finally:
            connection.close()

    threads = [threading.Thread(target=take, args=[user]) for user in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(type(one).__name__ for one in outcomes) == [
        "AlreadyAssigned",
        "Finding",
    ]
    assert Event.objects.count() == 1
    assert holder(finding) in people
