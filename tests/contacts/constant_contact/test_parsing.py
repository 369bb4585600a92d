import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts import api_errors, mail_records, reading, records
from contacts.constant_contact import parsing
from tests.contacts.constant_contact.payloads import (
    SEED_V2_PAGE,
    SEED_XREFS,
    contact,
    email,
    encode,
    legacy,
    legacy_email,
    legacy_page,
    page,
    uuid,
    xrefs,
)

PARSERS = (
    parsing.parse_legacy_contact,
    parsing.parse_contact,
    parsing.parse_legacy_list,
    parsing.parse_list,
    parsing.parse_custom_field,
    parsing.parse_contact_xref,
    parsing.parse_list_xref,
)


def old(**facts):
    return parsing.parse_legacy_contact(encode(legacy(**facts)))


def old_email(**facts):
    return old(email_addresses=[legacy_email(**facts)]).email


def new(**facts):
    return parsing.parse_contact(encode(contact(**facts)))


def fault_of(parse, payload):
    raw = payload if isinstance(payload, bytes) else encode(payload)
    with pytest.raises(records.BadRecord) as caught:
        parse(raw)
    return caught.value


# --- V2 contacts -----------------------------------------------------------------


def test_parse_legacy_contact_reads_the_published_example():
    (raw,) = parsing.parse_page(SEED_V2_PAGE, "results").items

    read = parsing.parse_legacy_contact(raw)

    assert read == mail_records.LegacyContact(
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
        created_date="2013-01-18T21:45:22.000Z",
        modified_date="2014-09-12T15:42:06.000Z",
        emails=(
            mail_records.LegacyEmail(
                "email@example.com",
                status="ACTIVE",
                confirm_status="NO_CONFIRMATION_REQUIRED",
                opt_in_source="ACTION_BY_VISITOR",
                opt_in_date="2013-01-18T21:45:22.000Z",
            ),
        ),
        addresses=(
            mail_records.LegacyAddress(
                "BUSINESS",
                "55 Gale St.",
                "Apt. 23",
                city="Nashville",
                state_code="TN",
                state="Tennessee",
                country_code="us",
                postal_code="37207",
            ),
        ),
    )


@pytest.mark.parametrize(
    ("told", "read"),
    [
        ("0016633325", "0016633325"),
        (" 0016633325 ", "0016633325"),
        (16633325, "16633325"),
        (123456789012345678901234567890, "123456789012345678901234567890"),
        (0, "0"),
        (uuid(1).upper(), uuid(1)),
    ],
)
def test_parse_legacy_contact_keeps_an_id_as_text(told, read):
    assert old(id=told).external_id == read


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        (None, "is missing"),
        ("", "is missing"),
        ("  ", "is missing"),
        ("abc", "is neither a number nor a UUID"),
        ("1,2", "is neither a number nor a UUID"),
        ("-1", "is neither a number nor a UUID"),
        (1.5, "is neither a number nor a UUID"),
        ("١٢٣", "is neither a number nor a UUID"),
        (True, "is neither a number nor a UUID"),
        ("8888888-4444-4444-4444-012345678910", "is neither a number nor a UUID"),
        ("9" * 101, "is longer than 100 characters"),
    ],
)
def test_parse_legacy_contact_refuses_what_is_no_id(told, reason):
    fault = fault_of(parsing.parse_legacy_contact, legacy(id=told))

    assert (fault.field, fault.reason) == ("id", reason)


@pytest.mark.parametrize(
    ("told", "known", "malformed"),
    [
        (uuid(7), uuid(7), ""),
        (uuid(7).upper(), uuid(7), ""),
        (f" {uuid(7)} ", uuid(7), ""),
        (None, "", ""),
        ("", "", ""),
        ("  ", "", ""),
        ("8888888-4444-4444-4444-012345678910", "",
         "8888888-4444-4444-4444-012345678910"),
        (uuid(7).replace("-", ""), "", uuid(7).replace("-", "")),
        (12, "", "12"),
        ("x" * 200, "", "x" * 200),
    ],
)  # fmt: skip
def test_parse_legacy_contact_takes_no_malformed_contact_id(told, known, malformed):
    read = old(contact_id=told)

    assert (read.contact_id, read.malformed_contact_id) == (known, malformed)


