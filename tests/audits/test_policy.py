import pytest
from hypothesis import given

from audits import policy
from audits.policy import CLASSES, CLEVER, DEFAULT, BadPolicy, Difference, Policy
from tests.audits.rules import samples

COLUMNS = CLASSES[:6]
KIN = ("Grandparent", "Aunt/Uncle", "Sibling", "Other")

PRINTED_TABLE = [
    (["Parent"], ["Parent/Guardian", "Primary", "Secondary"], "k k k k k k"),
    (["Parent"], ["Family", "Emergency", "Other", ""], "h h h h k k"),
    (KIN, ["Parent/Guardian", "Primary"], "h h h h k k"),
    (KIN, ["Secondary", "Family", "Other", ""], "r h r r h k"),
    ([*KIN, "Self", "", "Guardian"], ["Emergency"], "r h r r h k"),
    (["Self"], ["Parent/Guardian", "Family", "Other", "", "Friend"], "k h h k k k"),
    (["", "Guardian"], ["Parent/Guardian", "Family", "", "Friend"], "h h h h h k"),
    # No row names a known relationship with a type outside the vocabulary.
    (["Parent", *KIN], ["Friend"], "h h h h h h"),
]


@pytest.mark.parametrize(("relationships", "types", "verdicts"), PRINTED_TABLE)
def test_default_policy_answers_as_the_printed_table(relationships, types, verdicts):
    letters = {"k": "keep", "h": "hold", "r": "revoke"}

    for relationship in relationships:
        for kind in types:
            answers = [DEFAULT.verdict((relationship, kind), c) for c in COLUMNS]

            assert answers == [letters[v] for v in verdicts.split()], (
                relationship,
                kind,
            )


def test_default_policy_holds_what_it_has_no_column_for():
    assert DEFAULT.verdict(samples.PARENT, "mailing") == "hold"


@pytest.mark.parametrize(
    ("privilege", "privilege_class"),
    [
        ("view_grades", "records"),
        ("view_attendance", "records"),
        ("view_health", "records"),
        ("pick_up", "release"),
        ("sign_forms", "act"),
        ("pay_fees", "act"),
        ("edit_profile", "act"),
        ("message_teacher", "record_messages"),
        ("progress_reports", "record_messages"),
        ("newsletter", "general_messages"),
        ("announcements", "general_messages"),
        ("emergency_call", "emergency"),
        ("send_email", "mailing"),
        (" View_Grades ", "records"),
        ("release", "release"),
        ("view_lunch", "unmapped"),
        ("", "unmapped"),
        ("unmapped", "unmapped"),
    ],
)
def test_class_of_a_privilege(privilege, privilege_class):
    assert DEFAULT.class_of(privilege) == privilege_class


@pytest.mark.parametrize("entry", [("PARENT ", " parent/guardian"), samples.PARENT])
def test_verdict_compares_without_case_and_outer_blanks(entry):
    assert DEFAULT.verdict(entry, "records") == "keep"


def line(relationship="*", kind="*", privilege_class="*", verdict="keep"):
    return {
        "relationship": relationship,
        "type": kind,
        "class": privilege_class,
        "verdict": verdict,
    }


def parsed(*lines, **table):
    return Policy.parse({"name": "Draft", "rules": list(lines), **table})


@pytest.mark.parametrize(
    ("pattern", "value", "matches"),
    [
        ("*", "Parent", True),
        ("*", "", True),
        ("*", "Guardian", True),
        ("", "", True),
        ("", "  ", True),
        ("", "Parent", False),
        ("?", "Guardian", True),
        ("?", "Parent", False),
        ("?", "", False),
        ("Guardian", "guardian", True),
        ("Parent", "Parents", False),
        (["Sibling", "?"], "Guardian", True),
        (["Sibling", "?"], "Sibling", True),
        (["Sibling", "?"], "Parent", False),
    ],
)
def test_pattern_matches_a_relationship(pattern, value, matches):
    draft = parsed(line(relationship=pattern))

    answer = draft.verdict((value, "Family"), "records")

    assert (answer == "keep") is matches


def test_first_matching_line_wins():
    draft = parsed(
        line(relationship="Parent", verdict="revoke"),
        line(relationship="Parent", verdict="keep"),
        line(verdict="hold"),
    )

    assert draft.verdict(samples.PARENT, "records") == "revoke"


def test_outside_means_outside_the_vocabulary_in_use():
    wider = policy.Vocabulary((*CLEVER.relationships, "Guardian"), CLEVER.types)
    draft = parsed(line(relationship="?", verdict="revoke"))

    assert draft.verdict(("Guardian", "Family"), "records") == "revoke"
    assert draft.verdict(("Guardian", "Family"), "records", wider) == "hold"


@given(policies=samples.policies, entry=samples.entries)
def test_verdict_is_that_of_the_first_line_that_fits_alone(policies, entry):
    for privilege_class in CLASSES:
        alone = [
            Policy(name="One", privileges={}, rules=(rule,)).verdict(
                entry, privilege_class
            )
            for rule in policies.rules
            if rule.matches(entry, privilege_class, CLEVER)
        ]

        answer = policies.verdict(entry, privilege_class)

        assert answer == (alone[0] if alone else "hold")


@given(policies=samples.policies)
def test_data_goes_round(policies):
    again = Policy.parse(policies.to_data())

    assert again == policies
    assert hash(again) == hash(policies)


def test_data_of_the_default_goes_round():
    assert Policy.parse(DEFAULT.to_data()) == DEFAULT


