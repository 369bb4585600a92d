"""What V3 makes of a V2 contact, every loss in the situation it names, and that nothing
vanishes."""

from dataclasses import replace

import msgspec
import pytest
from hypothesis import given

from contacts import mail_records
from contacts.constant_contact import mapping, places
from contacts.constant_contact.countries import COUNTRIES
from tests.contacts.constant_contact import samples
from tests.contacts.constant_contact.samples import FIELD, OTHER_FIELD, STAMP

CURRENT = samples.account(limits=mapping.CURRENT)
CHANGED = "2014-09-12T15:42:06.000Z"
LONG = "Society of the Friends of the Juniper Valley Libra"  # exactly 50


def mapped(told, account=samples.PLAIN):
    return mapping.map_contact(told, account).contact


def placed(rule, kind, place, ref=""):
    return samples.account(places={(rule, kind): mapping.Place(place, ref)})


def test_the_example_of_the_migration_guide_is_mapped_field_by_field():
    told = mail_records.LegacyContact(
        "111111111",
        status="ACTIVE",
        malformed_contact_id="8888888-4444-4444-4444-012345678910",
        confirmed="false",
        first_name="Riccardo",
        last_name="Marcuccilli",
        job_title="Principal Technical Writer",
        company_name="Constant Contact",
        home_phone="555-555-5555",
        work_phone="888-987-2225",
        source="Site Owner",
        created_date=STAMP,
        modified_date=CHANGED,
        emails=(
            samples.email(
                opt_in_source="ACTION_BY_VISITOR",
                opt_in_date=STAMP,
                address="email@example.com",
            ),
        ),
        addresses=(
            samples.address(
                kind="BUSINESS",
                line1="55 Gale St.",
                line2="Apt. 23",
                city="Nashville",
                state_code="TN",
                state="Tennessee",
                country_code="us",
                postal_code="37207",
            ),
        ),
    )

    assert mapped(told) == mail_records.Contact(
        "",
        address="email@example.com",
        permission_to_send="implicit",
        confirm_status="off",
        opt_in_source="Contact",
        first_name="Riccardo",
        last_name="Marcuccilli",
        job_title="Principal Technical Writer",
        company_name="Constant Contact",
        create_source="Contact",
        phones=(
            mail_records.Phone("home", "555-555-5555"),
            mail_records.Phone("work", "888-987-2225"),
        ),
        addresses=(
            mail_records.Address(
                "work",
                "55 Gale St., Apt. 23",
                "Nashville",
                "Tennessee",
                "37207",
                "United States",
            ),
        ),
    )
    assert samples.losses(told) == [
        ("id-malformed", "contact_id", "8888888-4444-4444-4444-012345678910", ""),
        ("source-details-lost", "source", "Site Owner", ""),
        (
            "dates-lost",
            "dates",
            f"created_date {STAMP}; modified_date {CHANGED}; opt_in_date {STAMP}",
            "",
        ),
    ]


@pytest.mark.parametrize(
    ("told", "word"),
    [
        ("CONFIRMED", "confirmed"),
        ("UNCONFIRMED", "pending"),
        ("NO_CONFIRMATION_REQUIRED", "off"),
        ("no_confirmation_required", "off"),
        ("ODD", "ODD"),
        ("", ""),
    ],
)
def test_every_confirm_status_has_its_word_in_v3(told, word):
    contact = mapped(samples.legacy(emails=(samples.email(confirm_status=told),)))

    assert contact.confirm_status == word


@pytest.mark.parametrize(
    ("told", "word", "created_by"),
    [
        ("ACTION_BY_VISITOR", "Contact", "Contact"),
        ("ACTION_BY_OWNER", "Account", "Account"),
        ("ACTION_BY_SYSTEM", "Account", "Account"),
        ("ODD", "ODD", "Account"),
        ("", "", "Account"),
    ],
)
def test_every_opt_in_source_says_who_made_the_contact(told, word, created_by):
    contact = mapped(samples.legacy(emails=(samples.email(opt_in_source=told),)))

    assert (contact.opt_in_source, contact.create_source) == (word, created_by)


