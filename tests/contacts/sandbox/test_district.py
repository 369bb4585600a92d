import re
from collections import Counter
from datetime import date

import pytest

from contacts.sandbox import scenarios
from contacts.sandbox.district import District, make_district

TODAY = date(2026, 11, 22)
EVERY_RULE = {
    "restricted",
    "other-basis",
    "privilege-unmapped",
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
    "grant-missing",
}


def _students_of(contact) -> set[str]:
    entries = contact["roles"]["contact"]["student_relationships"]
    return {entry["student"] for entry in entries}


def test_same_seed_makes_the_same_district():
    first = make_district(seed=11, contacts=300, today=TODAY)
    second = make_district(seed=11, contacts=300, today=TODAY)

    assert first == second


def test_another_seed_makes_another_district():
    first = make_district(seed=11, contacts=50, today=TODAY)
    second = make_district(seed=12, contacts=50, today=TODAY)

    assert first.contacts != second.contacts


def test_another_day_moves_dates_and_nothing_else():
    first = make_district(seed=11, contacts=300, today=TODAY)
    later = make_district(seed=11, contacts=300, today=date(2027, 3, 1))

    assert first.truth == later.truth
    assert first.contacts == later.contacts
    assert first.restrictions != later.restrictions


@pytest.mark.parametrize("contacts", [0, 1, 2, 7, 80, 1000])
def test_district_has_exactly_the_contacts_asked_for(contacts):
    district = make_district(seed=5, contacts=contacts, today=TODAY)

    assert len(district.contacts) == contacts


@pytest.mark.parametrize("seed", [1, 2, 7])
def test_every_rule_stands_at_least_three_times_in_the_demo(seed):
    counts = make_district(seed=seed, contacts=1500, today=TODAY).expected_by_rule()

    assert set(counts) == EVERY_RULE
    assert min(counts.values()) >= 3


def test_every_scenario_stands_in_the_demo(demo_district):
    made = Counter(demo_district.scenarios.values())

    with_contacts = [each for each in scenarios.SCENARIOS if each.contacts]
    assert all(made[each.name] >= each.share for each in with_contacts)


def test_flagged_part_of_the_demo_is_realistic(demo_district):
    rules = demo_district.truth.values()
    flagged = sum(rule not in {"confirmed", "other-basis"} for rule in rules)

    assert 0.12 <= flagged / len(rules) <= 0.18


def test_contacts_have_as_many_students_as_expected(demo_district):
    sizes = Counter(min(3, len(_students_of(each))) for each in demo_district.contacts)

    shares = [sizes[size] / len(demo_district.contacts) for size in (1, 2, 3)]
    assert shares == pytest.approx([0.55, 0.30, 0.15], abs=0.05)


def test_ids_are_unique_hex_and_growing(demo_district):
    people = [
        *demo_district.contacts,
        *demo_district.students,
        *demo_district.schools,
        *demo_district.legacy_contacts,
    ]
    ids = [each["id"] for each in people]

    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch("[0-9a-f]{24}", each) for each in ids)
    for some in (demo_district.contacts, demo_district.students):
        assert [each["id"] for each in some] == sorted(each["id"] for each in some)


def test_file_rows_have_ids_of_their_own(demo_district):
    grant_ids = {row.grant_id for row in demo_district.grants}
    restriction_ids = {row.restriction_id for row in demo_district.restrictions}

    assert len(grant_ids) == len(demo_district.grants)
    assert len(restriction_ids) == len(demo_district.restrictions)


def test_truth_covers_the_unexpired_grants(demo_district):
    counting = {
        row.grant_id
        for row in demo_district.grants
        if not row.expires_at or date.fromisoformat(row.expires_at) >= TODAY
    }

    assert set(demo_district.truth) == counting
    assert len(counting) < len(demo_district.grants)


def test_without_current_data_only_four_rules_can_be_told(demo_district):
    early = demo_district.truth_without_current()

    assert set(early) == set(demo_district.truth)
    assert set(early.values()) == {
        "restricted",
        "other-basis",
        "privilege-unmapped",
        "unchecked",
    }


def test_orders_that_name_a_v3_id_are_unchecked_without_current_data(demo_district):
    early, late = demo_district.truth_without_current(), demo_district.truth
    v3_ids = {each["id"] for each in demo_district.contacts}
    named_by_v3 = {
        row.contact_id for row in demo_district.restrictions if row.contact_id in v3_ids
    }

    moved = {late[grant] for grant in late if late[grant] != early[grant]}

    assert named_by_v3
    assert "restricted" in moved


