"""The exact bytes behind a row."""

import json
import zlib
from hashlib import sha256

import pytest

from contacts import evidence
from contacts.slicing import ROWS_APART
from tests.factories import ContactFactory, LegacyContactFactory, SnapshotPageFactory

pytestmark = pytest.mark.django_db

ANA = b'{"data":{"id":"6a00","name":{"last":"Ana \\u00d1"}}}'
BEA = b'{"data":{"id":"6a01"}}'


def page_of(row, body, **facts):
    return SnapshotPageFactory(
        snapshot=row.snapshot,
        number=row.page,
        body=zlib.compress(body),
        sha256=sha256(body).hexdigest(),
        **facts,
    )


@pytest.fixture
def told():
    """A contact that is the second record of its page."""
    return ContactFactory(page=1, place=1, sha256=sha256(ANA).hexdigest())


def test_a_record_of_the_api_is_found_at_its_place_as_it_came(told):
    page_of(told, b'{"data":[' + BEA + b"," + ANA + b"]}")

    (found,) = evidence.of_rows([told])

    assert found.raw == ANA
    assert found.intact
    assert json.loads(found.text) == json.loads(ANA)
    assert "Ñ" in found.text


def test_a_record_of_a_file_is_found_among_its_rows():
    raw = b'{"id": "5f00",\n "name": "Ana"}'
    row = LegacyContactFactory(page=3, place=1, sha256=sha256(raw).hexdigest())
    row.snapshot.origin = "file"
    row.snapshot.save()
    page_of(row, ROWS_APART.join([b'{"id":"5f0f"}', raw]))

    (found,) = evidence.of_rows([row])

    assert (found.raw, found.intact) == (raw, True)


def test_a_page_that_was_changed_proves_nothing(told):
    page = page_of(told, b'{"data":[' + BEA + b"," + ANA + b"]}")
    page.body = zlib.compress(b'{"data":[' + BEA + b"," + ANA + b" ]}")
    page.save()

    (found,) = evidence.of_rows([told])

    assert not found.intact
    assert found.raw == b""


def test_another_record_at_the_place_proves_nothing(told):
    page_of(told, b'{"data":[' + ANA + b"," + BEA + b"]}")

    (found,) = evidence.of_rows([told])

    assert not found.intact


@pytest.mark.parametrize("body", [b'{"data":[]}', b"no list", b""])
def test_a_page_without_the_record_proves_nothing(told, body):
    page_of(told, body)

    (found,) = evidence.of_rows([told])

    assert not found.intact


def test_what_is_no_compressed_page_proves_nothing(told):
    SnapshotPageFactory(snapshot=told.snapshot, number=1, body=b"not zlib")

    (found,) = evidence.of_rows([told])

    assert not found.intact


def test_a_page_that_is_not_stored_is_told(told):
    (found,) = evidence.of_rows([told])

    assert found.page is None


def test_several_rows_take_one_statement(told, django_assert_num_queries):
    other = ContactFactory(page=1, place=0, sha256=sha256(BEA).hexdigest())
    for row in (told, other):
        page_of(row, b'{"data":[' + BEA + b"," + ANA + b"]}")

    with django_assert_num_queries(1):
        found = evidence.of_rows([told, other])

    assert [one.raw for one in found] == [ANA, BEA]


def test_no_rows_have_no_evidence():
    assert evidence.of_rows([]) == []


def test_a_long_record_is_cut_where_it_is_shown(told):
    shown = evidence.Evidence(told, None, b"x" * (evidence.SHOWN + 1), intact=True)

    assert len(shown.text) == evidence.SHOWN + 2


def test_what_is_no_json_is_shown_as_it_stands(told):
    shown = evidence.Evidence(told, None, b"g-1,5f00,,view_grades")

    assert shown.text == "g-1,5f00,,view_grades"
