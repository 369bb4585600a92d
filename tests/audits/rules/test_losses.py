import re

import pytest

from audits.models import Finding, LossDecision
from audits.rules import losses
from audits.rules.losses import CARDS

# As rules.md section 3 lists them.
CODES = [
    "phones-over-limit",
    "phone-too-long",
    "phone-kind-lost",
    "addresses-over-limit",
    "address-shortened",
    "state-unresolved",
    "postal-code-joined",
    "country-unresolved",
    "notes-over-limit",
    "custom-field-unmapped",
    "value-probably-cut",
    "lists-over-limit",
    "list-unmapped",
    "list-status-lost",
    "name-part-dropped",
    "source-details-lost",
    "dates-lost",
    "email-duplicate",
    "email-invalid",
    "email-missing",
    "id-malformed",
]


def test_every_loss_of_the_rules_has_a_card():
    assert sorted(CARDS) == sorted(CODES)


@pytest.mark.parametrize("card", CARDS.values(), ids=CARDS.keys())
def test_card_is_written_for_people(card):
    assert all(re.fullmatch(r"[A-Z].{10,}\.", t) for t in (card.sentence, card.harm))
    assert card.severity in {"high", "medium", "low"}
    assert len(card.title) < 40
    assert card.version == 1


@pytest.mark.parametrize("card", CARDS.values(), ids=CARDS.keys())
def test_choices_are_kinds_of_decision_and_leave_nobody_without_one(card):
    assert set(card.choices) <= set(LossDecision.Kind.values)
    assert len(set(card.choices)) == len(card.choices)
    assert "leave" in card.choices or not card.choices


def test_only_slots_are_decided_elsewhere():
    elsewhere = {code for code, card in CARDS.items() if not card.choices}

    assert elsewhere == {"custom-field-unmapped"}


def test_duplicates_are_never_decided_many_at_once():
    single = {code for code, card in CARDS.items() if not card.batchable}

    assert single == {"email-duplicate"}


@pytest.mark.parametrize("rule", CODES)
def test_the_rank_is_that_of_findings(rule):
    assert Finding.Severity(losses.rank(rule)).label == CARDS[rule].severity


def test_an_unknown_rule_offers_nothing():
    assert losses.choices("no-such-rule") == ()
