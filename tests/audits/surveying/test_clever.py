"""How the SQL puts grants in situations: ids, labels, subjects, orders."""

from datetime import timedelta

import pytest
from django.utils import timezone

from audits.models import Finding, JudgedSituation, Restriction
from contacts.models import LegacyStudent, RelationshipEntry, Student
from tests import factories
from tests.audits.district import AUNT, PARENT, District

pytestmark = pytest.mark.django_db


@pytest.fixture
def district():
    return District()


def situation(district):
    """Scan, and give the one situation that grants are in."""
    district.scan()
    return JudgedSituation.objects.exclude(rule="grant-missing").get().body


def restrict(family, **told):
    return factories.RestrictionFactory(
        source=family.grant.source,
        **{"contact_ref": family.legacy.external_id, **told},
    )


# --- Who and whom ------------------------------------------------------------


def test_a_grant_may_name_the_contact_by_the_v3_id(district):
    family = district.family(v3=[AUNT])
    family.grant.contact_ref = family.contact.external_id
    family.grant.save()

    district.scan()

    assert family.finding().rule == "relationship-weaker"
    assert family.finding().contact_v2_id == family.legacy.external_id


def test_a_v2_id_that_only_v3_tells_is_known(district):
    student = factories.StudentFactory(source=district.source)
    contact = factories.ContactFactory(
        source=district.source, entries=[(student.external_id, *AUNT)]
    )
    factories.GrantFactory(
        source=district.source,
        contact_ref=contact.legacy_id,
        student_ref=student.external_id,
        basis_relationship="Parent",
        basis_type="Parent/Guardian",
    )

    district.scan()

    finding = Finding.objects.get()
    assert finding.rule == "relationship-weaker"
    assert finding.contact_v2_id == contact.legacy_id
    assert finding.contact_v3_id == contact.external_id


def test_a_grant_under_the_v3_id_of_a_contact_that_vanished_is_the_legacy_contacts(
    district,
):
    family = district.family(v3=[PARENT])
    family.grant.contact_ref = family.contact.external_id
    family.grant.save()
    family.contact.missing_at = timezone.now()
    family.contact.save()

    district.scan()

    assert family.finding().rule == "contact-gone"
    assert family.finding().v3_entries == ""


def test_a_contact_that_only_v3_ever_had_can_be_gone_too(district):
    contact = factories.ContactFactory(
        source=district.source, legacy_id="", missing_at=timezone.now()
    )
    factories.GrantFactory(source=district.source, contact_ref=contact.external_id)

    district.scan()

    assert district.rules() == ["contact-gone"]


def test_an_unknown_contact_is_named_as_the_grant_names_it(district):
    family = district.family(contact_ref="nobody")

    district.scan()

    finding = family.finding()
    assert (finding.rule, finding.contact_v2_id) == ("unknown-contact", "nobody")
    assert (finding.match, finding.match_state) == (None, "unknown-contact")


def test_a_student_may_be_named_by_the_v2_id(district):
    family = district.family(v3=[AUNT], student_ref="old")
    Student.objects.update(legacy_id="old")

    district.scan()

    finding = family.finding()
    assert (finding.rule, finding.student_ref) == ("relationship-weaker", "old")
    assert finding.student_name == family.student.name


def test_grants_for_the_candidate_of_a_recreated_contact_are_its_own(district):
    family = district.family(v3=None)
    anew = factories.ContactFactory(
        source=district.source,
        name=family.legacy.name,
        email=family.legacy.email,
        entries=[(family.student.external_id, *PARENT)],
    )
    old = family.grant
    new = district.grant(family, "view_grades", contact_ref=anew.external_id)

    district.scan()

    rules = dict(Finding.objects.values_list("grant", "rule"))
    assert rules == {old.pk: "contact-recreated", new.pk: "relationship-differs"}
    of_new = Finding.objects.get(grant=new)
    assert (of_new.match_state, of_new.contact_v3_id) == ("matched", anew.external_id)
    assert of_new.contact_v2_id == anew.legacy_id
    assert family.finding().v3_entries == "Parent/Parent/Guardian"