@pytest.mark.parametrize(
    ("told", "word"),
    [("ACTION_BY_VISITOR", "Contact"), ("ACTION_BY_OWNER", "Account"), ("", "")],
)
def test_every_opt_out_source_has_its_word_in_v3(told, word):
    told = samples.email("OPTOUT", opt_out_source=told)

    contact = mapped(samples.legacy(status="OPTOUT", emails=(told,)))

    assert contact.opt_out_source == word
    assert contact.permission_to_send == "unsubscribed"


@pytest.mark.parametrize("status", samples.STATUSES)
def test_the_permission_is_what_v2_supports(status):
    told = mapping.map_contact(samples.legacy(status=status), samples.PLAIN)

    assert told.contact.permission_to_send == (told.support or "")
    assert told.is_removed == (status == "REMOVED")


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        ("PERSONAL", "home"),
        ("business", "work"),
        ("UNKNOWN", "other"),
        ("", "other"),
    ],
)
def test_every_address_type_has_its_kind(told, kind):
    legacy = samples.legacy(addresses=(samples.address(kind=told, city="Nashville"),))

    assert mapped(legacy).addresses[0].kind == kind


# --- Losses: the situation, what V2 told, what V3 gets --------------------------------


def at(**facts):
    """A contact with one address, in the US unless it says otherwise."""
    return samples.legacy(addresses=(samples.address(**facts),))


@pytest.mark.parametrize(
    ("told", "lost"),
    [
        (at(state_code="TN", country_code="us"), []),
        (at(state_code="TN", state="tennessee", country_code="us"), []),
        (at(state_code="QC", state="Québec", country_code="ca"), []),
        (at(state_code="TN", state="TN", country_code="us"), []),
        (at(state_code="  ", state="Bayern", country_code="de"), []),
        (
            at(state_code="ZQ", country_code="us"),
            [("state-unresolved", "addresses.0.state_code", "ZQ", "")],
        ),
        (
            at(state_code="NSW", country_code="au"),
            [("state-unresolved", "addresses.0.state_code", "NSW", "")],
        ),
        (
            at(state_code="TN", state="Ohio", country_code="us"),
            [("state-unresolved", "addresses.0.state_code", "TN", "Ohio")],
        ),
        (
            at(country_code="zz", city="Elbonia City"),
            [("country-unresolved", "addresses.0.country_code", "zz", "")],
        ),
        (
            at(postal_code="62704", sub_postal_code="1234", country_code="us"),
            [
                (
                    "postal-code-joined",
                    "addresses.0.postal_code",
                    "62704 + 1234",
                    "62704-1234",
                )
            ],
        ),
        (
            at(postal_code="62704", sub_postal_code="1234"),
            [
                (
                    "postal-code-joined",
                    "addresses.0.postal_code",
                    "62704 + 1234",
                    "62704-1234",
                )
            ],
        ),
        (
            at(postal_code="62704", sub_postal_code="1234", country_code="sa"),
            [
                (
                    "postal-code-joined",
                    "addresses.0.postal_code",
                    "62704 + 1234",
                    "62704 1234",
                )
            ],
        ),
        (
            at(postal_code="K1A", sub_postal_code="0B1", country_code="ca"),
            [
                (
                    "postal-code-joined",
                    "addresses.0.postal_code",
                    "K1A + 0B1",
                    "K1A 0B1",
                )
            ],
        ),
        (at(postal_code="01555", sub_postal_code="01555", country_code="us"), []),
        (at(postal_code="", sub_postal_code="0B1", country_code="ca"), []),
        (at(), []),
    ],
)
def test_places_and_postal_codes(told, lost):
    assert samples.losses(told) == lost


def test_a_postal_code_of_equal_halves_is_one():
    told = at(postal_code="01555", sub_postal_code="01555", country_code="us")

    assert mapped(told).addresses[0].postal_code == "01555"