def test_published_example_stands_as_published(demo_district):
    by_id = {each["id"]: each for each in demo_district.contacts}
    legacy = {each["id"]: each for each in demo_district.legacy_contacts}

    example = by_id["63850203bfb8460546071ef6"]

    role = example["roles"]["contact"]
    assert example["name"] == {"last": "Aaron Collins"}
    assert role["legacy_id"] == "63850203bfb8460546071e7e"
    assert role["student_relationships"] == [
        {
            "relationship": "Aunt/Uncle",
            "student": "63850203bfb8460546071e62",
            "type": "Family",
        },
        {
            "relationship": "Aunt/Uncle",
            "student": "672936fc65fc4500ced13260",
            "type": "Family",
        },
        {
            "relationship": "Parent",
            "student": "63850203bfb8460546071e6e",
            "type": "Parent/Guardian",
        },
    ]
    assert legacy[role["legacy_id"]]["relationship"] == "Parent"
    assert legacy[role["legacy_id"]]["type"] == "Parent/Guardian"


def test_published_example_keeps_the_child_and_weakens_the_nephews(demo_district):
    rules = {
        (row.student_id, row.privilege): demo_district.truth[row.grant_id]
        for row in demo_district.grants
        if row.contact_id == "63850203bfb8460546071e7e"
    }

    of_child = {
        rule
        for (student, _), rule in rules.items()
        if student == scenarios.EXAMPLE_CHILD
    }
    of_nephews = Counter(
        rule
        for (student, _), rule in rules.items()
        if student in scenarios.EXAMPLE_NEPHEWS
    )
    assert of_child == {"confirmed"}
    assert of_nephews == {"relationship-weaker": 10, "relationship-differs": 2}


def _made_by(district: District, scenario: str) -> set[str]:
    return {each for each, made in district.scenarios.items() if made == scenario}


def test_near_miss_is_a_namesake_of_the_same_student(demo_district):
    ids = _made_by(demo_district, "gone beside another address")
    legacy = [each for each in demo_district.legacy_contacts if each["id"] in ids]
    newcomers = [each for each in demo_district.contacts if each["id"] in ids]

    for gone in legacy:
        namesakes = [
            each
            for each in newcomers
            if each["name"]["last"] == gone["name"]
            and _students_of(each) & set(gone["students"])
        ]
        assert len(namesakes) == 1
        assert namesakes[0]["email"] != gone["email"]
        assert namesakes[0]["roles"]["contact"]["phone"] != gone["phone"]


def test_two_contacts_claim_one_legacy_id(demo_district):
    ids = _made_by(demo_district, "two claim one id")
    claims = Counter(
        each["roles"]["contact"]["legacy_id"]
        for each in demo_district.contacts
        if each["id"] in ids
    )

    assert len(claims) >= 3
    assert set(claims.values()) == {2}


def test_proposals_never_name_a_class_that_is_held(demo_district):
    from_v2 = {
        each["roles"]["contact"]["legacy_id"]: each["id"]
        for each in demo_district.contacts
    }
    held = {
        (from_v2.get(row.contact_id, row.contact_id), row.student_id)
        for row in demo_district.grants
        if row.grant_id in demo_district.truth and row.privilege == "pick_up"
    }
    proposed = {
        (contact, student)
        for contact, student, each in demo_district.proposals
        if each == "release"
    }

    assert proposed
    assert not proposed & held


def test_empty_values_are_told_in_every_way_the_provider_does(demo_district):
    emails = [each.get("email", "absent") for each in demo_district.contacts]

    assert {"", None, "absent"} <= set(emails)
    assert max(Counter(filter(None, emails)).values()) >= 2
    assert any(not each["name"] for each in demo_district.contacts)


def test_names_come_from_many_cultures(demo_district):
    names = [each["name"].get("last", "") for each in demo_district.contacts]

    assert any("'" in name for name in names)
    assert any("-" in name for name in names)
    assert any("\u0590" <= letter <= "\u06ff" for name in names for letter in name)
    assert any("\u3040" <= letter <= "\u9fff" for name in names for letter in name)


@pytest.mark.large
def test_large_district_keeps_the_mix():
    district = make_district(seed=7, contacts=50_000, today=TODAY)

    by_rule = district.expected_by_rule()

    assert set(by_rule) == EVERY_RULE
    assert min(by_rule.values()) >= 100
    assert len(district.contacts) == 50_000
