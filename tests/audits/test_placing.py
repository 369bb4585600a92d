"""Decisions of losses: the exact set that was seen, all or nothing, and undone whole."""

import threading

import pytest
from django.db import connection

from audits import places, placing, trail
from audits.models import Event, Loss, LossDecision
from tests import factories
from tests.factories import AT

Choice = placing.Choice


@pytest.fixture
def source(db):
    return factories.MailSourceFactory()


@pytest.fixture
def rita(db, source):
    return factories.UserFactory(username="rita", roles=["reviewer"], sources=[source])


@pytest.fixture
def losses(source):
    return [factories.LossFactory(source=source) for _ in range(3)]


@pytest.fixture
def field(source):
    return factories.CustomFieldFactory(source=source, label="Other address")


def seen(source, rule="addresses-over-limit", field_kind="addresses"):
    return placing.freeze(placing.open_of_kind(source, rule, field_kind))


def decide(
    source, by, *, choice=None, frozen=None, rule="addresses-over-limit", **told
):
    return placing.decide_kind(
        source=source,
        rule=rule,
        field_kind=told.pop("field_kind", "addresses"),
        choice=choice or Choice("leave", "Nobody writes letters"),
        seen=frozen or seen(source, rule),
        by=by,
        at=AT,
        **told,
    )


def states(source):
    return set(Loss.objects.filter(source=source).values_list("state", "decision"))


class TestAKind:
    def test_is_decided_whole(self, source, losses, rita):
        decision = decide(source, rita)

        assert states(source) == {("decided", decision.pk)}
        assert (decision.losses, decision.decided_by, decision.decided_at) == (
            3,
            rita,
            AT,
        )
        assert decision.losses_sha256 == placing.freeze(decision.loss_set.all()).sha256

    def test_leaves_other_kinds_and_sources_alone(self, source, losses, rita):
        others = [
            factories.LossFactory(),
            factories.LossFactory(source=source, field_kind="fax", field="fax"),
            factories.LossFactory(source=source, rule="state-unresolved"),
        ]

        decide(source, rita)

        left = Loss.objects.filter(pk__in=[loss.pk for loss in others])
        assert set(left.values_list("state", flat=True)) == {"open"}

    def test_is_one_event_without_personal_data(self, source, losses, rita, field):
        choice = Choice("custom_field", "Letters go there", field.external_id)
        decision = decide(source, rita, choice=choice, via="cli")

        event = Event.objects.get()
        assert (event.action, event.actor, event.via) == ("loss.decided", "rita", "cli")
        assert event.after == {
            "rule": "addresses-over-limit",
            "field": "addresses",
            "decision": "custom_field",
            "field_ref": field.external_id,
            "losses": 3,
            "sha256": decision.losses_sha256,
        }
        assert event.reason == "Letters go there"
        assert losses[0].v2_value not in trail.canonical([event.before, event.after])

    @pytest.mark.parametrize("reason", ["", "  \n"])
    def test_needs_a_reason(self, source, losses, rita, reason):
        with pytest.raises(placing.NoReason):
            decide(source, rita, choice=Choice("leave", reason))

        assert states(source) == {("open", None)}

    @pytest.mark.parametrize("kind", ["join_name", "shorten", "shred", ""])
    def test_takes_no_place_that_makes_no_sense(self, source, losses, rita, kind):
        with pytest.raises(placing.NotAllowed):
            decide(source, rita, choice=Choice(kind, "because"))

        assert not LossDecision.objects.exists()

    def test_is_refused_when_a_loss_came_in_between(self, source, losses, rita):
        before = seen(source)
        factories.LossFactory(source=source)

        with pytest.raises(placing.Changed):
            decide(source, rita, frozen=before)

        assert states(source) == {("open", None)}
        assert not Event.objects.exists()

    def test_is_refused_when_a_value_changed(self, source, losses, rita):
        before = seen(source)
        Loss.objects.filter(pk=losses[0].pk).update(evidence="f" * 64)

        with pytest.raises(placing.Changed):
            decide(source, rita, frozen=before)

        assert states(source) == {("open", None)}

    def test_is_refused_when_somebody_was_first(self, source, losses, rita):
        before = seen(source)
        first = decide(source, rita)

        with pytest.raises(placing.Changed):
            decide(source, rita, frozen=before)

        assert states(source) == {("decided", first.pk)}
        assert LossDecision.objects.count() == 1

    def test_of_nothing_is_refused(self, source, rita):
        with pytest.raises(placing.Changed):
            decide(source, rita)

    def test_with_duplicates_is_never_decided_at_once(self, source, rita):
        rule = "email-duplicate"
        factories.LossFactory(source=source, rule=rule)

        with pytest.raises(placing.NotAllowed):
            decide(source, rita, rule=rule, choice=Choice("leave", "because"))

    def test_of_slots_is_decided_elsewhere(self, source, rita):
        rule, kind = "custom-field-unmapped", "custom_fields.3"
        factories.LossFactory(source=source, rule=rule, field=kind, field_kind=kind)

        with pytest.raises(placing.NotAllowed):
            decide(
                source,
                rita,
                rule=rule,
                field_kind=kind,
                frozen=seen(source, rule, kind),
            )


