"""Decisions: one wins, all or nothing, and what may be decided of what."""

import threading

import pytest
from django.db import connection

from audits import deciding, trail
from audits.models import Decision, Event, Finding
from tests import factories
from tests.factories import AT

State = Finding.State


@pytest.fixture
def finding(db):
    return factories.FindingFactory(
        rule="relationship-weaker",
        severity=Finding.Severity.MEDIUM,
        recommendation="revoke",
        privilege_class="emergency",
    )


@pytest.fixture
def reviewer(db):
    return factories.UserFactory(username="rita", roles=["reviewer"])


def decide(finding, by, **changed):
    told = {
        "kind": "revoke",
        "reason": "v3 says aunt",
        "version": finding.version,
        "evidence": finding.evidence,
        "at": AT,
        **changed,
    }
    return deciding.decide(finding, by=by, **told)


def test_a_decision_moves_its_finding(finding, reviewer):
    decision = decide(finding, reviewer)

    finding.refresh_from_db()
    assert (finding.state, finding.decision) == (State.DECIDED, decision)
    assert finding.version == 2
    assert (decision.decided_by, decision.decided_at) == (reviewer, AT)
    assert decision.evidence == finding.evidence
    assert decision.situation == finding.situation


def test_a_decision_is_an_event_without_personal_data(finding, reviewer):
    decision = decide(finding, reviewer, via="cli")

    event = Event.objects.get()
    assert (event.action, event.actor, event.via) == ("finding.decided", "rita", "cli")
    assert event.object_id == str(finding.pk)
    assert event.before == {"state": "open", "version": 1}
    assert event.after["decision_id"] == decision.pk
    assert event.after["state"] == "decided"
    assert event.reason == "v3 says aunt"
    told = trail.canonical([event.before, event.after])
    assert finding.contact_name not in told
    assert finding.student_name not in told


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_a_decision_without_a_reason_is_refused(finding, reviewer, reason):
    with pytest.raises(deciding.NoReason):
        decide(finding, reviewer, reason=reason)


@pytest.mark.parametrize(
    ("rule", "kind"),
    [
        ("restricted", "keep"),
        ("unchecked", "revoke"),
        ("relationship-weaker", "grant"),
        ("relationship-weaker", "rebind"),
        ("grant-missing", "keep"),
        ("not-related", "narrow"),
        ("not-related", "shred"),
    ],
)
def test_what_a_rule_forbids_is_refused(finding, reviewer, rule, kind):
    Finding.objects.filter(pk=finding.pk).update(rule=rule)
    finding.refresh_from_db()

    with pytest.raises(deciding.NotAllowed):
        decide(finding, reviewer, kind=kind)

    assert not Decision.objects.exists()


@pytest.mark.parametrize(
    ("rule", "kind"),
    [
        ("restricted", "revoke"),
        ("unchecked", "hold"),
        ("contact-recreated", "rebind"),
        ("contact-wide", "narrow"),
        ("grant-missing", "grant"),
        ("grant-missing", "hold"),
    ],
)
def test_what_a_rule_allows_is_taken(finding, reviewer, rule, kind):
    Finding.objects.filter(pk=finding.pk).update(rule=rule)
    finding.refresh_from_db()

    decision = decide(finding, reviewer, kind=kind)

    assert decision.kind == kind
    assert deciding.allowed_kinds(rule)


def test_a_second_decision_is_told_of_the_first(finding, reviewer):
    stale = Finding.objects.get(pk=finding.pk)
    first = decide(finding, reviewer)

    with pytest.raises(deciding.AlreadyDecided) as refused:
        decide(stale, factories.UserFactory(), kind="keep", version=1)

    assert refused.value.decision == first
    assert str(refused.value) == "rita decided “revoke” at 2026-03-02 09:30 UTC."
    assert Decision.objects.count() == 1


def test_evidence_that_is_no_longer_is_refused(finding, reviewer):
    with pytest.raises(deciding.StaleEvidence):
        decide(finding, reviewer, evidence="f" * 64)

    finding.refresh_from_db()
    assert (finding.state, finding.version) == (State.OPEN, 1)


def test_a_closed_finding_is_refused(finding, reviewer):
    Finding.objects.filter(pk=finding.pk).update(state=State.CLOSED, closed_at=AT)

    with pytest.raises(deciding.StaleEvidence):
        decide(finding, reviewer)


@pytest.mark.parametrize(
    ("severity", "kind", "privilege_class", "second"),
    [
        (Finding.Severity.CRITICAL, "revoke", "emergency", True),
        (Finding.Severity.HIGH, "keep", "records", True),
        (Finding.Severity.HIGH, "keep", "emergency", False),
        (Finding.Severity.HIGH, "revoke", "records", False),
        (Finding.Severity.LOW, "hold", "records", False),
    ],
)
def test_who_needs_a_second_look(
    finding, reviewer, severity, kind, privilege_class, second
):
    changed = {"severity": severity, "privilege_class": privilege_class}
    Finding.objects.filter(pk=finding.pk).update(**changed)
    finding.refresh_from_db()

    decision = decide(finding, reviewer, kind=kind)

    assert decision.needs_second_look is second
    assert finding.state == (State.AWAITING_SECOND if second else State.DECIDED)