def test_the_shell_of_an_address_is_none_and_takes_no_place():
    shell, home = samples.address(kind="BUSINESS"), samples.address(city="Nashville")
    told = samples.legacy(addresses=(shell, home))

    assert [each.city for each in mapped(told).addresses] == ["Nashville"]
    assert samples.losses(told) == []


def test_an_address_over_the_limit_is_lost_with_all_it_says():
    home = samples.address(city="Nashville")
    work = samples.address(
        kind="BUSINESS",
        line1="55 Gale St.",
        line3="Back door",
        city="Ottawa",
        state_code="ON",
        postal_code="K1A",
        sub_postal_code="0B1",
        country_code="CA",
    )

    assert samples.losses(samples.legacy(addresses=(home, work))) == [
        (
            "addresses-over-limit",
            "addresses.1",
            "BUSINESS: 55 Gale St., Back door, Ottawa, ON, K1A, 0B1, CA",
            "",
        )
    ]


LINES = {"line1": "a" * 120, "line2": "b" * 120, "line3": "c" * 40}
STREET = ", ".join(LINES.values())


@pytest.mark.parametrize(
    ("place", "got"),
    [
        ("", STREET[:255]),
        ("shorten", STREET[:255]),
        ("leave", ""),
        ("by_hand", ""),
    ],
)
def test_a_street_over_255_characters_is_shortened_unless_left_out(place, got):
    account = placed("address-shortened", "addresses", place)

    assert samples.losses(at(**LINES), account) == [
        ("address-shortened", "addresses.0", STREET, got)
    ]
    assert mapped(at(**LINES), account).addresses[0].street == got


def test_a_street_of_255_characters_is_whole():
    told = at(line1="a" * 120, line2="b" * 133)

    assert len(mapped(told).addresses[0].street) == 255
    assert samples.losses(told) == []


@pytest.mark.parametrize(
    ("limits", "kind", "is_lost"),
    [("guide", "other", True), ("current", "mobile", False)],
)
def test_a_cell_phone_keeps_its_kind_where_v3_has_one(limits, kind, is_lost):
    account = samples.account(limits=mapping.LIMITS[limits])
    told = samples.legacy(cell_phone="555-0103")

    lost = [("phone-kind-lost", "cell_phone", "555-0103", "other")]

    assert [each.kind for each in mapped(told, account).phones] == [kind]
    assert samples.losses(told, account) == (lost if is_lost else [])


@pytest.mark.parametrize("limits", mapping.LIMITS)
def test_a_fax_never_has_a_kind_of_its_own(limits):
    account = samples.account(limits=mapping.LIMITS[limits])

    assert samples.losses(samples.legacy(fax="555-0104"), account) == [
        ("phone-kind-lost", "fax", "555-0104", "other")
    ]


@pytest.mark.parametrize("field", ["home_phone", "work_phone", "cell_phone", "fax"])
def test_a_telephone_of_fifty_characters_is_too_long_and_probably_cut(field):
    lost = samples.losses(samples.legacy(**{field: "5" * 50}))

    assert [each for each in lost if each[0] != "phone-kind-lost"] == [
        ("phone-too-long", field, "5" * 50, ""),
        ("value-probably-cut", field, "5" * 50, ""),
    ]


@pytest.mark.parametrize(
    "field", ["first_name", "last_name", "job_title", "company_name"]
)
def test_a_text_of_exactly_fifty_characters_was_probably_cut(field):
    assert samples.losses(samples.legacy(**{field: LONG})) == [
        ("value-probably-cut", field, LONG, LONG)
    ]
    assert samples.losses(samples.legacy(**{field: LONG[:49]})) == []


@pytest.mark.parametrize("part", ["line1", "line2", "line3", "city", "state"])
def test_a_part_of_an_address_of_fifty_characters_was_probably_cut(part):
    assert samples.losses(at(**{part: LONG})) == [
        ("value-probably-cut", f"addresses.0.{part}", LONG, LONG)
    ]


