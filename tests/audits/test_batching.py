"""Batches: exactly what was seen, all or nothing, an event an item, undone whole."""

import threading

import pytest
from django.db import connection

from audits import batching, chaining, deciding, trail
from audits.batches import choosing, sets
from audits.batches.sets import Scope
from audits.models import Batch, Decision, Event, Finding, SituationTally
from audits.terms import Terms
from contacts.models import Job
from tests import factories
from tests.audits.batches.desk import FEW, Desk, as_stored

State = Finding.State


@pytest.fixture(autouse=True)
def no_lot(settings):
    settings.SECOND_LOOK_SAMPLE_PERCENT = 0


@pytest.fixture
def desk(db):
    desk = Desk()
    desk.grants(50 * (FEW + 2))
    return desk


def states(findings):
    return [row[1] for row in as_stored(findings)]


def chain_is_whole():
    link = ""
    for event in Event.objects.order_by("seq"):
        if event.prev_hash != link or trail.digest(event) != event.hash:
            return False
        link = event.hash
    return True


class TestDeciding:
    def test_moves_every_item_with_a_decision_of_its_own(self, desk):
        findings = desk.findings()

        batch = desk.decide()

        assert states(findings) == [State.DECIDED] * FEW
        assert batch.state == Batch.State.DONE
        decisions = Decision.objects.filter(batch=batch)
        assert {d.finding_id for d in decisions} == {f.pk for f in findings}
        for decision in decisions:
            finding = decision.finding
            assert finding.decision == decision
            assert finding.version == 2
            assert (decision.kind, decision.reason) == ("revoke", "not related")
            assert decision.decided_by == desk.rita
            assert decision.evidence == finding.evidence
            assert decision.situation == finding.situation
            assert not decision.against_recommendation
            assert not decision.needs_second_look

    def test_writes_the_event_that_a_single_decision_writes(self, desk):
        alone, *rest = desk.findings(2)
        deciding.decide(
            alone,
            kind="revoke",
            reason="not related",
            by=desk.rita,
            version=1,
            evidence=alone.evidence,
        )
        batch = desk.decide()

        single, many = Event.objects.filter(action="finding.decided").order_by("seq")
        assert many.object_id == str(rest[0].pk)
        assert many.batch_id == f"batch-{batch.pk}"
        own = {"decision_id", "evidence"}
        assert single.before == many.before
        assert {k: v for k, v in single.after.items() if k not in own} == {
            k: v for k, v in many.after.items() if k not in own
        }
        for name in ("actor", "actor_kind", "via", "object_type", "reason", "source"):
            assert getattr(single, name) == getattr(many, name)

    def test_writes_one_event_an_item_in_a_whole_chain(self, desk, monkeypatch):
        monkeypatch.setattr(chaining, "AT_ONCE", 2)
        findings = desk.findings(5)

        desk.decide()

        events = Event.objects.filter(action="finding.decided")
        assert {event.object_id for event in events} == {str(f.pk) for f in findings}
        assert events.count() == 5
        assert chain_is_whole()

    def test_leaves_alone_what_was_taken_out(self, desk):
        out, *rest = desk.findings()

        desk.decide(desk.scope("", out.pk))

        assert states([out]) == [State.OPEN]
        assert states(rest) == [State.DECIDED] * 2

    def test_leaves_alone_other_situations_and_sources(self, desk):
        desk.findings()
        others = [
            *desk.findings(1, situation=desk.judged()),
            factories.FindingFactory(rule="not-related"),
        ]

        desk.decide()

        assert states(others) == [State.OPEN] * 2

    def test_decides_what_a_filter_and_a_name_ask_for(self, desk):
        ana, bea = desk.findings(1), desk.findings(1, search_text="bea lopez")
        query = "rule=not-related&words=Bea"

        batch = desk.decide(desk.scope(query))

        assert (states(ana), states(bea)) == ([State.OPEN], [State.DECIDED])
        assert Scope.parse(batch.scope).words == "Bea"

    def test_is_against_the_recommendation_only_where_it_is(self, desk):
        desk.findings(1)
        desk.findings(1, recommendation="hold")

        desk.decide()

        told = Decision.objects.order_by("pk").values_list("against_recommendation")
        assert [row[0] for row in told] == [False, True]

    def test_a_hold_is_followed_up_by_who_decided(self, desk):
        desk.findings(1)

        desk.decide(kind="hold")

        decision = Decision.objects.get()
        assert (decision.owner, decision.due_on is not None) == (desk.rita, True)

    def test_an_exception_ends_on_its_day(self, desk):
        desk.findings(1)
        until = batching.timezone.now().date() + batching.timezone.timedelta(days=9)

        desk.decide(kind="keep", terms=Terms(exception_until=until))

        assert Decision.objects.get().exception_until == until

    def test_takes_few_statements_however_many_there_are(
        self, desk, django_assert_max_num_queries
    ):
        desk.findings(30)
        scope = desk.scope()
        seen = desk.seen(scope)

        with django_assert_max_num_queries(60):
            desk.decide(scope, seen=seen)


