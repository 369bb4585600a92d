"""What some persons hold, read in few statements."""

from datetime import date

import pytest

from audits import holdings
from audits.cells import Standing
from contacts import people
from tests import reviewing
from tests.factories import (
    AT,
    FindingFactory,
    GrantFactory,
    MatchFactory,
    RestrictionFactory,
)

pytestmark = pytest.mark.django_db

TODAY = date(2026, 3, 2)


@pytest.fixture
def family():
    return reviewing.family()


def table_of(family):
    person = people.person(family.match)
    held = holdings.of_person(family.source, person, today=TODAY)
    return holdings.person_matrix(family.source, person, held, today=TODAY)


def standings(table):
    return {
        (row.head.name, cell.column.privilege): [held.standing for held in cell.held]
        for row in table.rows
        for cell in row.cells
    }


def test_a_person_has_a_row_for_each_student(family):
    assert standings(table_of(family)) == {
        ("Leo Diaz", "view_grades"): [Standing.OPEN],
        ("Mia Lopez", "view_grades"): [Standing.CONFIRMED],
    }


def test_the_class_comes_from_the_policy_in_force(family):
    (column,) = table_of(family).columns

    assert column.class_word == "Records"


def test_a_contact_wide_grant_has_a_row_of_its_own_and_is_nobodys(family):
    GrantFactory(
        source=family.source, match=family.match, student_ref="", privilege="pick_up"
    )

    rows = table_of(family).rows

    assert [row.head.name for row in rows] == ["All students", "Leo Diaz", "Mia Lopez"]
    assert rows[0].head.wide


def test_a_grant_not_scanned_yet_is_found_by_either_id(family):
    for ref in (
        family.match.contact.external_id,
        family.match.legacy_contact.external_id,
    ):
        GrantFactory(
            source=family.source,
            contact_ref=ref,
            student_ref=family.leo.external_id,
            privilege="pick_up",
        )

    told = standings(table_of(family))

    assert told[("Leo Diaz", "pick_up")] == [Standing.UNJUDGED, Standing.UNJUDGED]


def test_what_a_recreated_contacts_candidate_holds_is_its_own(family):
    family.match.state = "recreated"

    assert holdings.refs_of(family.match) == [family.match.legacy_contact.external_id]


def test_a_grant_for_an_unrelated_student_has_a_row_with_the_findings_name(family):
    grant = GrantFactory(
        source=family.source, match=family.match, student_ref="5fff", student_key="5fff"
    )
    FindingFactory(
        source=family.source,
        grant=grant,
        match=family.match,
        student_ref="5fff",
        student_name="Sam Once",
    )

    rows = {row.head.key: row for row in table_of(family).rows}

    assert rows["5fff"].head.name == "Sam Once"
    assert rows["5fff"].cells[0].held[0].new == "not related"


def test_closed_grants_and_findings_are_over(family):
    family.grant.closed_at = AT
    family.grant.save()
    family.finding.state, family.finding.closed_at = "closed", AT
    family.finding.save()

    assert standings(table_of(family))[("Leo Diaz", "view_grades")] == []


def test_an_active_restriction_stands_at_its_student(family):
    facts = {"source": family.source, "match": family.match}
    RestrictionFactory(**facts, student_key=family.leo.external_id)
    RestrictionFactory(
        **facts, student_key=family.mia.external_id, ends_on=date(2026, 3, 1)
    )

    rows = {row.head.name: row for row in table_of(family).rows}

    assert rows["Leo Diaz"].restrictions == ("Court order: everything",)
    assert rows["Mia Lopez"].restrictions == ()


def test_another_person_is_left_out(family):
    reviewing.family()

    assert len(table_of(family).rows) == 2


def test_a_person_is_read_in_three_statements(family, django_assert_num_queries):
    person = people.person(family.match)

    with django_assert_num_queries(3):
        holdings.of_person(family.source, person, today=TODAY)


def test_a_student_has_a_row_for_each_contact(family):
    GrantFactory(
        source=family.source,
        match=family.match,
        contact_ref=family.match.legacy_contact.external_id,
        student_ref="",
        privilege="newsletter",
    )

    (row,) = holdings.student_matrix(family.leo, today=TODAY).rows
    held = {cell.column.privilege: cell.held for cell in row.cells}

    assert row.head.name == "Ana Diaz"
    assert held["view_grades"][0].standing is Standing.OPEN
    assert held["newsletter"][0].wide


def test_somebody_who_only_holds_a_grant_is_shown_at_the_student(family):
    stranger = MatchFactory(source=family.source)
    GrantFactory(
        source=family.source,
        match=stranger,
        student_ref=family.leo.external_id,
        student_key=family.leo.external_id,
        privilege="pick_up",
    )

    rows = holdings.student_matrix(family.leo, today=TODAY).rows

    assert {row.head.key for row in rows} == {str(family.match.pk), str(stranger.pk)}


def test_a_student_is_read_in_five_statements(family, django_assert_num_queries):
    with django_assert_num_queries(5):
        holdings.of_student(family.leo, today=TODAY)
