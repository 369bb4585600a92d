"""The facts of an account, merged into the tables."""

import json

import pytest

from contacts import (
    loading,
    mail_kinds,
    mail_records,
    mail_values,
    merging,
    records,
    snapshots,
)
from contacts.constant_contact import parsing
from contacts.models import (
    Consent,
    Contact,
    CustomField,
    LegacyConsent,
    LegacyContact,
    LegacyList,
    LegacyMembership,
    MailingList,
    Membership,
    Snapshot,
    UploadedXref,
)
from tests.contacts import mail_facts
from tests.factories import AT, MailSourceFactory, SnapshotFactory, uuid

pytestmark = pytest.mark.django_db


@pytest.fixture
def source():
    return MailSourceFactory()


def taken(source, kind, *told):
    """Take in records as a run does, in slices of one row."""
    snapshot = SnapshotFactory(source=source, kind=kind.name, running=True)
    rows = [
        records.Row(place, place + 1, json.dumps(str(record)).encode(), record)
        for place, record in enumerate(told)
    ]
    page = loading.Page(number=1, path="", body=b"", rows=rows)
    loading.store_page(snapshot=snapshot, kind=kind, page=page)
    merging.weed_twins(snapshot, kind)
    least, most = merging.staged_range(snapshot, kind)
    for upto in range(least, most + 1) if most else ():
        merging.merge(snapshot, kind, after=upto - 1, upto=upto, at=AT, grown=True)
    snapshots.complete(snapshot, kind)
    return Snapshot.objects.get(pk=snapshot.pk)


def legacy(*lists, **changes):
    return parsing.parse_legacy_contact(
        json.dumps(mail_facts.legacy(1, *lists, **changes)).encode()
    )


def current(*lists, **changes):
    return parsing.parse_contact(
        json.dumps(mail_facts.contact(1, *lists, **changes)).encode()
    )


# --- V2 contacts -----------------------------------------------------------------


def test_a_legacy_contact_goes_in_with_consent_and_lists(source):
    taken(source, mail_kinds.LEGACY_CONTACTS, legacy(7, 8, contact_id=uuid(9)))

    person = LegacyContact.objects.get()
    assert (person.external_id, person.name) == ("0000000001", "Ana Diaz 1")
    assert (person.email, person.folded_email) == 2 * ("ana1@example.org",)
    assert (person.phone, person.folded_phone, person.phone_type) == (
        "330-555-0100",
        "3305550100",
        "work",
    )
    assert (person.relationship, person.type) == ("", "")
    assert person.consent.status == person.consent.email_status == "ACTIVE"
    assert person.consent.confirm_status == "CONFIRMED"
    assert person.consent.opt_in_date == "2013-01-18T21:45:22.000Z"
    assert person.consent.told_ref == uuid(9)
    assert sorted(person.memberships.values_list("list_ref", "status")) == [
        ("7", "ACTIVE"),
        ("8", "ACTIVE"),
    ]


def test_the_strictest_entry_of_an_address_is_what_is_stored(source):
    entry = {"email_address": "ana1@example.org", "status": "ACTIVE"}
    ended = {**entry, "status": "OPTOUT", "opt_out_source": "ACTION_BY_VISITOR"}
    told = legacy(email_addresses=[entry, ended])
    taken(source, mail_kinds.LEGACY_CONTACTS, told)

    person = LegacyContact.objects.get()
    assert (person.email, person.consent.status) == ("ana1@example.org", "ACTIVE")
    assert person.consent.email_status == "OPTOUT"
    assert person.consent.opt_out_source == "ACTION_BY_VISITOR"


def test_the_record_comes_back_whole_out_of_the_body(source):
    told, now = legacy(7, prefix_name="Dr."), current(3)
    taken(source, mail_kinds.LEGACY_CONTACTS, told)
    taken(source, mail_kinds.CONTACTS, now)

    assert mail_kinds.legacy_record(LegacyConsent.objects.get().body) == told
    assert mail_kinds.contact_record(Consent.objects.get().body) == now


def test_who_has_no_name_is_looked_up_by_the_address(source):
    taken(source, mail_kinds.LEGACY_CONTACTS, legacy(first_name="", last_name=""))

    person = LegacyContact.objects.get()
    assert (person.name, person.folded_name) == ("", "ana1@example.org")


def test_consent_and_lists_are_what_v2_told_last(source):
    taken(source, mail_kinds.LEGACY_CONTACTS, legacy(7, 8))
    kept = LegacyMembership.objects.get(list_ref="8")

    hidden = {"id": "9", "status": "HIDDEN"}
    again = legacy(lists=[{"id": "8", "status": "REMOVED"}, hidden], status="OPTOUT")
    taken(source, mail_kinds.LEGACY_CONTACTS, again)

    assert LegacyConsent.objects.get().status == "OPTOUT"
    assert sorted(LegacyMembership.objects.values_list("list_ref", "status")) == [
        ("8", "REMOVED"),
        ("9", "HIDDEN"),
    ]
    kept.refresh_from_db()
    assert kept.status == "REMOVED"