class TestACustomField:
    def decide(self, source, by, ref, **told):
        return decide(source, by, choice=Choice("custom_field", "because", ref), **told)

    def test_takes_the_values(self, source, losses, rita, field):
        decision = self.decide(source, rita, field.external_id)

        assert decision.field_ref == field.external_id

    @pytest.mark.parametrize("ref", ["", "no-such-field"])
    def test_must_be_one_of_the_account(self, source, losses, rita, ref):
        with pytest.raises(placing.NoRoom):
            self.decide(source, rita, ref)

    def test_of_another_account_is_none(self, source, losses, rita):
        other = factories.CustomFieldFactory()

        with pytest.raises(placing.NoRoom):
            self.decide(source, rita, other.external_id)

    @pytest.mark.parametrize("told", [{"type": "date"}, {"missing_at": AT}])
    def test_must_take_text_and_be_there(self, source, losses, rita, told):
        field = factories.CustomFieldFactory(source=source, **told)

        with pytest.raises(placing.NoRoom):
            self.decide(source, rita, field.external_id)

    def test_must_hold_the_longest_value(self, source, losses, rita, field):
        Loss.objects.filter(pk=losses[1].pk).update(v2_value="x" * 256)

        with pytest.raises(placing.NoRoom, match="256 characters"):
            self.decide(source, rita, field.external_id)

        Loss.objects.filter(pk=losses[1].pk).update(v2_value="x" * 255)
        assert self.decide(source, rita, field.external_id)

    def test_must_hold_all_values_of_one_contact_together(
        self, source, losses, rita, field
    ):
        _, second = (
            factories.LossFactory(
                source=source,
                contact_v2_id="77",
                field=f"addresses.{place}",
                v2_value="x" * 127,
            )
            for place in (1, 2)
        )

        with pytest.raises(placing.NoRoom, match="256 characters"):
            self.decide(source, rita, field.external_id)

        Loss.objects.filter(pk=second.pk).update(v2_value="x" * 126)
        assert self.decide(source, rita, field.external_id)

    def test_must_hold_what_was_put_there_before_too(self, source, rita, field):
        told = {"source": source, "contact_v2_id": "77", "v2_value": "x" * 200}
        factories.LossFactory(**told)
        self.decide(source, rita, field.external_id)
        later = factories.LossFactory(**told, field="addresses.2")

        with pytest.raises(placing.NoRoom, match="402 characters"):
            self.decide(source, rita, field.external_id)

        Loss.objects.filter(decision__isnull=False).update(state="closed", closed_at=AT)
        assert self.decide(source, rita, field.external_id)
        later.refresh_from_db()
        assert later.state == "decided"

    def test_of_a_slot_is_taken(self, source, losses, rita, field):
        factories.SlotNameFactory(source=source, field_ref=field.external_id)

        with pytest.raises(placing.NoRoom, match="Other address"):
            self.decide(source, rita, field.external_id)

    def test_of_another_kind_is_taken_until_that_is_taken_back(
        self, source, losses, rita, field
    ):
        other = {"rule": "phones-over-limit", "field": "fax", "field_kind": "fax"}
        factories.LossFactory(source=source, **other)
        first = self.decide(
            source,
            rita,
            field.external_id,
            rule="phones-over-limit",
            field_kind="fax",
            frozen=seen(source, "phones-over-limit", "fax"),
        )

        with pytest.raises(placing.NoRoom):
            self.decide(source, rita, field.external_id)

        placing.withdraw(first, by=rita, reason="wrong field")
        assert self.decide(source, rita, field.external_id)

    def test_is_named_only_where_values_go_into_one(self, source, losses, rita, field):
        with pytest.raises(placing.NotAllowed):
            decide(source, rita, choice=Choice("leave", "because", field.external_id))