STATUSES = ("ACTIVE", "UNCONFIRMED", "OPTOUT", "REMOVED", "NON_SUBSCRIBER", "VISITOR",
            "TEMP_HOLD")  # fmt: skip


@pytest.mark.parametrize("value", [*STATUSES, "active", "optout", "ALL", "Sleeping"])
def test_parse_legacy_contact_keeps_every_status(value):
    read = old(status=value, email_addresses=[legacy_email(status=value)])

    assert (read.status, read.email.status) == (value, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("confirm_status", "CONFIRMED"),
        ("confirm_status", "NO_CONFIRMATION_REQUIRED"),
        ("confirm_status", "UNCONFIRMED"),
        ("confirm_status", "No_confirmation_required"),
        ("opt_in_source", "ACTION_BY_VISITOR"),
        ("opt_in_source", "ACTION_BY_OWNER"),
        ("opt_in_source", "ACTION_BY_SYSTEM"),
        ("opt_in_source", "ACTION_BY_ROBOT"),
        ("opt_out_source", "ACTION_BY_VISITOR"),
        ("opt_out_source", "ACTION_BY_OWNER"),
        ("opt_out_date", "2014-02-01T00:00:00.000Z"),
    ],
)
def test_parse_legacy_contact_keeps_every_word_of_consent(name, value):
    assert getattr(old_email(**{name: value}), name) == value


@pytest.mark.parametrize(
    "told",
    [None, "", "1969-12-31T19:00:00.000Z", "1969-12-31T16:00:00Z",
     "1970-01-01T00:00:00.000Z"],
)  # fmt: skip
def test_parse_legacy_contact_reads_no_opt_out_from_a_date_of_1969(told):
    assert old_email(opt_out_date=told).opt_out_date == ""


@pytest.mark.parametrize("kind", ["PERSONAL", "BUSINESS", "UNKNOWN", "home", ""])
def test_parse_legacy_contact_keeps_every_type_of_address(kind):
    (read,) = old(addresses=[{"address_type": kind, "city": "Nashville"}]).addresses

    assert (read.kind, read.city) == (kind, "Nashville")


def test_parse_legacy_contact_keeps_several_addresses_in_their_order():
    read = old(
        addresses=[{"address_type": "PERSONAL", "line1": "1"},
                   {"address_type": "BUSINESS"}, {}, None,
                   {"address_type": "BUSINESS", "line3": "2"}],
        email_addresses=[legacy_email(1), legacy_email(2, status="OPTOUT")],
    )  # fmt: skip

    assert [each.kind for each in read.addresses] == ["PERSONAL", "BUSINESS"]
    assert [each.address for each in read.emails] == [
        "person1@example.com",
        "person2@example.com",
    ]


def test_parse_legacy_contact_keeps_an_opt_out_without_an_address():
    read = old(email_addresses=[{}, None, {"status": "OPTOUT"}])

    assert read.emails == (mail_records.LegacyEmail(status="OPTOUT"),)


TEXTS = ("prefix_name", "first_name", "middle_name", "last_name", "job_title",
         "company_name", "department_name", "home_phone", "work_phone", "cell_phone",
         "fax", "source", "source_details", "created_date", "modified_date",
         "confirmed")  # fmt: skip
MANY = ("email_addresses", "addresses", "custom_fields", "lists", "notes")


@pytest.mark.parametrize("name", TEXTS)
def test_parse_legacy_contact_keeps_every_text(name):
    assert getattr(old(**{name: "As told"}), name) == "As told"


@pytest.mark.parametrize("absent", [None, "", "missing"])
def test_parse_legacy_contact_reads_missing_null_and_empty_alike(absent):
    told = dict.fromkeys([*TEXTS, *MANY, "status", "contact_id"], absent) | {"id": "1"}
    if absent == "missing":
        told = {"id": "1"}

    read = parsing.parse_legacy_contact(encode(told))

    assert read == mail_records.LegacyContact("1")


@pytest.mark.parametrize(
    ("told", "read"), [(True, "true"), (False, "false"), ("true", "true"), (None, "")]
)
def test_parse_legacy_contact_reads_confirmed(told, read):
    assert old(confirmed=told).confirmed == read


