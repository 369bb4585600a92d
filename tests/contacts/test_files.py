import gzip
import json
import tracemalloc

import pytest

from contacts import files, reading, records
from contacts.clever import parsing
from contacts.constant_contact import parsing as mail_parsing
from tests.contacts.constant_contact.payloads import SEED_V2_PAGE, legacy_email, uuid


def legacy(number=1, **facts):
    return {
        "id": f"{number:024x}",
        "name": f"Invented “Person” {number} \\ {{[",
        "relationship": "Parent",
        "type": "Primary",
        "students": [f"s{number}", "s\"2]}"],
    } | facts  # fmt: skip


def page(*told):
    return {"data": [{"data": one, "uri": "/v2.1/contacts/x"} for one in told]}


THREE = [legacy(1), legacy(2), legacy(3)]
LINKS = {"links": [{"rel": "self", "uri": "/v2.1/contacts"}]}
CSV = (
    "id,district,name,email,phone,phone_type,relationship,type,sis_id,students,extra\n"
    '000000000000000000000001,d,"Diaz, Ana",,,,Parent,Primary,,s1; s2,x\n'
    "000000000000000000000002,d,Ben,,,,,,,,\n"
    "000000000000000000000003,d,Cy,,,,Other,Family,,s3,\n"
)


def dumped(told, **layout):
    return json.dumps(told, ensure_ascii=False, **layout)


FORMS = {
    "page": dumped(page(*THREE) | LINKS),
    "page with links first": dumped(LINKS | page(*THREE)),
    "pretty page": dumped(LINKS | page(*THREE), indent=2),
    "page of the other provider": dumped({"meta": {"a": [1]}, "results": THREE}),
    "pages behind each other": dumped(page(THREE[0])) + dumped(page(*THREE[1:])),
    "pretty pages behind each other": "\n".join(
        dumped(page(one) | LINKS, indent=1) for one in THREE
    ),
    "pages one a line": "\n".join(dumped(page(one) | LINKS) for one in THREE),
    "array of pages": dumped([page(*THREE[:2]), page(THREE[2]) | LINKS]),
    "empty page first": dumped({"data": []}) + "\n" + dumped(page(*THREE)),
    "array": dumped(THREE),
    "pretty array": dumped(THREE, indent=4),
    "array of wrapped": dumped([{"data": one} for one in THREE]),
    "array one a line": "[\n" + ",\n".join(map(dumped, THREE)) + "\n]\n",
    "ndjson": "\n".join(map(dumped, THREE)) + "\n",
    "ndjson without a last end": "\n\n".join(map(dumped, THREE)),
    "ndjson with crlf": "\r\n".join(map(dumped, THREE)),
    "ndjson of wrapped": "\n".join(dumped({"data": one}) for one in THREE),
    "pretty objects": "\n".join(dumped(one, indent=2) for one in THREE),
    "comma": CSV,
    "comma with crlf": CSV.replace("\n", "\r\n"),
    "tab": CSV.replace('"Diaz, Ana"', "Diaz\tAna").replace("\t", ";;").replace(
        ",", "\t").replace(";;", " "),
}  # fmt: skip


@pytest.fixture
def stored(tmp_path):
    def write(content):
        path = tmp_path / "upload"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def read(path):
    return list(
        parsing.stored_rows(files.stored_contacts(path), parsing.parse_legacy_contact)
    )


def ids(path):
    return [row.record.external_id for row in read(path)]


@pytest.mark.parametrize("form", FORMS)
def test_stored_contacts_reads_every_form(stored, form):
    assert ids(stored(FORMS[form])) == [one["id"] for one in THREE]


@pytest.mark.parametrize("form", FORMS)
def test_stored_contacts_reads_every_form_packed_and_with_a_mark(stored, form):
    packed = gzip.compress(b"\xef\xbb\xbf" + FORMS[form].encode())

    assert ids(stored(packed)) == [one["id"] for one in THREE]


def test_stored_contacts_keeps_each_record_as_stored(stored):
    kept = [row.raw for row in files.stored_contacts(stored(FORMS["array"]))]

    assert [json.loads(raw) for raw in kept] == THREE
    assert kept[0] == dumped(THREE[0]).encode()