@pytest.mark.parametrize(
    ("kind", "second"), [("release_ban", True), ("custody_document", False)]
)
def test_an_order_asks_for_a_second_look(finding, reviewer, kind, second):
    order = {"kind": kind, "scope": "this", "classes": ["release"]}
    finding.situation.body = {"restrictions": [order]}

    assert deciding.needs_second_look(finding, "revoke") is second


def test_a_decision_says_whether_it_follows_the_recommendation(finding, reviewer):
    decision = decide(finding, reviewer, kind="hold")

    assert decision.against_recommendation


def test_a_failing_trail_leaves_nothing_changed(finding, reviewer, monkeypatch):
    def fail(**_):
        raise RuntimeError

    monkeypatch.setattr(trail, "record", fail)

    with pytest.raises(RuntimeError):
        decide(finding, reviewer)

    finding.refresh_from_db()
    assert (finding.state, finding.version, finding.decision) == (State.OPEN, 1, None)
    assert not Decision.objects.exists()


def test_a_withdrawn_decision_opens_its_finding_again(finding, reviewer):
    decision = decide(finding, reviewer)

    deciding.withdraw(decision, by=reviewer, reason="too fast", version=2, at=AT)

    finding.refresh_from_db()
    decision.refresh_from_db()
    assert (finding.state, finding.decision, finding.version) == (State.OPEN, None, 3)
    assert (decision.withdrawn_by, decision.withdrawn_at) == (reviewer, AT)
    event = Event.objects.get(action="finding.withdrawn")
    assert (event.before["state"], event.after["state"]) == ("decided", "open")
    assert event.reason == "too fast"


def test_a_finding_can_be_decided_anew_after_a_withdrawal(finding, reviewer):
    decision = decide(finding, reviewer)
    deciding.withdraw(decision, by=reviewer, reason="too fast", version=2)
    finding.refresh_from_db()

    again = decide(finding, reviewer, kind="keep")

    assert list(finding.decisions.order_by("pk")) == [decision, again]


def test_an_approver_may_withdraw_anothers_decision(finding, reviewer):
    decision = decide(finding, reviewer)
    approver = factories.UserFactory(roles=["approver"])

    deciding.withdraw(decision, by=approver, reason="wrong", version=2)

    finding.refresh_from_db()
    assert finding.state == State.OPEN


def test_another_reviewer_may_not_withdraw(finding, reviewer):
    decision = decide(finding, reviewer)
    other = factories.UserFactory(roles=["reviewer"])

    with pytest.raises(deciding.NotAllowed):
        deciding.withdraw(decision, by=other, reason="mine", version=2)


def test_a_withdrawal_needs_a_reason(finding, reviewer):
    decision = decide(finding, reviewer)

    with pytest.raises(deciding.NoReason):
        deciding.withdraw(decision, by=reviewer, reason=" ", version=2)


@pytest.mark.parametrize("state", [State.PLANNED, State.APPLIED, State.VERIFIED])
def test_a_planned_decision_is_not_withdrawn(finding, reviewer, state):
    decision = decide(finding, reviewer)
    Finding.objects.filter(pk=finding.pk).update(state=state)

    with pytest.raises(deciding.StaleEvidence):
        deciding.withdraw(decision, by=reviewer, reason="late", version=2)


def test_a_decision_is_withdrawn_once(finding, reviewer):
    decision = decide(finding, reviewer)
    deciding.withdraw(decision, by=reviewer, reason="too fast", version=2)

    with pytest.raises(deciding.StaleEvidence):
        deciding.withdraw(decision, by=reviewer, reason="again", version=3)


def test_a_failing_trail_leaves_a_decision_standing(finding, reviewer, monkeypatch):
    decision = decide(finding, reviewer)

    def fail(**_):
        raise RuntimeError

    monkeypatch.setattr(trail, "record", fail)

    with pytest.raises(RuntimeError):
        deciding.withdraw(decision, by=reviewer, reason="too fast", version=2)

    finding.refresh_from_db()
    assert (finding.state, finding.decision) == (State.DECIDED, decision)
    assert Decision.objects.standing().get() == decision


@pytest.mark.django_db(transaction=True)
def test_of_two_who_decide_at_once_one_wins():
    finding = factories.FindingFactory()
    people = [factories.UserFactory(), factories.UserFactory()]
    together = threading.Barrier(2)
    outcomes = []

    def take(person):
        try:
            seen = Finding.objects.get(pk=finding.pk)
            together.wait(timeout=10)
            outcomes.append(decide(seen, person))
        except deciding.AlreadyDecided as refused:
            outcomes.append(refused)
        finally:
            connection.close()

    threads = [threading.Thread(target=take, args=[person]) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    won = [outcome for outcome in outcomes if isinstance(outcome, Decision)]
    lost = [o for o in outcomes if isinstance(o, deciding.AlreadyDecided)]
    assert (len(won), len(lost)) == (1, 1)
    assert lost[0].decision == won[0] == Decision.objects.get()
    assert Event.objects.count() == 1