def test_other_fields_of_fifty_characters_were_probably_cut_too():
    told = samples.legacy(
        middle_name=LONG,
        source=LONG,
        addresses=(samples.address(state_code=LONG),),
        custom_fields=(samples.slot(3, LONG),),
    )

    cut = [each for each in samples.losses(told) if each[0] == "value-probably-cut"]

    assert cut == [
        ("value-probably-cut", "middle_name", LONG, ""),
        ("value-probably-cut", "source", LONG, ""),
        ("value-probably-cut", "addresses.0.state_code", LONG, ""),
        ("value-probably-cut", "custom_fields.3", LONG, ""),
    ]


def test_each_part_of_a_name_without_a_place_is_its_own_loss():
    told = samples.legacy(
        prefix_name="Dr.",
        first_name="Ana",
        middle_name="María",
        department_name="Library",
    )

    assert mapped(told).first_name == "Ana"
    assert samples.losses(told) == [
        ("name-part-dropped", "prefix_name", "Dr.", ""),
        ("name-part-dropped", "middle_name", "María", ""),
        ("name-part-dropped", "department_name", "Library", ""),
    ]


@pytest.mark.parametrize(
    ("joined", "first", "name"),
    [
        (("prefix_name",), "Ana", "Dr. Ana"),
        (("middle_name",), "Ana", "Ana María"),
        (("prefix_name", "middle_name"), "Ana", "Dr. Ana María"),
        (("prefix_name", "middle_name"), "", "Dr. María"),
        (("prefix_name", "middle_name"), "A" * 46, "Dr. " + "A" * 46),
        (("prefix_name", "middle_name"), "A" * 47, "A" * 47),
    ],
)
def test_parts_are_joined_to_the_name_as_decided_while_they_fit(joined, first, name):
    account = samples.account(
        places={
            ("name-part-dropped", part): mapping.Place("join_name") for part in joined
        }
    )
    told = samples.legacy(prefix_name="Dr.", first_name=first, middle_name="María")

    lost = {each[1]: each[3] for each in samples.losses(told, account)}

    assert mapped(told, account).first_name == name
    assert lost["prefix_name"] == (name if "Dr." in name else "")
    assert lost["middle_name"] == (name if "María" in name else "")


def test_both_fields_of_where_a_contact_came_from_are_lost():
    told = samples.legacy(source="API", source_details="Sign-up 2.1")

    assert samples.losses(told) == [
        ("source-details-lost", "source", "API", ""),
        ("source-details-lost", "source_details", "Sign-up 2.1", ""),
    ]


@pytest.mark.parametrize("status", samples.STATUSES)
def test_losses_are_told_of_every_contact_removed_ones_too(status):
    told = samples.legacy(
        status=status, created_date=STAMP, source="API", fax="555-0104"
    )

    assert [each[0] for each in samples.losses(told)] == [
        "phone-kind-lost",
        "source-details-lost",
        "dates-lost",
    ]


def test_a_date_that_never_was_is_not_lost():
    told = samples.email(opt_in_date="", opt_out_date=samples.NEVER)

    assert samples.losses(samples.legacy(emails=(told,))) == []


def test_the_dates_of_a_note_are_lost_with_the_others():
    note = mail_records.LegacyNote("Met at the fair.", STAMP, STAMP)

    assert samples.losses(samples.legacy(notes=(note,)), CURRENT) == [
        (
            "dates-lost",
            "dates",
            f"notes.0.created_date {STAMP}; notes.0.modified_date {STAMP}",
            "",
        )
    ]


EMAIL = "email_addresses.0.email_address"


@pytest.mark.parametrize(
    "told",
    [
        "nobody",
        "nobody@",
        "@example.com",
        "nobody at example.com",
        "nobody@@example.com",
        "nobody@example",
        "nobody@-example.com",
        "nobody@192.168.1.2",
        "no,body@example.com",
        f"{'n' * 70}@example.com",
    ],
)
def test_what_is_no_address_is_told_and_not_sent(told):
    legacy = samples.legacy(emails=(samples.email(address=told),))

    assert samples.losses(legacy) == [("email-invalid", EMAIL, told, "")]
    assert mapped(legacy).address == ""


