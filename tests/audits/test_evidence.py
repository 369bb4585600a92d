"""Situations in words, as the page of a finding tells them."""

import json

import pytest

from audits import evidence
from tests.audits.rules import mail_samples, samples
from tests.audits.rules.mail_samples import DELETED, UNSUBSCRIBED


def told(situation):
    return dict(evidence.in_words(json.loads(situation.to_json())))


def test_a_situation_of_mailing_tells_both_sides_and_the_list():
    weakened = UNSUBSCRIBED._replace(opt_out_source="Account")

    assert told(
        mail_samples.v2(
            "OPTOUT", opt_out_source="ACTION_BY_VISITOR", entries=(weakened,)
        )
    ) == {
        "Privilege class": "Mailing",
        "Rests on": "Consent",
        "Match": "Matched",
        "V2 says": (
            "opted out, no confirmation required, added by the account, "
            "opted out by the contact"
        ),
        "V2 supports": "unsubscribed",
        "V3 says": (
            "unsubscribed, no confirmation required, added by the account, "
            "opted out by the account"
        ),
        "List": "known in V3",
        "On the list": "yes",
        "V3 data": "complete",
    }


@pytest.mark.parametrize(
    ("changes", "name", "words"),
    [
        ({"subject": "none"}, "List", "any mail: the grant names no list"),
        ({"subject": "unmapped"}, "List", "of no list of V3"),
        ({"on_list": False}, "On the list", "no"),
        ({"entries": ()}, "V3 says", "nothing"),
        ({"match": "missing"}, "Match", "Not in the crosswalk"),
        ({"supported": ""}, "V2 supports", "nothing: a person must decide"),
        (
            {"entries": (DELETED,)},
            "V3 says",
            "implicit, deleted, no confirmation required, added by the account",
        ),
        (
            {"restrictions": samples.forbids("mailing", scope="everywhere")},
            "Forbidden by",
            "court order everywhere (Mailing)",
        ),
        (
            {"checked": False},
            "V3 data",
            "incomplete: what is absent proves nothing",
        ),
    ],
)
def test_facts_of_mailing(changes, name, words):
    assert told(mail_samples.situation(**changes))[name] == words


def test_a_contact_that_v2_never_knew_tells_nothing():
    silent = dict.fromkeys(
        ("status", "email_status", "confirm_status", "opt_in_source"), ""
    )

    assert told(mail_samples.situation(**silent))["V2 says"] == "nothing"


def test_a_situation_of_a_district_tells_its_entries():
    facts = told(samples.situation(entries=(samples.AUNT,)))

    assert facts["Rests on"] == "v2 ‘Parent (Parent/Guardian)’"
    assert facts["v3 says"] == "Aunt/Uncle (Family)"
    assert "List" not in facts