class TestSecondLook:
    @pytest.mark.parametrize(
        ("facts", "kind", "needed"),
        [
            ({}, "revoke", False),
            ({"severity": 1}, "revoke", True),
            ({"severity": 2}, "hold", False),
            ({"privilege_class": "records"}, "keep", True),
            ({"privilege_class": "records"}, "hold", False),
            ({"privilege_class": "records", "recommendation": "hold"}, "keep", False),
            ({"privilege_class": "emergency"}, "keep", False),
            ({"privilege_class": "unmapped"}, "keep", True),
        ],
    )
    def test_is_asked_for_as_of_a_single_decision(self, desk, facts, kind, needed):
        (finding,) = desk.findings(1, **facts)
        assert deciding.needs_second_look(finding, kind) is needed

        desk.decide(kind=kind)

        decision = Decision.objects.get()
        finding.refresh_from_db()
        assert decision.needs_second_look is needed
        assert (decision.second_due_at is not None) is needed
        assert (finding.state == State.AWAITING_SECOND) is needed
        after = Event.objects.get(action="finding.decided").after
        assert (after["needs_second_look"], after["state"]) == (needed, finding.state)
        assert ("second_due_at" in after) is needed

    def test_is_asked_for_where_an_order_is_inside(self, desk):
        orders = [{"kind": "court_order", "scope": "this", "classes": ["records"]}]
        bound = desk.judged(body={"restrictions": orders})
        papers = [{"kind": "custody_document", "scope": "this", "classes": []}]
        told = desk.judged(body={"restrictions": papers})
        (finding,) = desk.findings(1, situation=bound)
        (other,) = desk.findings(1, situation=told)

        desk.decide(desk.scope("rule=not-related"))

        assert states([finding, other]) == [State.AWAITING_SECOND, State.DECIDED]

    def test_is_asked_for_all_of_a_batch_over_two_percent_of_the_grants(self, db):
        desk = Desk()
        desk.findings(2)
        desk.grants(97)

        batch = desk.decide()

        assert batch.needs_second_look
        assert all(d.needs_second_look for d in Decision.objects.all())

    def test_is_not_asked_for_a_batch_of_just_two_percent(self, db):
        desk = Desk()
        desk.findings(2)
        desk.grants(98)

        assert not desk.decide().needs_second_look

    def test_is_asked_for_all_of_a_batch_over_200(self, desk, monkeypatch):
        monkeypatch.setattr("audits.batches.seconds.ABOVE", 2)
        findings = desk.findings(3)

        desk.decide()

        assert states(findings) == [State.AWAITING_SECOND] * 3

    def test_falls_on_some_by_lot(self, desk, settings):
        settings.SECOND_LOOK_SAMPLE_PERCENT = 100
        findings = desk.findings()

        desk.decide()

        assert states(findings) == [State.AWAITING_SECOND] * FEW
        assert all(d.is_sample for d in Decision.objects.all())
        event = Event.objects.filter(action="finding.decided").first()
        assert event.after["is_sample"] is True


