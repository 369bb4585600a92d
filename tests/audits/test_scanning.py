"""Scans: what opens, keeps, re-opens and closes a finding, and what a kill costs."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audits import deciding, policies, scanning
from audits.models import Decision, Event, Finding, JudgedSituation, PolicyVersion, Scan
from audits.surveying import slices
from contacts import jobs, working
from contacts.models import Contact, Job, RelationshipEntry, Snapshot
from tests import factories
from tests.audits.district import AUNT, PARENT, District

pytestmark = pytest.mark.django_db

State = Finding.State


@pytest.fixture
def district():
    return District()


def decide(finding, kind="revoke"):
    return deciding.decide(
        finding,
        kind=kind,
        reason="as v3 says",
        by=factories.UserFactory(),
        version=finding.version,
        evidence=finding.evidence,
    )


def relate(family, relationship, kind):
    entries = RelationshipEntry.objects.filter(contact=family.contact)
    entries.update(relationship=relationship, type=kind)


# --- One scan ----------------------------------------------------------------


def test_a_finding_holds_what_a_list_shows(district):
    family = district.family(v3=[AUNT])

    result = district.scan()

    finding = family.finding()
    assert (finding.rule, finding.state) == ("relationship-weaker", State.OPEN)
    assert finding.severity == Finding.Severity.CRITICAL
    assert finding.recommendation == "revoke"
    assert finding.fingerprint == f"grant:{family.grant.external_id}"
    assert finding.contact_v2_id == family.legacy.external_id
    assert finding.contact_v3_id == family.contact.external_id
    assert finding.contact_name == family.contact.name
    assert finding.student_name == family.student.name
    assert (finding.basis_relationship, finding.basis_type) == PARENT
    assert finding.v3_entries == "Aunt/Uncle/Family"
    assert finding.search_text == (
        f"{family.contact.folded_name} {family.student.folded_name}"
    )
    assert finding.evidence_v2_sha256 == family.legacy.sha256
    assert finding.evidence_v3_sha256 == family.contact.sha256
    assert (result["grants"], result["findings"], result["opened"]) == (1, 1, 1)


def test_a_confirmed_grant_is_counted_and_no_finding(district):
    district.family(v3=[PARENT])

    result = district.scan()

    assert not Finding.objects.exists()
    assert (result["grants"], result["confirmed"], result["findings"]) == (1, 1, 0)
    assert JudgedSituation.objects.get().grants == 1


def test_grants_in_one_situation_share_it(district):
    families = [district.family(v3=[AUNT]) for _ in range(3)]

    result = district.scan()

    situation = JudgedSituation.objects.get(rule="relationship-weaker")
    assert situation.grants == 3
    assert {family.finding().situation for family in families} == {situation}
    assert result["situations"] == 1


def test_counts_are_those_of_the_last_scan(district):
    district.family(v3=[AUNT])
    district.scan()

    district.scan()

    assert JudgedSituation.objects.get().grants == 1


def test_a_grant_of_another_basis_is_counted_besides(district):
    district.family(v3=[AUNT], basis="court_order")

    result = district.scan()

    assert (result["grants"], result["other_basis"], result["findings"]) == (1, 1, 0)


def test_an_expired_grant_is_only_counted(district):
    yesterday = timezone.now().date() - timedelta(days=1)
    district.family(v3=[AUNT], expires_at=yesterday)
    district.family(v3=[AUNT], expires_at=timezone.now().date())

    result = district.scan()

    assert (result["grants"], result["expired"], result["findings"]) == (1, 1, 1)


def test_a_closed_grant_is_not_judged(district):
    district.family(v3=[AUNT], closed_at=timezone.now())

    assert district.scan()["grants"] == 0


def test_what_was_hidden_is_proposed(district):
    family = district.family(v2=AUNT, v3=[PARENT], privilege="emergency_call")

    result = district.scan()

    proposals = Finding.objects.filter(rule="grant-missing")
    assert set(proposals.values_list("privilege_class", flat=True)) == {
        "records",
        "release",
        "act",
        "record_messages",
        "general_messages",
    }
    proposal = proposals.get(privilege_class="records")
    assert (proposal.grant, proposal.privilege, proposal.recommendation) == (
        None,
        "",
        "grant",
    )
    assert proposal.student_ref == family.student.external_id
    assert proposal.fingerprint == (
        f"missing:{family.contact.external_id}:{family.student.external_id}:records"
    )
    assert result["by_rule"]["grant-missing"] == 5


def test_one_event_tells_of_a_scan(district):
    district.family(v3=[AUNT])

    result = district.scan()

    event = Event.objects.get(action="scan.finished")
    assert event.after["counts"]["findings"] == result["findings"]
    assert event.source == district.source.slug


def test_the_first_scan_writes_the_shipped_policy_down(district):
    district.scan()

    version = PolicyVersion.objects.get()
    assert (version.number, Scan.objects.get().policy) == (1, version)
    assert policies.current(district.source) == version


def test_another_source_is_left_alone(district):
    other = District()
    family = other.family(v3=[AUNT])

    district.scan()

    family.grant.refresh_from_db()
    assert family.grant.match is None
    assert not Finding.objects.exists()


# --- Again -------------------------------------------------------------------


def test_a_second_scan_of_unchanged_facts_writes_no_finding(district):
    family = district.family(v3=[AUNT])
    district.family(v2=AUNT, v3=[PARENT])
    district.family(contact_ref="nobody")
    first = district.scan()
    before = list(Finding.objects.order_by("pk").values())

    second = district.scan()

    assert list(Finding.objects.order_by("pk").values()) == before
    assert (second["opened"], second["reopened"], second["closed"]) == (0, 0, 0)
    assert second["by_rule"] == first["by_rule"]
    assert family.finding().version == 1


def test_a_decision_is_kept_while_its_evidence_holds(district):
    family = district.family(v3=[AUNT])
    district.scan()
    decision = decide(family.finding())

    district.scan()

    finding = family.finding()
    assert (finding.state, finding.decision) == (State.AWAITING_SECOND, decision)


def test_new_evidence_opens_a_decided_finding_again(district):
    family = district.family(v3=[AUNT])
    district.scan()
    decision = decide(family.finding())
    relate(family, "Grandparent", "Family")

    result = district.scan()

    finding = family.finding()
    decision.refresh_from_db()
    assert (finding.state, finding.decision, finding.reopened) == (State.OPEN, None, 1)
    assert finding.v3_entries == "Grandparent/Family"
    assert list(finding.decisions.all()) == [decision]
    assert decision.superseded_at is not None
    assert decision.situation != finding.situation
    assert (result["opened"], result["reopened"]) == (0, 1)
    event = Event.objects.get(action="finding.reopened")
    assert event.object_id == str(finding.pk)
    assert event.before["decision_id"] == decision.pk
    assert event.after["evidence"] == finding.evidence


def test_a_changed_record_is_new_evidence(district):
    family = district.family(v3=[AUNT])
    district.scan()
    decide(family.finding())
    Contact.objects.update(digest="f" * 32)

    result = district.scan()

    assert result["reopened"] == 1
    assert family.finding().state == State.OPEN


def test_new_evidence_rewrites_an_open_finding_quietly(district):
    family = district.family(v3=[AUNT])
    district.scan()
    relate(family, "Grandparent", "Family")

    result = district.scan()

    finding = family.finding()
    assert (finding.version, finding.reopened) == (2, 0)
    assert finding.v3_entries == "Grandparent/Family"
    assert [result[name] for name in ("opened", "reopened", "closed")] == [0, 0, 0]


def test_what_is_no_longer_found_is_closed(district):
    family = district.family(v3=[AUNT])
    district.scan()
    first = Scan.objects.get()
    relate(family, *PARENT)

    result = district.scan()

    finding = family.finding()
    assert (finding.state, result["closed"]) == (State.CLOSED, 1)
    assert finding.closed_at is not None
    assert finding.last_seen_at == first.started_at
    assert not Event.objects.filter(action="finding.closed").exists()


def test_closing_a_decided_finding_is_an_event(district):
    family = district.family(v3=[AUNT])
    district.scan()
    decision = decide(family.finding())
    relate(family, *PARENT)

    district.scan()

    finding = family.finding()
    assert (finding.state, finding.decision) == (State.CLOSED, decision)
    event = Event.objects.get(action="finding.closed")
    assert event.before["decision_id"] == decision.pk


def test_a_closed_finding_found_again_is_open_again(district):
    family = district.family(v3=[AUNT])
    district.scan()
    relate(family, *PARENT)
    district.scan()
    relate(family, *AUNT)

    result = district.scan()

    finding = family.finding()
    assert (finding.state, finding.closed_at, finding.reopened) == (State.OPEN, None, 1)
    assert (result["reopened"], Finding.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    "change",
    [
        {"closed_at": timezone.now()},
        {"expires_at": timezone.now().date() - timedelta(days=1)},
    ],
)
def test_a_grant_that_ended_closes_its_finding(district, change):
    family = district.family(v3=[AUNT])
    district.scan()
    type(family.grant).objects.update(**change)
    district.import_v3(Snapshot.State.INCOMPLETE)

    district.scan()

    assert family.finding().state == State.CLOSED


def test_a_finding_in_a_plan_is_not_closed(district):
    family = district.family(v3=[AUNT])
    district.scan()
    decide(family.finding())
    Finding.objects.update(state=State.PLANNED)
    relate(family, *PARENT)

    district.scan()

    assert family.finding().state == State.PLANNED


def test_a_proposal_is_closed_once_the_grant_is_there(district):
    family = district.family(v2=AUNT, v3=[PARENT], privilege="emergency_call")
    district.scan()
    district.grant(family, "pick_up", basis="district_form")

    result = district.scan()

    proposal = Finding.objects.get(rule="grant-missing", privilege_class="release")
    assert (proposal.state, result["closed"]) == (State.CLOSED, 1)


def test_a_grant_of_one_class_leaves_proposals_of_others_alone(district):
    family = district.family(v2=AUNT, v3=[PARENT], privilege="emergency_call")
    district.scan()
    proposal = Finding.objects.get(rule="grant-missing", privilege_class="records")
    decide(proposal, "grant")
    district.grant(family, "pick_up", basis="district_form")

    district.scan()

    proposal.refresh_from_db()
    assert (proposal.state, proposal.version) == (State.DECIDED, 2)


def test_a_new_policy_rewrites_open_findings_and_leaves_decided_ones(district):
    open_family = district.family(v3=[AUNT], privilege="view_grades")
    decided_family = district.family(v3=[AUNT], privilege="view_grades")
    district.scan()
    decide(decided_family.finding())
    factories.PolicyVersionFactory(
        source=district.source,
        number=2,
        body={
            "name": "Hold all but parents",
            "rules": [
                {
                    "relationship": "Parent",
                    "type": "*",
                    "class": "*",
                    "verdict": "keep",
                }
            ],
        },
    )

    district.scan()

    assert open_family.finding().recommendation == "hold"
    assert open_family.finding().policy.number == 2
    assert decided_family.finding().state == State.AWAITING_SECOND
    assert decided_family.finding().recommendation == "revoke"


def test_a_finding_follows_its_grant_to_another_person(district):
    family = district.family(v3=[AUNT])
    other = district.family(v3=[AUNT])
    district.scan()
    type(family.grant).objects.filter(pk=family.grant.pk).update(
        contact_ref=other.legacy.external_id, student_ref=other.student.external_id
    )

    result = district.scan()

    finding = family.finding()
    assert finding.contact_v2_id == other.legacy.external_id
    assert finding.match == other.finding().match
    assert (result["closed"], finding.state) == (0, State.OPEN)


def test_a_grant_whose_contact_becomes_known_moves_its_finding(district):
    family = district.family(v3=[AUNT], contact_ref="later")
    district.scan()
    family.legacy.external_id = "later"
    family.legacy.save()
    Contact.objects.update(legacy_id="later")

    result = district.scan()

    finding = family.finding()
    assert (finding.rule, finding.state) == ("relationship-weaker", State.OPEN)
    assert (result["opened"], result["closed"]) == (0, 0)


# --- Unknown is not absent ---------------------------------------------------


def test_without_any_v3_snapshot_a_judged_grant_is_unchecked():
    district = District()
    district.family(v3=None)
    district.family(v3=None, contact_ref="nobody")
    district.family(v3=None, basis="manual")
    Snapshot.objects.filter(kind=Snapshot.Kind.CONTACTS).delete()

    result = district.scan()

    assert result["by_rule"] == {"unchecked": 2}
    assert set(Finding.objects.values_list("match_state", flat=True)) == {"unchecked"}


@pytest.mark.parametrize(("v3", "rule"), [(None, "contact-gone"), ([], "not-related")])
def test_absence_is_unchecked_while_the_snapshot_is_incomplete(district, v3, rule):
    family = district.family(v3=v3)
    district.scan()
    before = family.finding().rule
    district.import_v3(Snapshot.State.INCOMPLETE)

    district.scan()

    assert (before, family.finding().rule) == (rule, "unchecked")
    assert family.finding().state == State.OPEN


def test_what_was_seen_goes_on_while_the_snapshot_is_incomplete(district):
    family = district.family(v3=[AUNT])
    district.scan()
    before = family.finding()
    district.import_v3(Snapshot.State.INCOMPLETE)

    district.scan()

    assert family.finding().evidence == before.evidence
    assert family.finding().version == 1


def test_a_decision_outlives_an_incomplete_snapshot(district):
    family = district.family(v3=None)
    district.scan()
    decision = decide(family.finding())
    district.import_v3(Snapshot.State.INCOMPLETE)
    district.scan()
    district.import_v3()

    result = district.scan()

    finding = family.finding()
    assert (finding.rule, finding.decision) == ("contact-gone", decision)
    assert result["reopened"] == 0


def test_nothing_is_closed_on_an_incomplete_snapshot(district):
    family = district.family(v3=[AUNT])
    district.scan()
    relate(family, *PARENT)
    district.import_v3(Snapshot.State.INCOMPLETE)

    result = district.scan()

    assert (family.finding().state, result["closed"]) == (State.OPEN, 0)


def test_an_import_that_saw_nothing_changes_nothing(district):
    family = district.family(v3=None)
    factories.SnapshotFactory(
        source=district.source, state=Snapshot.State.FAILED, pages=0
    )

    district.scan()

    assert family.finding().rule == "contact-gone"


# --- As a job ----------------------------------------------------------------


def test_only_one_scan_of_a_source_runs(district):
    scanning.start(source=district.source, by=None)

    with pytest.raises(jobs.AlreadyRunning):
        scanning.start(source=district.source, by=None)


class Killed(BaseException):
    """What a worker's death looks like from inside."""


