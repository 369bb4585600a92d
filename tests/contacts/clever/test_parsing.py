import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts import api_errors, records
from contacts.clever import parsing
from tests.contacts.clever.payloads import (
    SEED_PAGE_EXAMPLE,
    contact,
    encode,
    item,
    page,
)


def parsed(**role):
    return parsing.parse_contact(encode(contact(**role)))


def fault_of(parse, payload):
    raw = payload if isinstance(payload, bytes) else encode(payload)
    with pytest.raises(records.BadRecord) as caught:
        parse(raw)
    return caught.value


def test_parse_page_keeps_records_as_received_and_finds_the_next_link():
    body = page({"id": "a"}, {"id": "b"}, following="/v3.0/users?starting_after=b")

    read = parsing.parse_page(body)

    assert read.items == [encode(item({"id": "a"})), encode(item({"id": "b"}))]
    assert read.next == "/v3.0/users?starting_after=b"


@pytest.mark.parametrize(
    "links",
    [
        {},
        {"links": None},
        {"links": []},
        {"links": [{"rel": "self", "uri": "/x"}, {"rel": "prev", "uri": "/y"}]},
        {"links": [{"rel": "next"}]},
        {"paging": {"current": 1, "total": 1}},
    ],
)
def test_parse_page_ends_where_no_next_link_is(links):
    read = parsing.parse_page(encode({"data": [], **links}))

    assert read.items == []
    assert read.next == ""


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"data":null}',
        b'{"data":{"id":"1"}}',
        b'{"data":[',
        b'{"error":"Invalid"}',
        b"<html></html>",
        b'{"data":[],"links":{"next":"/x"}}',
        b"[" * 5000,
    ],
)
def test_parse_page_refuses_what_is_no_list(body):
    with pytest.raises(api_errors.BadPayload):
        parsing.parse_page(body)


def test_parse_contact_reads_the_published_example():
    read = parsing.parse_contact(SEED_PAGE_EXAMPLE)

    assert read.external_id == "63850203bfb8460546071ef6"
    assert read.legacy_id == "63850203bfb8460546071e7e"
    assert read.district == "6385008f69df036e83e984a3"
    assert read.name == "Aaron Collins"
    assert read.phone == "1-(330) 280-1898"
    assert read.phone_type == "Other"
    assert read.sis_id == ""
    assert read.created == "2022-11-28T18:46:36.819Z"
    assert read.entries == (
        records.Entry("63850203bfb8460546071e62", "Aunt/Uncle", "Family"),
        records.Entry("672936fc65fc4500ced13260", "Aunt/Uncle", "Family"),
        records.Entry("63850203bfb8460546071e6e", "Parent", "Parent/Guardian"),
    )


@pytest.mark.parametrize("wrap", [lambda record: record, item])
def test_parse_contact_reads_wrapped_and_bare_alike(wrap):
    wrapped = parsing.parse_contact(encode(wrap(contact(7))))

    assert wrapped == parsing.parse_contact(encode(contact(7)))


@pytest.mark.parametrize("absent", ["missing", None, ""])
def test_parse_contact_reads_missing_null_and_empty_alike(absent):
    told = contact(phone=absent, sis_id=absent, phone_type=absent, legacy_id=absent)
    told |= {"email": absent, "name": absent, "district": absent}
    if absent == "missing":
        told = {key: value for key, value in told.items() if value != "missing"}
        role = told["roles"]["contact"]
        told["roles"] = {"contact": {k: v for k, v in role.items() if v != "missing"}}

    read = parsing.parse_contact(encode(told))

    empty = (read.phone, read.sis_id, read.phone_type, read.legacy_id)
    assert empty == ("", "", "", "")
    assert (read.email, read.name, read.district) == ("", "", "")


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ({"last": "Ana Diaz"}, "Ana Diaz"),
        ({"first": "Ana", "middle": "M", "last": "Diaz"}, "Ana M Diaz"),
        ({"first": "Ana", "middle": None, "last": "Diaz"}, "Ana Diaz"),
        ({"first": "Ana", "middle": "", "last": ""}, "Ana"),
        ({}, ""),
        ("Ana Diaz", "Ana Diaz"),
        ({"last": 7}, "7"),
    ],
)
def test_parse_contact_joins_the_parts_of_a_name(name, read):
    assert parsing.parse_contact(encode(contact() | {"name": name})).name == read


def test_parse_contact_keeps_values_outside_the_vocabulary():
    told = [{"relationship": "Guardian", "student": "s", "type": "Step-Parent"}]

    read = parsed(student_relationships=told, phone_type="Pager")

    assert read.entries == (records.Entry("s", "Guardian", "Step-Parent"),)
    assert read.phone_type == "Pager"