class TestRefused:
    def test_is_a_set_of_which_one_was_decided_meanwhile(self, desk):
        findings = desk.findings()
        scope = desk.scope()
        seen = desk.seen(scope)
        sam = factories.UserFactory(
            username="sam", roles=["reviewer"], sources=[desk.source]
        )
        deciding.decide(
            findings[0],
            kind="hold",
            reason="asked",
            by=sam,
            version=1,
            evidence=findings[0].evidence,
        )

        with pytest.raises(choosing.Changed, match="1 decided meanwhile by sam"):
            desk.decide(scope, seen=seen)

        assert states(findings) == [State.DECIDED, State.OPEN, State.OPEN]
        assert not Batch.objects.exists()
        assert Decision.objects.count() == 1

    def test_is_a_set_that_grew(self, desk):
        desk.findings()
        scope = desk.scope()
        seen = desk.seen(scope)
        grown = desk.findings(2)

        with pytest.raises(choosing.Changed, match="2 new"):
            desk.decide(scope, seen=seen)

        assert states(grown) == [State.OPEN] * 2

    def test_is_a_set_of_which_one_stands_on_other_evidence(self, desk):
        first, *_ = desk.findings()
        scope = desk.scope()
        seen = desk.seen(scope)
        scan = factories.ScanFactory(source=desk.source)
        Finding.objects.filter(pk=first.pk).update(
            version=2, evidence="e" * 64, last_seen_at=scan.started_at
        )
        trail.record(
            action="scan.finished",
            object_type="scan",
            object_id=scan.pk,
            source=desk.source,
            by=None,
        )

        with pytest.raises(choosing.Changed, match="1 changed by a scan"):
            desk.decide(scope, seen=seen)

    def test_is_a_set_of_which_one_was_swapped_for_another(self, desk):
        """The same number is not the same set."""
        first, *_ = desk.findings()
        scope = desk.scope()
        seen = desk.seen(scope)
        Finding.objects.filter(pk=first.pk).update(situation=desk.judged())
        desk.findings(1)

        with pytest.raises(choosing.Changed):
            desk.decide(scope, seen=seen)

    def test_is_a_batch_sent_twice(self, desk):
        desk.findings()
        scope = desk.scope()
        seen = desk.seen(scope)
        desk.decide(scope, seen=seen)

        with pytest.raises(choosing.Changed, match="3 decided meanwhile by rita"):
            desk.decide(scope, seen=seen)

        assert Decision.objects.count() == FEW

    def test_is_nothing(self, desk):
        with pytest.raises(choosing.Changed):
            desk.decide()

    def test_is_a_batch_without_a_reason(self, desk):
        desk.findings()

        with pytest.raises(deciding.NoReason):
            desk.decide(reason="  ")

    @pytest.mark.parametrize(
        "rule",
        [
            "contact-ambiguous",
            "contact-recreated",
            "entries-conflict",
            "self-for-another",
            "restricted",
            "crosswalk-conflict",
        ],
    )
    def test_is_a_rule_that_never_goes_by_batch(self, desk, rule):
        desk.findings(situation=desk.judged(rule=rule))

        with pytest.raises(deciding.NotAllowed, match="never by batch"):
            desk.decide(
                desk.scope(f"rule={rule}"),
                kind="hold",
                seen=sets.Frozen(FEW, "0" * 64),
            )

        assert not Decision.objects.exists()

    def test_is_a_decision_that_the_rule_does_not_allow(self, desk):
        desk.findings(situation=desk.judged(rule="unchecked"))

        with pytest.raises(deciding.NotAllowed):
            desk.decide(desk.scope("rule=unchecked"), seen=sets.Frozen(3, "0" * 64))

    def test_is_one_who_may_not_decide(self, desk):
        desk.findings()
        viewer = factories.UserFactory(roles=["viewer"], sources=[desk.source])

        with pytest.raises(deciding.NotAllowed):
            desk.decide(by=viewer)

    def test_is_one_who_is_not_let_in(self, desk):
        desk.findings()
        stranger = factories.UserFactory(roles=["reviewer"])

        with pytest.raises(deciding.NotAllowed):
            desk.decide(by=stranger)

    def test_is_what_takes_out_another_sources_finding(self, desk):
        desk.findings()
        foreign = factories.FindingFactory()

        with pytest.raises(choosing.NotOurs):
            desk.decide(desk.scope("", foreign.pk))

    def test_is_an_exception_where_keeping_is_advised(self, desk):
        desk.findings(recommendation="keep")
        until = batching.timezone.now().date() + batching.timezone.timedelta(days=9)

        with pytest.raises(deciding.NotAllowed):
            desk.decide(kind="keep", terms=Terms(exception_until=until))

        assert not Batch.objects.exists()