def test_parse_legacy_contact_makes_numbers_text():
    read = old(
        id=7,
        confirmed=True,
        home_phone=5555555555,
        fax=1.50,
        lists=[1, {"id": 22, "status": "ACTIVE"}],
        custom_fields=[{"name": "CustomField1", "value": 12}],
        notes=[{"id": 3, "note": 4}],
        addresses=[{"postal_code": 37207}],
    )

    assert (read.external_id, read.confirmed) == ("7", "true")
    assert (read.home_phone, read.fax) == ("5555555555", "1.5")
    assert [each.list_id for each in read.lists] == ["1", "22"]
    assert read.custom_fields[0].value == "12"
    assert read.notes[0].text == "4"
    assert read.addresses[0].postal_code == "37207"


@pytest.mark.parametrize(
    ("told", "read"),
    [
        ([{"id": "01", "status": "HIDDEN"}], (("01", "HIDDEN"),)),
        (["1", "2"], (("1", ""), ("2", ""))),
        (["1", {"id": "2", "status": None}, "", None, {"id": ""}, {}],
         (("1", ""), ("2", ""))),
        ([{"id": "1", "status": "ACTIVE"}, {"id": "1", "status": "REMOVED"}],
         (("1", "ACTIVE"),)),
        ([uuid(1).upper()], ((uuid(1), ""),)),
        (["no number"], (("no number", ""),)),
    ],
)  # fmt: skip
def test_parse_legacy_contact_reads_lists_as_objects_and_as_ids(told, read):
    assert tuple((each.list_id, each.status) for each in old(lists=told).lists) == read


@pytest.mark.parametrize("slot", mail_records.SLOTS)
@pytest.mark.parametrize(
    "spelling",
    ["CustomField{}", "customField{}", "customfield{}", "custom_field_{}",
     "Custom_Field_{}", "Custom Field {}", "CUSTOM FIELD {}", "custom_field{}"],
)  # fmt: skip
def test_parse_legacy_contact_knows_every_slot_in_every_spelling(slot, spelling):
    named = {"name": spelling.format(slot), "value": "v"}
    labelled = {"name": "Hobby", "label": spelling.format(slot), "value": "v"}

    read = old(custom_fields=[named]).custom_fields

    assert read == (mail_records.LegacyCustomField(slot, "v"),)
    assert read == old(custom_fields=[labelled]).custom_fields


def test_parse_legacy_contact_sorts_slots_and_leaves_empty_ones_out():
    told = [
        {"name": "CustomField12", "value": "y"},
        {"name": "CustomField2", "value": "x"},
        {"name": "CustomField3", "value": ""},
        {"name": "Nonsense", "value": None},
        {"name": "CustomField2", "value": "x"},
    ]

    read = old(custom_fields=told).custom_fields

    assert [(each.slot, each.value) for each in read] == [(2, "x"), (12, "y")]


@pytest.mark.parametrize("name", ["CustomField0", "CustomField16", "Hobby", "", None])
def test_parse_legacy_contact_refuses_a_value_in_no_slot(name):
    told = legacy(custom_fields=[{"name": name, "value": "v"}])

    fault = fault_of(parsing.parse_legacy_contact, told)

    assert fault.field == "custom_fields"


def test_parse_legacy_contact_reads_notes():
    told = [{"id": "1", "note": "Call", "created_date": "a", "modified_date": "b"},
            {"note": ""}, None]  # fmt: skip

    assert old(notes=told).notes == (mail_records.LegacyNote("Call", "a", "b"),)


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"status": "x" * 51}, "status"),
        ({"lists": ["1" * 101]}, "lists[0]"),
        ({"lists": [{"id": "1" * 101}]}, "lists[0].id"),
        ({"lists": [{"id": "1", "status": "x" * 51}]}, "lists[0].status"),
    ]
    + [
        ({"email_addresses": [{name: "x" * 51}]}, f"email_addresses[0].{name}")
        for name in ("status", "confirm_status", "opt_in_source", "opt_in_date",
                     "opt_out_source", "opt_out_date")
    ],
)  # fmt: skip
def test_parse_legacy_contact_refuses_what_its_column_cannot_hold(facts, field):
    fault = fault_of(parsing.parse_legacy_contact, legacy(**facts))

    assert fault.field == field
    assert fault.reason.startswith("is longer than ")