@pytest.mark.parametrize("step", range(1, 9))
def test_a_scan_killed_at_any_step_ends_like_one_that_was_not(
    district, monkeypatch, step
):
    monkeypatch.setattr(slices, "GRANTS", 2)
    monkeypatch.setattr(slices, "PEOPLE", 2)
    for entry in (AUNT, PARENT, AUNT, AUNT):
        district.family(v3=[entry])
    district.family(v3=[AUNT], contact_ref="nobody")
    job = scanning.start(source=district.source, by=None)
    kill_at(step, monkeypatch)

    with pytest.raises(Killed):
        working.work(job.pk)
    monkeypatch.undo()
    monkeypatch.setattr(slices, "PEOPLE", 2)
    Job.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    working.work(job.pk)

    job.refresh_from_db()
    assert job.state == Job.State.DONE
    assert district.rules() == ["relationship-weaker"] * 3 + ["unknown-contact"]
    assert job.result["grants"] == 5
    assert (job.result["confirmed"], job.result["opened"]) == (1, 4)
    assert Scan.objects.filter(finished_at__isnull=False).count() == 1
    assert Event.objects.filter(action="scan.finished").count() == 1


def kill_at(step, monkeypatch):
    """Die within a step, its writes done and not yet committed."""
    taken = iter(range(1, step + 1))
    real = working.Lease.step

    def step_or_die(self, **told):
        if next(taken) == step:
            raise Killed
        return real(self, **told)

    monkeypatch.setattr(working.Lease, "step", step_or_die)