class TestOne:
    @pytest.fixture
    def twin(self, source):
        return factories.LossFactory(source=source, rule="email-duplicate")

    def test_is_decided_alone(self, source, twin, rita):
        other = factories.LossFactory(source=source, rule="email-duplicate")

        decision = placing.decide_one(
            twin, choice=Choice("leave", "old"), evidence=twin.evidence, by=rita
        )

        assert decision.losses == 1
        other.refresh_from_db()
        assert other.state == "open"

    def test_of_another_value_is_refused(self, twin, rita):
        with pytest.raises(placing.Changed):
            placing.decide_one(
                twin, choice=Choice("leave", "old"), evidence="0" * 64, by=rita
            )

    def test_decided_already_is_refused(self, twin, rita):
        told = {"choice": Choice("leave", "old"), "evidence": twin.evidence, "by": rita}
        placing.decide_one(twin, **told)

        with pytest.raises(placing.Changed):
            placing.decide_one(twin, **told)


class TestUndo:
    def test_opens_exactly_those_again(self, source, losses, rita):
        decision = decide(source, rita)
        changed, closed, _ = losses
        Loss.objects.filter(pk=changed.pk).update(state="open", decision=None)
        Loss.objects.filter(pk=closed.pk).update(state="closed", closed_at=AT)

        opened = placing.withdraw(decision, by=rita, reason="too quick")

        assert opened == 1
        assert states(source) == {("open", None), ("closed", decision.pk)}
        decision.refresh_from_db()
        assert decision.withdrawn_by == rita
        event = Event.objects.get(action="loss.withdrawn")
        assert (event.reason, event.after["losses"]) == ("too quick", 1)

    def test_needs_a_reason(self, source, losses, rita):
        with pytest.raises(placing.NoReason):
            placing.withdraw(decide(source, rita), by=rita, reason=" ")

    def test_is_not_anybodys(self, source, losses, rita):
        decision = decide(source, rita)
        other = factories.UserFactory(roles=["reviewer"])

        with pytest.raises(placing.NotAllowed):
            placing.withdraw(decision, by=other, reason="no")

    def test_is_an_approvers_too(self, source, losses, rita):
        decision = decide(source, rita)
        approver = factories.UserFactory(roles=["approver"])

        assert placing.withdraw(decision, by=approver, reason="no") == 3

    def test_happens_once(self, source, losses, rita):
        decision = decide(source, rita)
        placing.withdraw(decision, by=rita, reason="no")

        with pytest.raises(placing.NotAllowed):
            placing.withdraw(decision, by=rita, reason="no")

    def test_waits_for_a_write_run(self, source, losses, rita):
        decision = decide(source, rita)
        factories.WriteRunFactory(source=source)

        with pytest.raises(placing.NotAllowed, match="write run"):
            placing.withdraw(decision, by=rita, reason="no")

        assert states(source) == {("decided", decision.pk)}


class TestPlaces:
    def test_are_told_of_kinds_that_are_decided_whole(self, source, losses, rita):
        decide(source, rita)

        (place,) = places.decided(source).values()

        assert set(places.decided(source)) == {("addresses-over-limit", "addresses")}
        assert (place.kind, place.field_ref) == ("leave", "")

    def test_are_not_told_while_a_loss_of_the_kind_is_open(self, source, losses, rita):
        decide(source, rita)
        factories.LossFactory(source=source)

        assert places.decided(source) == {}

    def test_are_not_told_of_what_was_taken_back(self, source, losses, rita):
        placing.withdraw(decide(source, rita), by=rita, reason="no")

        assert places.decided(source) == {}

    def test_kinds_that_wait_are_read_once_each(
        self, source, losses, rita, django_assert_num_queries
    ):
        with django_assert_num_queries(2) as asked:
            places.decided(source)

        assert any("DISTINCT" in query["sql"] for query in asked.captured_queries)

    def test_shorten_is_offered_where_there_is_room(self, source):
        guide = places.choices(source, "notes-over-limit", "notes")
        factories.MailAccountFactory(source=source, limits="current")

        current = places.choices(source, "notes-over-limit", "notes")

        assert "shorten" not in guide
        assert "shorten" in current

    def test_a_department_joins_no_name(self, source):
        offered = places.choices(source, "name-part-dropped", "department_name")

        assert "join_name" not in offered
        assert "join_name" in places.choices(source, "name-part-dropped", "middle_name")


@pytest.mark.django_db(transaction=True)
def test_of_two_who_decide_at_once_one_wins():
    source = factories.MailSourceFactory()
    people = [factories.UserFactory() for _ in range(2)]
    for _ in range(20):
        factories.LossFactory(source=source)
    frozen, start, ends = seen(source), threading.Barrier(2, timeout=20), []

    def race(person):
        start.wait()
        try:
            decide(source, person, frozen=frozen)
            ends.append("won")
        except placing.Changed:
            ends.append("lost")
        finally:
            connection.close()

    threads = [threading.Thread(target=race, args=[person]) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)

    assert sorted(ends) == ["lost", "won"]
    assert LossDecision.objects.count() == 1
    assert len(states(source)) == 1