@pytest.mark.parametrize(
    ("payload", "field"),
    [
        (legacy(first_name={}), "first_name"),
        (legacy(email_addresses="a@example.com"), "email_addresses"),
        (legacy(email_addresses=["a@example.com"]), "email_addresses[0]"),
        (legacy(addresses={"line1": "x"}), "addresses"),
        (legacy(notes="Call"), "notes"),
        (legacy(first_name="a\0"), "first_name"),
        (legacy(email_addresses=[{"email_address": "a\0"}]), "email_addresses"),
        (legacy(home_phone="1" * 70_000), "home_phone"),
        (legacy(home_phone="1" * 2**20), ""),
        (b"[]", ""),
        (b"null", ""),
        (b'{"id":', ""),
        (b'{"id":"\xff"}', ""),
        (b'{"a":' * 3000, ""),
    ],
)
def test_parse_legacy_contact_names_the_field_it_cannot_read(payload, field):
    assert fault_of(parsing.parse_legacy_contact, payload).field == field


def test_parse_legacy_contact_cuts_control_separators():
    read = old(first_name="A\x1en\x1fa", notes=[{"note": "x\x1f"}])

    assert (read.first_name, read.notes[0].text) == ("Ana", "x")


def test_parse_legacy_contact_ignores_unknown_keys():
    assert old(favourite={"a": "\0"}, data=[1]) == old()


@pytest.mark.parametrize("name", [*TEXTS, *MANY, "id", "status", "contact_id"])
def test_no_fault_tells_a_value(name):
    secret = "Secret Person" * 20
    for told in ({secret: secret}, [{secret: secret}], [{"status": secret}], secret):
        raw = encode(legacy() | {name: told})
        (row,) = reading.rows([raw], parsing.parse_legacy_contact)
        if isinstance(row, records.Fault):
            assert "Secret" not in f"{row.field}{row.reason}{row!r}"


def test_a_legacy_contact_shows_nothing_of_a_person():
    assert repr(old()) == "LegacyContact('001')"


# --- V2 contacts from tables ----------------------------------------------------


def test_parse_legacy_contact_reads_dotted_keys():
    told = {
        "id": "0016633325",
        "status": "ACTIVE",
        "email_addresses.0.email_address": "a@example.com",
        "email_addresses.0.status": "OPTOUT",
        "email_addresses.1.email_address": "b@example.com",
        "addresses.1.line1": "55 Gale St.",
        "addresses.0.address_type": "",
        "addresses.0.line1": "",
        "custom_fields.0.name": "CustomField2",
        "custom_fields.0.value": "x",
        "custom_fields.3": "y",
        "CUSTOM FIELD 6": "z",
        "custom_field_7": "",
        "notes.0.note": "Call",
        "lists": ["1", ""],
        "lists.0.id": "2",
        "extra.0.id": "none",
    }

    read = parsing.parse_legacy_contact(encode(told))

    assert read.external_id == "0016633325"
    assert [(each.address, each.status) for each in read.emails] == [
        ("a@example.com", "OPTOUT"), ("b@example.com", "")]  # fmt: skip
    assert [each.line1 for each in read.addresses] == ["55 Gale St."]
    assert [(each.slot, each.value) for each in read.custom_fields] == [
        (2, "x"), (3, "y"), (6, "z")]  # fmt: skip
    assert [each.text for each in read.notes] == ["Call"]
    assert [each.list_id for each in read.lists] == ["1", "2"]


def test_parse_legacy_contact_puts_many_elements_in_their_order():
    told = {"id": "1"} | {f"addresses.{n}.line1": str(n) for n in (10, 2, 1)}

    read = parsing.parse_legacy_contact(encode(told))

    assert [each.line1 for each in read.addresses] == ["1", "2", "10"]


