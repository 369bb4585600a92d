"""Both records side by side, and what became of each property."""

import pytest
from hypothesis import given

from contacts import mail_records
from contacts.constant_contact import comparing, mapping
from contacts.constant_contact.comparing import Mark
from tests.contacts.constant_contact import samples
from tests.contacts.constant_contact.samples import STAMP


def beside(told, now, account=samples.PLAIN):
    fields = comparing.side_by_side(told, now, mapping.map_contact(told, account))
    return {field.name: field for field in fields}


def mark(name, told, now, account=samples.PLAIN):
    return beside(told, now, account)[name].mark


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("Ana", "Ana", Mark.KEPT),
        ("Ana", " ANA", Mark.KEPT),
        ("Ana", "Anita", Mark.CHANGED),
        ("Ana", "", Mark.TO_DECIDE),
        ("", "Ana", Mark.ONLY_NEW),
        ("", "", Mark.EMPTY),
    ],
)
def test_a_property_of_both_versions(old, new, expected):
    told, now = samples.legacy(first_name=old), samples.current(first_name=new)

    field = beside(told, now)["First name"]

    assert field.mark is expected
    assert field.old == ((old,) if old else ())
    assert field.new == ((new.strip(),) if new else ())


def test_a_property_that_v3_does_not_know_is_lost():
    told = samples.legacy(
        prefix_name="Dr.", middle_name="M.", source="API", source_details="x"
    )
    fields = beside(told, samples.current())

    for name in ("Prefix", "Middle name", "Source", "Source details"):
        assert fields[name].mark is Mark.LOST


def test_a_lost_property_that_was_given_a_place_is_to_be_sent():
    account = samples.account(
        places={("name-part-dropped", "prefix_name"): mapping.Place("join_name")}
    )
    told = samples.legacy(prefix_name="Dr.", first_name="Ana")

    assert mark("Prefix", told, samples.current(), account) is Mark.TO_DECIDE


@pytest.mark.parametrize(
    ("status", "confirmed", "now", "expected"),
    [
        ("ACTIVE", "CONFIRMED", "explicit", Mark.KEPT),
        ("ACTIVE", "NO_CONFIRMATION_REQUIRED", "implicit", Mark.KEPT),
        ("UNCONFIRMED", "UNCONFIRMED", "pending", Mark.KEPT),
        ("OPTOUT", "CONFIRMED", "unsubscribe", Mark.KEPT),
        ("ACTIVE", "CONFIRMED", "implicit", Mark.CHANGED),
        ("ACTIVE", "CONFIRMED", "unsubscribed", Mark.CHANGED),
        ("ACTIVE", "NO_CONFIRMATION_REQUIRED", "explicit", Mark.TO_DECIDE),
        ("OPTOUT", "CONFIRMED", "implicit", Mark.TO_DECIDE),
        ("ACTIVE", "UNCONFIRMED", "not_set", Mark.TO_DECIDE),
        ("ACTIVE", "CONFIRMED", "vip", Mark.CHANGED),
        ("ACTIVE", "CONFIRMED", "", Mark.TO_DECIDE),
    ],
)
def test_the_permission_stands_beside_all_that_v2_says_of_it(
    status, confirmed, now, expected
):
    told = samples.legacy(status=status, emails=(samples.email(status, confirmed),))

    field = beside(told, samples.current(now))["Permission to send"]

    assert field.mark is expected
    assert field.old == tuple(dict.fromkeys((status, confirmed, "ACTION_BY_OWNER")))
    assert field.new == ((now,) if now else ())


def test_words_of_consent_are_kept_in_v3s_own():
    told = samples.legacy(
        emails=(
            samples.email(
                "ACTIVE",
                "CONFIRMED",
                "ACTION_BY_VISITOR",
                opt_out_source="ACTION_BY_VISITOR",
            ),
        )
    )
    now = samples.current(
        confirm_status="confirmed", opt_in_source="Contact", opt_out_source="Account"
    )

    fields = beside(told, now)

    assert fields["Confirmation"].mark is Mark.KEPT
    assert fields["Opted in by"].mark is Mark.KEPT
    assert fields["Opted out by"].mark is Mark.CHANGED


