import csv
import json

from contacts.sandbox import writing


def _rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_write_files_writes_what_a_customer_brings(small_district, tmp_path):
    paths = writing.write_files(small_district, tmp_path / "district")

    assert [path.name for path in paths] == [
        "legacy_contacts.ndjson",
        "grants.csv",
        "restrictions.csv",
        "truth.json",
    ]
    lines = paths[0].read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == small_district.legacy_contacts


def test_grants_file_has_the_published_columns(small_district, tmp_path):
    paths = writing.write_files(small_district, tmp_path)

    rows = _rows(paths[1])

    assert ",".join(rows[0]) == (
        "grant_id,contact_id,student_id,list_id,privilege,granted_at,granted_by,"
        "basis,basis_relationship,basis_type,expires_at"
    )
    assert [tuple(row.values()) for row in rows] == [
        tuple(grant) for grant in small_district.grants
    ]


def test_restrictions_file_has_the_published_columns(demo_district, tmp_path):
    paths = writing.write_files(demo_district, tmp_path)

    rows = _rows(paths[2])

    assert ",".join(rows[0]) == (
        "restriction_id,contact_id,student_id,kind,privilege_classes,"
        "starts_on,ends_on,reference,note"
    )
    assert {row["kind"] for row in rows} == {
        "court_order",
        "protection_order",
        "release_ban",
        "district_instruction",
        "custody_document",
    }


def test_truth_file_tells_rules_and_proposals(small_district, tmp_path):
    paths = writing.write_files(small_district, tmp_path)

    told = json.loads(paths[3].read_text(encoding="utf-8"))

    assert told["truth"] == small_district.truth
    assert {tuple(each) for each in told["proposals"]} == small_district.proposals
    assert told["counts"]["contacts"] == 250


def test_legacy_csv_joins_students(small_district, tmp_path):
    writing.write_legacy_csv(small_district, tmp_path / "contacts.csv")

    rows = _rows(tmp_path / "contacts.csv")

    first = small_district.legacy_contacts[0]
    assert list(rows[0]) == list(writing.LEGACY_COLUMNS)
    assert rows[0]["students"].split(";") == first["students"]
    assert len(rows) == len(small_district.legacy_contacts)


def test_legacy_pages_hold_every_contact_once(small_district, tmp_path):
    paths = writing.write_legacy_pages(small_district, tmp_path, size=100)

    pages = [json.loads(path.read_text(encoding="utf-8")) for path in paths]

    assert [item["data"] for page in pages for item in page["data"]] == (
        small_district.legacy_contacts
    )
    assert len(pages) == -(-len(small_district.legacy_contacts) // 100)
