"""Losses: filed in sets, left alone while nothing changes, opened again when it does."""

from datetime import timedelta

import pytest
from django.db import connection

from audits.losing import filing, phase
from audits.models import Event, Loss
from audits.surveying import slices
from contacts import mapped, slots
from contacts.mail_records import LegacyCustomField, LegacyMembership
from contacts.models import Match
from tests import factories
from tests.audits import accounts
from tests.audits.accounts import file_losses, legacy_record, street
from tests.factories import AT

pytestmark = pytest.mark.django_db

LATER = AT + timedelta(days=1)
TWO_STREETS = (street(), street("7 Oak Ave", kind="BUSINESS"))


@pytest.fixture
def source():
    return factories.MailSourceFactory()


@pytest.fixture
def twice_housed(source):
    return accounts.pair(source, legacy_record(addresses=TWO_STREETS))


def told(source):
    return list(
        Loss.objects.filter(source=source)
        .order_by("rule", "field")
        .values_list("rule", "field", "state")
    )


def decide(loss):
    decision = factories.LossDecisionFactory(source=loss.source)
    Loss.objects.filter(pk=loss.pk).update(state="decided", decision=decision)
    return decision


def test_a_loss_holds_the_exact_value_and_whose_it_is(source, twice_housed):
    outcome = file_losses(source)

    (loss,) = Loss.objects.all()
    assert (outcome.opened, outcome.reopened, outcome.closed) == (1, 0, 0)
    assert (loss.rule, loss.field, loss.field_kind) == (
        "addresses-over-limit",
        "addresses.1",
        "addresses",
    )
    assert loss.v2_value == "BUSINESS: 7 Oak Ave"
    assert (loss.v3_value, loss.severity, loss.state) == ("", 3, "open")
    assert loss.match_id == twice_housed.pk
    assert loss.contact_v2_id == twice_housed.legacy_contact.external_id
    assert loss.contact_v3_id == ""
    assert (loss.first_seen_at, loss.closed_at) == (AT, None)


def test_filing_again_changes_nothing(source, twice_housed):
    file_losses(source)
    before = list(Loss.objects.values())

    outcome = file_losses(source, at=LATER)

    assert (outcome.opened, outcome.reopened, outcome.closed) == (0, 0, 0)
    assert list(Loss.objects.values()) == before


def test_a_decided_loss_of_the_same_value_stays_decided(source, twice_housed):
    file_losses(source)
    decision = decide(Loss.objects.get())

    file_losses(source, at=LATER)

    loss = Loss.objects.get()
    assert (loss.state, loss.decision) == ("decided", decision)
    assert not Event.objects.filter(action__startswith="loss.").exists()


def test_another_value_opens_a_decided_loss_again(source, twice_housed):
    file_losses(source)
    decision = decide(Loss.objects.get())
    moved = legacy_record(addresses=(street(), street("9 Ash Rd")))
    accounts.retell(twice_housed.legacy_contact, moved)

    outcome = file_losses(source, at=LATER)

    loss = Loss.objects.get()
    assert (outcome.reopened, loss.state, loss.decision) == (1, "open", None)
    assert loss.v2_value == "PERSONAL: 9 Ash Rd"
    event = Event.objects.get(action="loss.reopened")
    assert (event.object_id, event.after) == (str(decision.pk), {"losses": 1})


def test_another_value_of_an_open_loss_is_written_and_opens_nothing(
    source, twice_housed
):
    file_losses(source)
    moved = legacy_record(addresses=(street(), street("9 Ash Rd")))
    accounts.retell(twice_housed.legacy_contact, moved)

    outcome = file_losses(source, at=LATER)

    assert (outcome.opened, outcome.reopened) == (0, 0)
    assert Loss.objects.get().v2_value == "PERSONAL: 9 Ash Rd"
    assert Loss.objects.get().first_seen_at == AT


def test_what_is_not_found_any_more_is_closed_and_keeps_its_decision(
    source, twice_housed
):
    file_losses(source)
    decision = decide(Loss.objects.get())
    accounts.retell(twice_housed.legacy_contact, legacy_record())

    outcome = file_losses(source, at=LATER)

    loss = Loss.objects.get()
    assert (outcome.closed, loss.state, loss.closed_at) == (1, "closed", LATER)
    assert loss.decision == decision
    assert Event.objects.get(action="loss.closed").object_id == str(decision.pk)


def test_a_closed_loss_that_comes_back_is_open(source, twice_housed):
    whole = legacy_record(addresses=TWO_STREETS)
    file_losses(source)
    accounts.retell(twice_housed.legacy_contact, legacy_record())
    file_losses(source, at=LATER)
    accounts.retell(twice_housed.legacy_contact, whole)

    outcome = file_losses(source, at=LATER)

    loss = Loss.objects.get()
    assert (outcome.opened, outcome.reopened) == (0, 1)
    assert (loss.state, loss.closed_at, loss.first_seen_at) == ("open", None, AT)


def test_the_v3_id_follows_the_crosswalk_and_touches_no_decision(source, twice_housed):
    file_losses(source)
    decision = decide(Loss.objects.get())
    contact = factories.MailFactory(source=source)
    Match.objects.filter(pk=twice_housed.pk).update(contact=contact, state="matched")

    outcome = file_losses(source, at=LATER)

    loss = Loss.objects.get()
    assert loss.contact_v3_id == contact.external_id
    assert (loss.state, loss.decision) == ("decided", decision)
    assert (outcome.opened, outcome.reopened, outcome.closed) == (0, 0, 0)