def test_stored_contacts_reads_a_single_object(stored):
    assert ids(stored(dumped(legacy(7)))) == [legacy(7)["id"]]


@pytest.mark.parametrize(
    "content", ["[]", "[ ]\n", '{"data":[]}', '{"data": [], "links": []}\n']
)
def test_stored_contacts_reads_nothing_from_an_empty_list(stored, content):
    assert read(stored(content)) == []


def test_stored_contacts_splits_the_students_of_a_table(stored):
    rows = read(stored(CSV))

    assert [row.record.students for row in rows] == [("s1", "s2"), (), ("s3",)]
    assert rows[0].record.name == "Diaz, Ana"
    assert json.loads(rows[0].raw)["extra"] == "x"


@pytest.mark.parametrize(
    ("form", "numbers"),
    [
        ("array", [1, 1, 1]),
        ("array one a line", [2, 3, 4]),
        ("ndjson", [1, 2, 3]),
        ("ndjson without a last end", [1, 3, 5]),
        ("comma", [2, 3, 4]),
        ("pages one a line", [1, 2, 3]),
    ],
)
def test_stored_contacts_tells_the_line_a_record_begins_on(stored, form, numbers):
    assert [row.line for row in read(stored(FORMS[form]))] == numbers


def test_stored_contacts_tells_lines_in_a_pretty_array(stored):
    text = dumped(THREE, indent=2)

    rows = read(stored(text))

    beginnings = [n for n, line in enumerate(text.split("\n"), 1) if line == "  {"]
    assert [row.line for row in rows] == beginnings


@pytest.mark.parametrize(
    "broken",
    [
        '{"id": "1", "name": "An',
        "{]",
        "null",
        "17",
        '"text"',
        "not json",
        '{"id": "1"}}',
    ],
)
def test_a_broken_line_is_its_own_fault(stored, broken):
    lines = [dumped(THREE[0]), broken, dumped(THREE[1]), dumped(THREE[2])]

    rows = read(stored("\n".join(lines)))

    assert [row.line for row in rows if isinstance(row, records.Fault)] == [2]
    assert len(rows) == 4


def test_a_broken_first_line_swallows_nothing(stored):
    lines = ['{"id": "1", "students": [', *map(dumped, THREE)]

    rows = read(stored("\n".join(lines)))

    assert isinstance(rows[0], records.Fault)
    assert [row.record.external_id for row in rows[1:]] == [one["id"] for one in THREE]


def test_a_cut_last_line_is_its_own_fault(stored):
    rows = read(stored(FORMS["ndjson"][:-40]))

    assert [type(row) for row in rows] == [records.Row, records.Row, records.Fault]


@pytest.mark.parametrize("odd", ["null", "17", '"text"', '"a ] b"', "true"])
def test_an_element_that_is_no_object_is_a_fault(stored, odd):
    text = f"[\n{dumped(THREE[0])},\n{odd},\n{dumped(THREE[1])}\n]"

    rows = read(stored(text))

    assert [type(row) for row in rows] == [records.Row, records.Fault, records.Row]
    assert rows[1].field == ""


def test_a_record_that_is_no_contact_is_a_fault(stored):
    rows = read(stored('[{"id": "1"}, {"error": "x"}]'))

    assert [type(row) for row in rows] == [records.Row, records.Fault]
    assert rows[1].field == "id"


def test_one_row_in_another_encoding_is_a_fault(stored):
    lines = [dumped(one).encode() for one in THREE]
    lines[1] = lines[1].replace(b"Parent", b"P\xe4rent")

    rows = read(stored(b"\n".join(lines)))

    assert [type(row) for row in rows] == [records.Row, records.Fault, records.Row]
    assert "UTF-8" in rows[1].reason