def test_a_cancelled_scan_leaves_no_scan_that_counts(district, monkeypatch):
    family = district.family(v3=[AUNT])
    job = scanning.start(source=district.source, by=None)
    real = scanning._judge

    def cancel_then_judge(*args, **told):
        jobs.cancel(job, by=None)
        real(*args, **told)

    monkeypatch.setattr(scanning, "_judge", cancel_then_judge)

    working.work(job.pk)

    job.refresh_from_db()
    assert job.state == Job.State.CANCELLED
    assert Scan.objects.get().finished_at is None
    assert family.finding().state == State.OPEN


def test_slices_do_not_change_what_is_found(district, monkeypatch):
    for entry in (AUNT, PARENT, AUNT):
        district.family(v3=[entry])
    district.family(v3=None)
    district.family(v3=[AUNT], contact_ref="nobody")
    whole = district.scan()
    for name in ("GRANTS", "PEOPLE", "STRANGERS"):
        monkeypatch.setattr(slices, name, 1)

    cut = district.scan()

    assert cut["by_rule"] == whole["by_rule"]
    assert (cut["opened"], cut["reopened"], cut["closed"]) == (0, 0, 0)


def test_statements_do_not_grow_with_rows(district):
    district.family(v3=[AUNT])
    district.scan()
    with CaptureQueriesContext(connection) as few:
        district.scan()
    for _ in range(20):
        district.family(v3=[AUNT])
    district.scan()

    with CaptureQueriesContext(connection) as many:
        district.scan()

    assert len(many) == len(few)


def test_a_decision_in_the_very_moment_of_a_scan_is_not_lost(district, monkeypatch):
    family = district.family(v3=[AUNT])
    district.scan()
    relate(family, "Grandparent", "Family")
    real = scanning.filing.file

    def decide_then_file(*args, **told):
        if family.finding().state == State.OPEN:
            decide(family.finding())
        return real(*args, **told)

    monkeypatch.setattr(scanning.filing, "file", decide_then_file)
    district.scan()
    monkeypatch.undo()
    decided = family.finding()

    district.scan()

    assert decided.state == State.AWAITING_SECOND
    assert family.finding().state == State.OPEN
    assert Decision.objects.get().superseded_at is not None
