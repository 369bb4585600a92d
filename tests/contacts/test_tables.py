import gzip

import pytest

from contacts import files, records

HEADER = "grant_id,contact_id,privilege,note\n"
REQUIRED = ("grant_id", "contact_id", "privilege")


@pytest.fixture
def stored(tmp_path):
    def write(content):
        path = tmp_path / "upload"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def read(path):
    return list(files.table(path, required=REQUIRED, key="grant_id"))


def test_table_yields_trimmed_cells_with_line_and_bytes(stored):
    first, last = read(stored(HEADER + " g1 , 001,view_grades,\ng2,c2,pick_up,hi\n"))

    assert first.cells == {
        "grant_id": "g1",
        "contact_id": "001",
        "privilege": "view_grades",
        "note": "",
    }
    assert (first.line, first.key, first.raw) == (2, "g1", b" g1 , 001,view_grades,")
    assert (last.line, last.key) == (3, "g2")


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_table_reads_every_line_end_mark_and_packing(stored, end, mark, pack):
    text = (HEADER + "g1,c1,pick_up,é\n\ng2,c2,pick_up,").replace("\n", end)

    rows = read(stored(pack(mark + text.encode())))

    assert [(row.line, row.cells["note"]) for row in rows] == [(2, "é"), (4, "")]


def test_table_reads_tabs(stored):
    (row,) = read(stored("grant_id\tcontact_id\tprivilege\ng1\tc,1\tpick_up\n"))

    assert row.cells["contact_id"] == "c,1"


def test_table_reads_quoted_commas_quotes_and_line_ends(stored):
    text = HEADER + 'g1,c1,pick_up,"a, ""b""\r\n\nc"\ng2,c2,pick_up,5" pipe\n'

    first, last = read(stored(text))

    assert first.cells["note"] == 'a, "b"\r\n\nc'
    assert first.raw == b'g1,c1,pick_up,"a, ""b""\r\n\nc"'
    assert (last.line, last.cells["note"]) == (5, '5" pipe')


def test_table_takes_columns_in_any_order_and_case(stored):
    (row,) = read(stored("Privilege, CONTACT_ID ,Grant_Id\npick_up,c1,g1\n"))

    assert row.cells == {"privilege": "pick_up", "contact_id": "c1", "grant_id": "g1"}


def test_table_leaves_columns_without_a_name_out(stored):
    (row,) = read(stored("grant_id,contact_id,privilege,,\ng1,c1,pick_up,,\n"))

    assert set(row.cells) == set(REQUIRED)


@pytest.mark.parametrize(
    ("broken", "field", "reason"),
    [
        (b"g1,c1", "", "has 2 cells where the header has 4"),
        (b"g1,c1,p,n,x", "", "has 5 cells where the header has 4"),
        (b",c1,p,n", "grant_id", "is empty"),
        (b"g1, ,p,n", "contact_id", "is empty"),
        (b"g1,c1,p,\xff\xfe", "", "is not UTF-8 (byte 9)"),
        (b"g1,c1,p,\x00", "", "holds a NUL character"),
        (b'g1,c1,p,"a" b', "", "is not RFC 4180 CSV"),
        (b"g1,c1,p,a\rb", "", "is not RFC 4180 CSV"),
        (b'g1,c1,p,"open', "", "has a quote that is never closed"),
        (b"g1,c1,p," + b"x" * 70_000, "", "holds a cell longer than 64 kB"),
        (b"g1,c1,p," + b"x" * 2_000_000, "", "is longer than 1 MB"),
        (b"g1" + b",x" * 1_000_000, "", "is longer than 1 MB"),
    ],
)
def test_a_broken_row_is_a_fault_and_the_rest_goes_in(stored, broken, field, reason):
    good = b"g8,c8,pick_up,n\n"

    rows = read(stored(HEADER.encode() + good + broken + b"\n" + good))

    assert [type(row) for row in rows] == [
        files.TableRow,
        records.Fault,
        files.TableRow,
    ]
    assert (rows[1].line, rows[1].place) == (3, 1)
    assert (rows[1].field, rows[1].reason) == (field, reason)
    assert rows[2].line == 4


def test_an_open_quote_swallows_no_more_than_its_row(stored):
    rest = "".join(f"g{number},c,p,n\n" for number in range(100_000))

    rows = read(stored(HEADER + 'g,c,p,"open\n' + rest))

    assert isinstance(rows[0], records.Fault)
    assert rows[0].raw == b'g,c,p,"open'
    assert [rows[1].line, rows[-1].line, len(rows)] == [3, 100_002, 100_001]


def test_control_separators_are_cut(stored):
    (row,) = read(stored(HEADER + "g\x1e1,c1,p,a\x1fb\n"))

    assert (row.key, row.cells["note"]) == ("g1", "ab")
    assert row.raw == b"g1,c1,p,a\x1fb"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "the file is empty"),
        (b"grant_id,privilege\n", "the header lacks contact_id"),
        (b"g1,c1,pick_up,\n", "a header row must name grant_id, contact_id, privilege"),
        (HEADER.replace(",", ";").encode(), "semicolons"),
        (HEADER.encode().replace(b"note", b"privilege"), "stands twice"),
        (HEADER.encode()[:-1] + b",x" * 200 + b"\n", "more than 200 columns"),
        (
            HEADER.encode()[:-1] + b",x" * 1_000_000,
            "the header row is longer than 1 MB",
        ),
        (b"grant_id,\xff\n", "the header row is not UTF-8"),
        (b'\n\n"grant_id\n', "Line 3, column 1: the header row has a quote"),
        (b'[{"grant_id": "g1"}]', "JSON where a CSV file is needed"),
        (b"PK\x03\x04", "Excel"),
        (HEADER.encode("utf-16"), "UTF-16"),
    ],
)
def test_a_wrong_table_is_told_in_one_sentence(stored, content, told):
    with pytest.raises(files.WrongFile) as caught:
        read(stored(content))

    assert told in str(caught.value)
    assert str(caught.value).startswith("Line ")


def test_a_header_alone_is_an_empty_table(stored):
    assert read(stored(HEADER)) == []


def test_a_row_shows_no_cells(stored):
    (row,) = read(stored(HEADER + "g1,c1,p,Ana Diaz\n"))

    assert "Ana" not in repr(row)