class TestLeftOut:
    def test_are_those_that_never_go_by_batch(self, desk):
        findings = desk.findings()
        alone = desk.findings(1, situation=desk.judged(rule="entries-conflict"))

        batch = desk.decide(desk.scope("severity=medium"))

        assert batch.items == FEW
        assert states(findings) == [State.DECIDED] * FEW
        assert states(alone) == [State.OPEN]

    @pytest.mark.parametrize(
        ("classes", "student", "decided"),
        [
            ("", "", State.OPEN),
            ("records; emergency", "", State.OPEN),
            ("records", "", State.DECIDED),
            ("", "leo", State.OPEN),
            ("", "mia", State.DECIDED),
        ],
    )
    def test_are_those_that_an_order_forbids_to_keep(
        self, desk, classes, student, decided
    ):
        """An order entered after the scan, so that the rule knows nothing of it."""
        match = factories.MatchFactory(source=desk.source)
        grant = factories.GrantFactory(
            source=desk.source, match=match, student_ref="leo", student_key="leo"
        )
        bound = desk.findings(1, match=match, grant=grant)
        desk.findings(1)
        factories.RestrictionFactory(
            source=desk.source,
            match=match,
            privilege_classes=classes,
            student_ref=student,
            student_key=student,
        )

        desk.decide(kind="keep")

        assert states(bound) == [decided]

    def test_are_not_those_that_an_order_lets_revoke(self, desk):
        match = factories.MatchFactory(source=desk.source)
        bound = desk.findings(1, match=match)
        factories.RestrictionFactory(source=desk.source, match=match)

        desk.decide()

        assert states(bound) == [State.DECIDED]


class TestUndo:
    def test_restores_exactly_what_was(self, desk):
        findings = desk.findings()
        desk.count()
        before = as_stored(findings)
        tallies = list(SituationTally.objects.values())
        batch = desk.decide()

        batching.undo(batch, by=desk.rita, reason="too soon")

        assert as_stored(findings) == before
        assert list(SituationTally.objects.values()) == tallies
        assert set(Finding.objects.values_list("version", flat=True)) == {3}
        batch.refresh_from_db()
        assert (batch.state, batch.undone_by) == (Batch.State.UNDONE, desk.rita)
        assert {d.withdrawn_by for d in batch.decisions.all()} == {desk.rita}

    def test_writes_one_event_an_item(self, desk):
        findings = desk.findings()
        batch = desk.decide()

        batching.undo(batch, by=desk.rita, reason="too soon")

        events = Event.objects.filter(action="finding.withdrawn")
        assert {event.object_id for event in events} == {str(f.pk) for f in findings}
        assert {(e.batch_id, e.reason) for e in events} == {
            (f"batch-{batch.pk}", "too soon")
        }
        assert all(e.before == {"state": "decided", "version": 2} for e in events)
        assert all(e.after["state"] == "open" for e in events)
        assert chain_is_whole()

    def test_lets_be_what_went_on_since(self, desk):
        looked, taken_back, decided_anew, stands = findings = desk.findings(4)
        batch = desk.decide()
        boss = factories.UserFactory(
            username="boss", roles=["approver"], sources=[desk.source]
        )
        Decision.objects.filter(finding=looked).update(
            second_by=boss, second_at=factories.AT
        )
        Finding.objects.filter(pk=looked.pk).update(state=State.APPROVED)
        for finding in (taken_back, decided_anew):
            decision = Decision.objects.get(finding=finding)
            deciding.withdraw(decision, by=boss, reason="no", version=2)
        decided_anew.refresh_from_db()
        deciding.decide(
            decided_anew,
            kind="hold",
            reason="asked",
            by=boss,
            version=3,
            evidence=decided_anew.evidence,
        )

        batching.undo(batch, by=desk.rita, reason="too soon")

        assert states(findings) == [
            State.APPROVED,
            State.OPEN,
            State.DECIDED,
            State.OPEN,
        ]
        batch.refresh_from_db()
        assert batch.words == "1 opened again; 3 went on"
        stands.refresh_from_db()
        assert stands.version == 3
        told = {
            decision.finding_id: batching.undoing.word(decision)
            for decision in batching.undoing.gone_on(batch)
        }
        assert told == {
            looked.pk: "second look taken by boss",
            taken_back.pk: "taken back by boss",
            decided_anew.pk: "taken back by boss",
        }

    def test_is_refused_a_second_time(self, desk):
        desk.findings()
        batch = desk.decide()
        batching.undo(batch, by=desk.rita, reason="too soon")

        with pytest.raises(choosing.CannotUndo):
            batching.undo(batch, by=desk.rita, reason="again")

    def test_is_refused_where_nothing_stands(self, desk):
        (finding,) = desk.findings(1)
        batch = desk.decide()
        deciding.withdraw(Decision.objects.get(), by=desk.rita, reason="no", version=2)

        with pytest.raises(choosing.CannotUndo):
            batching.undo(batch, by=desk.rita, reason="too soon")

        assert states([finding]) == [State.OPEN]

    def test_needs_a_reason(self, desk):
        desk.findings()
        batch = desk.decide()

        with pytest.raises(deciding.NoReason):
            batching.undo(batch, by=desk.rita, reason=" ")

    def test_is_for_who_decided_or_an_approver(self, desk):
        desk.findings()
        batch = desk.decide()
        other = factories.UserFactory(roles=["reviewer"], sources=[desk.source])
        boss = factories.UserFactory(roles=["approver"], sources=[desk.source])

        with pytest.raises(deciding.NotAllowed):
            batching.undo(batch, by=other, reason="too soon")
        batching.undo(batch, by=boss, reason="too soon")

        batch.refresh_from_db()
        assert batch.undone_by == boss


