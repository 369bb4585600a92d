"""The command ``decide``: one batch, exactly as large as expected, by who may."""

import json

import pytest
from django.core.management import CommandError, call_command

from audits.models import Batch, Decision, Event, Finding
from tests import factories
from tests.audits.batches.desk import FEW, Desk

pytestmark = pytest.mark.django_db
State = Finding.State


@pytest.fixture(autouse=True)
def no_lot(settings):
    settings.SECOND_LOOK_SAMPLE_PERCENT = 0


@pytest.fixture
def desk():
    desk = Desk()
    desk.grants(50 * (FEW + 2))
    return desk


def run(desk, *more, rule="not-related", decision="revoke", by="rita"):
    call_command(
        "decide",
        desk.source.slug,
        f"--rule={rule}",
        f"--decision={decision}",
        "--reason=no relationship in v3",
        f"--by={by}",
        "--json",
        *more,
    )


def told(capsys):
    return json.loads(capsys.readouterr().out.splitlines()[-1])


def refused(capsys, desk, *more, **told):
    with pytest.raises(SystemExit) as end:
        run(desk, *more, **told)
    assert end.value.code == 1
    assert not Decision.objects.exists()
    return capsys.readouterr().err


def test_it_decides_one_batch_and_says_so(desk, capsys):
    desk.findings()

    run(desk, f"--expect={FEW}", "--reason-code=not_related")

    batch = Batch.objects.get()
    assert told(capsys) == {
        "batch": f"batch-{batch.pk}",
        "decided": FEW,
        "left_out": 0,
        "second_look": 0,
    }
    assert batch.decided_by == desk.rita
    events = Event.objects.filter(action="finding.decided")
    assert set(events.values_list("via", "batch_id", "actor")) == {
        ("cli", f"batch-{batch.pk}", "rita")
    }
    assert set(Decision.objects.values_list("reason_code", flat=True)) == {
        "not_related"
    }


@pytest.mark.parametrize(
    "narrowing",
    ["--severity=high", "--privilege-class=records", "--match=gone", "--situation"],
)
def test_it_decides_what_the_filters_leave(desk, capsys, narrowing):
    other = desk.judged()
    (meant,) = desk.findings(
        1,
        situation=other,
        severity=2,
        privilege_class="records",
        match_state="gone",
    )
    desk.findings()
    if narrowing == "--situation":
        narrowing = f"--situation={other.pk}"

    run(desk, narrowing, decision="hold")

    assert told(capsys)["decided"] == 1
    assert Decision.objects.get().finding == meant


@pytest.mark.parametrize("expected", [0, 2, 4])
def test_it_refuses_a_set_of_another_size(desk, capsys, expected):
    desk.findings()

    words = refused(capsys, desk, f"--expect={expected}")

    assert f"The set holds 3 findings and not {expected}." in words


def test_it_says_what_it_left_out(desk, capsys):
    match = factories.MatchFactory(source=desk.source)
    factories.RestrictionFactory(source=desk.source, match=match)
    desk.findings()
    desk.findings(1, match=match)

    run(desk, decision="keep")

    assert (told(capsys)["left_out"], Decision.objects.count()) == (1, FEW)


def test_it_refuses_a_rule_that_never_goes_by_batch(desk, capsys):
    desk.findings(situation=desk.judged(rule="restricted"))

    assert "never by batch" in refused(capsys, desk, rule="restricted")


def test_it_refuses_a_decision_that_the_rule_does_not_allow(desk, capsys):
    desk.findings()

    assert "cannot be decided “grant”" in refused(capsys, desk, decision="grant")


def test_it_refuses_an_empty_set(desk, capsys):
    assert "No open finding" in refused(capsys, desk)


@pytest.mark.parametrize("role", ["viewer", "operator", "auditor"])
def test_it_refuses_who_may_not_decide(desk, capsys, role):
    desk.findings()
    factories.UserFactory(username="vic", roles=[role], sources=[desk.source])

    assert "vic may not decide" in refused(capsys, desk, by="vic")


def test_it_refuses_who_is_not_let_in_or_not_there(desk, capsys):
    desk.findings()
    factories.UserFactory(username="far", roles=["reviewer"])
    factories.UserFactory(
        username="left", roles=["reviewer"], sources=[desk.source], is_active=False
    )

    assert "may not decide" in refused(capsys, desk, by="far")
    assert "no active user" in refused(capsys, desk, by="left")
    assert "no active user" in refused(capsys, desk, by="nobody")


def test_it_refuses_another_sources_situation(desk, capsys):
    desk.findings()
    foreign = factories.JudgedSituationFactory()

    assert "no situation" in refused(capsys, desk, f"--situation={foreign.pk}")


def test_it_does_a_large_batch_here(desk, capsys, monkeypatch):
    monkeypatch.setattr("audits.batching.AT_ONCE", 1)
    findings = desk.findings()

    run(desk)

    assert told(capsys)["decided"] == FEW
    assert {Finding.objects.get(pk=finding.pk).state for finding in findings} == {
        State.DECIDED
    }


def test_a_word_that_is_none_of_ours_is_a_wrong_command_line(desk):
    with pytest.raises(CommandError):
        run(desk, decision="destroy")
