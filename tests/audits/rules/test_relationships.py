import pytest

from audits.policy import CLEVER, DEFAULT, Policy, Vocabulary
from audits.rules import clever
from audits.situations import why
from tests.audits.rules.samples import AUNT, PARENT, SELF, answering, situation


def judged(policy=DEFAULT, vocabulary=CLEVER, **changes):
    return clever.judge(situation(**changes), policy, vocabulary)


def told(verdict):
    return why(verdict.sentence, privilege="view_grades", student="Ana Diaz")


@pytest.mark.parametrize("subject", ["present", "absent"])
@pytest.mark.parametrize(
    ("privilege_class", "severity", "recommendation"),
    [
        ("records", "critical", "revoke"),
        ("general_messages", "medium", "revoke"),
        ("emergency", "medium", "hold"),
    ],
)
def test_not_related(subject, privilege_class, severity, recommendation):
    verdict = judged(entries=(), subject=subject, privilege_class=privilege_class)

    assert verdict.rule == "not-related"
    assert (verdict.severity, verdict.recommendation) == (severity, recommendation)
    assert told(verdict) == (
        "view_grades for Ana Diaz rests on v2 ‘Parent’; "
        "v3 does not relate this contact to this student."
    )


def test_not_related_is_told_of_a_recreated_contact_too():
    verdict = judged(entries=(), match="recreated")

    assert verdict.rule == "contact-recreated"
    assert verdict.others == ("not-related",)


@pytest.mark.parametrize(
    ("entries", "privilege_class", "severity"),
    [
        ((PARENT, AUNT), "records", "high"),
        ((PARENT, AUNT), "general_messages", "medium"),
        ((("Parent", "Family"), AUNT), "act", "high"),
        ((PARENT, ("", "")), "records", "high"),
        ((PARENT, ("Guardian", "Family")), "records", "high"),
        # v3's Self on another's record counts as revoke, whatever the table says of Self.
        ((PARENT, SELF), "records", "high"),
        ((PARENT, SELF), "emergency", "medium"),
    ],
)
def test_entries_conflict(entries, privilege_class, severity):
    verdict = judged(entries=entries, privilege_class=privilege_class)

    assert verdict.rule == "entries-conflict"
    assert (verdict.severity, verdict.recommendation) == (severity, "hold")
    assert verdict.retied_to is None


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"entries": (PARENT, AUNT), "privilege_class": "emergency"}, "confirmed"),
        ({"entries": (PARENT, ("Parent", "Primary"))}, "confirmed"),
        ({"entries": (("PARENT", "parent/guardian "), PARENT)}, "confirmed"),
        ({"entries": (AUNT, ("Sibling", "Other"))}, "relationship-weaker"),
        ({"entries": (AUNT, SELF)}, "self-for-another"),
        ({"entries": (SELF, PARENT), "own_record": True}, "confirmed"),
    ],
)
def test_entries_conflict_leaves_entries_of_one_outcome(changes, rule):
    assert judged(**changes).rule == rule


def test_entries_conflict_names_all_entries():
    entries = (AUNT, PARENT, ("Sibling", "Secondary"))

    sentence = told(judged(entries=entries))

    assert sentence == (
        "view_grades for Ana Diaz cannot be judged: v3 says Aunt/Uncle (Family), Parent "
        "(Parent/Guardian) and Sibling (Secondary), and policy answers differently."
    )


@pytest.mark.parametrize(
    ("entry", "privilege_class", "severity"),
    [
        (("", ""), "records", "high"),
        (("", ""), "general_messages", "low"),
        (("Parent", ""), "records", "high"),
        (("Parent", " "), "release", "high"),
        (("", "Parent/Guardian"), "act", "high"),
        (("", "Emergency"), "records", "high"),
        (("Aunt/Uncle", ""), "general_messages", "low"),
        # A type nobody knows stays as it is while the relationship is filled in.
        (("", "Friend"), "records", "high"),
    ],
)
def test_relationship_empty(entry, privilege_class, severity):
    verdict = judged(entries=(entry,), privilege_class=privilege_class)

    assert verdict.rule == "relationship-empty"
    assert (verdict.severity, verdict.recommendation) == (severity, "hold")


@pytest.mark.parametrize(
    ("entry", "privilege_class", "rule"),
    [
        (("", ""), "emergency", "relationship-differs"),
        (("Parent", ""), "general_messages", "relationship-differs"),
        (("", "Emergency"), "release", "relationship-weaker"),
        (("", "Friend"), "release", "relationship-unrecognised"),
        (("Aunt/Uncle", ""), "release", "relationship-weaker"),
    ],
)
def test_relationship_empty_leaves_a_gap_that_decides_nothing(
    entry, privilege_class, rule
):
    assert judged(entries=(entry,), privilege_class=privilege_class).rule == rule