def test_telephones_are_paired_by_number_then_by_kind():
    told = samples.legacy(
        home_phone="(555) 010-1111",
        work_phone="555-0102",
        cell_phone="555-0103",
        fax="555-0104",
    )
    now = samples.current(
        phones=(
            mail_records.Phone("work", "555-9999"),
            mail_records.Phone("home", "555.010.1111"),
            mail_records.Phone("other", "555-0103"),
            mail_records.Phone("other", "555-7777"),
        )
    )

    fields = beside(told, now)

    assert fields["Home phone"].mark is Mark.KEPT
    assert fields["Work phone"].new == ("work: 555-9999",)
    assert fields["Work phone"].mark is Mark.CHANGED
    assert fields["Mobile phone"].new == ("other: 555-0103",)
    assert fields["Mobile phone"].mark is Mark.CHANGED
    assert fields["Fax"].mark is Mark.LOST
    assert fields["Telephones of V3 alone"].new == ("other: 555-7777",)


def test_a_telephone_that_v3_lacks_and_would_take_is_to_decide():
    told = samples.legacy(home_phone="555-0101")

    assert mark("Home phone", told, samples.current()) is Mark.TO_DECIDE
    assert mark("Work phone", told, samples.current()) is Mark.EMPTY


def test_addresses_are_laid_beside_each_other_as_v3_writes_them():
    home = samples.address(
        line1="55 Gale St.", city="Nashville", state_code="TN", country_code="us"
    )
    work = samples.address(kind="BUSINESS", city="Ottawa", country_code="ca")
    now = samples.current(
        addresses=(
            mail_records.Address(
                "home", "55 gale st.", "Nashville", "Tennessee", "", "United States"
            ),
        )
    )

    fields = beside(samples.legacy(addresses=(home, work)), now)

    assert fields["Address 1"].mark is Mark.KEPT
    assert fields["Address 1"].old == ("PERSONAL: 55 Gale St., Nashville, TN, us",)
    assert fields["Address 2"].mark is Mark.LOST


def test_another_address_of_the_kind_is_a_change_and_the_rest_is_v3s_own():
    told = samples.legacy(addresses=(samples.address(city="Nashville"),))
    now = samples.current(
        addresses=(
            mail_records.Address("work", city="Ottawa"),
            mail_records.Address("home", city="Memphis"),
        )
    )

    fields = beside(told, now)

    assert fields["Address 1"].mark is Mark.CHANGED
    assert fields["Address 1"].new == ("home: Memphis",)
    assert fields["Addresses of V3 alone"].new == ("work: Ottawa",)


def test_custom_fields_stand_beside_the_field_a_person_named():
    told = samples.legacy(
        custom_fields=(
            samples.slot(1, "blue"),
            samples.slot(2, "blue"),
            samples.slot(3, "red"),
            samples.slot(4, "x"),
        )
    )
    account = samples.account(slots={1: "f1", 2: "f2", 3: "f3"})
    now = samples.current(
        custom_fields=(
            mail_records.CustomValue("f2", "BLUE"),
            mail_records.CustomValue("f3", "green"),
            mail_records.CustomValue("f9", "", ("c1",)),
        )
    )

    fields = beside(told, now, account)

    assert fields["Custom field 1"].mark is Mark.TO_DECIDE
    assert fields["Custom field 2"].mark is Mark.KEPT
    assert fields["Custom field 3"].mark is Mark.CHANGED
    assert fields["Custom field 4"].mark is Mark.LOST
    assert fields["Custom fields of V3 alone"].new == ("f9: c1",)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (("l7", "l8"), Mark.KEPT),
        (("l7",), Mark.CHANGED),
        (("l7", "l8", "l9"), Mark.CHANGED),
        ((), Mark.TO_DECIDE),
    ],
)
def test_lists_are_kept_where_the_contact_is_on_the_very_same(now, expected):
    told = samples.legacy(lists=(samples.membership("7"), samples.membership("8")))
    account = samples.account(lists={"7": "l7", "8": "l8"})

    field = beside(told, samples.current(lists=now), account)["Lists"]

    assert (field.old, field.new, field.mark) == (("7", "8"), now, expected)