@pytest.mark.parametrize("value", [None, ""])
def test_parse_contact_reads_an_empty_relationship(value):
    told = [{"relationship": value, "student": "s", "type": value}, {"student": "t"}]

    read = parsed(student_relationships=told)

    assert read.entries == (records.Entry("s"), records.Entry("t"))


@pytest.mark.parametrize("value", [None, []])
def test_parse_contact_reads_a_contact_of_nobody(value):
    assert parsed(student_relationships=value).entries == ()


def test_parse_contact_keeps_several_entries_for_one_student():
    told = [
        {"relationship": "Parent", "student": "s", "type": "Parent/Guardian"},
        {"relationship": "Parent", "student": "s", "type": "Emergency"},
        {"relationship": "Parent", "student": "s", "type": "Parent/Guardian"},
    ]

    read = parsed(student_relationships=told)

    assert read.entries == (
        records.Entry("s", "Parent", "Parent/Guardian"),
        records.Entry("s", "Parent", "Emergency"),
    )


def test_parse_contact_makes_numbers_text():
    told = contact(phone=3302801898, sis_id=12.50, student_relationships=[
        {"relationship": True, "student": 17, "type": 3},
    ])  # fmt: skip

    read = parsing.parse_contact(encode(item(told | {"id": 42})))

    assert (read.external_id, read.phone, read.sis_id) == ("42", "3302801898", "12.5")
    assert read.entries == (records.Entry("17", "true", "3"),)


def test_parse_contact_keeps_zeros_and_trims_ids():
    read = parsing.parse_contact(encode(contact() | {"id": " 0016633325 "}))

    assert read.external_id == "0016633325"


def test_parse_contact_reads_ten_thousand_relationships():
    told = [{"student": f"s{number}"} for number in range(10_000)]

    assert len(parsed(student_relationships=told).entries) == 10_000


@pytest.mark.parametrize(
    ("payload", "field"),
    [
        (contact() | {"id": None}, "id"),
        (contact() | {"id": "  "}, "id"),
        (contact() | {"id": "9" * 101}, "id"),
        ({"data": {}}, "roles.contact"),
        (contact() | {"roles": None}, "roles.contact"),
        (contact() | {"roles": {"student": {}}}, "roles.contact"),
        (contact() | {"roles": ["contact"]}, "roles"),
        (contact() | {"name": ["Ana"]}, "name"),
        (contact(phone={"home": "1"}), "roles.contact.phone"),
        (contact(phone_type="x" * 201), "roles.contact.phone_type"),
        (
            contact(student_relationships=[{"relationship": "Parent"}]),
            "roles.contact.student_relationships.student",
        ),
        (
            contact(student_relationships=["s1"]),
            "roles.contact.student_relationships[0]",
        ),
        (b"[]", ""),
        (b"null", ""),
        (b'{"id":', ""),
        (b'{"id":"1"} x', ""),
        (b'{"id":"\xff"}', ""),
        (b'{"unknown":"\xff","id":"1"}', ""),
        (b'{"id":"\\ud800"}', ""),
        (b'{"a":' * 3000, ""),
    ],
)
def test_parse_contact_names_the_field_it_cannot_read(payload, field):
    assert fault_of(parsing.parse_contact, payload).field == field


@pytest.mark.parametrize(
    ("payload", "field", "reason"),
    [
        (contact(phone="1\x002"), "phone", "holds a NUL character"),
        (contact() | {"name": {"last": "x" * 70_000}}, "name", "is longer than 64 kB"),
        (contact() | {"name": {"last": "x" * 2**20}}, "", "is larger than 1 MB"),
    ],
)
def test_parse_contact_refuses_what_no_database_takes(payload, field, reason):
    fault = fault_of(parsing.parse_contact, payload)

    assert (fault.field, fault.reason) == (field, reason)


def test_parse_contact_cuts_control_separators():
    told = [{"student": "s\x1e1", "relationship": "Par\x1fent"}]

    read = parsed(student_relationships=told, phone="1\x1f2")

    assert read.phone == "12"
    assert read.entries == (records.Entry("s1", "Parent"),)


def test_parse_contact_keeps_directional_and_zero_width_marks():
    name = "A\u202eb\u200bc"

    assert parsing.parse_contact(encode(contact() | {"name": name})).name == name


def test_fault_never_tells_a_value():
    secret = "Secret Person"
    payload = contact(phone=[secret]) | {"email": {secret: secret}}

    fault = fault_of(parsing.parse_contact, payload)

    assert secret not in str(fault)


