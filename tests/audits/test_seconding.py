"""The second look: another person's, once, with a note where it is sent back."""

import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from audits import deciding, sampling, seconding, trail
from audits.models import Decision, Event, Finding
from audits.rules import catalogue
from audits.terms import Terms
from tests import factories
from tests.factories import AT

State = Finding.State
LATER = AT + timedelta(days=1)


@pytest.fixture
def rita(db):
    return factories.UserFactory(username="rita", roles=["reviewer"])


@pytest.fixture
def anna(db):
    return factories.UserFactory(username="anna", roles=["approver"])


@pytest.fixture
def finding(db):
    """Make a critical finding: whatever is decided of it needs a second look."""
    return factories.FindingFactory(severity=Finding.Severity.CRITICAL)


@pytest.fixture
def waiting(finding, rita):
    return decide(finding, rita)


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


def confirm(decision, by, **changed):
    told = {"version": 2, "at": LATER, **changed}
    return seconding.confirm(decision, by=by, **told)


def send_back(decision, by, **changed):
    told = {"note": "ask the school", "version": 2, "at": LATER, **changed}
    return seconding.send_back(decision, by=by, **told)


def test_a_confirmed_decision_is_approved(waiting, anna):
    finding = confirm(waiting, anna)

    finding.refresh_from_db()
    waiting.refresh_from_db()
    assert (finding.state, finding.decision) == (State.APPROVED, waiting)
    assert finding.version == 3
    assert (waiting.second_by, waiting.second_at) == (anna, LATER)


def test_a_confirmation_is_one_event(waiting, anna, finding):
    confirm(waiting, anna)

    event = Event.objects.get(action="finding.confirmed")
    assert (event.actor, event.object_id) == ("anna", str(finding.pk))
    assert event.before == {"state": "awaiting_second", "version": 2}
    assert (event.after["state"], event.after["version"]) == ("approved", 3)
    assert finding.contact_name not in trail.canonical([event.before, event.after])


def test_a_decision_sent_back_opens_its_finding_and_keeps_the_note(waiting, anna):
    finding = send_back(waiting, anna)

    finding.refresh_from_db()
    waiting.refresh_from_db()
    assert (finding.state, finding.decision) == (State.OPEN, None)
    assert (waiting.returned_by, waiting.returned_at) == (anna, LATER)
    assert waiting.return_note == "ask the school"
    assert waiting.superseded_at == LATER
    assert waiting.second_by is None
    event = Event.objects.get(action="finding.returned")
    assert (event.before["state"], event.after["state"]) == ("awaiting_second", "open")
    assert event.reason == "ask the school"


def test_what_was_sent_back_can_be_decided_and_confirmed_anew(waiting, anna, rita):
    finding = send_back(waiting, anna)
    finding.refresh_from_db()

    again = decide(finding, rita, kind="hold", at=LATER)
    confirm(again, anna, version=finding.version)

    finding.refresh_from_db()
    assert (finding.state, finding.decision) == (State.APPROVED, again)


@pytest.mark.parametrize("note", ["", "  \n"])
def test_sending_back_needs_a_note(waiting, anna, note):
    with pytest.raises(deciding.NoReason):
        send_back(waiting, anna, note=note)

    assert Finding.objects.get().state == State.AWAITING_SECOND


@pytest.mark.parametrize("act", [confirm, send_back])
def test_nobody_looks_at_their_own_decision(finding, anna, act):
    own = decide(finding, anna)

    with pytest.raises(seconding.OwnDecision):
        act(own, anna)

    own.refresh_from_db()
    assert (own.second_by, own.returned_by) == (None, None)
    assert Finding.objects.get().state == State.AWAITING_SECOND


@pytest.mark.parametrize("who", ["second", "returned"])
def test_the_database_refuses_ones_own_look_too(waiting, rita, who):
    with pytest.raises(IntegrityError), transaction.atomic():
        Decision.objects.filter(pk=waiting.pk).update(
            **{f"{who}_by": rita, f"{who}_at": LATER}
        )


@pytest.mark.parametrize("act", [confirm, send_back])
@pytest.mark.parametrize("role", ["viewer", "reviewer", "auditor", "operator"])
def test_only_an_approver_looks(waiting, act, role):
    with pytest.raises(deciding.NotAllowed):
        act(waiting, factories.UserFactory(roles=[role]))


@pytest.mark.parametrize("act", [confirm, send_back])
def test_a_decision_that_waits_for_nobody_is_refused(finding, rita, anna, act):
    Finding.objects.update(severity=Finding.Severity.LOW)
    finding.refresh_from_db()
    plain = decide(finding, rita)

    with pytest.raises(deciding.StaleEvidence):
        act(plain, anna)