def test_parse_legacy_contact_reads_elements_named_alone():
    told = {"id": "1", "email_addresses.0": "a@example.com", "notes.0": "Call",
            "lists.0": "7", "addresses.0": "55 Gale St."}  # fmt: skip

    read = parsing.parse_legacy_contact(encode(told))

    assert read.email.address == "a@example.com"
    assert read.notes[0].text == "Call"
    assert read.lists[0].list_id == "7"
    assert read.addresses[0].line1 == "55 Gale St."


def test_parse_legacy_contact_refuses_an_array_told_twice():
    told = {"id": "1", "addresses": "55 Gale St.", "addresses.0.line1": "x"}

    assert fault_of(parsing.parse_legacy_contact, told).field == "addresses"


@pytest.mark.parametrize(
    "told", [{"addresses.0.line1": "x" * 70_000}, {"addresses.0.line1": "a\0"}]
)
def test_parse_legacy_contact_cleans_dotted_values_too(told):
    assert fault_of(parsing.parse_legacy_contact, {"id": "1"} | told).field


# --- V3 --------------------------------------------------------------------------


def test_parse_contact_reads_a_contact_with_all_subresources():
    told = contact(
        3,
        last_name="Diaz",
        job_title="Cook",
        company_name="Kitchen",
        birthday_month=12,
        birthday_day="31",
        anniversary="2020-01-31",
        update_source="Contact",
        deleted_at="2022-01-01",
        email_address=email(
            3, opt_out_source="Contact", opt_out_date="d", opt_out_reason="r"
        ),
        phone_numbers=[{"phone_number_id": "p", "phone_number": "1", "kind": "home"},
                       {"kind": "work"}, None],
        street_addresses=[{"kind": "home", "street": "55 Gale St.", "city": "N",
                           "state": "T", "postal_code": "3", "country": "U"},
                          {"kind": "work"}],
        custom_fields=[{"custom_field_id": uuid(8).upper(), "value": "v"},
                       {"custom_field_id": uuid(9), "choice_ids": [1, "2"]}, {}],
        list_memberships=[uuid(5).upper(), uuid(6), uuid(5), None],
        taggings=[uuid(7)],
        notes=[{"note_id": "n", "content": "newest"}, {"content": ""}],
    )  # fmt: skip

    read = parsing.parse_contact(encode(told))

    assert read == mail_records.Contact(
        uuid(3),
        "person3@example.com",
        "implicit",
        "off",
        "Account",
        "2020-01-01T00:00:00Z",
        "Contact",
        "d",
        "r",
        "Invented 3",
        "Diaz",
        "Cook",
        "Kitchen",
        "12",
        "31",
        "2020-01-31",
        "Account",
        "2020-01-01T00:00:00Z",
        "Contact",
        "2021-01-01T00:00:00Z",
        "2022-01-01",
        (mail_records.Phone("home", "1"),),
        (mail_records.Address("home", "55 Gale St.", "N", "T", "3", "U"),),
        (
            mail_records.CustomValue(uuid(8), "v"),
            mail_records.CustomValue(uuid(9), "", ("1", "2")),
        ),
        (uuid(5), uuid(6)),
        (uuid(7),),
        ("newest",),
    )


@pytest.mark.parametrize("absent", [None, "missing"])
def test_parse_contact_reads_missing_and_null_alike(absent):
    names = [
        name for name in parsing.wire.Contact.__struct_fields__ if name[:3] != "con"
    ]
    told = {"contact_id": uuid(1)} | (dict.fromkeys(names) if absent is None else {})

    read = parsing.parse_contact(encode(told))

    assert read == mail_records.Contact(uuid(1))


PERMISSIONS = ("explicit", "implicit", "deprecate", "not_set", "pending", "temp_hold",
               "unsubscribe", "pending_confirmation", "unsubscribed")  # fmt: skip


@pytest.mark.parametrize("value", [*PERMISSIONS, "Explicit", "whatever"])
def test_parse_contact_keeps_every_permission(value):
    read = new(email_address=email(permission_to_send=value))

    assert read.permission_to_send == value


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[("confirm_status", value) for value in
          ("Pending", "Off", "Confirmed", "pending", "off", "confirmed", "new")],
        *[(name, value) for name in ("opt_in_source", "opt_out_source")
          for value in ("Contact", "Account", "Robot")],
    ],
)  # fmt: skip
def test_parse_contact_keeps_every_word_of_consent(name, value):
    assert getattr(new(email_address=email(**{name: value})), name) == value