@pytest.mark.parametrize(
    "told",
    [
        "ana@example.org",
        "ana..diaz.@docomo.example.jp",
        "o'brien+tag@sub.example.co.uk",
        "ana@münchen.example",
        "ana@example.xn--p1ai",
    ],
)
def test_an_address_is_taken_as_it_is(told):
    legacy = samples.legacy(emails=(samples.email(address=told),))

    assert samples.losses(legacy) == []
    assert mapped(legacy).address == told


@pytest.mark.parametrize("emails", [(), (samples.email(address=" "),)])
def test_a_contact_without_an_address_is_told(emails):
    assert samples.losses(samples.legacy(emails=emails)) == [
        ("email-missing", EMAIL, "", "")
    ]


def test_an_address_of_several_contacts_is_told_of_each():
    account = samples.account(duplicates=frozenset({"ana@example.org"}))
    told = samples.legacy(emails=(samples.email(address="ANA@example.org"),))

    assert samples.losses(told, account) == [
        ("email-duplicate", EMAIL, "ANA@example.org", "ANA@example.org")
    ]


def test_a_second_address_of_one_contact_is_told_with_its_consent():
    second = samples.email("OPTOUT", address="old@example.org")
    told = samples.legacy(emails=(samples.email(), second))

    assert samples.losses(told) == [
        (
            "email-duplicate",
            "email_addresses.1",
            "old@example.org, OPTOUT, NO_CONFIRMATION_REQUIRED, ACTION_BY_OWNER",
            "",
        )
    ]


def test_a_list_is_known_by_its_v3_id():
    told = samples.legacy(lists=(samples.membership("7"), samples.membership("8")))

    account = samples.account(lists={"7": samples.LIST})

    assert mapped(told, account).lists == (samples.LIST,)
    assert samples.losses(told, account) == [("list-unmapped", "lists.8", "8", "")]


def test_a_list_nobody_asked_about_is_not_called_unmapped():
    told = samples.legacy(lists=(samples.membership("8"),))

    assert samples.losses(told, samples.account(lists_checked=False)) == []


@pytest.mark.parametrize("status", ["HIDDEN", "REMOVED", "hidden", "ODD"])
def test_a_list_that_is_not_active_loses_its_status_and_is_left_to_a_person(status):
    told = samples.legacy(lists=(samples.membership("7", status),))
    account = samples.account(lists={"7": samples.LIST})

    assert samples.losses(told, account) == [
        ("list-status-lost", "lists.7", status, "")
    ]
    assert mapped(told, account).lists == ()


@pytest.mark.parametrize("status", ["ACTIVE", "active", ""])
def test_a_list_that_is_active_or_tells_no_status_loses_nothing(status):
    told = samples.legacy(lists=(samples.membership("7", status),))
    account = samples.account(lists={"7": samples.LIST})

    assert samples.losses(told, account) == []
    assert mapped(told, account).lists == (samples.LIST,)


# --- Custom fields and what people decided --------------------------------------------


@pytest.mark.parametrize("slot", mail_records.SLOTS)
def test_each_slot_goes_to_the_field_a_person_named(slot):
    told = samples.legacy(custom_fields=(samples.slot(slot, "blue"),))
    named = mapping.map_contact(told, samples.account(slots={slot: FIELD}))

    assert named.contact.custom_fields == (mail_records.CustomValue(FIELD, "blue"),)
    assert named.unmapped_slots == ()
    assert mapping.map_contact(told, samples.PLAIN).unmapped_slots == (slot,)


@pytest.mark.parametrize(("length", "unmapped"), [(255, ()), (256, (3,))])
def test_a_slot_whose_value_is_longer_than_v3_takes_has_no_room(length, unmapped):
    told = samples.legacy(custom_fields=(samples.slot(3, "x" * length),))

    named = mapping.map_contact(told, samples.account(slots={3: FIELD}))

    assert named.unmapped_slots == unmapped
    assert len(named.contact.custom_fields) == 1 - len(unmapped)


def test_a_slot_left_behind_is_settled():
    told = samples.legacy(custom_fields=(samples.slot(4, "VIP"),))

    left = mapping.map_contact(told, samples.account(slots={4: ""}))

    assert left.contact.custom_fields == ()
    assert left.unmapped_slots == ()


