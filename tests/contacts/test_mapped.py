"""What the mapping needs to know of an account, read from its rows."""

import pytest

from contacts import mapped
from contacts.constant_contact import mapping
from contacts.models import Snapshot
from tests.factories import (
    ContactXrefFactory,
    LegacyConsentFactory,
    LegacyListFactory,
    LegacyMailFactory,
    ListXrefFactory,
    MailAccountFactory,
    MailFactory,
    MailingListFactory,
    MailSourceFactory,
    SlotNameFactory,
    SnapshotFactory,
)

pytestmark = pytest.mark.django_db

LEAVE = {("name-part-dropped", "prefix_name"): mapping.Place("leave")}


@pytest.fixture
def source():
    return MailSourceFactory()


@pytest.fixture(autouse=True)
def _nobody_else_decides(monkeypatch):
    monkeypatch.setattr(mapped, "_tellers", [])


def test_an_account_that_nobody_has_set_has_the_guides_limits(source):
    account = mapped.account_of(source)

    assert account.limits == mapping.GUIDE
    assert not account.visitor_is_explicit
    assert not account.lists_checked
    assert account.places == {}


def test_what_is_set_of_an_account_is_taken(source):
    MailAccountFactory(source=source, limits="current", visitor_is_explicit=True)

    account = mapped.account_of(source)

    assert account.limits == mapping.CURRENT
    assert account.visitor_is_explicit


def test_slots_are_named_left_behind_or_nobody_has_said(source):
    named = SlotNameFactory(source=source, slot=7)
    SlotNameFactory(source=source, slot=8, field_ref="")
    SlotNameFactory(slot=9)

    assert mapped.account_of(source).slots == {7: named.field_ref, 8: ""}


def test_only_lists_surely_known_are_mapped(source):
    current = MailingListFactory(source=source)
    LegacyListFactory(source=source, external_id="1", told_ref=current.external_id)
    LegacyListFactory(source=source, external_id="2")
    ListXrefFactory(source=source, external_id="3", ref="")
    SnapshotFactory(source=source, kind=Snapshot.Kind.LIST_CROSSWALK)

    account = mapped.account_of(source)

    assert account.lists == {"1": current.external_id}
    assert account.lists_checked


def test_a_crosswalk_that_stopped_half_way_proves_no_absence(source):
    SnapshotFactory(
        source=source,
        kind=Snapshot.Kind.LIST_CROSSWALK,
        state=Snapshot.State.INCOMPLETE,
    )

    assert not mapped.account_of(source).lists_checked


def test_addresses_that_several_contacts_have_are_known_however_written(source):
    LegacyMailFactory(source=source, email="Ana@Example.org")
    LegacyMailFactory(source=source, email="ana@example.org")
    LegacyMailFactory(source=source, email="bea@example.org")
    LegacyMailFactory(email="bea@example.org")
    LegacyMailFactory.create_batch(2, source=source, email="")

    assert mapped.account_of(source).duplicates == {"ana@example.org"}


def test_around_one_contact_only_its_own_address_is_looked_up(source):
    ana = LegacyMailFactory(source=source, email="ana@example.org")
    LegacyMailFactory(source=source, email="ANA@example.org")
    LegacyMailFactory.create_batch(2, source=source, email="bea@example.org")
    alone = LegacyMailFactory(source=source, email="cleo@example.org")
    nameless = LegacyMailFactory(source=source, email="")
    LegacyMailFactory(source=source, email="")

    def shared(legacy):
        return mapped.account_around(legacy, source).duplicates

    assert shared(ana) == {"ana@example.org"}
    assert shared(alone) == frozenset()
    assert shared(nameless) == frozenset()


class TestPlaces:
    def test_are_asked_of_whoever_decides(self, source):
        mapped.places_told_by(lambda asked: LEAVE if asked == source else {})

        assert mapped.account_of(source).places == LEAVE
        assert mapped.account_of(MailSourceFactory()).places == {}

    def test_a_caller_may_try_out_others(self, source):
        mapped.places_told_by(lambda _: LEAVE)

        assert mapped.account_of(source, places={}).places == {}
        legacy = LegacyMailFactory(source=source)
        assert mapped.account_around(legacy, source, places={}).places == {}


class TestRecords:
    def test_are_what_was_parsed(self, source):
        consent = LegacyConsentFactory(
            legacy_contact__source=source, status="OPTOUT", email_status="OPTOUT"
        )

        record = mapped.legacy_record(consent.legacy_contact)

        assert record.external_id == consent.legacy_contact.external_id
        assert record.status == "OPTOUT"

    def test_are_none_where_there_is_no_contact_or_no_consent(self):
        assert mapped.legacy_record(None) is None
        assert mapped.current_record(None) is None
        assert mapped.legacy_record(LegacyMailFactory()) is None
        assert mapped.current_record(MailFactory()) is None


def test_reading_takes_as_many_statements_for_many_contacts_as_for_one(
    source, django_assert_max_num_queries
):
    LegacyMailFactory.create_batch(20, source=source, email="ana@example.org")
    ContactXrefFactory.create_batch(20, source=source)

    with django_assert_max_num_queries(9):
        mapped.account_of(source)
