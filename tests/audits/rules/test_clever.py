from itertools import pairwise

import pytest
from hypothesis import given

from audits.policy import CLASSES, DEFAULT, SEVERITIES
from audits.rules import clever
from audits.situations import why
from tests.audits.rules import samples
from tests.audits.rules.samples import AUNT, PARENT, SELF, forbids, pair, situation

PRECEDENCE = (
    "restricted",
    "other-basis",
    "privilege-unmapped",
    "unchecked",
    "unknown-contact",
    "contact-ambiguous",
    "contact-recreated",
    "contact-gone",
    "student-unresolved",
    "contact-wide",
    "not-related",
    "entries-conflict",
    "relationship-empty",
    "relationship-unrecognised",
    "self-for-another",
    "relationship-weaker",
    "never-supported",
    "relationship-differs",
    "confirmed",
)
SENSITIVE = ("records", "release", "act", "record_messages")
SIX_CLASSES = (*SENSITIVE, "general_messages", "emergency")


def judged(**changes):
    return clever.judge(situation(**changes), DEFAULT)


def test_rules_stand_in_order_of_precedence():
    codes = tuple(rule.__name__.replace("_", "-") for rule in clever.RULES)

    assert codes == PRECEDENCE


def test_no_rule_stands_twice():
    assert all(above is not below for above, below in pairwise(clever.RULES))
    assert len(set(clever.RULES)) == len(clever.RULES)


@pytest.mark.parametrize(
    ("changes", "rule", "others"),
    [
        (
            {"restrictions": forbids(), "basis_kind": "manual", "entries": ()},
            "restricted",
            ("other-basis",),
        ),
        (
            {"restrictions": forbids(), "match": "gone", "checked": False},
            "restricted",
            ("unchecked",),
        ),
        (
            {"basis_kind": "manual", "privilege_class": "unmapped"},
            "other-basis",
            (),
        ),
        (
            {"privilege_class": "unmapped", "match": "unchecked"},
            "privilege-unmapped",
            ("unchecked",),
        ),
        (
            {"match": "unchecked", "subject": "unresolved"},
            "unchecked",
            ("student-unresolved",),
        ),
        (
            {"match": "unknown-contact", "subject": "unresolved"},
            "unknown-contact",
            ("student-unresolved",),
        ),
        (
            {"match": "ambiguous", "subject": "all"},
            "contact-ambiguous",
            ("contact-wide",),
        ),
        (
            {"match": "recreated", "entries": (PARENT, AUNT)},
            "contact-recreated",
            ("entries-conflict",),
        ),
        (
            {"match": "gone", "subject": "unresolved", "entries": ()},
            "contact-gone",
            ("student-unresolved",),
        ),
        ({"subject": "all", "entries": ()}, "contact-wide", ()),
        (
            {"entries": (PARENT, ("", ""), ("Guardian", "Family"), SELF)},
            "entries-conflict",
            ("relationship-empty", "relationship-unrecognised", "self-for-another"),
        ),
        (
            {"entries": (("Guardian", "Family"), ("", "Family"))},
            "relationship-empty",
            ("relationship-unrecognised", "relationship-weaker"),
        ),
        (
            {"entries": (("Self", "Friend"),)},
            "relationship-unrecognised",
            ("self-for-another", "relationship-weaker"),
        ),
        ({"entries": (SELF,)}, "self-for-another", ("relationship-weaker",)),
    ],
)
def test_judge_takes_the_first_rule_and_shows_the_others(changes, rule, others):
    verdict = judged(**changes)

    assert (verdict.rule, verdict.others) == (rule, others)


@pytest.mark.parametrize("privilege_class", SIX_CLASSES)
def test_aunt_of_two_and_parent_of_a_third_keeps_the_own_child(privilege_class):
    own_child = judged(privilege_class=privilege_class, entries=(PARENT,))

    assert own_child.rule == "confirmed"


@pytest.mark.parametrize(
    ("privilege_class", "recommendation"),
    [
        ("records", "revoke"),
        ("act", "revoke"),
        ("record_messages", "revoke"),
        ("release", "hold"),
    ],
)
def test_aunt_of_two_and_parent_of_a_third_loses_the_nephews(
    privilege_class, recommendation
):
    nephew = judged(privilege_class=privilege_class, entries=(AUNT,))

    assert nephew.rule == "relationship-weaker"
    assert nephew.severity == "critical"
    assert nephew.recommendation == recommendation
    assert why(nephew.sentence, privilege="view_grades", student="Ana Diaz") == (
        "view_grades for Ana Diaz rests on v2 ‘Parent’; "
        "v3 says Aunt/Uncle (Family) for this student."
    )


@given(situation=samples.situations, policy=samples.policies)
def test_judge_has_one_verdict_for_whatever_is_sent(situation, policy):
    verdict = clever.judge(situation, policy)

    assert verdict.rule in PRECEDENCE
    assert verdict.severity in SEVERITIES
    assert verdict == clever.judge(situation, policy)
    ranks = [PRECEDENCE.index(rule) for rule in (verdict.rule, *verdict.others)]
    assert ranks == sorted(set(ranks))