@pytest.mark.parametrize("name", ["create_source", "update_source"])
@pytest.mark.parametrize("value", ["Contact", "Account"])
def test_parse_contact_keeps_every_source(name, value):
    assert getattr(new(**{name: value}), name) == value


@pytest.mark.parametrize("kind", ["home", "work", "other", "mobile", "fax"])
def test_parse_contact_keeps_every_kind(kind):
    read = new(
        phone_numbers=[{"kind": kind, "phone_number": "1"}],
        street_addresses=[{"kind": kind, "street": "1"}],
    )

    assert (read.phones[0].kind, read.addresses[0].kind) == (kind, kind)


@pytest.mark.parametrize(
    "value",
    ["03/05/2005", "3/5/2005", "2005/03/05", "2005/3/5", "2005-03-05", "2005-3-5",
     "03-05-2005", "3-5-2005"],
)  # fmt: skip
def test_parse_contact_keeps_every_form_of_an_anniversary(value):
    assert new(anniversary=value).anniversary == value


@pytest.mark.parametrize("told", [5, "5"])
def test_parse_contact_reads_a_birthday_as_text(told):
    read = new(birthday_month=told, birthday_day=told)

    assert (read.birthday_month, read.birthday_day) == ("5", "5")


def test_parse_contact_lowers_its_id():
    told = contact() | {"contact_id": f" {uuid(1).upper()} "}

    assert parsing.parse_contact(encode(told)).external_id == uuid(1)


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"contact_id": None}, "contact_id"),
        ({"contact_id": "12345678"}, "contact_id"),
        ({"contact_id": "x" * 101}, "contact_id"),
        ({"deleted_at": "x" * 51}, "deleted_at"),
        ({"list_memberships": ["x" * 101]}, "list_memberships[0]"),
        ({"email_address": "a@example.com"}, "email_address"),
        ({"notes": "Call"}, "notes"),
    ]
    + [
        ({"email_address": {name: "x" * 51}}, f"email_address.{name}")
        for name in ("permission_to_send", "confirm_status", "opt_in_source",
                     "opt_in_date", "opt_out_source", "opt_out_date")
    ],
)  # fmt: skip
def test_parse_contact_names_the_field_it_cannot_read(facts, field):
    assert fault_of(parsing.parse_contact, contact() | facts).field == field


def test_parse_legacy_list_reads_a_list():
    told = {"id": "0012", "name": "News", "status": "HIDDEN", "contact_count": 3,
            "list_id": uuid(1).upper()}  # fmt: skip

    read = parsing.parse_legacy_list(encode(told))

    assert read == mail_records.LegacyList("0012", "News", "HIDDEN", uuid(1))


@pytest.mark.parametrize("list_id", [None, "", "8888888-4444"])
def test_parse_legacy_list_takes_no_malformed_list_id(list_id):
    told = {"id": 1, "name": None, "list_id": list_id}

    assert parsing.parse_legacy_list(encode(told)) == mail_records.LegacyList("1")


def test_parse_legacy_list_refuses_a_status_its_column_cannot_hold():
    told = {"id": "1", "status": "x" * 51}

    assert fault_of(parsing.parse_legacy_list, told).field == "status"


def test_parse_list_reads_a_list():
    told = {"list_id": uuid(1).upper(), "name": "News", "description": None,
            "favorite": True}  # fmt: skip

    assert parsing.parse_list(encode(told)) == mail_records.MailingList(uuid(1), "News")


def test_parse_custom_field_reads_a_definition():
    told = {"custom_field_id": uuid(1), "label": "Hobby", "name": "hobby",
            "type": "multi_select", "choices": []}  # fmt: skip

    read = parsing.parse_custom_field(encode(told))

    assert read == mail_records.CustomField(uuid(1), "Hobby", "hobby", "multi_select")


