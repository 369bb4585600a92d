import re

import pytest

from audits.rules import catalogue, clever, constant_contact
from audits.rules.catalogue import BY_PROVIDER, CARDS

NEVER_IN_A_BATCH = {
    "contact-ambiguous",
    "contact-recreated",
    "entries-conflict",
    "self-for-another",
    "restricted",
    "crosswalk-conflict",
}
NOTHING_TO_DECIDE = {"confirmed", "other-basis"}


def codes_of(rules):
    return [rule.__name__.replace("_", "-") for rule in rules]


def test_every_rule_has_a_card_and_every_card_a_rule():
    assert list(BY_PROVIDER["clever"]) == [*codes_of(clever.RULES), "grant-missing"]
    assert list(BY_PROVIDER["constant_contact"]) == codes_of(constant_contact.RULES)


EVERY_CARD = [
    pytest.param(card, id=f"{provider}-{card.code}")
    for provider, cards in BY_PROVIDER.items()
    for card in cards.values()
]


@pytest.mark.parametrize("card", EVERY_CARD)
def test_card_is_written_for_people(card):
    told = (card.sentence, card.harm_if_kept, card.harm_if_revoked)

    assert all(re.fullmatch(r"[A-Z“v].{10,}\.", text) for text in told)
    assert re.match(r"critical|high|medium|low|info", card.severity)
    assert len(card.title) < 40
    assert card.version == 1


def test_a_code_leaves_the_same_choice_whoever_has_the_rule():
    for code in set(BY_PROVIDER["clever"]) & set(BY_PROVIDER["constant_contact"]):
        one, other = (cards[code] for cards in BY_PROVIDER.values())

        assert (one.title, one.decisions) == (other.title, other.decisions)
        assert (one.batchable, one.version) == (other.batchable, other.version)
        assert one.severity == other.severity


def test_what_cannot_be_kept_says_why():
    locked = {
        card.code
        for cards in BY_PROVIDER.values()
        for card in cards.values()
        if card.lock
    }

    assert locked == {"restricted", "opt-out-lost", "opted-out", "removed"}
    assert all("keep" not in catalogue.allowed_decisions(code) for code in locked)


def test_a_card_is_in_the_words_of_its_provider():
    words = {
        provider: catalogue.card_of("restricted", provider).sentence
        for provider in BY_PROVIDER
    }

    assert "student" in words["clever"]
    assert "student" not in words["constant_contact"]
    assert catalogue.card_of("contact-gone", "constant_contact") is None


def test_cards_kept_out_of_batches():
    single = {code for code, card in CARDS.items() if not card.batchable}

    assert single == NEVER_IN_A_BATCH | NOTHING_TO_DECIDE


@pytest.mark.parametrize(
    ("rule", "decisions"),
    [
        ("restricted", {"revoke", "hold"}),
        ("contact-recreated", {"rebind", "keep", "hold", "revoke"}),
        ("contact-wide", {"narrow", "keep", "hold", "revoke"}),
        ("contact-ambiguous", {"keep", "hold", "revoke"}),
        ("relationship-weaker", {"keep", "hold", "revoke"}),
        ("unchecked", {"hold"}),
        ("grant-missing", {"grant", "hold"}),
        ("opt-out-lost", {"revoke", "hold"}),
        ("opted-out", {"revoke", "hold"}),
        ("removed", {"revoke", "hold"}),
        ("crosswalk-conflict", {"keep", "hold", "revoke"}),
        ("permission-raised", {"keep", "hold", "revoke"}),
        ("confirmed", set()),
        ("other-basis", set()),
        ("no-such-rule", set()),
    ],
)
def test_allowed_decisions(rule, decisions):
    assert set(catalogue.allowed_decisions(rule)) == decisions


def test_only_a_recreated_contact_can_be_rebound_and_only_a_wide_grant_narrowed():
    offering = {
        decision: {c for c in CARDS if decision in catalogue.allowed_decisions(c)}
        for decision in ("rebind", "narrow", "grant")
    }

    assert offering == {
        "rebind": {"contact-recreated"},
        "narrow": {"contact-wide"},
        "grant": {"grant-missing"},
    }


@pytest.mark.parametrize(
    ("changes", "needed"),
    [
        ({}, False),
        ({"severity": "critical"}, True),
        ({"restricted": True}, True),
        ({"decision": "keep"}, True),
        ({"decision": "keep", "privilege_class": "unmapped"}, True),
        ({"decision": "keep", "privilege_class": "emergency"}, False),
        ({"decision": "keep", "recommendation": "hold"}, False),
        ({"decision": "hold"}, False),
        ({"severity": "medium", "privilege_class": "emergency"}, False),
    ],
)
def test_needs_second_look(changes, needed):
    revoked = {
        "severity": "high",
        "recommendation": "revoke",
        "decision": "revoke",
        "privilege_class": "records",
        "restricted": False,
    }

    assert catalogue.needs_second_look(**{**revoked, **changes}) is needed