def test_a_loss_follows_its_contact_to_another_match(source, twice_housed):
    file_losses(source)
    decision = decide(Loss.objects.get())
    legacy = twice_housed.legacy_contact
    twice_housed.delete()
    again = factories.MailMatchFactory(
        source=source, legacy_contact=legacy, contact=None, state="missing", method=""
    )

    file_losses(source, at=LATER)

    loss = Loss.objects.get()
    assert (loss.match_id, loss.state, loss.decision) == (again.pk, "decided", decision)


def test_a_slice_closes_nothing_of_another(source):
    first = accounts.pair(source, legacy_record(1, addresses=TWO_STREETS))
    second = accounts.pair(source, legacy_record(2, addresses=TWO_STREETS))
    file_losses(source)
    for match, number in ((first, 1), (second, 2)):
        accounts.retell(match.legacy_contact, legacy_record(number))
    filer = filing.Filer(source, mapped.account_of(source, places={}), at=LATER)

    filing.file_slice(filer, slices.Slice(0, second.legacy_contact_id, 1))

    states = dict(Loss.objects.values_list("match_id", "state"))
    assert states == {first.pk: "closed", second.pk: "open"}


def test_another_source_is_left_alone(source, twice_housed):
    other = factories.MailSourceFactory()
    accounts.pair(other, legacy_record(addresses=TWO_STREETS))
    file_losses(other)

    file_losses(source)

    assert told(source) == told(other)
    assert Loss.objects.filter(source=other, state="open").count() == 1


def test_duplicates_of_an_address_are_found_whatever_their_case(source):
    for number, address in ((1, "Ana@example.org"), (2, "ana@example.org")):
        accounts.pair(source, legacy_record(number, address=address))

    file_losses(source)

    found = Loss.objects.filter(rule="email-duplicate")
    assert sorted(found.values_list("v2_value", flat=True)) == [
        "Ana@example.org",
        "ana@example.org",
    ]


class TestSlots:
    @pytest.fixture
    def hobbyists(self, source):
        for number in (1, 2):
            custom = (LegacyCustomField(3, "chess"),)
            accounts.pair(source, legacy_record(number, custom_fields=custom))

    def test_an_unnamed_slot_is_one_loss_of_the_account(self, source, hobbyists):
        file_losses(source)

        (loss,) = Loss.objects.all()
        assert (loss.rule, loss.field) == ("custom-field-unmapped", "custom_fields.3")
        assert (loss.match_id, loss.contact_v2_id) == (None, "")
        assert (loss.v2_value, loss.severity) == ("2 contacts", 2)

    def test_naming_the_slot_closes_it(self, source, hobbyists):
        file_losses(source)
        field = factories.CustomFieldFactory(source=source)
        user = factories.UserFactory()
        slots.name(source, chosen={3: field.external_id}, seen={3: None}, by=user)

        file_losses(source, at=LATER)

        assert told(source) == [("custom-field-unmapped", "custom_fields.3", "closed")]

    def test_leaving_the_slot_behind_closes_it_too(self, source, hobbyists):
        file_losses(source)
        slots.name(source, chosen={3: ""}, seen={3: None}, by=factories.UserFactory())

        file_losses(source, at=LATER)

        assert told(source) == [("custom-field-unmapped", "custom_fields.3", "closed")]

    def test_the_number_of_contacts_is_kept_up_to_date(self, source, hobbyists):
        file_losses(source)
        custom = (LegacyCustomField(3, "go"),)
        accounts.pair(source, legacy_record(3, custom_fields=custom))

        file_losses(source, at=LATER)

        assert Loss.objects.get().v2_value == "3 contacts"


def test_a_list_nobody_asked_about_any_more_proves_nothing(source):
    member = (LegacyMembership("1000000001", "ACTIVE"),)
    accounts.pair(source, legacy_record(lists=member))
    crosswalk = factories.SnapshotFactory(source=source, kind="list_crosswalk")
    file_losses(source)
    assert told(source) == [("list-unmapped", "lists.1000000001", "open")]
    type(crosswalk).objects.filter(pk=crosswalk.pk).update(state="incomplete")

    file_losses(source, at=LATER)

    assert told(source) == [("list-unmapped", "lists.1000000001", "open")]


def test_counts_leave_out_what_is_closed(source, twice_housed):
    custom = (LegacyCustomField(3, "chess"),)
    accounts.pair(source, legacy_record(2, custom_fields=custom))
    file_losses(source)
    accounts.retell(twice_housed.legacy_contact, legacy_record())
    file_losses(source, at=LATER)

    assert filing.counts(source) == {"custom-field-unmapped": 1}


def test_a_slice_takes_the_same_statements_however_many_contacts(source):
    for number in range(1, 4):
        accounts.pair(source, legacy_record(number, addresses=TWO_STREETS))
    filer = filing.Filer(source, mapped.account_of(source, places={}), at=AT)
    spent = []

    with connection.execute_wrapper(lambda run, *told: spent.append(0) or run(*told)):
        filing.file_slice(filer, accounts.WHOLE)

    assert len(spent) < 35


def test_a_scan_files_by_the_settings_it_began_with_and_keeps_them_no_longer(source):
    two = [
        accounts.pair(source, legacy_record(number, addresses=TWO_STREETS))
        for number in (1, 2)
    ]
    scan = factories.ScanFactory(source=source)
    middle = two[1].legacy_contact_id

    phase.PHASE.do(scan, slices.Slice(0, middle, 1))
    factories.MailAccountFactory(source=source, limits="current")
    phase.PHASE.do(scan, slices.Slice(middle, slices.END, 1))

    assert [rule for rule, _, _ in told(source)] == ["addresses-over-limit"] * 2
    phase.PHASE.do(scan, slices.Slice(0, slices.END, 2))
    assert {state for _, _, state in told(source)} == {"closed"}
