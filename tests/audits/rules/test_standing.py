import pytest

from audits.policy import DEFAULT
from audits.rules import clever
from audits.situations import why
from tests.audits.rules import samples
from tests.audits.rules.samples import AUNT, forbids, situation


def judged(**changes):
    return clever.judge(situation(**changes), DEFAULT)


def told(verdict):
    return why(verdict.sentence, privilege="view_grades", student="Ana Diaz")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"restrictions": forbids()},
            "view_grades for Ana Diaz is forbidden by a court order for this student.",
        ),
        (
            {"restrictions": forbids("release", "records", scope="everywhere")},
            (
                "view_grades for Ana Diaz is forbidden by a court order that holds "
                "everywhere."
            ),
        ),
        (
            {"restrictions": forbids(" Records "), "subject": "all", "entries": ()},
            (
                "view_grades for all students is forbidden by a court order for one of "
                "them."
            ),
        ),
        (
            {"restrictions": (*forbids(), *forbids(kind="release_ban"))},
            (
                "view_grades for Ana Diaz is forbidden by a court order and a release ban "
                "for this student."
            ),
        ),
        (
            {"restrictions": forbids(kind="house rule"), "match": "gone"},
            "view_grades for Ana Diaz is forbidden by ‘house rule’ for this student.",
        ),
        (
            {"restrictions": forbids("view_health")},
            "view_grades for Ana Diaz is forbidden by a court order for this student.",
        ),
        (
            {"restrictions": forbids(), "basis_kind": "court_order"},
            "view_grades for Ana Diaz is forbidden by a court order for this student.",
        ),
        (
            {"restrictions": forbids(), "privilege_class": "unmapped"},
            "view_grades for Ana Diaz is forbidden by a court order for this student.",
        ),
    ],
)
def test_restricted(changes, sentence):
    verdict = judged(**changes)

    assert verdict.rule == "restricted"
    assert verdict.severity == "critical"
    assert verdict.recommendation == "revoke"
    assert verdict.blocked
    assert told(verdict) == sentence


@pytest.mark.parametrize(
    "restrictions",
    [
        (),
        forbids("release"),
        forbids("pick_up", "no such class"),
        forbids(kind="custody_document"),
        forbids(kind=" Custody_Document "),
    ],
)
def test_restricted_leaves_what_no_order_covers(restrictions):
    verdict = judged(restrictions=restrictions)

    assert verdict.rule == "confirmed"
    assert not verdict.blocked


def test_restricted_by_an_unknown_class_covers_no_unknown_privilege():
    verdict = judged(privilege_class="unmapped", restrictions=forbids("no such class"))

    assert verdict.rule == "privilege-unmapped"


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("court_order", "rests on a court order, which v3 data does not judge."),
        ("district_form", "rests on a district form, which v3 data does not judge."),
        ("Manual ", "rests on a manual decision, which v3 data does not judge."),
        ("consent", "rests on a consent, which v3 data does not judge."),
        ("hearsay", "rests on ‘hearsay’, which v3 data does not judge."),
    ],
)
def test_other_basis(kind, sentence):
    verdict = judged(basis_kind=kind, entries=(AUNT,), match="gone")

    assert verdict.rule == "other-basis"
    assert (verdict.severity, verdict.recommendation) == ("info", "")
    assert not verdict.is_finding
    assert verdict.others == ()
    assert told(verdict) == f"view_grades for Ana Diaz {sentence}"


@pytest.mark.parametrize("kind", ["", " ", "v2_relationship", "V2_Relationship "])
def test_other_basis_leaves_the_providers_own(kind):
    assert judged(basis_kind=kind).rule == "confirmed"


@pytest.mark.parametrize("privilege_class", ["unmapped", "", "flying", "Records"])
def test_privilege_unmapped(privilege_class):
    verdict = judged(privilege_class=privilege_class)

    assert verdict.rule == "privilege-unmapped"
    assert (verdict.severity, verdict.recommendation) == ("medium", "hold")
    assert told(verdict) == (
        "view_grades belongs to no privilege class, so no policy can judge it."
    )