def test_parse_reads_words_written_otherwise():
    draft = parsed(
        line(relationship=" Parent ", privilege_class="Records", verdict=" KEEP"),
        privileges={" View_Lunch ": "RECORDS", "records": "records"},
    )

    assert draft.class_of("view_lunch") == "records"
    assert draft.verdict(samples.PARENT, "records") == "keep"


def test_parse_takes_the_shipped_privileges_where_none_are_told():
    assert parsed().class_of("pick_up") == "release"
    assert parsed(privileges={}).class_of("pick_up") == "unmapped"


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ([], "The policy: [] is no JSON object."),
        (None, "The policy: None is no JSON object."),
        ({"rules": []}, "name: the policy needs a name."),
        ({"name": " ", "rules": []}, "name: the policy needs a name."),
        ({"name": 5, "rules": []}, "name: the policy needs a name."),
        ({"name": "Draft"}, "rules: None is no list."),
        ({"name": "Draft", "rules": {}}, "rules: {} is no list."),
        ({"name": "Draft", "rules": ["x"]}, "rules[0]: 'x' is no JSON object."),
        (
            {"name": "Draft", "rules": [], "privileges": []},
            "privileges: [] is no JSON object.",
        ),
        (
            {"name": "Draft", "rules": [], "privileges": {" ": "records"}},
            "privileges[' ']: a privilege needs a name.",
        ),
        (
            {"name": "Draft", "rules": [], "privileges": {5: "records"}},
            "privileges[5]: a privilege needs a name.",
        ),
        (
            {"name": "Draft", "rules": [], "privileges": {"fly": "act", "Fly": "act"}},
            "privileges['Fly']: this name already stands for another class.",
        ),
        (
            {"name": "Draft", "rules": [], "privileges": {"act": "records"}},
            "privileges['act']: this name already stands for another class.",
        ),
        (
            {"name": "Draft", "rules": [], "privileges": {"fly": "flying"}},
            (
                "privileges['fly']: 'flying' is none of records, release, act, "
                "record_messages, general_messages, emergency, mailing."
            ),
        ),
        (
            {"name": "Draft", "rules": [line(), line(verdict="kep")]},
            "rules[1].verdict: 'kep' is none of keep, hold, revoke.",
        ),
        (
            {"name": "Draft", "rules": [line(verdict=None)]},
            "rules[0].verdict: None is none of keep, hold, revoke.",
        ),
        (
            {"name": "Draft", "rules": [line(privilege_class="?")]},
            (
                "rules[0].class: '?' is none of records, release, act, record_messages, "
                "general_messages, emergency, mailing, *."
            ),
        ),
        (
            {"name": "Draft", "rules": [line(relationship=None)]},
            "rules[0].relationship: None is no text.",
        ),
        (
            {"name": "Draft", "rules": [line(kind=["Family", 3])]},
            "rules[0].type: 3 is no text.",
        ),
        (
            {"name": "Draft", "rules": [line(kind=[])]},
            "rules[0].type: the list is empty; write * for any.",
        ),
        (
            {"name": "Draft", "rules": [{"relationship": "Parent"}]},
            "rules[0].type: missing; write * for any.",
        ),
        (
            {"name": "Draft", "rules": "x" * 100},
            f"rules: '{'x' * 38}… is no list.",
        ),
    ],
)
def test_parse_names_what_is_wrong_and_where(data, sentence):
    with pytest.raises(BadPolicy) as refused:
        Policy.parse(data)

    assert str(refused.value) == sentence


def test_compare_finds_nothing_between_equal_effects():
    split = parsed(line(relationship="Parent"), line(relationship="Self"))
    joined = parsed(line(relationship=["Self", "Parent"]))

    assert policy.compare(split, joined) == ()


def test_compare_lists_names_privileges_and_verdicts():
    old = parsed(privileges={"fly": "act", "dive": "act"})
    new = parsed(
        line("Sibling", "", "act", "keep"),
        line("Guardian", "Friend", "records", "revoke"),
        line("?", "?", "emergency", "keep"),
        name="Final",
        privileges={"fly": "records", "swim": "act"},
    )

    differences = policy.compare(old, new)

    assert differences == (
        Difference("name", "Draft", "Final"),
        Difference("privilege dive", "act", "unmapped"),
        Difference("privilege fly", "act", "records"),
        Difference("privilege swim", "unmapped", "act"),
        Difference("Sibling + (empty), act", "hold", "keep"),
        Difference("Guardian + Friend, records", "hold", "revoke"),
        Difference("Guardian + Friend, emergency", "hold", "keep"),
        Difference("Guardian + (unrecognised), emergency", "hold", "keep"),
        Difference("(unrecognised) + Friend, emergency", "hold", "keep"),
        Difference("(unrecognised) + (unrecognised), emergency", "hold", "keep"),
    )


@pytest.mark.parametrize(
    ("privilege_class", "sensitive"),
    [
        ("records", True),
        ("release", True),
        ("act", True),
        ("record_messages", True),
        ("general_messages", False),
        ("emergency", False),
        ("mailing", False),
        ("unmapped", True),
    ],
)
def test_class_is_sensitive(privilege_class, sensitive):
    assert policy.is_sensitive(privilege_class) is sensitive


@pytest.mark.parametrize("value", [None, "", "  ", "\t"])
def test_fold_takes_missing_null_and_empty_alike(value):
    assert policy.fold(value) == ""
