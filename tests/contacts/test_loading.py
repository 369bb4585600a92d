import json
import zlib
from hashlib import sha256

import pytest

from contacts import kinds, loading, merging
from contacts.clever import parsing
from contacts.models import (
    Contact,
    LegacyStudent,
    QuarantinedRow,
    RelationshipEntry,
    Snapshot,
    SnapshotPage,
    StagedContact,
    StagedEntry,
)
from tests.contacts import facts
from tests.factories import AT, SnapshotFactory, SourceFactory, object_id

pytestmark = pytest.mark.django_db


def raw(record):
    return json.dumps(record).encode()


def page(kind, *records, number=1):
    parse = {
        kinds.CONTACTS.name: parsing.parse_contact,
        kinds.LEGACY_CONTACTS.name: parsing.parse_legacy_contact,
    }[kind.name]
    raws = [each if isinstance(each, bytes) else raw(each) for each in records]
    rows = list(parsing.rows(raws, parse))
    return loading.Page(
        number=number, path=f"page {number}", body=b"\x1e".join(raws), rows=rows
    )


def running(kind, source=None):
    return SnapshotFactory(
        running=True, kind=kind.name, source=source or SourceFactory()
    )


def whole(kind, *records, source=None):
    """Import some records as one run, and give its snapshot."""
    snapshot = running(kind, source)
    loading.store_page(snapshot=snapshot, kind=kind, page=page(kind, *records))
    merging.weed_twins(snapshot, kind)
    least, most = merging.staged_range(snapshot, kind)
    merging.merge(snapshot, kind, after=least - 1, upto=most, at=AT, grown=True)
    merging.count(snapshot, kind)
    snapshot.state, snapshot.finished_at = Snapshot.State.COMPLETE, AT
    snapshot.save()
    merging.drop_staging(snapshot, kind)
    return snapshot


def entries(**filters):
    told = RelationshipEntry.objects.filter(**filters)
    return sorted(told.values_list("student_ref", "relationship"))


def test_store_page_keeps_the_page_as_received():
    snapshot = running(kinds.CONTACTS)
    received = page(kinds.CONTACTS, facts.contact(1), facts.contact(2))

    loading.store_page(snapshot=snapshot, kind=kinds.CONTACTS, page=received)

    kept = SnapshotPage.objects.get()
    assert zlib.decompress(kept.body) == received.body
    assert kept.sha256 == sha256(received.body).hexdigest()
    assert (kept.number, kept.rows, kept.path) == (1, 2, "page 1")


def test_store_page_stages_each_record_with_its_place_and_its_entries():
    snapshot = running(kinds.CONTACTS)
    two = facts.contact(2, facts.entry(1), facts.entry(2, "Self"))

    loading.store_page(
        snapshot=snapshot,
        kind=kinds.CONTACTS,
        page=page(kinds.CONTACTS, facts.contact(1), two),
    )

    staged = StagedContact.objects.get(external_id=two["id"])
    assert (staged.page, staged.place, staged.line) == (1, 1, 2)
    assert staged.sha256 == sha256(raw(two)).hexdigest()
    assert staged.folded_name == "ana diaz 2"
    assert StagedEntry.objects.filter(contact_ref=two["id"], place=1).count() == 2


def test_store_page_quarantines_what_cannot_be_read_and_moves_the_counters():
    snapshot = running(kinds.CONTACTS)
    nameless = {"roles": {"contact": {}}}

    loading.store_page(
        snapshot=snapshot,
        kind=kinds.CONTACTS,
        page=page(kinds.CONTACTS, facts.contact(1), nameless, b"{broken"),
    )

    snapshot.refresh_from_db()
    assert (snapshot.pages, snapshot.rows_in, snapshot.quarantined) == (1, 3, 2)
    told = QuarantinedRow.objects.order_by("line").values_list("line", "field")
    assert list(told) == [(2, "id"), (3, "")]