def test_a_second_slot_of_one_field_has_no_room():
    told = samples.legacy(custom_fields=(samples.slot(1, "a"), samples.slot(2, "b")))

    both = mapping.map_contact(told, samples.account(slots={1: FIELD, 2: FIELD}))

    assert [each.value for each in both.contact.custom_fields] == ["a"]
    assert both.unmapped_slots == (2,)


def test_a_lost_value_goes_to_the_custom_field_a_person_chose_and_is_still_told():
    account = placed("phone-kind-lost", "fax", "custom_field", FIELD)
    told = samples.legacy(fax="555-0104")

    assert mapped(told, account).custom_fields == (
        mail_records.CustomValue(FIELD, "555-0104"),
    )
    assert samples.losses(told, account) == [
        ("phone-kind-lost", "fax", "555-0104", "555-0104")
    ]


@pytest.mark.parametrize(("length", "got"), [(255, "n" * 255), (256, None)])
def test_a_note_goes_to_a_custom_field_if_it_fits(length, got):
    account = placed("notes-over-limit", "notes", "custom_field", FIELD)
    told = samples.legacy(notes=(mail_records.LegacyNote("n" * length),))

    values = [each.value for each in mapped(told, account).custom_fields]

    assert values == ([got] if got else [])
    assert samples.losses(told, account)[0][3] == (got or f"0 of {length} characters")


def test_several_values_of_one_decision_share_the_field_as_far_as_it_goes():
    account = placed("addresses-over-limit", "addresses", "custom_field", FIELD)
    cities = ("Home", "A" * 120, "B" * 111, "C")
    told = samples.legacy(addresses=tuple(samples.address(city=c) for c in cities))

    (field,) = mapped(told, account).custom_fields

    assert field.value == f"PERSONAL: {'A' * 120}; PERSONAL: {'B' * 111}"
    assert [bool(each[3]) for each in samples.losses(told, account)] == [
        True,
        True,
        False,
    ]


def test_a_lost_value_never_mixes_with_a_slots_own():
    account = replace(
        placed("phone-kind-lost", "fax", "custom_field", FIELD), slots={1: FIELD}
    )
    told = samples.legacy(fax="555-0104", custom_fields=(samples.slot(1, "blue"),))

    assert mapped(told, account).custom_fields == (
        mail_records.CustomValue(FIELD, "blue"),
    )
    assert samples.losses(told, account) == [
        ("phone-kind-lost", "fax", "555-0104", "other")
    ]


def test_a_contact_takes_25_custom_fields_the_slots_first():
    few = replace(mapping.GUIDE, custom_fields=1)
    account = replace(
        placed("phone-kind-lost", "fax", "custom_field", OTHER_FIELD),
        limits=few,
        slots={1: FIELD},
    )
    told = samples.legacy(fax="555-0104", custom_fields=(samples.slot(1, "blue"),))

    assert [each.field_id for each in mapped(told, account).custom_fields] == [FIELD]


@pytest.mark.parametrize(
    ("place", "number"), [("shorten", "5" * 25), ("leave", None), ("by_hand", None)]
)
def test_a_long_telephone_is_cut_only_where_a_person_said_so(place, number):
    account = placed("phone-too-long", "home_phone", place)
    told = samples.legacy(home_phone="5" * 30)

    kept = [each.number for each in mapped(told, account).phones]

    assert kept == ([number] if number else [])
    assert samples.losses(told, account) == [
        ("phone-too-long", "home_phone", "5" * 30, number or "")
    ]


def test_a_long_note_is_cut_only_where_a_person_said_so():
    account = replace(
        placed("notes-over-limit", "notes", "shorten"), limits=mapping.CURRENT
    )
    told = samples.legacy(notes=(mail_records.LegacyNote("n" * 2_100),))

    assert mapped(told, account).notes == ("n" * 2_000,)
    assert samples.losses(told, account)[0][3] == "2000 of 2100 characters"


# --- Of every contact -------------------------------------------------------------------