def test_relationship_empty_depends_on_the_policy():
    gap = {"entries": (("", ""),)}

    assert judged(answering("keep"), **gap).rule == "relationship-differs"
    assert judged(answering("hold"), **gap).rule == "never-supported"


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (("", ""), "no relationship (no type)"),
        (("Parent", ""), "Parent (no type)"),
        (("", "Family"), "no relationship (Family)"),
    ],
)
def test_relationship_empty_says_what_is_missing(entry, words):
    verdict = judged(basis=AUNT, entries=(entry,))

    assert told(verdict) == (
        f"view_grades for Ana Diaz rests on v2 ‘Aunt/Uncle’; v3 says {words}, "
        "and what is missing decides."
    )


@pytest.mark.parametrize(
    ("entries", "privilege_class", "severity", "value"),
    [
        ((("Guardian", "Family"),), "records", "medium", "Guardian"),
        ((("Guardian", "Family"),), "emergency", "low", "Guardian"),
        ((("Guardian", "Friend"),), "records", "medium", "Guardian"),
        ((("Parent", "Friend"),), "records", "medium", "Friend"),
        ((("Guardian", ""),), "release", "medium", "Guardian"),
        ((PARENT, ("Guardian", "Family")), "emergency", "low", "Guardian"),
    ],
)
def test_relationship_unrecognised(entries, privilege_class, severity, value):
    verdict = judged(entries=entries, privilege_class=privilege_class)

    assert verdict.rule == "relationship-unrecognised"
    assert (verdict.severity, verdict.recommendation) == (severity, "hold")
    assert f"v3 says ‘{value}’, a value outside the vocabulary." in told(verdict)


def test_relationship_unrecognised_whatever_policy_says():
    verdict = judged(answering("keep"), entries=(("Guardian", "Family"),))

    assert verdict.rule == "relationship-unrecognised"
    assert verdict.others == ("relationship-differs",)


def test_relationship_unrecognised_leaves_a_value_the_source_knows():
    wider = Vocabulary((*CLEVER.relationships, "Guardian"), CLEVER.types)

    verdict = judged(
        answering("keep"), wider, entries=((" GUARDIAN", "Family "), PARENT)
    )

    assert verdict.rule == "confirmed"


def test_relationship_unrecognised_leaves_the_v2_label_alone():
    verdict = judged(basis=("Guardian", "Friend"))

    assert (verdict.rule, verdict.recommendation) == ("relationship-differs", "keep")


@pytest.mark.parametrize(
    ("entry", "privilege_class", "severity"),
    [
        (SELF, "records", "critical"),
        (("self ", "Family"), "release", "critical"),
        (SELF, "general_messages", "medium"),
        (SELF, "emergency", "medium"),
    ],
)
def test_self_for_another(entry, privilege_class, severity):
    verdict = judged(entries=(entry,), privilege_class=privilege_class)

    assert verdict.rule == "self-for-another"
    assert (verdict.severity, verdict.recommendation) == (severity, "revoke")
    assert told(verdict) == (
        "view_grades for Ana Diaz rests on v2 ‘Parent’; v3 says Self, "
        "but the contact's name is not the student's."
    )


@pytest.mark.parametrize(
    ("basis", "rule"), [(SELF, "confirmed"), (PARENT, "relationship-differs")]
)
def test_self_for_another_leaves_the_own_record(basis, rule):
    assert judged(basis=basis, entries=(SELF,), own_record=True).rule == rule


@pytest.mark.parametrize(
    ("entry", "privilege_class", "severity", "recommendation"),
    [
        (AUNT, "records", "critical", "revoke"),
        (AUNT, "release", "critical", "hold"),
        (AUNT, "act", "critical", "revoke"),
        (AUNT, "record_messages", "critical", "revoke"),
        (AUNT, "general_messages", "medium", "hold"),
        (("Parent", "Family"), "records", "critical", "hold"),
        (("Grandparent", "Primary"), "records", "critical", "hold"),
        (("Sibling", "Emergency"), "records", "critical", "revoke"),
    ],
)
def test_relationship_weaker(entry, privilege_class, severity, recommendation):
    verdict = judged(entries=(entry,), privilege_class=privilege_class)

    assert verdict.rule == "relationship-weaker"
    assert (verdict.severity, verdict.recommendation) == (severity, recommendation)
    assert verdict.retied_to is None


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ((AUNT,), "v2 ‘Parent’; v3 says Aunt/Uncle (Family) for this student."),
        (
            (AUNT, ("Sibling", "Other")),
            (
                "v2 ‘Parent’; v3 says Aunt/Uncle (Family) and Sibling (Other) "
                "for this student."
            ),
        ),
        (
            (("Parent", "Family"),),
            "v2 ‘Parent (Parent/Guardian)’; v3 says Parent (Family) for this student.",
        ),
    ],
)
def test_relationship_weaker_says_old_and_new(entries, words):
    verdict = judged(entries=entries)

    assert told(verdict) == f"view_grades for Ana Diaz rests on {words}"