def test_a_contact_claimed_twice_is_ambiguous_under_every_id(district):
    family = district.family(v3=[PARENT])
    twin = factories.ContactFactory(
        source=district.source, legacy_id=family.legacy.external_id
    )
    district.grant(family, "pick_up", contact_ref=twin.external_id)

    district.scan()

    assert district.rules() == ["contact-ambiguous", "contact-ambiguous"]


# --- The label ---------------------------------------------------------------


def test_a_grants_own_label_goes_before_the_contacts(district):
    district.family(
        v2=AUNT, v3=[AUNT], basis_relationship="Parent", basis_type="Parent/Guardian"
    )

    assert situation(district)["basis"] == ["Parent", "Parent/Guardian"]


def test_half_a_label_of_its_own_is_taken_as_it_stands(district):
    district.family(v2=PARENT, v3=[AUNT], basis_relationship="Parent")

    assert situation(district)["basis"] == ["Parent", ""]


def test_a_blank_label_is_none(district):
    district.family(v2=PARENT, v3=[AUNT], basis_relationship="  ")

    assert situation(district)["basis"] == list(PARENT)


# --- The student -------------------------------------------------------------


def test_a_grant_for_all_students_has_no_subject(district):
    family = district.family(v3=[AUNT], student_ref="")

    told = situation(district)

    assert (told["subject"], told["entries"]) == ("all", [])
    assert told["several_students"] is False
    assert family.finding().rule == "contact-wide"


def test_several_students_of_v2_are_told(district):
    family = district.family(student_ref="")
    LegacyStudent.objects.create(legacy_contact=family.legacy, student_ref="another")

    assert situation(district)["several_students"] is True


def test_a_student_that_nobody_knows_is_unresolved(district):
    district.family(student_ref="nobody")

    assert situation(district)["subject"] == "unresolved"


def test_a_student_that_only_v2_lists_is_absent(district):
    family = district.family(student_ref="old")
    LegacyStudent.objects.create(legacy_contact=family.legacy, student_ref="old")

    assert situation(district)["subject"] == "absent"


def test_a_student_of_another_district_is_unresolved(district):
    factories.LegacyContactFactory(students=["elsewhere"])
    factories.ContactFactory(entries=[("elsewhere", *PARENT)])
    district.family(student_ref="elsewhere")

    assert situation(district)["subject"] == "unresolved"


def test_a_student_that_the_token_cannot_see_stands_in_entries(district):
    family = district.family()
    Student.objects.all().delete()

    told = situation(district)

    assert told["subject"] == "present"
    assert told["entries"] == [list(PARENT)]
    assert family.student.external_id


# --- The entries -------------------------------------------------------------


def test_entries_are_those_of_this_student(district):
    family = district.family(v3=[AUNT, PARENT])
    factories.RelationshipEntryFactory(contact=family.contact, relationship="Other")

    assert situation(district)["entries"] == [list(AUNT), list(PARENT)]
    assert family.finding().v3_entries == "Aunt/Uncle/Family; Parent/Parent/Guardian"


def test_an_ended_entry_is_no_entry(district):
    family = district.family(v3=[PARENT])
    RelationshipEntry.objects.update(ended_at=timezone.now())

    district.scan()

    assert family.finding().rule == "not-related"


@pytest.mark.parametrize(
    ("contact", "student", "own"),
    [("Ana Diaz", "ana diaz", True), ("Ana Diaz", "Leo Diaz", False), ("", "", False)],
)
def test_self_is_ones_own_record_under_ones_own_name(district, contact, student, own):
    family = district.family(v3=[("Self", "Other")])
    for person, name in ((family.contact, contact), (family.student, student)):
        person.name, person.folded_name = name, name.casefold()
        person.save()

    assert situation(district)["own_record"] is own


def test_one_name_without_self_is_not_told(district):
    family = district.family(v3=[PARENT])
    family.student.folded_name = family.contact.folded_name
    family.student.save()

    assert situation(district)["own_record"] is False


# --- The orders --------------------------------------------------------------