class TestJob:
    @pytest.fixture(autouse=True)
    def few_at_once(self, monkeypatch):
        monkeypatch.setattr(batching, "AT_ONCE", 1)

    def test_decides_a_large_batch(self, desk):
        findings = desk.findings()

        batch = desk.decide()
        assert (batch.state, states(findings)) == (Batch.State.QUEUED, [State.OPEN] * 3)
        desk.work(batch)

        assert batch.state == Batch.State.DONE
        assert states(findings) == [State.DECIDED] * FEW
        job = Job.objects.get(kind="batch_decide")
        assert (job.state, job.rows_done, job.rows_total) == ("done", FEW, FEW)
        assert job.result["decided"] == FEW

    def test_decides_once_however_often_it_is_done(self, desk):
        desk.findings()
        batch = desk.work(desk.decide())
        Job.objects.filter(pk=batch.job_id).update(state=Job.State.QUEUED)

        desk.work(batch)

        assert Decision.objects.count() == FEW

    def test_refuses_a_set_that_changed_before_its_turn(self, desk):
        findings = desk.findings()
        batch = desk.decide()
        desk.findings(1)

        desk.work(batch)

        assert batch.state == Batch.State.REFUSED
        assert "1 new" in batch.words
        assert states(findings) == [State.OPEN] * FEW
        assert Job.objects.get().state == Job.State.FAILED
        assert not Event.objects.filter(action="finding.decided").exists()

    def test_refuses_who_lost_the_role_before_its_turn(self, desk):
        findings = desk.findings()
        batch = desk.decide()
        desk.rita.groups.clear()

        desk.work(batch)

        assert batch.state == Batch.State.REFUSED
        assert states(findings) == [State.OPEN] * FEW

    def test_lets_one_batch_of_a_source_wait_at_a_time(self, desk):
        desk.findings()
        desk.decide()

        with pytest.raises(batching.jobs.AlreadyRunning):
            desk.decide()

        assert Batch.objects.count() == 1

    def test_undoes_a_large_batch(self, desk):
        findings = desk.findings()
        batch = desk.work(desk.decide())
        boss = factories.UserFactory(roles=["approver"], sources=[desk.source])

        desk.work(batching.undo(batch, by=boss, reason="too soon"))

        assert batch.state == Batch.State.UNDONE
        assert batch.undone_by == boss
        assert states(findings) == [State.OPEN] * FEW


@pytest.mark.django_db(transaction=True)
def test_of_a_batch_and_a_single_decision_at_once_one_wins():
    # No roles here: such a test leaves the tables without what migrations put there.
    desk = Desk(rita=factories.UserFactory(is_superuser=True))
    findings = desk.findings()
    scope = desk.scope()
    seen = desk.seen(scope)
    start = threading.Barrier(2)
    outcomes = {}

    def many():
        try:
            start.wait()
            desk.decide(scope, seen=seen)
            outcomes["many"] = True
        except choosing.Changed:
            outcomes["many"] = False
        finally:
            connection.close()

    def one():
        try:
            start.wait()
            deciding.decide(
                findings[0],
                kind="hold",
                reason="asked",
                by=desk.rita,
                version=1,
                evidence=findings[0].evidence,
            )
            outcomes["one"] = True
        except deciding.Refused:
            outcomes["one"] = False
        finally:
            connection.close()

    threads = [threading.Thread(target=many), threading.Thread(target=one)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes.values()) == [False, True]
    assert Decision.objects.count() == (FEW if outcomes["many"] else 1)
    assert Event.objects.filter(action="finding.decided").count() == (
        Decision.objects.count()
    )
    assert chain_is_whole()
