import msgspec
import pytest

from contacts import reading, records


class Part(msgspec.Struct):
    word: str | None = None


class Thing(msgspec.Struct):
    id: str | None = None
    count: int | str | None = None
    parts: list[Part] | None = None


decode = msgspec.json.Decoder(Thing).decode


def fault_of(call, *told):
    with pytest.raises(records.BadRecord) as caught:
        call(*told)
    return caught.value.field, caught.value.reason


def parse(raw):
    told = reading.typed(raw, Thing, decode)
    return records.District(reading.required_id(told.id, "id"))


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        (b'{"id": "1"}', True),
        (b'{"id": "a\\nb"}', True),
        (b'{"id": "a\\u001eb"}', False),
        (b'{"id": "' + b"x" * 70_000 + b'"}', False),
    ],
)
def test_checked_tells_whether_values_must_be_looked_at(raw, clean):
    assert reading.checked(raw) is clean


def test_checked_refuses_other_encodings_and_large_records():
    assert fault_of(reading.checked, b'"\xff"') == ("", "is not UTF-8 (byte 1)")
    assert fault_of(reading.checked, b" " * (2**20 + 1)) == ("", "is larger than 1 MB")


def test_typed_keeps_what_is_well_typed():
    read = reading.typed(b'{"id": "007", "count": 3, "x": []}', Thing, decode)

    assert (read.id, read.count) == ("007", 3)


@pytest.mark.parametrize(
    ("told", "read"),
    [
        (b"12345678901234567890123456789", "12345678901234567890123456789"),
        (b"1.50", "1.50"),
        (b"1e400", "1e400"),
        (b"-0.0", "-0.0"),
        (b"true", "true"),
        (b"false", "false"),
        (b"0", "0"),
    ],
)
def test_typed_makes_numbers_text_and_loses_nothing(told, read):
    assert reading.typed(b'{"id": %b}' % told, Thing, decode).id == read


@pytest.mark.parametrize(
    ("raw", "field", "reason"),
    [
        (b'{"id": []}', "id", "expected `str | null`, got `array`"),
        (b'{"parts": [{"word": {}}]}', "parts[0].word", "got `object`"),
        (b'{"id": %b}' % (b"9" * 5000), "$[...]", "integer value out of range"),
        (b'{"id": 1, bad', "", "is not JSON: JSON is malformed: object keys"),
        (b'{"a":' * 3000, "", "is not JSON: nested too deeply"),
        (b'{"id": "\\ud800"}', "", "is not JSON: "),
    ],
)
def test_typed_names_the_field_it_cannot_read(raw, field, reason):
    told = fault_of(reading.typed, raw, Thing, decode)

    assert told[0] == field
    assert reason in told[1]


def test_ids_are_trimmed_and_limited():
    assert reading.known_id(" 0016633325 ", "id") == "0016633325"
    assert reading.known_id(None, "id") == ""
    assert fault_of(reading.required_id, " ", "id") == ("id", "is missing")
    assert fault_of(reading.known_id, "9" * 101, "id")[0] == "id"
    assert fault_of(reading.label, "x" * 201, "type")[0] == "type"


def test_cleaned_looks_into_lists_and_parts():
    told = Thing("a\x1eb", 3, [Part("c\x1fd"), Part()])

    read = reading.cleaned(told)

    assert read == Thing("ab", 3, [Part("cd"), Part()])


def test_cleaned_names_the_value_that_holds_nul():
    told = Thing("1", None, [Part("\0")])

    assert fault_of(reading.cleaned, told) == ("parts", "holds a NUL character")


def test_rows_puts_a_fault_where_a_record_cannot_be_read():
    items = [b'{"id": "1"}', b"{}", b'{"id": "2"}']

    read = list(reading.rows(items, parse, first_place=10, first_line=3))

    assert [type(row) for row in read] == [records.Row, records.Fault, records.Row]
    assert [(row.place, row.line) for row in read] == [(10, 3), (11, 4), (12, 5)]
    assert [row.raw for row in read] == items


def test_stored_rows_keeps_lines_and_passes_faults_on():
    stored = [
        records.StoredRow(3, b'{"id": "1"}'),
        records.Fault(0, 9, b"x", "", "is not JSON"),
    ]

    read = list(reading.stored_rows(stored, parse))

    assert [(row.place, row.line) for row in read] == [(0, 3), (1, 9)]
    assert read[1].reason == "is not JSON"