@given(st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(
        st.sampled_from(["id", "data", "name", "roles", "contact", "last", "x"])
        | st.text(), inner),
))  # fmt: skip
def test_parse_contact_reads_or_refuses_any_json(payload):
    raw = encode(payload)

    (row,) = parsing.rows([raw], parsing.parse_contact)

    told = row.reason if isinstance(row, records.Fault) else row.record.external_id
    assert told


@given(st.binary(max_size=200))
def test_parse_legacy_contact_reads_or_refuses_any_bytes(raw):
    (row,) = parsing.rows([raw], parsing.parse_legacy_contact)

    told = row.reason if isinstance(row, records.Fault) else row.record.external_id
    assert told


def test_parse_student_reads_a_student():
    told = {
        "id": "58da8c63d7dc0ca0680003ed",
        "district": "d",
        "name": {"first": "Ana", "last": "Diaz"},
        "roles": {
            "student": {
                "email": "ana@example.com",
                "sis_id": "007",
                "grade": 5,
                "school": "sch",
                "gender": "F",
            }
        },
    }

    read = parsing.parse_student(encode(item(told)))

    assert read == records.Student(
        "58da8c63d7dc0ca0680003ed",
        "",
        "d",
        "Ana Diaz",
        "ana@example.com",
        "007",
        "5",
        "sch",
    )


def test_parse_student_indexes_a_legacy_id_if_one_is_told():
    told = {"id": "1", "roles": {"student": {"legacy_id": "0"}}}

    assert parsing.parse_student(encode(told)).legacy_id == "0"


def test_parse_student_refuses_a_contact():
    assert fault_of(parsing.parse_student, contact()).field == "roles.student"


def legacy(**facts):
    told = {
        "id": "63850203bfb8460546071e7e",
        "district": "d",
        "name": "Aaron Collins",
        "email": None,
        "phone": "1",
        "phone_type": "Cell",
        "relationship": "Parent",
        "type": "Parent/Guardian",
        "sis_id": "",
        "students": ["s1", "s2"],
    }
    return told | facts


def test_parse_legacy_contact_reads_one_relationship_for_all_students():
    read = parsing.parse_legacy_contact(encode(item(legacy())))

    assert read == records.LegacyContact(
        "63850203bfb8460546071e7e",
        "d",
        "Aaron Collins",
        "",
        "1",
        "Cell",
        "Parent",
        "Parent/Guardian",
        "",
        ("s1", "s2"),
    )


@pytest.mark.parametrize(
    ("students", "read"),
    [
        (None, ()),
        ([], ()),
        (["s1", "s1"], ("s1",)),
        (["s2", None, "", "s1"], ("s2", "s1")),
        ([17], ("17",)),
    ],
)
def test_parse_legacy_contact_reads_every_list_of_students(students, read):
    told = parsing.parse_legacy_contact(encode(legacy(students=students)))

    assert told.students == read


@pytest.mark.parametrize("value", [None, ""])
def test_parse_legacy_contact_reads_an_empty_label(value):
    told = parsing.parse_legacy_contact(encode(legacy(relationship=value, type=value)))

    assert (told.relationship, told.type) == ("", "")


def test_parse_legacy_contact_refuses_students_that_are_no_list():
    assert fault_of(parsing.parse_legacy_contact, legacy(students="s1")).field == (
        "students"
    )


def test_parse_district_reads_a_district():
    raw = encode(item({"id": "d", "name": "#DEMO District", "mdr_number": None}))

    assert parsing.parse_district(raw) == records.District("d", "#DEMO District")


def test_rows_puts_a_fault_where_a_record_cannot_be_read():
    items = [encode(contact(1)), b'{"id":1}', encode(contact(2))]

    read = list(parsing.rows(items, parsing.parse_contact, first_place=10))

    assert [type(row) for row in read] == [records.Row, records.Fault, records.Row]
    assert [row.place for row in read] == [10, 11, 12]
    assert [row.raw for row in read] == items
    assert read[1].field == "roles.contact"


def test_stored_rows_keeps_lines_and_passes_faults_on():
    stored = [
        records.StoredRow(3, encode(legacy())),
        records.Fault(0, 9, b"x", "", "is not JSON"),
        records.StoredRow(12, b"{}"),
    ]

    read = list(parsing.stored_rows(stored, parsing.parse_legacy_contact))

    assert [(row.place, row.line) for row in read] == [(0, 3), (1, 9), (2, 12)]
    assert read[1].reason == "is not JSON"
    assert read[2].field == "id"