@pytest.mark.parametrize(
    ("starts", "ends", "active"),
    [
        (None, None, True),
        (0, 0, True),
        (-1, None, True),
        (1, None, False),
        (None, -1, False),
    ],
)
def test_an_order_holds_from_its_first_day_to_its_last(district, starts, ends, active):
    today = timezone.now().date()
    family = district.family()
    restrict(
        family,
        starts_on=None if starts is None else today + timedelta(days=starts),
        ends_on=None if ends is None else today + timedelta(days=ends),
    )

    district.scan()

    assert district.rules() == (["restricted"] if active else [])


def test_an_order_tells_its_kind_reach_and_classes(district):
    family = district.family()
    restrict(
        family,
        kind="release_ban",
        student_ref=family.student.external_id,
        privilege_classes=" Release ;act;",
    )

    (order,) = situation(district)["restrictions"]

    assert (order["kind"], order["scope"]) == ("release_ban", "this")
    assert order["classes"] == ["act", "release"]


def test_an_order_on_another_student_is_none_here(district):
    family = district.family()
    restrict(family, student_ref="another")

    district.scan()

    assert district.rules() == []


def test_an_order_on_one_student_covers_a_grant_for_all(district):
    family = district.family(student_ref="")
    restrict(family, student_ref=family.student.external_id)

    district.scan()

    assert district.rules() == ["restricted"]


def test_an_order_may_name_the_contact_by_the_v3_id(district):
    family = district.family()
    restrict(family, contact_ref=family.contact.external_id)

    district.scan()

    assert district.rules() == ["restricted"]


def test_an_order_on_an_unknown_contact_is_kept_untied(district):
    district.family()
    factories.RestrictionFactory(source=district.source, contact_ref="nobody")

    district.scan()

    assert Restriction.objects.get().match is None
    assert district.rules() == []


# --- Proposals ---------------------------------------------------------------


def test_nothing_is_proposed_without_a_stored_label(district):
    factories.ContactFactory(source=district.source, entries=[("student", *PARENT)])

    district.scan()

    assert district.rules() == []


def test_a_contact_wide_grant_counts_as_held(district):
    family = district.family(v2=AUNT, v3=[PARENT], privilege="emergency_call")
    district.grant(family, "Pick_Up ", student_ref="", basis="manual")

    district.scan()

    proposed = Finding.objects.filter(rule="grant-missing")
    assert "release" not in proposed.values_list("privilege_class", flat=True)


def test_an_expired_grant_is_not_held(district):
    family = district.family(v2=AUNT, v3=[PARENT], privilege="emergency_call")
    yesterday = timezone.now().date() - timedelta(days=1)
    district.grant(family, "pick_up", expires_at=yesterday)

    district.scan()

    proposed = Finding.objects.filter(rule="grant-missing")
    assert "release" in proposed.values_list("privilege_class", flat=True)


def test_nothing_is_proposed_against_an_order(district):
    family = district.family(v2=AUNT, v3=[PARENT], privilege="emergency_call")
    restrict(family, privilege_classes="release")

    district.scan()

    proposed = Finding.objects.filter(rule="grant-missing")
    assert "release" not in proposed.values_list("privilege_class", flat=True)
    assert proposed.count() == 4


# --- Odd values --------------------------------------------------------------


@pytest.mark.parametrize(
    "value", ["Guardian", "a;b", "50%", "{x}", "‘’", "Tía\u00a0abuela", "x" * 500]
)
def test_any_value_of_v3_is_judged(district, value):
    family = district.family(v3=[(value, "Family")])

    district.scan()

    finding = family.finding()
    assert finding.rule == "relationship-unrecognised"
    assert finding.v3_entries == f"{value}/Family"


@pytest.mark.parametrize("privilege", ["fly", "50%", "'; --", "{0}"])
def test_an_unknown_privilege_is_a_finding(district, privilege):
    family = district.family(privilege=privilege)

    district.scan()

    assert family.finding().rule == "privilege-unmapped"
    assert family.finding().privilege_class == "unmapped"
