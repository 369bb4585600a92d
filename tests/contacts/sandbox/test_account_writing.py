import csv
import json

import pytest

from contacts import files
from contacts.constant_contact import parsing
from contacts.sandbox import account_writing


@pytest.fixture(scope="module")
def written(small_account, tmp_path_factory):
    folder = tmp_path_factory.mktemp("account")
    paths = account_writing.write_files(small_account, folder)
    return {path.name: path for path in paths}


def _rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_write_files_writes_what_a_customer_brings(written):
    assert list(written) == [
        "legacy_contacts.json",
        "legacy_contacts.ndjson",
        "legacy_contacts.csv",
        "legacy_lists.json",
        "grants.csv",
        "restrictions.csv",
        "truth.json",
    ]


def test_pages_and_lines_hold_every_contact(written, small_account):
    lines = written["legacy_contacts.ndjson"].read_text(encoding="utf-8").splitlines()
    pages = written["legacy_contacts.json"].read_text(encoding="utf-8").splitlines()

    told = [each for page in pages for each in json.loads(page)["results"]]
    assert [json.loads(line) for line in lines] == small_account.legacy_contacts
    assert told == small_account.legacy_contacts


def test_lists_are_the_ones_of_v2(written, small_account):
    lines = written["legacy_lists.json"].read_text(encoding="utf-8").splitlines()

    assert [json.loads(line) for line in lines] == small_account.legacy_lists


def test_csv_tells_ids_as_they_are_and_nested_values_with_dots(written, small_account):
    rows = _rows(written["legacy_contacts.csv"])

    by_id = {row["id"]: row for row in rows}
    assert list(by_id) == [each["id"] for each in small_account.legacy_contacts]
    assert "0016633325" in by_id
    for each in small_account.legacy_contacts:
        row = by_id[each["id"]]
        emails = each["email_addresses"] or [{"email_address": ""}]
        assert row["email_addresses.0.email_address"] == emails[0]["email_address"]
        assert row["lists"] == ";".join(one["id"] for one in each["lists"])
        for place, address in enumerate(each["addresses"]):
            assert row[f"addresses.{place}.line1"] == address["line1"]


@pytest.mark.parametrize("kind", ["json", "ndjson", "csv"])
def test_every_form_is_read_as_the_same_contacts(written, small_account, kind):
    """A CSV has no room for what a list's status was, nor for places of empty shells."""
    told = {}
    for row in files.stored_contacts(
        written[f"legacy_contacts.{kind}"], required=("id",), lists=("lists",)
    ):
        contact = parsing.parse_legacy_contact(row.raw)
        told[contact.external_id] = (
            contact.name,
            contact.status,
            contact.emails,
            contact.addresses,
            contact.custom_fields,
            contact.contact_id,
            contact.malformed_contact_id,
            [each.list_id for each in contact.lists],
            [each.text for each in contact.notes],
        )

    wanted = _wanted(small_account)
    assert told == wanted


def _wanted(account):
    records = [
        parsing.parse_legacy_contact(json.dumps(each).encode())
        for each in account.legacy_contacts
    ]
    return {
        each.external_id: (
            each.name,
            each.status,
            each.emails,
            each.addresses,
            each.custom_fields,
            each.contact_id,
            each.malformed_contact_id,
            [one.list_id for one in each.lists],
            [one.text for one in each.notes],
        )
        for each in records
    }


def test_grants_and_restrictions_have_the_published_columns(written, small_account):
    grants = _rows(written["grants.csv"])

    assert ",".join(grants[0]) == (
        "grant_id,contact_id,student_id,list_id,privilege,granted_at,granted_by,"
        "basis,basis_relationship,basis_type,expires_at"
    )
    assert [tuple(row.values()) for row in grants] == [
        tuple(grant) for grant in small_account.grants
    ]
    assert len(_rows(written["restrictions.csv"])) == len(small_account.restrictions)


def test_truth_file_tells_rules_losses_and_states(written, small_account):
    told = json.loads(written["truth.json"].read_text(encoding="utf-8"))

    assert told["truth"] == small_account.truth
    assert {tuple(each) for each in told["losses"]} == small_account.losses
    assert told["match_states"] == small_account.match_states
    assert told["counts"]["legacy_contacts"] == 300