@pytest.mark.parametrize("separator", ["\n", ",\n"])
def test_a_record_over_a_megabyte_is_a_fault(stored, separator):
    told = [dumped(THREE[0]), dumped(legacy(8, name="x" * 3_000_000)), dumped(THREE[1])]
    text = separator.join(told)

    rows = read(stored(text if separator == "\n" else f"[{text}]"))

    assert [type(row) for row in rows] == [records.Row, records.Fault, records.Row]
    assert rows[1].line == 2
    assert "1 MB" in rows[1].reason
    assert len(rows[1].raw) < 5000


def test_a_page_on_a_line_over_a_megabyte_is_read(stored):
    many = [legacy(number) for number in range(1, 9001)]
    text = dumped(THREE[0]) + "\n" + dumped(page(*many)) + "\n" + dumped(THREE[1])

    rows = read(stored(text))

    assert len(rows) == 9002
    assert [rows[0].line, rows[1].line, rows[9000].line, rows[9001].line] == [
        1,
        2,
        2,
        3,
    ]


@pytest.mark.parametrize("tail", ["", ' {"id": ', "]]]", "oops"])
def test_a_broken_long_line_is_its_own_fault(stored, tail):
    many = dumped([legacy(number) for number in range(1, 9001)])
    broken = many[:-1] + "," + tail
    text = "\n".join([dumped(THREE[0]), broken, dumped(THREE[1])])

    rows = read(stored(text))

    faults = [row for row in rows if isinstance(row, records.Fault)]
    assert {row.line for row in faults} == {2}
    assert rows[-1].record.external_id == THREE[1]["id"]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64])