@pytest.mark.parametrize("act", [confirm, send_back])
def test_a_page_that_is_out_of_date_is_refused(waiting, anna, act):
    with pytest.raises(deciding.StaleEvidence):
        act(waiting, anna, version=1)

    assert not Event.objects.exclude(action="finding.decided").exists()


@pytest.mark.parametrize("act", [confirm, send_back])
@pytest.mark.parametrize(
    ("first", "words"),
    [
        (confirm, "otto confirmed this at 2026-03-03 09:30 UTC."),
        (send_back, "otto sent this back at 2026-03-03 09:30 UTC."),
    ],
)
def test_whoever_is_second_is_told_who_did_what(waiting, anna, act, first, words):
    otto = factories.UserFactory(username="otto", roles=["approver"])
    first(waiting, otto)

    with pytest.raises(seconding.AlreadyLooked) as refused:
        act(Decision.objects.get(), anna)

    assert str(refused.value) == words


def test_a_decision_taken_back_is_told_so(waiting, anna, rita):
    deciding.withdraw(waiting, by=rita, reason="too fast", version=2, at=LATER)

    with pytest.raises(seconding.AlreadyLooked, match="rita took this back"):
        confirm(Decision.objects.get(), anna)


@pytest.mark.parametrize("act", [confirm, send_back])
def test_a_failing_trail_leaves_a_decision_waiting(waiting, anna, act, monkeypatch):
    def fail(**_):
        raise RuntimeError

    monkeypatch.setattr(trail, "record", fail)

    with pytest.raises(RuntimeError):
        act(waiting, anna)

    assert Finding.objects.get().state == State.AWAITING_SECOND
    assert Decision.objects.waiting().exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_who_look_at_once_one_wins():
    finding = factories.FindingFactory(severity=Finding.Severity.CRITICAL)
    decide(finding, factories.UserFactory())
    people = [factories.UserFactory(is_superuser=True) for _ in "ab"]
    together = threading.Barrier(2)
    outcomes = []

    def look(person, act):
        try:
            seen = Decision.objects.get()
            together.wait(timeout=10)
            outcomes.append(act(seen, person))
        except deciding.StaleEvidence as refused:
            outcomes.append(refused)
        finally:
            connection.close()

    threads = [
        threading.Thread(target=look, args=told)
        for told in zip(people, [confirm, send_back], strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(type(outcome).__name__ for outcome in outcomes) == [
        "AlreadyLooked",
        "Finding",
    ]
    assert Event.objects.exclude(action="finding.decided").count() == 1


# --- The table of rules.md, section 4 -------------------------------------------

S = Finding.Severity
NEEDED = [
    # severity, advice, kind, class, order, exception in days, second look
    (S.CRITICAL, "revoke", "revoke", "emergency", "", 0, True),
    (S.CRITICAL, "hold", "keep", "general_messages", "", 0, True),
    (S.HIGH, "revoke", "keep", "records", "", 0, True),
    (S.HIGH, "revoke", "keep", "release", "", 0, True),
    (S.HIGH, "revoke", "keep", "act", "", 0, True),
    (S.HIGH, "revoke", "keep", "record_messages", "", 0, True),
    (S.HIGH, "revoke", "keep", "emergency", "", 0, False),
    (S.HIGH, "revoke", "keep", "general_messages", "", 0, False),
    (S.HIGH, "hold", "keep", "records", "", 0, False),
    (S.HIGH, "revoke", "hold", "records", "", 0, False),
    (S.HIGH, "revoke", "revoke", "records", "", 0, False),
    (S.LOW, "revoke", "revoke", "emergency", "court_order", 0, True),
    (S.LOW, "revoke", "hold", "emergency", "release_ban", 0, True),
    (S.LOW, "revoke", "revoke", "emergency", "custody_document", 0, False),
    (S.MEDIUM, "hold", "keep", "emergency", "", 30, False),
    (S.MEDIUM, "hold", "keep", "emergency", "", 31, True),
]


@pytest.mark.parametrize("case", NEEDED)
def test_what_needs_a_second_look(finding, rita, case):
    severity, advice, kind, privilege_class, order, days, second = case
    orders = [{"kind": order, "scope": "this", "classes": []}] if order else []
    finding.situation.body = {"restrictions": orders}
    finding.situation.save()
    Finding.objects.update(
        severity=severity, recommendation=advice, privilege_class=privilege_class
    )
    finding = Finding.objects.get()
    until = AT.date() + timedelta(days=days) if days else None

    decision = decide(finding, rita, kind=kind, terms=Terms(exception_until=until))

    assert decision.needs_second_look is second
    assert finding.state == (State.AWAITING_SECOND if second else State.DECIDED)
    assert decision.second_due_at == (AT + timedelta(days=3) if second else None)


TRUTH = [
    # what the other person does, the state, whether the decision stands
    ("confirms", State.APPROVED, True),
    ("returns", State.OPEN, False),
    ("is silent", State.AWAITING_SECOND, True),
]


@pytest.mark.parametrize(("second", "state", "stands"), TRUTH)
def test_what_comes_of_it(waiting, anna, second, state, stands):
    if second == "confirms":
        confirm(waiting, anna)
    elif second == "returns":
        send_back(waiting, anna)

    seconding.escalate(at=AT + timedelta(days=100))

    finding = Finding.objects.get()
    waiting.refresh_from_db()
    assert finding.state == state
    assert (finding.decision == waiting) is stands
    assert bool(waiting.escalated_at) is (second == "is silent")


# --- By chance -------------------------------------------------------------------


def test_chance_sends_some_to_a_second_look(db, settings):
    settings.SECOND_LOOK_SAMPLE_PERCENT = 3

    drawn = sum(sampling.falls_on(pk, at=AT) for pk in range(20_000))

    assert 500 < drawn < 700


def test_the_lot_depends_on_the_finding_the_moment_and_the_key(settings):
    settings.SECOND_LOOK_SAMPLE_PERCENT = 50

    def lots(at=AT):
        return [sampling.falls_on(pk, at=at) for pk in range(100)]

    first = lots()
    assert lots() == first
    assert lots(AT + timedelta(microseconds=1)) != first
    settings.SECRET_KEY = "another"
    assert lots() != first


@pytest.mark.parametrize(("percent", "drawn"), [(0, False), (100, True)])
def test_a_drawn_decision_waits_though_it_needs_not(
    finding, rita, settings, percent, drawn
):
    settings.SECOND_LOOK_SAMPLE_PERCENT = percent
    Finding.objects.update(severity=Finding.Severity.LOW)
    finding.refresh_from_db()

    decision = decide(finding, rita)

    assert (decision.is_sample, decision.needs_second_look) == (drawn, drawn)
    assert finding.state == (State.AWAITING_SECOND if drawn else State.DECIDED)
    event = Event.objects.get()
    assert event.after.get("is_sample", False) is drawn


def test_a_decision_that_needs_a_second_look_is_no_sample(finding, rita, settings):
    settings.SECOND_LOOK_SAMPLE_PERCENT = 100

    assert not decide(finding, rita).is_sample


def test_taking_a_drawn_decision_back_does_not_get_out_of_the_sample(
    finding, rita, settings
):
    settings.SECOND_LOOK_SAMPLE_PERCENT = 100
    Finding.objects.update(severity=Finding.Severity.LOW)
    finding.refresh_from_db()
    drawn = decide(finding, rita)
    settings.SECOND_LOOK_SAMPLE_PERCENT = 0
    deciding.withdraw(drawn, by=rita, reason="again", version=2)
    finding.refresh_from_db()

    again = decide(finding, rita)

    assert again.is_sample


# --- Nobody looked ---------------------------------------------------------------


def test_what_is_past_its_day_is_marked_once(waiting):
    late = AT + timedelta(days=3)

    assert seconding.escalate(at=late - timedelta(seconds=1)) == 0
    assert seconding.escalate(at=late) == 1
    assert seconding.escalate(at=late + timedelta(days=1)) == 0

    waiting.refresh_from_db()
    assert waiting.escalated_at == late
    event = Event.objects.get(action="finding.escalated")
    assert (event.actor, event.via) == ("system", "job")
    assert event.after["decision_id"] == waiting.pk
    finding = Finding.objects.get()
    assert (finding.state, finding.version) == (State.AWAITING_SECOND, 2)


def test_an_escalated_decision_can_still_be_confirmed(waiting, anna):
    seconding.escalate(at=AT + timedelta(days=9))

    finding = confirm(Decision.objects.get(), anna)

    assert finding.state == State.APPROVED


def test_escalating_goes_through_all_of_many(waiting, rita, monkeypatch):
    monkeypatch.setattr(seconding, "AT_ONCE", 2)
    for _ in range(4):
        decide(factories.FindingFactory(), rita)

    assert seconding.escalate(at=AT + timedelta(days=9)) == 5
    assert Event.objects.filter(action="finding.escalated").count() == 5


# --- What waits for whom -----------------------------------------------------------


def test_ones_own_decisions_do_not_wait_for_oneself(waiting, rita, anna, finding):
    other = decide(factories.FindingFactory(source=finding.source), anna)
    decide(factories.FindingFactory(), rita)

    def waiting_for(user):
        return {one.decision for one in seconding.waiting_for(user, finding.source)}

    assert waiting_for(anna) == {waiting}
    assert waiting_for(rita) == {other}


def test_a_long_exception_is_what_the_rules_say():
    assert catalogue.LONG_EXCEPTION == 30