@pytest.mark.parametrize(
    ("basis", "entry", "privilege_class", "severity", "recommendation"),
    [
        (AUNT, AUNT, "records", "high", "revoke"),
        (AUNT, AUNT, "release", "high", "hold"),
        (AUNT, AUNT, "general_messages", "low", "hold"),
        (("Sibling", "Other"), AUNT, "records", "high", "revoke"),
        (("Parent", "Family"), AUNT, "records", "high", "revoke"),
        (("", ""), AUNT, "records", "high", "revoke"),
        (("Guardian", "x"), AUNT, "general_messages", "low", "hold"),
    ],
)
def test_never_supported(basis, entry, privilege_class, severity, recommendation):
    verdict = judged(basis=basis, entries=(entry,), privilege_class=privilege_class)

    assert verdict.rule == "never-supported"
    assert (verdict.severity, verdict.recommendation) == (severity, recommendation)


@pytest.mark.parametrize(
    ("basis", "words"),
    [
        (("", ""), "an empty v2 label"),
        (("", "Primary"), "v2 type ‘Primary’"),
        (("Sibling", ""), "v2 ‘Sibling’"),
        (("aunt/uncle", ""), "v2 ‘aunt/uncle (no type)’"),
    ],
)
def test_never_supported_says_what_v2_told(basis, words):
    verdict = judged(basis=basis, entries=(AUNT,))

    assert told(verdict) == (
        f"view_grades for Ana Diaz rests on {words}; v3 says Aunt/Uncle (Family); "
        "policy supports neither."
    )


@pytest.mark.parametrize(
    ("changes", "severity", "retied_to"),
    [
        ({"basis": AUNT}, "low", PARENT),
        ({"basis": ("Parent", "Primary")}, "low", PARENT),
        ({"basis": AUNT, "privilege_class": "emergency"}, "info", PARENT),
        ({"entries": (AUNT,), "privilege_class": "emergency"}, "info", AUNT),
    ],
)
def test_relationship_differs(changes, severity, retied_to):
    verdict = judged(**changes)

    assert verdict.rule == "relationship-differs"
    assert (verdict.severity, verdict.recommendation) == (severity, "keep")
    assert verdict.retied_to == retied_to


def test_relationship_differs_says_old_and_new():
    assert told(judged(basis=AUNT)) == (
        "view_grades for Ana Diaz rests on v2 ‘Aunt/Uncle’; "
        "v3 says Parent (Parent/Guardian), which supports it too."
    )


@pytest.mark.parametrize(
    ("changes", "retied_to"),
    [
        ({}, PARENT),
        ({"basis": (" parent", "PARENT/GUARDIAN")}, PARENT),
        ({"entries": (("Parent", "Primary"), PARENT)}, PARENT),
        (
            {"basis": AUNT, "entries": (AUNT, PARENT), "privilege_class": "emergency"},
            AUNT,
        ),
    ],
)
def test_confirmed(changes, retied_to):
    verdict = judged(**changes)

    assert verdict.rule == "confirmed"
    assert not verdict.is_finding
    assert verdict.recommendation == ""
    assert verdict.retied_to == retied_to
    assert verdict.others == ()


def test_confirmed_by_a_policy_that_keeps_an_empty_label():
    line = {"relationship": "", "type": "*", "class": "*", "verdict": "hold"}
    rest = {"relationship": "*", "type": "*", "class": "*", "verdict": "hold"}
    policy = Policy.parse({"name": "Draft", "rules": [{**line, "verdict": "keep"}]})
    even = Policy.parse({"name": "Even", "rules": [line, rest]})
    empty = {"basis": ("", ""), "entries": (("", " "),)}

    assert judged(policy, **empty).rule == "relationship-empty"
    assert judged(even, **empty).rule == "never-supported"
    assert judged(answering("keep"), **empty).rule == "confirmed"