def test_a_list_told_twice_is_one_membership():
    twice = mail_records.LegacyContact(
        "1",
        lists=(
            mail_records.LegacyMembership("7", "ACTIVE"),
            mail_records.LegacyMembership("7", "REMOVED"),
        ),
    )

    assert list(mail_values.legacy_memberships(twice)) == [("1", "7", "ACTIVE")]


def test_a_word_that_is_too_long_for_its_column_is_cut_and_kept_in_the_body(source):
    told = mail_records.LegacyContact("1", status="ODD" * 30)
    taken(source, mail_kinds.LEGACY_CONTACTS, told)

    consent = LegacyConsent.objects.get()
    assert consent.status == ("ODD" * 30)[:50]
    assert mail_kinds.legacy_record(consent.body).status == "ODD" * 30


# --- V3 contacts -----------------------------------------------------------------


def test_a_contact_goes_in_with_consent_and_lists(source):
    taken(source, mail_kinds.CONTACTS, current(3, deleted_at="2025-01-31"))

    person = Contact.objects.get()
    assert (person.external_id, person.name) == (mail_facts.v3_id(1), "Ana Diaz 1")
    assert (person.email, person.phone_type) == ("ana1@example.org", "work")
    assert (person.legacy_id, person.missing_at) == ("", None)
    assert person.consent.permission == "explicit"
    assert person.consent.deleted_at == "2025-01-31"
    assert list(person.memberships.values_list("list_ref", "ended_at")) == [
        (mail_facts.v3_list(3), None)
    ]


def test_a_membership_ends_and_is_taken_up_again(source):
    taken(source, mail_kinds.CONTACTS, current(3, 4))
    taken(source, mail_kinds.CONTACTS, current(4))

    ended = Membership.objects.get(list_ref=mail_facts.v3_list(3))
    assert ended.ended_at == AT
    assert Membership.objects.filter(ended_at=None).count() == 1

    taken(source, mail_kinds.CONTACTS, current(3, 4))
    ended.refresh_from_db()
    assert ended.ended_at is None


def test_a_contact_that_was_touched_without_telling_anything_new_is_unchanged(source):
    taken(source, mail_kinds.CONTACTS, current())

    again = taken(source, mail_kinds.CONTACTS, current(updated_at="2026-01-01"))

    assert (again.imported, again.unchanged) == (0, 1)


def test_a_contact_that_a_whole_list_lacks_is_missing_with_its_consent_kept(source):
    taken(source, mail_kinds.CONTACTS, current(3))

    run = taken(source, mail_kinds.CONTACTS)

    assert run.closed == 1
    assert Contact.objects.get().missing_at is not None
    assert Consent.objects.get().permission == "explicit"


# --- The same again ----------------------------------------------------------------


RECORDS = [
    (mail_kinds.LEGACY_CONTACTS, legacy(7, 8, contact_id=uuid(9))),
    (mail_kinds.CONTACTS, current(3, 4)),
    (mail_kinds.LEGACY_LISTS, mail_records.LegacyList("7", "News", "HIDDEN", uuid(3))),
    (mail_kinds.LISTS, mail_records.MailingList(uuid(3), "News", "Weekly")),
    (
        mail_kinds.CUSTOM_FIELDS,
        mail_records.CustomField(uuid(5), "Hobby", "hobby", "string"),
    ),
    (mail_kinds.CROSSWALK, mail_records.Xref("0016633325", uuid(9))),
    (mail_kinds.LIST_CROSSWALK, mail_records.Xref("7", "")),
    (mail_kinds.UPLOADED_CROSSWALK, mail_records.Xref("0016633325", uuid(9))),
]


each_kind = pytest.mark.parametrize(
    ("kind", "record"), RECORDS, ids=[kind.name for kind, _ in RECORDS]
)


@each_kind
def test_the_same_again_writes_nothing(source, kind, record):
    first = taken(source, kind, record)
    before = mail_facts.rows()

    again = taken(source, kind, record)

    assert (first.imported, again.imported, again.unchanged) == (1, 0, 1)
    assert mail_facts.rows() == before
    assert not mail_facts.staged()


@each_kind
def test_a_second_row_with_the_same_id_is_weeded_out(source, kind, record):
    run = taken(source, kind, record, record)

    assert (run.imported, run.duplicates, run.rows_in) == (1, 1, 2)


def test_lists_fields_and_ids_keep_what_was_told(source):
    for kind, record in RECORDS:
        taken(source, kind, record)

    told = LegacyList.objects.get()
    assert (told.name, told.status, told.told_ref) == ("News", "HIDDEN", uuid(3))
    now = MailingList.objects.get()
    assert (now.name, now.description) == ("News", "Weekly")
    field = CustomField.objects.get()
    assert (field.label, field.name, field.type) == ("Hobby", "hobby", "string")
    upload = UploadedXref.objects.get()
    assert (upload.external_id, upload.ref) == ("0016633325", uuid(9))
