"""One person, or all around one student, in one statement each."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contacts import people
from tests.factories import (
    ContactFactory,
    LegacyContactFactory,
    MatchFactory,
    SourceFactory,
    StudentFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def source():
    return SourceFactory()


@pytest.fixture
def leo(source):
    return StudentFactory(source=source, name="Leo Diaz", grade="4")


def matched(source, *, entries=(), students=(), **facts):
    legacy = LegacyContactFactory(source=source, students=students)
    contact = ContactFactory(source=source, entries=entries, **facts)
    return MatchFactory(source=source, legacy_contact=legacy, contact=contact)


def test_a_person_has_the_students_of_both_versions(source, leo):
    match = matched(
        source,
        entries=[(leo.external_id, "Aunt/Uncle", "Family")],
        students=[leo.external_id, "nobody"],
    )

    unknown, known = people.person(match).students

    assert (unknown.key, unknown.name, unknown.in_v2, unknown.entries) == (
        "nobody",
        "",
        True,
        (),
    )
    assert (known.name, known.grade, known.pk) == ("Leo Diaz", "4", leo.pk)
    assert known.entries == (("Aunt/Uncle", "Family"),)
    assert known.in_v2


def test_a_student_told_by_the_v2_id_is_the_same_student(source):
    mia = StudentFactory(source=source, legacy_id="5f01")
    match = matched(
        source, entries=[(mia.external_id, "Parent", "Primary")], students=["5f01"]
    )

    (tie,) = people.person(match).students

    assert tie.key == mia.external_id
    assert tie.in_v2
    assert tie.entries == (("Parent", "Primary"),)


def test_the_student_of_another_source_is_not_named(source):
    stranger = StudentFactory(name="Somebody Else")
    match = matched(source, entries=[(stranger.external_id, "Parent", "Primary")])

    (tie,) = people.person(match).students

    assert (tie.name, tie.pk) == ("", None)


def test_a_person_is_read_in_one_statement(source, leo):
    match = matched(source, entries=[(leo.external_id, "Parent", "")], students=["x"])

    with CaptureQueriesContext(connection) as queries:
        people.person(match)

    assert len(queries) == 1


def test_an_ended_entry_is_no_tie(source, leo):
    match = matched(source, entries=[(leo.external_id, "Parent", "Primary")])
    match.contact.entries.update(ended_at=match.contact.snapshot.started_at)

    assert people.person(match).students == ()


def test_a_gone_contact_keeps_the_students_of_v2(source, leo):
    legacy = LegacyContactFactory(source=source, students=[leo.external_id])
    match = MatchFactory(
        source=source, legacy_contact=legacy, contact=None, state="gone", method=""
    )

    (tie,) = people.person(match).students

    assert tie.name == "Leo Diaz"


def test_around_a_student_stand_the_people_of_both_versions(source, leo):
    aunt = matched(
        source,
        entries=[(leo.external_id, "Aunt/Uncle", "Family")],
        students=[leo.external_id],
    )
    former = matched(source, students=[leo.external_id])
    matched(source, entries=[("another", "Parent", "Primary")])

    ties = {tie.match.pk: tie for tie in people.around(leo)}

    assert set(ties) == {aunt.pk, former.pk}
    assert ties[aunt.pk].entries == (("Aunt/Uncle", "Family"),)
    assert ties[former.pk].in_v2
    assert not ties[former.pk].entries


def test_around_a_student_stand_also_those_who_only_hold_a_grant(source, leo):
    holder = matched(source)

    (tie,) = people.around(leo, also=[holder.pk])

    assert tie.match == holder
    assert not tie.in_v2


def test_records_take_the_students_of_their_own_version(source, leo):
    match = matched(
        source,
        entries=[(leo.external_id, "Parent", "Primary")],
        students=["5f77"],
    )
    ties = people.person(match).students

    legacy = people.legacy_record(match.legacy_contact, ties)
    current = people.current_record(match.contact, ties)

    assert legacy.students == ("5f77",)
    assert [entry.student for entry in current.entries] == [leo.external_id]
    assert people.legacy_record(None, ties) is None
    assert people.current_record(None, ties) is None