def test_no_value_stands_in_a_repr():
    told = samples.legacy(prefix_name="Dr. Secret")

    assert "Secret" not in repr(mapping.map_contact(told, samples.PLAIN))


@given(samples.legacy_contacts(), samples.accounts())
def test_mapping_twice_gives_the_same(told, account):
    again = msgspec.json.decode(msgspec.json.encode(told), type=type(told))

    assert mapping.map_contact(told, account) == mapping.map_contact(again, account)


@given(samples.legacy_contacts(), samples.accounts())
def test_what_is_mapped_keeps_the_limits(told, account):
    contact, limits = mapped(told, account), account.limits

    assert len(contact.phones) <= limits.phones
    assert all(len(each.number) <= limits.phone_length for each in contact.phones)
    assert {each.kind for each in contact.phones} <= set(limits.kinds)
    assert len(contact.addresses) <= limits.addresses
    assert all(len(each.street) <= limits.street for each in contact.addresses)
    assert len(contact.custom_fields) <= limits.custom_fields
    assert len({each.field_id for each in contact.custom_fields}) == len(
        contact.custom_fields
    )
    assert all(len(each.value) <= 255 for each in contact.custom_fields)
    assert len(contact.lists) <= limits.lists
    assert len(contact.notes) <= limits.notes
    assert all(len(text) <= limits.note_length for text in contact.notes)


WORDS = {"kind", "status", "confirm_status", "opt_in_source", "opt_out_source"}
"""Words of a vocabulary: V3 has its own for them, which the tables above tell."""


def leaves(value, name=""):
    """Every text of a record, with the name of the field it stands in."""
    if isinstance(value, str):
        yield name, value.strip()
    elif isinstance(value, tuple):
        for each in value:
            yield from leaves(each, name)
    elif isinstance(value, msgspec.Struct):
        for field in value.__struct_fields__:
            yield from leaves(getattr(value, field), field)


@given(samples.legacy_contacts(), samples.accounts())
def test_nothing_that_v2_told_vanishes(told, account):
    result = mapping.map_contact(told, account)
    kept = [text for _, text in leaves(result.contact)]
    kept += [loss.v2_value for loss in result.losses]
    bare = msgspec.structs.replace(told, custom_fields=(), lists=(), confirmed="")
    for name, text in leaves(bare):
        if not text or name in {"external_id", *WORDS} or text == samples.NEVER:
            continue
        wanted = _names(text) if name in {"country_code", "state_code"} else {text}
        assert any(each in whole for each in wanted for whole in kept), name


def _names(code):
    """What a code may have become: V3 has names alone."""
    tables = (places.AMERICAN, places.CANADIAN, COUNTRIES)
    return {code, *(table[code.upper()] for table in tables if code.upper() in table)}


@given(samples.legacy_contacts(), samples.accounts())
def test_no_custom_value_vanishes(told, account):
    result = mapping.map_contact(told, account)
    values = [each.value for each in result.contact.custom_fields]

    for each in told.custom_fields:
        is_settled = account.slots.get(each.slot) == ""
        is_told = each.slot in result.unmapped_slots
        assert not each.value or is_settled or is_told or each.value in values


@given(samples.legacy_contacts(), samples.accounts())
def test_no_list_vanishes_once_it_was_asked_for(told, account):
    result = mapping.map_contact(told, account)
    lost = {loss.field for loss in result.losses}

    for each in told.lists:
        ref = account.lists.get(each.list_id)
        is_told = f"lists.{each.list_id}" in lost
        assert is_told or ref in result.contact.lists or not account.lists_checked


@given(samples.legacy_contacts(), samples.accounts())
def test_what_people_decided_changes_no_evidence(told, account):
    undecided = replace(account, places={})

    def evidence(of):
        losses = mapping.map_contact(told, of).losses
        return {(each.rule, each.field, each.v2_value) for each in losses}

    over = {"phones-over-limit"}  # a cut number takes a place that an uncut one did not
    differing = evidence(account) ^ evidence(undecided)
    assert {rule for rule, _, _ in differing} <= over
