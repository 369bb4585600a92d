"""What the database itself refuses, whoever writes."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, models, transaction

from audits.models import (
    Batch,
    Decision,
    Event,
    Finding,
    Grant,
    JudgedSituation,
    Loss,
    LossDecision,
    PolicyVersion,
    Restriction,
    SituationTally,
    TrailHead,
    WriteItem,
    WriteRun,
)
from tests import factories
from tests.factories import AT

pytestmark = pytest.mark.django_db


def refused(write, *args, **told):
    """Write, which must fail; gives the database's words."""
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        write(*args, **told)
    return str(error.value)


def update(row, **told):
    type(row).objects.filter(pk=row.pk).update(**told)


def twin_of(row, **told):
    """Insert the same row once more, with another key."""
    values = {
        field.attname: getattr(row, field.attname)
        for field in row._meta.concrete_fields
        if not field.primary_key
    }
    type(row).objects.create(**{**values, **told})


def decision_by_two():
    decision = factories.DecisionFactory()
    return decision, {"second_by": decision.decided_by, "second_at": AT}


def run_by_two():
    run = factories.WriteRunFactory()
    return run, {"second_by": run.made_by, "second_at": AT}


def returned_by_oneself():
    decision = factories.DecisionFactory()
    return decision, {"returned_by": decision.decided_by, "returned_at": AT}


def finding_decided():
    finding = factories.DecisionFactory().finding
    update(finding, decision=finding.decisions.get())
    return finding


BROKEN: dict[str, Callable[[], Any]] = {
    "decision_kind_is_known": lambda: (factories.DecisionFactory(), {"kind": "shred"}),
    "decision_says_why": lambda: (factories.DecisionFactory(), {"reason": ""}),
    "second_look_is_anothers": decision_by_two,
    "second_look_says_who_and_when": lambda: (
        factories.DecisionFactory(),
        {"second_at": AT},
    ),
    "withdrawal_says_who_and_when": lambda: (
        factories.DecisionFactory(),
        {"withdrawn_at": AT},
    ),
    "return_is_anothers": returned_by_oneself,
    "return_says_who_and_when": lambda: (
        factories.DecisionFactory(),
        {"returned_at": AT},
    ),
    "exception_is_a_keep": lambda: (
        factories.DecisionFactory(),
        {"exception_until": AT.date()},
    ),
    "second_look_has_a_due_date": lambda: (
        factories.DecisionFactory(),
        {"needs_second_look": True},
    ),
    "batch_state_is_known": lambda: (factories.BatchFactory(), {"state": "lost"}),
    "batch_says_why": lambda: (factories.BatchFactory(), {"reason": ""}),
    "batch_undoing_says_who_and_when": lambda: (
        factories.BatchFactory(),
        {"undone_at": AT},
    ),
    "situation_agrees_at_most_with_all": lambda: (
        factories.SituationTallyFactory(),
        {"agreed": 2},
    ),
    "event_seq_starts_at_1": lambda: (factories.EventFactory(seq=5), {"seq": 0}),
    "event_actor_kind_is_known": lambda: (
        factories.EventFactory(seq=5),
        {"actor_kind": "ghost"},
    ),
    "trail_has_one_head": lambda: (TrailHead.objects.create(pk=1), {"id": 2}),
    "finding_state_is_known": lambda: (finding_decided(), {"state": "lost"}),
    "finding_severity_is_known": lambda: (factories.FindingFactory(), {"severity": 9}),
    "finding_decided_has_a_decision": lambda: (
        factories.FindingFactory(),
        {"state": "decided"},
    ),
    "finding_closed_says_when": lambda: (
        factories.FindingFactory(),
        {"state": "closed"},
    ),
    "grant_basis_is_known": lambda: (factories.GrantFactory(), {"basis": "rumour"}),
    "grant_names_contact_and_privilege": lambda: (
        factories.GrantFactory(),
        {"privilege": ""},
    ),
    "restriction_kind_is_known": lambda: (
        factories.RestrictionFactory(),
        {"kind": "wish"},
    ),
    "loss_decision_kind_is_known": lambda: (
        factories.LossDecisionFactory(),
        {"kind": "shred"},
    ),
    "loss_decision_says_why": lambda: (
        factories.LossDecisionFactory(),
        {"reason": ""},
    ),
    "loss_decision_names_a_field_if_needed": lambda: (
        factories.LossDecisionFactory(),
        {"field_ref": "f"},
    ),
    "loss_withdrawal_says_who_and_when": lambda: (
        factories.LossDecisionFactory(),
        {"withdrawn_at": AT},
    ),
    "loss_state_fits_its_decision": lambda: (
        factories.LossFactory(),
        {"state": "decided"},
    ),
    "loss_severity_is_known": lambda: (factories.LossFactory(), {"severity": 0}),
    "write_run_state_is_known": lambda: (
        factories.WriteRunFactory(),
        {"state": "lost"},
    ),
    "write_second_look_is_anothers": run_by_two,
    "write_run_sends_only_what_was_confirmed": lambda: (
        factories.WriteRunFactory(),
        {"state": "running"},
    ),
    "write_item_method_is_known": lambda: (
        factories.WriteItemFactory(),
        {"method": "get"},
    ),
    "write_item_state_is_known": lambda: (
        factories.WriteItemFactory(),
        {"state": "lost"},
    ),
}

TWICE: dict[str, Callable[[], Any]] = {
    "finding_is_about_one_thing": lambda: (factories.FindingFactory(), {}),
    "grant_id_is_unique": lambda: (factories.GrantFactory(), {}),
    "policy_number_is_unique": lambda: (factories.PolicyVersionFactory(), {}),
    "restriction_id_is_unique": lambda: (factories.RestrictionFactory(), {}),
    "situation_is_judged_once": lambda: (factories.JudgedSituationFactory(), {}),
    "loss_is_about_one_value": lambda: (factories.LossFactory(), {}),
    "write_run_is_one_a_source": lambda: (factories.WriteRunFactory(), {}),
    "write_item_has_its_place": lambda: (factories.WriteItemFactory(), {}),
}

MODELS = (
    Batch,
    Decision,
    Event,
    Finding,
    Grant,
    JudgedSituation,
    Loss,
    LossDecision,
    PolicyVersion,
    Restriction,
    SituationTally,
    TrailHead,
    WriteItem,
    WriteRun,
)


@pytest.mark.parametrize("name", BROKEN)
def test_the_database_refuses_a_row_that_breaks(name):
    row, told = BROKEN[name]()

    assert name in refused(update, row, **told)


@pytest.mark.parametrize("name", TWICE)
def test_the_database_refuses_a_second(name):
    row, told = TWICE[name]()

    words = refused(twin_of, row, **told)

    # SQLite names the columns of a unique constraint, not the constraint.
    assert name in words or connection.vendor == "sqlite"


def test_a_finding_has_one_standing_decision():
    decision = factories.DecisionFactory()
    update(decision.finding, decision=decision)

    assert refused(update, factories.FindingFactory(), decision=decision)


def test_every_named_constraint_has_its_test():
    named = {
        constraint.name
        for model in MODELS
        for constraint in model._meta.constraints
        if isinstance(constraint, models.CheckConstraint | models.UniqueConstraint)
    }

    assert named == {*BROKEN, *TWICE}