@pytest.mark.parametrize(
    ("parse", "payload", "field"),
    [
        (parsing.parse_list, {"list_id": "1"}, "list_id"),
        (parsing.parse_list, {}, "list_id"),
        (parsing.parse_custom_field, {"custom_field_id": ""}, "custom_field_id"),
        (
            parsing.parse_custom_field,
            {"custom_field_id": uuid(1), "type": "x" * 51},
            "type",
        ),
    ],
)
def test_lists_and_fields_name_what_cannot_be_read(parse, payload, field):
    assert fault_of(parse, payload).field == field


# --- Cross-references ------------------------------------------------------------


def test_parse_xrefs_reads_the_published_example():
    read = [parsing.parse_contact_xref(raw) for raw in parsing.parse_xrefs(SEED_XREFS)]

    assert [(each.external_id, each.ref) for each in read] == [
        ("12345678", "77777777-9999-1111-907f-888888888888"),
        ("23456789", "88888888-9999-1111-9f7f-888888888888"),
        ("34567891", "88888888-9999-1111-4444-888888888888"),
    ]


def test_parse_xrefs_reads_the_documented_object():
    items = parsing.parse_xrefs(xrefs(("0016633325", uuid(1).upper())))

    read = parsing.parse_contact_xref(items[0])

    assert read == mail_records.Xref("0016633325", uuid(1))


@pytest.mark.parametrize("body", [b"[]", b' {"xrefs":[]}', b" \n[ ]"])
def test_parse_xrefs_reads_an_empty_answer(body):
    assert parsing.parse_xrefs(body) == []


@pytest.mark.parametrize(
    "body", [b"", b"{}", b'{"xrefs":null}', b'{"xrefs":{}}', b'{"contacts":[]}', b"null",
             b'{"xrefs":[', b"7"]
)  # fmt: skip
def test_parse_xrefs_never_reads_unknown_from_no_answer(body):
    with pytest.raises(api_errors.BadPayload, match="cross-reference"):
        parsing.parse_xrefs(body)


def test_parse_list_xref_reads_a_pair():
    raw = encode({"sequence_id": 12, "list_id": uuid(1)})

    assert parsing.parse_list_xref(raw) == mail_records.Xref("12", uuid(1))


@pytest.mark.parametrize("absent", [None, ""])
def test_an_xref_may_know_no_contact(absent):
    raw = encode({"sequence_id": "12", "contact_id": absent})

    assert parsing.parse_contact_xref(raw) == mail_records.Xref("12", "")


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"contact_id": uuid(1)}, "sequence_id"),
        ({"sequence_id": "x", "contact_id": uuid(1)}, "sequence_id"),
        ({"sequence_id": "1", "contact_id": "8888888-4444"}, "contact_id"),
    ],
)
def test_an_xref_names_what_it_cannot_read(told, field):
    assert fault_of(parsing.parse_contact_xref, told).field == field


@pytest.mark.parametrize(
    ("asked", "answered", "meant"),
    [
        (["12"], ["12"], {"12": "12"}),
        (["0016633325"], ["16633325"], {"16633325": "0016633325"}),
        (["16633325"], ["0016633325"], {"0016633325": "16633325"}),
        (["007", "7"], ["7"], {"7": "7"}),
        (["007", "7"], ["7", "007"], {"7": "7", "007": "007"}),
        (["007", "7"], ["07", "7"], {"7": "7", "07": "007"}),
        (["000"], ["0"], {"0": "000"}),
        (["1", "2"], ["2", "9"], {"2": "2"}),
        ([], ["1"], {}),
        (["1"], [], {}),
    ],
)
def test_an_answered_id_is_the_same_text_or_else_the_same_number(
    asked, answered, meant
):
    assert parsing.asked_for(asked, answered) == meant


# --- Pages -----------------------------------------------------------------------


def test_parse_page_reads_a_v2_page():
    body = legacy_page(legacy(1), legacy(2), following="/v2/contacts?next=c3RhcnQ9Mw==")

    read = parsing.parse_page(body, "results")

    assert read.items == [encode(legacy(1)), encode(legacy(2))]
    assert read.next == "/v2/contacts?next=c3RhcnQ9Mw=="