def test_merge_writes_nothing_where_nothing_differs():
    source = SourceFactory()
    whole(kinds.CONTACTS, facts.contact(1), source=source)
    snapshot = running(kinds.CONTACTS, source)
    again = page(kinds.CONTACTS, facts.contact(1))
    loading.store_page(snapshot=snapshot, kind=kinds.CONTACTS, page=again)
    _, most = merging.staged_range(snapshot, kinds.CONTACTS)

    written = merging.merge(
        snapshot, kinds.CONTACTS, after=0, upto=most, at=AT, grown=False
    )

    merging.count(snapshot, kinds.CONTACTS)
    assert written == 0
    assert (snapshot.imported, snapshot.unchanged) == (0, 1)


def test_merge_ends_an_entry_that_is_no_longer_told_and_takes_it_up_again():
    source = SourceFactory()
    both = facts.contact(1, facts.entry(1), facts.entry(2))
    whole(kinds.CONTACTS, both, source=source)

    whole(kinds.CONTACTS, facts.contact(1, facts.entry(2)), source=source)

    first, second = object_id(0x5001), object_id(0x5002)
    assert entries(ended_at=None) == [(second, "Parent")]
    assert entries(ended_at=AT) == [(first, "Parent")]

    whole(kinds.CONTACTS, both, source=source)

    assert entries(ended_at=None) == [(first, "Parent"), (second, "Parent")]
    assert RelationshipEntry.objects.count() == 2


def test_merge_keeps_both_entries_of_one_student():
    one = facts.contact(1, facts.entry(1), facts.entry(1, "Other"))

    whole(kinds.CONTACTS, one)

    student = object_id(0x5001)
    assert entries() == [(student, "Other"), (student, "Parent")]


def test_merge_replaces_the_students_of_a_changed_legacy_contact():
    source = SourceFactory()
    stays, goes, comes = (object_id(0x5000 + number) for number in (1, 2, 3))
    before = facts.legacy(1, students=[stays, goes])
    whole(kinds.LEGACY_CONTACTS, before, facts.legacy(2), source=source)

    after = facts.legacy(1, students=[stays, comes])
    whole(kinds.LEGACY_CONTACTS, after, facts.legacy(2), source=source)

    told = LegacyStudent.objects.filter(legacy_contact__external_id=after["id"])
    assert set(told.values_list("student_ref", flat=True)) == {stays, comes}
    assert LegacyStudent.objects.count() == 3


def test_merge_leaves_other_sources_alone():
    others = whole(kinds.CONTACTS, facts.contact(1)).source
    changed = facts.contact(1, email="new@example.org")

    whole(kinds.CONTACTS, changed)

    assert Contact.objects.get(source=others).email == "ana1@example.org"
    assert Contact.objects.count() == 2


def test_a_twin_with_the_same_content_is_a_duplicate():
    snapshot = whole(
        kinds.CONTACTS, facts.contact(1), facts.contact(2), facts.contact(1)
    )

    assert (snapshot.imported, snapshot.duplicates, snapshot.rows_in) == (2, 1, 3)


def test_a_twin_with_other_content_is_quarantined_and_the_first_stays():
    other = facts.contact(1, facts.entry(9), email="other@example.org")

    snapshot = whole(kinds.CONTACTS, facts.contact(1), other, other)

    assert (snapshot.imported, snapshot.quarantined, snapshot.rows_in) == (1, 2, 3)
    assert Contact.objects.get().email == "ana1@example.org"
    assert entries() == [(object_id(0x5001), "Parent")]
    reason = QuarantinedRow.objects.order_by("line")[0].reason
    assert reason == (
        f"a second row with the id {other['id']} and other content; the first stays"
    )


def test_a_fact_that_was_missing_counts_as_imported_when_it_returns():
    source = SourceFactory()
    whole(kinds.CONTACTS, facts.contact(1), source=source)
    Contact.objects.update(missing_at=AT)

    snapshot = whole(kinds.CONTACTS, facts.contact(1), source=source)

    assert Contact.objects.get().missing_at is None
    assert (snapshot.imported, snapshot.unchanged) == (1, 0)
