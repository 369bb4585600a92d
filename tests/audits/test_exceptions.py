"""Exceptions: kept until a day, open again the day after, by the sweep and by a scan."""

from datetime import date, timedelta

import pytest

from audits import deciding, endings, exceptions, seconding
from audits.models import Decision, Event, Finding, Scan
from audits.terms import Terms
from contacts import chores
from tests import factories
from tests.factories import AT

State = Finding.State
UNTIL = date(2026, 3, 20)
NEXT_DAY = AT.replace(day=21, hour=0, minute=0)


@pytest.fixture
def rita(db):
    return factories.UserFactory(username="rita", roles=["reviewer"])


@pytest.fixture
def finding(db):
    return factories.FindingFactory(
        severity=Finding.Severity.MEDIUM,
        recommendation="hold",
        privilege_class="emergency",
    )


@pytest.fixture
def kept(finding, rita):
    return keep(finding, rita)


def keep(finding, by, until=UNTIL, **changed):
    told = {"kind": "keep", "terms": Terms(exception_until=until), **changed}
    return deciding.decide(
        finding,
        by=by,
        reason="the aunt has a paper",
        version=finding.version,
        evidence=finding.evidence,
        at=AT,
        **told,
    )


def test_an_exception_is_kept_with_its_day(kept):
    assert kept.exception_until == UNTIL
    assert not kept.needs_second_look
    event = Event.objects.get(action="finding.decided")
    assert event.after["exception_until"] == "2026-03-20"


@pytest.mark.parametrize(
    ("at", "opened"), [(NEXT_DAY - timedelta(seconds=1), 0), (NEXT_DAY, 1)]
)
def test_the_last_day_itself_still_counts(kept, at, opened):
    assert exceptions.reopen_ended(at=at) == opened


def test_past_its_day_the_finding_is_open_again(kept):
    exceptions.reopen_ended(at=NEXT_DAY)

    finding = Finding.objects.get()
    kept.refresh_from_db()
    assert (finding.state, finding.decision) == (State.OPEN, None)
    assert (finding.version, finding.reopened) == (3, 1)
    assert kept.superseded_at == NEXT_DAY
    assert endings.of(kept).title == "The exception ended on 2026-03-20"


def test_its_end_is_one_event_that_says_why(kept):
    exceptions.reopen_ended(at=NEXT_DAY)
    exceptions.reopen_ended(at=NEXT_DAY + timedelta(days=5))

    event = Event.objects.get(action="finding.reopened")
    assert (event.actor, event.via, event.reason) == (
        "system",
        "job",
        "exception ended",
    )
    assert (event.before["state"], event.after["state"]) == ("decided", "open")
    assert event.before["decision_id"] == kept.pk


def test_one_that_waits_for_a_second_look_ends_too(finding, rita):
    keep(finding, rita, until=AT.date() + timedelta(days=31))

    assert Finding.objects.get().state == State.AWAITING_SECOND
    assert exceptions.reopen_ended(at=AT + timedelta(days=40)) == 1
    assert seconding.escalate(at=AT + timedelta(days=41)) == 0


def test_a_confirmed_one_ends_too(finding, rita):
    long = keep(finding, rita, until=AT.date() + timedelta(days=31))
    anna = factories.UserFactory(roles=["approver"])
    seconding.confirm(long, by=anna, version=2, at=AT)

    assert exceptions.reopen_ended(at=AT + timedelta(days=40)) == 1


def test_one_taken_back_does_not_end(kept, rita):
    deciding.withdraw(kept, by=rita, reason="no", version=2, at=AT)

    assert exceptions.reopen_ended(at=NEXT_DAY) == 0


def test_a_keep_without_an_end_stays(finding, rita):
    keep(finding, rita, until=None)

    assert exceptions.reopen_ended(at=AT + timedelta(days=4_000)) == 0


def test_a_closed_finding_stays_closed(kept):
    Finding.objects.update(state=State.CLOSED, closed_at=AT)

    assert exceptions.reopen_ended(at=NEXT_DAY) == 0


def test_only_one_source_where_one_is_named(kept, rita):
    keep(factories.FindingFactory(recommendation="hold", severity=3), rita)

    assert exceptions.reopen_ended(kept.finding.source, at=NEXT_DAY) == 1
    assert Finding.objects.filter(state=State.OPEN).count() == 1


def test_many_are_opened_some_at_a_time(rita, monkeypatch):
    monkeypatch.setattr(exceptions, "AT_ONCE", 2)
    for _ in range(5):
        keep(factories.FindingFactory(recommendation="hold", severity=3), rita)

    assert exceptions.reopen_ended(at=NEXT_DAY) == 5
    assert Event.objects.filter(action="finding.reopened").count() == 5


def test_a_scan_opens_them_and_counts_them(kept, rita):
    scan = factories.ScanFactory(
        source=kept.finding.source,
        started_at=NEXT_DAY,
        started_by=rita,
        counts={"opened": 0, "reopened": 0, "closed": 0},
    )

    exceptions.reopen_in(scan)

    assert Scan.objects.get().counts["reopened"] == 1
    event = Event.objects.get(action="finding.reopened")
    assert (event.actor, event.batch_id) == ("rita", f"scan-{scan.pk}")


def test_the_sweep_does_what_is_due(kept):
    """The day is long past, whatever the clock says."""
    factories.DecisionFactory(
        finding=(critical := factories.FindingFactory()), needs_second_look=True
    )
    Finding.objects.filter(pk=critical.pk).update(
        state=State.AWAITING_SECOND, decision=critical.decisions.get()
    )

    chores.do_all()

    kept.finding.refresh_from_db()
    assert kept.finding.state == State.OPEN
    assert Decision.objects.exclude(escalated_at=None).get().finding == critical


@pytest.mark.parametrize(
    ("advice", "kind", "until", "words"),
    [
        ("hold", "keep", AT.date(), "must lie ahead"),
        ("hold", "keep", AT.date() - timedelta(days=1), "must lie ahead"),
        ("hold", "revoke", UNTIL, "to keep or to hold"),
        ("hold", "hold", UNTIL, "to keep or to hold"),
        ("keep", "keep", UNTIL, "needs no end"),
    ],
)
def test_an_end_that_makes_no_sense_is_refused(
    finding, rita, advice, kind, until, words
):
    Finding.objects.update(recommendation=advice)
    finding.refresh_from_db()

    with pytest.raises(deciding.NotAllowed, match=words):
        keep(finding, rita, until=until, kind=kind)

    assert not Decision.objects.exists()