@pytest.mark.parametrize(
    "form", ["pretty page", "page with links first", "array", "pages behind each other"]
)
def test_chunks_may_end_anywhere(stored, monkeypatch, form, size):
    monkeypatch.setattr(files.splitting, "CHUNK", size)
    monkeypatch.setattr(files.splitting, "is_lines", lambda head, whole: False)

    assert ids(stored(FORMS[form])) == [one["id"] for one in THREE]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "Line 1, column 1: the file is empty"),
        (b" \n\t\r\n", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (gzip.compress(b"", mtime=0), "is empty"),
        (b"PK\x03\x04rest", "Excel workbook or zip"),
        (b"\xd0\xcf\x11\xe0rest", "old Excel"),
        (b"%PDF-1.7", "PDF"),
        (b"<!doctype html>", "web page"),
        (gzip.compress(gzip.compress(b"[]", mtime=0), mtime=0), "compressed twice"),
        (gzip.compress(b"PK\x03\x04", mtime=0), "Excel workbook or zip"),
        (CSV.encode("utf-16"), "UTF-16"),
        (CSV.encode("utf-16-le"), "UTF-16"),
        (dumped(THREE).encode("utf-32"), "UTF-32"),
        (b"name,phone\nAna,1\n", "lacks id, relationship, type, students"),
        (CSV.replace(",students", ",kids").encode(), "lacks students"),
        (CSV.replace(",", ";").encode(), "semicolons"),
        (b"just some text", "lacks id"),
        (b'[{"id": "1"}', "ends early at line 1"),
        (b'[\n{"id": "1"},\n{"id": "2"', "ends early at line 3"),
        (b'{"data": [\n{"id": "1"}]\n', "ends early at line 3"),
        (b'[{"id": "1"}]]', "not well-formed JSON"),
        (b'[\n{"id": "1"}\n}', "Line 3, column 1: this is not well-formed JSON"),
        (b'[{"id": "1"}] tail', "Line 1, column 14: this is not well-formed JSON"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_told_in_one_sentence(stored, content, told):
    with pytest.raises(files.WrongFile) as caught:
        list(files.stored_contacts(stored(content)))

    message = str(caught.value)
    assert told in message
    assert message.startswith("Line ")
    assert message.count(". ") == 0


def test_a_file_in_windows_letters_is_told_with_its_place(stored):
    text = CSV.replace("Ben", "José").replace("Cy", "Zoë")

    with pytest.raises(files.WrongFile, match="looks like Windows-1252") as caught:
        list(files.stored_contacts(stored(text.encode("cp1252"))))

    assert (caught.value.line, caught.value.column) == (3, 31)


def test_a_packed_file_cut_short_is_told_with_its_line(stored):
    text = "\n".join(dumped(legacy(number)) for number in range(60_000))
    packed = gzip.compress(text.encode())
    kept = []

    with pytest.raises(files.WrongFile, match="ends early or is damaged at line"):
        kept.extend(files.stored_contacts(stored(packed[: len(packed) // 2])))

    assert len(kept) > 1000


def test_a_damaged_packed_file_is_wrong(stored):
    packed = bytearray(gzip.compress(FORMS["ndjson"].encode()))
    packed[-6] ^= 0xFF

    with pytest.raises(files.WrongFile, match="damaged"):
        list(files.stored_contacts(stored(bytes(packed))))


@pytest.mark.parametrize(
    ("opening", "separator", "closing"),
    [("", "\n", "\n"), ("[", ",", "]"), ('{"links":[],"data":[', ",", "]}")],
    ids=["ndjson", "array on one line", "page on one line"],
)
def test_memory_does_not_grow_with_the_file(tmp_path, opening, separator, closing):
    path = tmp_path / "large"
    record = dumped(legacy(1, name="x" * 400))
    with path.open("w", encoding="utf-8") as file:
        file.write(opening)
        file.writelines(record + separator for _ in range(50_000))
        file.write(record + closing)

    tracemalloc.start()
    count = sum(1 for _ in files.stored_contacts(path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert path.stat().st_size > 25_000_000
    assert count == 50_001
    assert peak < 8_000_000


# --- Contacts of a mailing account ---------------------------------------------


def mailed(number, **facts):
    """A V2 contact whose own arrays must not be taken for a page's."""
    return {
        "id": f"00{number}",
        "contact_id": uuid(number),
        "email_addresses": [legacy_email(number)],
        "addresses": [],
        "lists": [{"id": "1", "status": "ACTIVE"}, {"id": "2", "status": "HIDDEN"}],
        "notes": [{"note": 'says "results": [ and "data":[{'}],
    } | facts


def mail_page(*told, **around):
    pagination = {"pagination": {"next_link": "/v2/contacts?next=x"}}
    return {"meta": pagination, "results": list(told)} | around


MAILED = [mailed(number) for number in (1, 2, 3)]
MAIL_FORMS = {
    "page": dumped(mail_page(*MAILED)),
    "pretty page": dumped(mail_page(*MAILED), indent=4),
    "page with meta last": dumped({"results": MAILED, "meta": {"pagination": {}}}),
    "page without meta": dumped({"results": MAILED}, indent=4),
    "pages behind each other": dumped(mail_page(MAILED[0])) + dumped(
        mail_page(*MAILED[1:], meta={"pagination": {}})
    ),
    "pages one a line": "\n".join(dumped(mail_page(one)) for one in MAILED),
    "array of pages": dumped([mail_page(*MAILED[:2]), mail_page(MAILED[2])]),
    "bare array": dumped(MAILED),
    "pretty array": dumped(MAILED, indent=1),
    "array one a line": "[\n" + ",\n".join(map(dumped, MAILED)) + "\n]",
    "ndjson": "\n".join(map(dumped, MAILED)) + "\n",
    "pretty objects": "\n".join(dumped(one, indent=2) for one in MAILED),
}  # fmt: skip
MAIL_CSV = (
    "id,status,first_name,email_addresses.0.email_address,email_addresses.0.status,"
    "addresses.0.line1,addresses.1.line1,custom_fields.0.name,custom_fields.0.value,"
    "custom_fields.7,CUSTOM FIELD 9,notes.0.note,lists,extra\n"
    "0016633325,ACTIVE,Ana,ana@example.com,OPTOUT,,55 Gale St.,CustomField2,x,y,z,"
    '"Call, please",1; 02,kept\n'
    "0000000002,REMOVED,,,,,,,,,,,,\n"
)


def read_mail(path):
    stored = files.stored_contacts(path, required=("id",), lists=("lists",))
    return list(reading.stored_rows(stored, mail_parsing.parse_legacy_contact))


@pytest.mark.parametrize("form", MAIL_FORMS)
def test_stored_contacts_reads_every_form_of_a_mailing_account(stored, form):
    rows = read_mail(stored(MAIL_FORMS[form]))

    assert [row.record.external_id for row in rows] == ["001", "002", "003"]
    assert [json.loads(row.raw) for row in rows] == MAILED
    assert {len(row.record.lists) for row in rows} == {2}


@pytest.mark.parametrize("size", [1, 3, 64])
@pytest.mark.parametrize("form", ["page", "pretty page", "pages behind each other"])
def test_chunks_of_a_mailing_account_may_end_anywhere(stored, monkeypatch, form, size):
    monkeypatch.setattr(files.splitting, "CHUNK", size)
    monkeypatch.setattr(files.splitting, "is_lines", lambda head, whole: False)

    rows = read_mail(stored(MAIL_FORMS[form]))

    assert [json.loads(row.raw) for row in rows] == MAILED


def test_stored_contacts_reads_the_published_page_as_printed(stored):
    (row,) = read_mail(stored(SEED_V2_PAGE))

    assert row.record.external_id == "111111111"
    assert row.record.malformed_contact_id == "8888888-4444-4444-4444-012345678910"
    assert row.line == 3


@pytest.mark.parametrize(
    "content",
    ['{"results": []}', '{"meta":{"pagination":{}},"results":[]}\n', "[]"],
)
def test_stored_contacts_reads_nothing_from_an_empty_account(stored, content):
    assert read_mail(stored(content)) == []


@pytest.mark.parametrize("separator", [",", "\t"])
def test_stored_contacts_reads_dotted_columns(stored, separator):
    text = MAIL_CSV.replace('"Call, please"', "Call") if separator == "\t" else MAIL_CSV

    told, empty = read_mail(stored(text.replace(",", separator)))

    contact = told.record
    assert contact.external_id == "0016633325"
    assert (contact.email.address, contact.email.status) == (
        "ana@example.com", "OPTOUT")  # fmt: skip
    assert [each.line1 for each in contact.addresses] == ["55 Gale St."]
    assert [(each.slot, each.value) for each in contact.custom_fields] == [
        (2, "x"), (7, "y"), (9, "z")]  # fmt: skip
    assert contact.notes[0].text.startswith("Call")
    assert [each.list_id for each in contact.lists] == ["1", "02"]
    assert json.loads(told.raw)["extra"] == "kept"
    assert empty.record == mail_parsing.LegacyContact("0000000002", status="REMOVED")


def test_stored_contacts_needs_no_column_but_the_id(stored):
    rows = read_mail(stored("id,email_addresses.0.email_address\n007,a@example.com\n"))

    assert rows[0].record.external_id == "007"
    assert rows[0].record.lists == ()


def test_stored_contacts_refuses_a_table_without_ids(stored):
    with pytest.raises(files.WrongFile, match="the header lacks id"):
        read_mail(stored("contact,lists\n1,2\n"))


def test_a_row_whose_id_is_none_is_a_fault_in_its_place(stored):
    rows = read_mail(stored("id,lists\n1,\n,\nAna,\n2,\n"))

    assert [type(row) for row in rows] == [
        records.Row, records.Fault, records.Fault, records.Row]  # fmt: skip
    assert [(row.line, row.field, row.reason) for row in rows[1:3]] == [
        (3, "id", "is missing"), (4, "id", "is neither a number nor a UUID")]  # fmt: skip


def test_a_table_may_name_every_value_that_v2_has(stored):
    columns = ["id", *(f"text{number}" for number in range(20))]
    columns += [f"email_addresses.{n}.part{p}" for n in range(2) for p in range(8)]
    columns += [f"addresses.{n}.part{p}" for n in range(2) for p in range(11)]
    columns += [f"custom_fields.{n}.{p}" for n in range(15) for p in ("name", "label")]
    columns += [f"custom_fields.{n}.value" for n in range(15)]
    columns += ["notes.0.note", "lists"]

    (row,) = read_mail(stored(",".join(columns) + "\n1" + "," * (len(columns) - 1)))

    assert len(columns) > 100
    assert row.record == mail_parsing.LegacyContact("1")