@pytest.mark.parametrize(
    ("checked", "expected"), [(True, Mark.LOST), (False, Mark.TO_DECIDE)]
)
def test_a_list_without_counterpart_is_lost_once_it_was_asked_for(checked, expected):
    told = samples.legacy(lists=(samples.membership("7"),))
    account = samples.account(lists_checked=checked)

    assert mark("Lists", told, samples.current(), account) is expected


@pytest.mark.parametrize(
    ("limits", "now", "expected"),
    [
        ("guide", (), Mark.LOST),
        ("guide", ("Met at the fair.",), Mark.KEPT),
        ("current", (), Mark.TO_DECIDE),
        ("current", ("Something else",), Mark.CHANGED),
    ],
)
def test_notes(limits, now, expected):
    told = samples.legacy(notes=(mail_records.LegacyNote("Met at the fair."),))
    account = samples.account(limits=mapping.LIMITS[limits])

    assert mark("Notes", told, samples.current(notes=now), account) is expected


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (STAMP, "2013-01-18T21:45:22Z", Mark.KEPT),
        (STAMP, "2019-01-01T00:00:00Z", Mark.CHANGED),
        (STAMP, "", Mark.LOST),
        (samples.NEVER, "", Mark.EMPTY),
        ("", "2019-01-01T00:00:00Z", Mark.ONLY_NEW),
    ],
)
def test_dates_are_compared_to_the_second(old, new, expected):
    told = samples.legacy(created_date=old)

    assert mark("Created", told, samples.current(created_at=new)) is expected


@pytest.mark.parametrize(
    ("told", "now", "expected"),
    [
        ({"contact_id": "5f1a5a3e-0001-4000-8000-000000000001"}, True, Mark.KEPT),
        ({"contact_id": "another"}, True, Mark.CHANGED),
        ({"malformed_contact_id": "8888888-4444"}, False, Mark.LOST),
        ({}, True, Mark.ONLY_NEW),
    ],
)
def test_the_id_that_v2_told_stands_beside_v3s(told, now, expected):
    current = samples.current() if now else None

    assert mark("V3 id", samples.legacy(**told), current) is expected


def test_a_contact_that_v3_does_not_have_leaves_its_side_empty():
    told = samples.legacy(first_name="Ana", middle_name="M.", home_phone="555-0101")

    fields = beside(told, None)

    assert not any(field.new for field in fields.values())
    assert fields["First name"].mark is Mark.TO_DECIDE
    assert fields["Middle name"].mark is Mark.LOST
    assert fields["E-mail"].mark is Mark.TO_DECIDE


def test_an_address_that_v3_would_refuse_is_lost():
    told = samples.legacy(emails=(samples.email(address="nobody"),))

    assert mark("E-mail", told, None) is Mark.LOST


@given(samples.legacy_contacts(), samples.contacts(), samples.accounts())
def test_every_value_of_both_sides_is_shown(told, now, account):
    mapped = mapping.map_contact(told, account)

    fields = comparing.side_by_side(told, now, mapped)

    old = "\n".join(text for field in fields for text in field.old)
    new = "\n".join(text for field in fields for text in field.new)
    for name in ("first_name", "prefix_name", "fax", "source", "created_date"):
        assert getattr(told, name) in old
    for each in told.addresses:
        assert each.city in old
    for each in told.custom_fields:
        assert each.value in old
    for each in (*now.phones, *now.addresses):
        assert getattr(each, "number", "") in new
        assert getattr(each, "street", "") in new
    for each in now.custom_fields:
        assert each.value in new
    for name in ("first_name", "anniversary", "deleted_at", "opt_out_reason"):
        assert getattr(now, name) in new
    assert not any(text in repr(fields) for text in (told.fax, now.first_name) if text)
    assert all(
        (field.mark is Mark.EMPTY) == (not field.old + field.new) for field in fields
    )