@pytest.mark.parametrize(
    "around",
    [{}, {"meta": None}, {"meta": {}}, {"meta": {"pagination": None}},
     {"meta": {"pagination": {}}}, {"meta": {"pagination": {"next_link": None}}},
     {"meta": {"pagination": {"next_link": ""}}}],
)  # fmt: skip
def test_parse_page_ends_where_v2_tells_no_next_link(around):
    read = parsing.parse_page(encode({"results": [legacy()], **around}), "results")

    assert (len(read.items), read.next) == (1, "")


@pytest.mark.parametrize("body", [b"[]", b'[{"id": "1"}, {"id": 2}]'])
def test_parse_page_reads_a_bare_array_of_v2(body):
    read = parsing.parse_page(body, "results")

    assert (len(read.items), read.next) == (body.count(b"id"), "")


@pytest.mark.parametrize("key", ["contacts", "lists", "custom_fields"])
def test_parse_page_reads_a_v3_page(key):
    read = parsing.parse_page(page(key, contact(), following="/v3/x?cursor=a"), key)

    assert read.items == [encode(contact())]
    assert read.next == "/v3/x?cursor=a"


@pytest.mark.parametrize(
    "around",
    [{}, {"_links": None}, {"_links": {}}, {"_links": {"next": None}},
     {"_links": {"next": {}}}, {"_links": {"self": {"href": "/v3/contacts"}}},
     {"lists_count": 3}],
)  # fmt: skip
def test_parse_page_ends_where_v3_tells_no_next_link(around):
    assert parsing.parse_page(encode({"contacts": [], **around}), "contacts").next == ""


@pytest.mark.parametrize(
    ("body", "key"),
    [
        (b"", "results"),
        (b"null", "results"),
        (b"{}", "results"),
        (b'{"results":null}', "results"),
        (b'{"results":{}}', "results"),
        (b'{"results":[', "results"),
        (b'{"contacts":[]}', "results"),
        (b'{"results":[],"meta":[]}', "results"),
        (b'{"results":[],"meta":{"pagination":"x"}}', "results"),
        (b"[]", "contacts"),
        (b'{"contacts":[],"_links":"x"}', "contacts"),
        (b'{"contacts":[],"_links":{"next":"/v3/contacts"}}', "contacts"),
        (b'{"contacts":[],"_links":{"next":{"href":7}}}', "contacts"),
        (b"[" * 5000, "results"),
        (b'{"a":' * 5000, "contacts"),
    ],
)
def test_parse_page_refuses_what_is_no_list(body, key):
    with pytest.raises(api_errors.BadPayload, match="a page that is no list"):
        parsing.parse_page(body, key)


# --- Anything --------------------------------------------------------------------

NAMES = st.sampled_from(
    ["id", "contact_id", "list_id", "custom_field_id", "sequence_id", *TEXTS[:3], *MANY,
     "email_address", "status", "value", "name", "note", "addresses.0.line1",
     "custom_fields.1", "notes.0", "lists.0.id", "CustomField1", "phone_numbers",
     "list_memberships", "choice_ids", "kind", "birthday_day"]
)  # fmt: skip
IDS = st.sampled_from(["1", "0016633325", uuid(1)])
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text() | IDS,
    lambda inner: st.lists(inner) | st.dictionaries(NAMES | st.text(), inner),
)


@pytest.mark.parametrize("parse", PARSERS)
@given(JSON)
def test_every_parser_reads_or_refuses_any_json(parse, payload):
    (row,) = reading.rows([encode_any(payload)], parse)

    assert row.reason if isinstance(row, records.Fault) else row.record.external_id


@pytest.mark.parametrize("parse", PARSERS)
@given(facts=st.dictionaries(NAMES, JSON))
def test_every_parser_reads_or_refuses_any_facts(parse, facts):
    known = dict.fromkeys(
        ["contact_id", "list_id", "custom_field_id", "id", "sequence_id"], uuid(1)
    )

    (row,) = reading.rows([encode_any(facts | known)], parse)

    assert row.reason if isinstance(row, records.Fault) else row.record.external_id


@given(st.binary(max_size=200))
def test_parse_legacy_contact_reads_or_refuses_any_bytes(raw):
    (row,) = reading.rows([raw], parsing.parse_legacy_contact)

    assert row.reason if isinstance(row, records.Fault) else row.record.external_id


def encode_any(payload):
    return parsing.reading.msgspec.json.encode(payload)