def test_privilege_unmapped_leaves_a_class_policy_says_nothing_of():
    verdict = judged(privilege_class="mailing")

    assert (verdict.rule, verdict.recommendation) == ("never-supported", "hold")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"match": "unchecked"}, "v3 data is missing or incomplete"),
        ({"match": "unchecked", "subject": "all"}, "v3 data is missing or incomplete"),
        ({"match": "no such state"}, "v3 data is missing or incomplete"),
        (
            {"match": "gone", "checked": False, "entries": ()},
            "the v3 snapshot without this contact is incomplete",
        ),
        (
            {"match": "recreated", "checked": False},
            "the v3 snapshot without this contact is incomplete",
        ),
        (
            {"checked": False, "entries": ()},
            "the v3 snapshot without this relationship is incomplete",
        ),
        (
            {"checked": False, "entries": (), "subject": "absent"},
            "the v3 snapshot without this relationship is incomplete",
        ),
    ],
)
def test_unchecked(changes, reason):
    verdict = judged(**changes)

    assert verdict.rule == "unchecked"
    assert (verdict.severity, verdict.recommendation) == ("info", "hold")
    assert f"was not checked: {reason}; repeat the import" in told(verdict)


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({}, "confirmed"),
        ({"entries": (AUNT,)}, "relationship-weaker"),
        ({"match": "ambiguous"}, "contact-ambiguous"),
        ({"match": "unknown-contact"}, "unknown-contact"),
        ({"entries": (), "subject": "all"}, "contact-wide"),
        ({"entries": (), "subject": "unresolved"}, "student-unresolved"),
    ],
)
def test_unchecked_leaves_what_was_seen(changes, rule):
    assert judged(checked=False, **changes).rule == rule


@pytest.mark.parametrize("privilege_class", ["records", "emergency"])
def test_unknown_contact(privilege_class):
    verdict = judged(
        match="unknown-contact", entries=(), privilege_class=privilege_class
    )

    assert verdict.rule == "unknown-contact"
    assert (verdict.severity, verdict.recommendation) == ("high", "hold")
    assert told(verdict) == (
        "view_grades for Ana Diaz names a contact that no stored v2 or v3 data holds."
    )


@pytest.mark.parametrize(
    ("privilege_class", "severity"),
    [("records", "critical"), ("release", "critical"), ("emergency", "medium")],
)
def test_contact_ambiguous(privilege_class, severity):
    verdict = judged(match="ambiguous", privilege_class=privilege_class)

    assert verdict.rule == "contact-ambiguous"
    assert (verdict.severity, verdict.recommendation) == (severity, "hold")
    assert verdict.others == ()
    assert told(verdict) == (
        "view_grades for Ana Diaz cannot be tied to one person: "
        "several v3 contacts could be this contact."
    )


@pytest.mark.parametrize(
    ("privilege_class", "severity"),
    [("act", "high"), ("general_messages", "medium"), ("emergency", "medium")],
)
def test_contact_recreated(privilege_class, severity):
    verdict = judged(match="recreated", privilege_class=privilege_class)

    assert verdict.rule == "contact-recreated"
    assert (verdict.severity, verdict.recommendation) == (severity, "rebind")
    assert told(verdict) == (
        "view_grades for Ana Diaz rests on v2 ‘Parent (Parent/Guardian)’; v3 no longer "
        "has this contact, but one new contact looks like the same person."
    )


@pytest.mark.parametrize(
    ("privilege_class", "severity", "recommendation"),
    [
        ("record_messages", "high", "revoke"),
        ("general_messages", "low", "revoke"),
        ("emergency", "low", "hold"),
    ],
)
def test_contact_gone(privilege_class, severity, recommendation):
    verdict = judged(match="gone", entries=(), privilege_class=privilege_class)

    assert verdict.rule == "contact-gone"
    assert (verdict.severity, verdict.recommendation) == (severity, recommendation)
    assert told(verdict) == (
        "view_grades for Ana Diaz rests on v2 ‘Parent’; v3 no longer has this contact."
    )


@pytest.mark.parametrize(
    ("privilege_class", "severity"), [("records", "high"), ("emergency", "low")]
)
def test_student_unresolved(privilege_class, severity):
    verdict = judged(subject="unresolved", entries=(), privilege_class=privilege_class)

    assert verdict.rule == "student-unresolved"
    assert (verdict.severity, verdict.recommendation) == (severity, "hold")
    assert verdict.others == ()
    assert told(verdict) == (
        "view_grades is for Ana Diaz, a student that no stored v2 or v3 data holds."
    )


@pytest.mark.parametrize(
    ("privilege_class", "severity"), [("release", "critical"), ("emergency", "medium")]
)
@pytest.mark.parametrize(
    ("several", "students"), [(True, "several students"), (False, "its students")]
)
def test_contact_wide(privilege_class, severity, several, students):
    verdict = judged(
        subject="all",
        entries=(),
        privilege_class=privilege_class,
        several_students=several,
    )

    assert verdict.rule == "contact-wide"
    assert (verdict.severity, verdict.recommendation) == (severity, "narrow")
    assert verdict.others == ()
    assert told(verdict) == (
        f"view_grades for all students rests on v2 ‘Parent’, one label for {students}; "
        "v3 tells a relationship for each."
    )


def test_standing_comes_before_relationships():
    weak = {"entries": (AUNT,)}

    verdict = judged(restrictions=samples.forbids(), match="recreated", **weak)

    assert verdict.rule == "restricted"
    assert verdict.others == ("contact-recreated", "relationship-weaker")