@given(situation=samples.situations, policy=samples.policies)
def test_judge_never_raises_a_privilege(situation, policy):
    verdict = clever.judge(situation, policy)

    lowers = {"hold", "revoke", "narrow", "rebind"}
    assert verdict.recommendation in {*lowers, "keep", ""}
    if verdict.recommendation not in lowers and verdict.rule != "other-basis":
        entry = verdict.retied_to
        assert entry in situation.entries
        assert policy.verdict(entry, situation.privilege_class) == "keep"


@given(situation=samples.situations, policy=samples.policies)
def test_judge_leaves_names_most_of_the_sentence(situation, policy):
    sentence = clever.judge(situation, policy).sentence

    told = why(sentence, privilege="progress_reports", student="Ana Diaz")

    assert len(told) <= 200
    assert "progress_reports" in told
    assert "Ana Diaz" in told or "{student}" not in sentence


@given(situation=samples.situations)
def test_judge_never_rests_on_absence_in_an_incomplete_snapshot(situation):
    verdict = clever.judge(situation, DEFAULT)

    absent = {"contact-gone", "contact-recreated", "not-related"}
    if not situation.checked:
        assert not absent & {verdict.rule, *verdict.others}


@given(situation=samples.situations)
def test_judge_never_keeps_what_an_order_forbids(situation):
    orders = [r for r in situation.restrictions if not r.classes]
    if any(r.kind.strip().casefold() != "custody_document" for r in orders):
        verdict = clever.judge(situation, DEFAULT)

        assert (verdict.rule, verdict.blocked) == ("restricted", True)


def proposed(**changes):
    return clever.propose(pair(**changes), DEFAULT)


def classes(proposals):
    return tuple(proposal.privilege_class for proposal in proposals)


def test_propose_a_parent_hidden_behind_an_aunt():
    proposals = proposed()

    assert [(p.privilege_class, p.severity) for p in proposals] == [
        ("records", "medium"),
        ("release", "medium"),
        ("act", "medium"),
        ("record_messages", "medium"),
        ("general_messages", "low"),
    ]
    assert why(proposals[0].sentence, privilege="", student="Ana Diaz") == (
        "No records privilege for Ana Diaz was given on v2 ‘Aunt/Uncle’; "
        "v3 says Parent (Parent/Guardian), which supports it."
    )


@pytest.mark.parametrize(
    ("changes", "left"),
    [
        ({"held": frozenset({"records", "emergency"})}, (*SIX_CLASSES[1:5],)),
        ({"held": frozenset(SIX_CLASSES)}, ()),
        ({"label": ("Parent", "Family")}, SENSITIVE),
        ({"label": ("Parent", "Friend")}, SIX_CLASSES),
        ({"label": ("", "")}, SIX_CLASSES[:5]),
        ({"label": PARENT}, ()),
        ({"label": None}, ()),
        ({"entries": ()}, ()),
        ({"entries": (PARENT, ("Parent", "Primary"))}, SIX_CLASSES[:5]),
        ({"entries": (PARENT, AUNT)}, ()),
        ({"entries": (PARENT, ("Parent", "Family"))}, ("general_messages",)),
        ({"entries": (("Guardian", "Primary"),), "label": ("Parent", "x")}, ()),
        ({"entries": (SELF,)}, ()),
        (
            {"entries": (SELF,), "own_record": True},
            ("records", "record_messages", "general_messages"),
        ),
        ({"restrictions": forbids()}, ()),
        ({"restrictions": forbids(kind="custody_document")}, SIX_CLASSES[:5]),
        (
            {"restrictions": forbids("records", "act", scope="everywhere")},
            ("release", "record_messages", "general_messages"),
        ),
        ({"match": "ambiguous"}, ()),
        ({"match": "recreated"}, ()),
        ({"match": "gone"}, ()),
        ({"match": "unchecked"}, ()),
        ({"checked": False}, SIX_CLASSES[:5]),
    ],
)
def test_propose_only_what_v3_supports_without_a_doubt(changes, left):
    assert classes(proposed(**changes)) == left


@given(pair=samples.pairs, policy=samples.policies)
def test_propose_never_what_is_held_forbidden_or_unsupported(pair, policy):
    for proposal in clever.propose(pair, policy):
        name = proposal.privilege_class
        told = why(proposal.sentence, privilege="", student="Ana Diaz")

        assert name in CLASSES[:6]
        assert name not in pair.held
        assert proposal.recommendation == "grant"
        assert all(policy.verdict(entry, name) == "keep" for entry in pair.entries)
        assert policy.verdict(pair.label, name) != "keep"
        assert "Ana Diaz" in told
        assert len(told) <= 200
