"""Who holds what, as a table, without a database."""

from datetime import date

import pytest

from audits import cells, matrix
from audits.cells import Head, Standing
from audits.matrix import Holdings
from audits.models import Decision, Finding, Grant, Restriction

TODAY = date(2026, 3, 2)
PARENT = ("Parent", "Parent/Guardian")
AUNT = ("Aunt/Uncle", "Family")
LEO = Head("leo", name="Leo", entries=(AUNT,), v2_label=PARENT, in_v2=True)
WIDE = Head("", name="All students", v2_label=PARENT, in_v2=True, wide=True)


def grant(pk=1, **facts):
    told = {
        "privilege": "view_grades",
        "basis": "v2_relationship",
        "match_id": 7,
        "student_ref": "leo",
        "student_key": "leo",
    }
    return Grant(pk=pk, **{**told, **facts})


def finding(grant_pk=1, **facts):
    told = {"rule": "relationship-weaker", "severity": 1, "state": "open"}
    return Finding(pk=90, grant_id=grant_pk, student_ref="leo", **{**told, **facts})


def laid_out(*grants, heads=(LEO,), findings=(), restrictions=(), privileges=None):
    holdings = Holdings(grants, findings, restrictions, privileges or {})
    return matrix.build(
        heads, holdings, row_of=lambda row: row.student_ref, today=TODAY
    )


def only(table):
    (row,) = table.rows
    (cell,) = row.cells
    (held,) = cell.held
    return held


def test_a_cell_tells_from_what_to_what_and_how_it_stands():
    held = only(laid_out(grant(), findings=[finding()]))

    assert (held.old, held.new) == ("Parent", "Aunt/Uncle (Family)")
    assert (held.standing, held.severity) == (Standing.OPEN, "critical")


@pytest.mark.parametrize(
    ("facts", "findings", "standing"),
    [
        ({}, [], Standing.CONFIRMED),
        ({"match_id": None}, [], Standing.UNJUDGED),
        ({"basis": "court_order"}, [], Standing.OTHER_BASIS),
        ({"expires_at": date(2026, 3, 1)}, [], Standing.EXPIRED),
        ({"expires_at": TODAY}, [], Standing.CONFIRMED),
        ({}, [finding(rule="restricted")], Standing.RESTRICTED),
        ({}, [finding(state="decided")], Standing.DECIDED),
        ({}, [finding(state="awaiting_second")], Standing.DECIDED),
        ({"basis": "manual"}, [finding(rule="restricted")], Standing.RESTRICTED),
    ],
)
def test_how_a_grant_stands(facts, findings, standing):
    assert only(laid_out(grant(**facts), findings=findings)).standing is standing


def test_another_basis_is_named():
    assert only(laid_out(grant(basis="court_order"))).old == "Court order"


def test_a_grants_own_label_goes_before_the_contacts():
    held = only(laid_out(grant(basis_relationship="Grandparent")))

    assert held.old == "Grandparent"


def test_the_type_is_shown_where_the_relationship_alone_tells_nothing_apart():
    assert matrix.from_to(PARENT, [("parent", "Family")]) == (
        "Parent (Parent/Guardian)",
        "parent (Family)",
    )
    assert matrix.from_to(("", "Primary"), [AUNT])[0] == "no relationship (Primary)"
    assert matrix.from_to(None, [AUNT]) == ("no v2 label", "Aunt/Uncle (Family)")


@pytest.mark.parametrize(
    ("head", "told"),
    [
        (Head("leo", v2_label=PARENT), "not related"),
        (Head("leo", v2_label=PARENT, has_v3=False), "not in v3"),
    ],
)
def test_an_absent_relationship_is_said_in_words(head, told):
    assert only(laid_out(grant(), heads=[head])).new == told


def test_columns_follow_the_classes_of_the_policy_in_force():
    table = laid_out(
        grant(1, privilege="newsletter"),
        grant(2, privilege="view_grades"),
        grant(3, privilege="odd"),
        grant(4, privilege="records"),
        privileges={"newsletter": "general_messages", "view_grades": "records"},
    )

    told = [(c.privilege, c.class_word, c.opens_class) for c in table.columns]
    assert told == [
        ("records", "Records", True),
        ("view_grades", "Records", False),
        ("newsletter", "General messages", True),
        ("odd", "No class", True),
    ]


def test_a_contact_wide_grant_stands_in_its_own_row_and_covers_the_others():
    wide = grant(student_ref="", student_key="")
    wide_row, leo_row = laid_out(wide, heads=(WIDE, LEO)).rows

    assert [cell.held[0].wide for cell in wide_row.cells] == [True]
    assert wide_row.cells[0].held[0].new == "a relationship for each student"
    assert not wide_row.cells[0].covered
    assert leo_row.cells[0].covered
    assert not leo_row.cells[0].held


def test_several_grants_of_one_privilege_share_a_cell():
    table = laid_out(grant(1), grant(2, basis="manual"), findings=[finding(1)])

    (cell,) = table.rows[0].cells

    assert [held.standing for held in cell.held] == [
        Standing.OPEN,
        Standing.OTHER_BASIS,
    ]


def test_a_proposal_stands_at_its_row():
    proposed = finding(None, rule="grant-missing", privilege_class="records")
    table = laid_out(findings=[proposed])

    assert table.rows[0].proposals == (proposed,)
    assert table.open_findings == 1


def test_what_is_decided_is_no_more_to_decide():
    table = laid_out(
        grant(1), grant(2), findings=[finding(1), finding(2, state="decided")]
    )

    assert table.open_findings == 1


def test_a_restriction_says_paper_reach_and_end():
    order = Restriction(
        kind="court_order",
        student_ref="leo",
        privilege_classes="records; release",
        ends_on=date(2027, 1, 1),
    )

    (row,) = laid_out(restrictions=[order]).rows

    assert row.restrictions == ("Court order until 2027-01-01: records, release",)
    assert matrix.restriction_words(Restriction(kind="release_ban")) == (
        "Release ban: everything"
    )


def test_a_decision_is_at_hand():
    decided = finding(state="decided")
    decided.decision = Decision(kind="revoke")

    assert only(laid_out(grant(), findings=[decided])).decision.kind == "revoke"


def test_a_head_tells_the_v2_label_only_where_v2_listed_the_pair():
    assert LEO.old == "Parent (Parent/Guardian)"
    assert Head("mia", v2_label=PARENT).old == ""
    assert LEO.told == ("Aunt/Uncle (Family)",)


def test_holders_of_a_class_are_named_with_what_is_in_question():
    sound = Head("mia", name="Mia", v2_label=PARENT, in_v2=True)
    table = laid_out(
        grant(1, privilege="release"),
        grant(2, privilege="release", student_ref="mia"),
        grant(3, privilege="records"),
        grant(4, privilege="release", student_ref="sam", expires_at=date(2026, 1, 1)),
        heads=(LEO, sound, Head("sam", name="Sam")),
        findings=[finding(1)],
    )

    told = [(h.head.name, h.in_question, h.forbidden) for h in table.holders("release")]

    assert told == [("Leo", True, False), ("Mia", False, False)]
    assert table.holders("emergency") == ()


def test_advice_speaks_as_the_buttons_do():
    assert cells.advice("rebind") == "re-tie"
    assert cells.advice("") == ""
