"""Saying where the values of V2's fifteen slots go."""

import msgspec
import pytest

from audits.models import Event, Loss
from contacts import mail_records, slots
from contacts.models import SlotName
from tests.factories import (
    AT,
    CustomFieldFactory,
    LegacyConsentFactory,
    LossDecisionFactory,
    LossFactory,
    MailSourceFactory,
    SlotNameFactory,
    UserFactory,
    uuid,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def account():
    return MailSourceFactory()


@pytest.fixture
def hobby(account):
    return CustomFieldFactory(source=account, label="Hobby")


def store(account, **values):
    """Store a contact with these values in its slots: ``s7="Chess"``."""
    fields = tuple(
        mail_records.LegacyCustomField(int(name[1:]), value)
        for name, value in values.items()
    )
    record = mail_records.LegacyContact("1", custom_fields=fields)
    return LegacyConsentFactory(
        legacy_contact__source=account, body=msgspec.json.encode(record).decode()
    )


def name(account, chosen, seen=None, by=None):
    seen = dict.fromkeys(chosen) if seen is None else seen
    return slots.name(account, chosen=chosen, seen=seen, by=by)


class TestTable:
    def test_counts_the_contacts_of_each_slot_and_shows_three_values(self, account):
        for hobby in ("Chess", "Chess", "Go", "Golf", "Judo"):
            store(account, s7=hobby)
        store(account, s15="a", s1="b")
        store(MailSourceFactory(), s7="Somebody else’s")

        table = {slot.number: slot for slot in slots.table(account)}

        assert list(table) == list(range(1, 16))
        assert table[7].contacts == 5
        assert table[7].samples == ("Chess", "Go", "Golf")
        assert (table[15].contacts, table[1].contacts) == (1, 1)
        assert (table[2].contacts, table[2].samples) == (0, ())

    def test_a_contact_without_slots_is_not_counted(self, account):
        store(account)

        assert all(slot.contacts == 0 for slot in slots.table(account))

    def test_tells_a_slot_left_behind_from_one_nobody_named(self, account, hobby):
        SlotNameFactory(source=account, slot=1, field_ref=hobby.external_id)
        SlotNameFactory(source=account, slot=2, field_ref="")

        table = slots.table(account)

        assert [slot.field_ref for slot in table[:3]] == [hobby.external_id, "", None]

    def test_offers_no_field_that_v3_has_no_longer(self, account, hobby):
        CustomFieldFactory(source=account, missing_at=AT)

        assert slots.fields(account) == [hobby]

    def test_takes_two_statements_however_many_contacts(
        self, account, django_assert_num_queries
    ):
        for _ in range(5):
            store(account, s1="x")

        with django_assert_num_queries(2):
            slots.table(account)


class TestName:
    def test_keeps_who_named_which_field(self, account, hobby):
        olga = UserFactory()

        changed = name(account, {7: hobby.external_id, 8: ""}, by=olga)

        assert changed == 2
        kept = SlotName.objects.get(source=account, slot=7)
        assert (kept.field_ref, kept.named_by) == (hobby.external_id, olga)
        assert slots.names(account) == {7: hobby.external_id, 8: ""}

    def test_records_each_change_and_no_value(self, account, hobby):
        store(account, s7="Secret hobby")

        name(account, {7: hobby.external_id}, by=UserFactory(username="olga"))

        event = Event.objects.get(action="slot.named")
        assert (event.actor, event.object_id, event.source) == (
            "olga",
            "7",
            account.slug,
        )
        assert event.before == {"field": None}
        assert event.after == {"slot": 7, "field": hobby.external_id}

    def test_the_same_again_changes_and_records_nothing(self, account, hobby):
        name(account, {7: hobby.external_id})

        changed = name(account, {7: hobby.external_id}, {7: hobby.external_id})

        assert changed == 0
        assert Event.objects.filter(action="slot.named").count() == 1

    def test_what_was_said_can_be_taken_back(self, account, hobby):
        name(account, {7: hobby.external_id})

        name(account, {7: None}, {7: hobby.external_id})

        assert slots.names(account) == {}
        taken_back = Event.objects.filter(action="slot.named").order_by("-seq").first()
        assert taken_back.after == {"slot": 7, "field": None}

    def test_refuses_a_slot_that_somebody_named_in_the_meantime(self, account, hobby):
        name(account, {7: ""})

        with pytest.raises(slots.AlreadyNamed, match="custom field 7"):
            name(account, {7: hobby.external_id, 8: ""})

        assert slots.names(account) == {7: ""}

    def test_two_slots_cannot_share_a_field(self, account, hobby):
        name(account, {7: hobby.external_id})

        with pytest.raises(slots.CannotName, match="Custom fields 7 and 8"):
            name(account, {8: hobby.external_id})

    def test_lost_values_cannot_share_a_field_with_a_slot(self, account, hobby):
        decision = LossDecisionFactory(
            source=account, kind="custom_field", field_ref=hobby.external_id
        )
        loss = LossFactory(source=account, state="decided", decision=decision)

        with pytest.raises(slots.CannotName, match="Lost values go to “Hobby”"):
            name(account, {7: hobby.external_id, 8: ""})

        assert slots.names(account) == {}
        Loss.objects.filter(pk=loss.pk).update(state="open", decision=None)
        assert name(account, {7: hobby.external_id}) == 1

    def test_lost_values_of_another_account_take_no_field(self, account, hobby):
        decision = LossDecisionFactory(kind="custom_field", field_ref=hobby.external_id)
        LossFactory(source=decision.source, state="decided", decision=decision)

        assert name(account, {7: hobby.external_id}) == 1

    def test_slots_can_swap_their_fields(self, account, hobby):
        other = CustomFieldFactory(source=account)
        name(account, {7: hobby.external_id, 8: other.external_id})

        name(
            account,
            {7: other.external_id, 8: hobby.external_id},
            {7: hobby.external_id, 8: other.external_id},
        )

        assert slots.names(account) == {7: other.external_id, 8: hobby.external_id}

    @pytest.mark.parametrize("slot", [0, 16])
    def test_refuses_a_slot_that_v2_does_not_have(self, account, slot):
        with pytest.raises(slots.CannotName, match="1 to 15"):
            name(account, {slot: ""})

    def test_refuses_a_field_of_another_account(self, account):
        other = CustomFieldFactory()

        with pytest.raises(slots.CannotName, match="no such custom field"):
            name(account, {7: other.external_id})

    def test_a_field_that_v3_lost_may_stay_where_it_is(self, account, hobby):
        SlotNameFactory(source=account, slot=7, field_ref=uuid(1))

        changed = name(
            account, {7: uuid(1), 8: hobby.external_id}, {7: uuid(1), 8: None}
        )

        assert changed == 1
