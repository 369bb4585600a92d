"""The two named sets of limits, number by number, and what a contact meets at each."""

import pytest

from contacts import mail_records
from contacts.constant_contact import mapping
from tests.contacts.constant_contact import samples

CURRENT = samples.account(limits=mapping.CURRENT)
PHONES = {
    "home_phone": "555-0101",
    "work_phone": "555-0102",
    "cell_phone": "555-0103",
    "fax": "555-0104",
}


@pytest.mark.parametrize(
    ("name", "phones", "addresses", "notes", "note_length", "kinds"),
    [
        ("guide", 2, 1, 0, 0, ("home", "work", "other")),
        ("current", 3, 3, 150, 2_000, ("home", "work", "mobile", "other")),
    ],
)
def test_the_named_sets_are_those_of_the_rules(
    name, phones, addresses, notes, note_length, kinds
):
    limits = mapping.LIMITS[name]

    assert (limits.phones, limits.addresses) == (phones, addresses)
    assert (limits.notes, limits.note_length) == (notes, note_length)
    assert limits.kinds == kinds


@pytest.mark.parametrize("limits", mapping.LIMITS.values(), ids=mapping.LIMITS)
def test_what_the_guide_and_the_reference_agree_on(limits):
    assert (limits.name, limits.phone_length, limits.street) == (50, 25, 255)
    assert (limits.custom_value, limits.custom_fields, limits.lists) == (255, 25, 50)


def test_the_guide_keeps_two_of_four_telephones_and_no_mobile():
    mapped = mapping.map_contact(samples.legacy(**PHONES), samples.PLAIN)

    assert [(each.kind, each.number) for each in mapped.contact.phones] == [
        ("other", "555-0103"),
        ("home", "555-0101"),
    ]
    assert samples.losses(samples.legacy(**PHONES)) == [
        ("phone-kind-lost", "cell_phone", "555-0103", "other"),
        ("phones-over-limit", "work_phone", "555-0102", ""),
        ("phones-over-limit", "fax", "555-0104", ""),
        ("phone-kind-lost", "fax", "555-0104", ""),
    ]


def test_the_api_keeps_three_of_four_telephones_and_the_mobile_as_such():
    mapped = mapping.map_contact(samples.legacy(**PHONES), CURRENT)

    assert [each.kind for each in mapped.contact.phones] == ["mobile", "home", "work"]
    assert samples.losses(samples.legacy(**PHONES), CURRENT) == [
        ("phones-over-limit", "fax", "555-0104", ""),
        ("phone-kind-lost", "fax", "555-0104", ""),
    ]


@pytest.mark.parametrize(("limits", "kept"), [("guide", 1), ("current", 3)])
def test_addresses_over_the_limit_are_told_whole(limits, kept):
    told = samples.legacy(
        addresses=tuple(samples.address(city=city) for city in ("A", "B", "C", "D"))
    )
    account = samples.account(limits=mapping.LIMITS[limits])

    mapped = mapping.map_contact(told, account)

    assert [each.city for each in mapped.contact.addresses] == ["A", "B", "C", "D"][
        :kept
    ]
    assert [(loss.field, loss.v2_value) for loss in mapped.losses] == [
        (f"addresses.{place}", f"PERSONAL: {'ABCD'[place]}") for place in range(kept, 4)
    ]


@pytest.mark.parametrize(
    ("limits", "length", "got"),
    [
        ("guide", 1, "0 of 1 characters"),
        ("guide", 500, "0 of 500 characters"),
        ("current", 500, None),
        ("current", 2_000, None),
        ("current", 2_001, "0 of 2001 characters"),
    ],
)
def test_a_note_that_does_not_fit_is_told_with_its_length(limits, length, got):
    told = samples.legacy(notes=(mail_records.LegacyNote("n" * length),))
    account = samples.account(limits=mapping.LIMITS[limits])

    lost = samples.losses(told, account)

    if got is None:
        assert lost == []
        assert mapping.map_contact(told, account).contact.notes == ("n" * length,)
    else:
        assert lost == [("notes-over-limit", "notes.0", "n" * length, got)]


def test_notes_beyond_the_hundred_and_fiftieth_are_too_many():
    notes = tuple(mail_records.LegacyNote(f"note {place}") for place in range(152))
    told = samples.legacy(notes=notes)

    assert len(mapping.map_contact(told, CURRENT).contact.notes) == 150
    assert [loss[1] for loss in samples.losses(told, CURRENT)] == [
        "notes.150",
        "notes.151",
    ]


@pytest.mark.parametrize(("length", "is_lost"), [(25, False), (26, True), (49, True)])
def test_a_telephone_takes_25_characters(length, is_lost):
    lost = samples.losses(samples.legacy(home_phone="5" * length))

    expected = [("phone-too-long", "home_phone", "5" * length, "")]
    assert lost == (expected if is_lost else [])


def test_a_number_that_is_too_long_takes_no_place_from_another():
    told = samples.legacy(**PHONES | {"home_phone": "5" * 30})

    mapped = mapping.map_contact(told, samples.PLAIN)

    assert [each.number for each in mapped.contact.phones] == ["555-0103", "555-0102"]


def test_the_fiftieth_list_stays_and_the_next_are_told():
    lists = {str(place): f"v3-{place}" for place in range(53)}
    told = samples.legacy(lists=tuple(map(samples.membership, lists)))

    mapped = mapping.map_contact(told, samples.account(lists=lists))

    assert len(mapped.contact.lists) == 50
    assert [(loss.rule, loss.field) for loss in mapped.losses] == [
        ("lists-over-limit", f"lists.{place}") for place in (50, 51, 52)
    ]
