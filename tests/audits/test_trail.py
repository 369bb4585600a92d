"""The trail: numbers without gaps, hashes that hold together, nothing personal."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError

from audits import trail
from audits.models import Event, TrailHead
from tests import factories


def record(**changed):
    told = {
        "action": "export.downloaded",
        "object_type": "export",
        "object_id": "findings",
        "by": None,
        **changed,
    }
    return trail.record(**told)


@pytest.mark.django_db
def test_events_are_numbered_from_one_without_a_gap():
    events = [record() for _ in range(3)]

    assert [event.seq for event in events] == [1, 2, 3]
    assert TrailHead.objects.get().seq == 3


@pytest.mark.django_db
def test_an_event_says_who_did_what_through_which_door():
    person = factories.UserFactory(username="ana")
    source = factories.SourceFactory(slug="juniper")

    event = record(by=person, source=source, via="cli", reason="asked for")

    stored = Event.objects.get(pk=event.pk)
    assert (stored.actor, stored.actor_kind) == ("ana", "user")
    assert (stored.source, stored.via, stored.reason) == ("juniper", "cli", "asked for")


@pytest.mark.django_db
def test_an_event_of_nobody_is_the_systems():
    event = record(by=None)

    assert (event.actor, event.actor_kind) == ("system", "system")


@pytest.mark.django_db
def test_each_hash_is_over_the_event_and_the_hash_before():
    record(after={"rows": 1})
    record(after={"rows": 2, "filters": {"state": "open"}})

    first, second = Event.objects.order_by("seq")
    assert first.prev_hash == ""
    assert second.prev_hash == first.hash
    assert [trail.digest(first), trail.digest(second)] == [first.hash, second.hash]
    assert TrailHead.objects.get().hash == second.hash


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("actor", "somebody else"),
        ("after", {"rows": 9}),
        ("reason", "another"),
        ("at", datetime(2020, 1, 1, tzinfo=UTC)),
        ("prev_hash", "0" * 64),
    ],
)
def test_a_changed_event_no_longer_has_its_hash(field, value):
    event = record(after={"rows": 1})

    setattr(event, field, value)

    assert trail.digest(event) != event.hash


@pytest.mark.django_db
def test_a_time_is_hashed_as_utc_wherever_it_was_read():
    event = record()
    hashed = event.hash

    event.at = event.at.astimezone(tz=UTC) + timedelta(0)

    assert trail.digest(Event.objects.get(pk=event.pk)) == hashed


@pytest.mark.django_db
def test_many_events_move_the_head_once(django_assert_num_queries):
    record()
    entries = [
        trail.Entry(action="export.downloaded", object_type="export", object_id=name)
        for name in ("findings", "crosswalk", "events")
    ]

    with django_assert_num_queries(3):
        events = trail.record_all(entries)

    assert [event.seq for event in events] == [2, 3, 4]
    assert TrailHead.objects.get().hash == events[-1].hash


@pytest.mark.django_db
def test_no_entries_are_no_event():
    assert trail.record_all([]) == []

    assert not Event.objects.exists()


@pytest.mark.django_db
def test_an_unknown_action_is_refused():
    with pytest.raises(trail.NotInTheList):
        record(action="contact.renamed")


@pytest.mark.django_db
@pytest.mark.parametrize("side", ["before", "after"])
def test_a_field_outside_the_list_is_refused(side):
    with pytest.raises(trail.NotInTheList):
        record(**{side: {"contact_name": "Ana Diaz"}})

    assert not Event.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("value", [1.5, [1.5], {"share": 1.5}, object(), {1: "one"}])
def test_a_value_without_canonical_form_is_refused(value):
    with pytest.raises(trail.NotInTheList):
        record(after={"rows": value})


@pytest.mark.django_db(transaction=True)
def test_an_event_outside_a_transaction_is_refused():
    with pytest.raises(TransactionManagementError):
        record()


@pytest.mark.django_db(transaction=True)
def test_an_event_falls_with_its_change():
    def change():
        with transaction.atomic():
            record()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        change()

    with transaction.atomic():
        assert record().seq == 1


@pytest.mark.django_db(transaction=True)
def test_writers_at_once_leave_no_gap_and_no_twin():
    def write():
        try:
            for _ in range(5):
                with transaction.atomic():
                    record()
        finally:
            connection.close()

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    events = list(Event.objects.order_by("seq"))
    assert [event.seq for event in events] == list(range(1, 21))
    before = ["", *(event.hash for event in events[:-1])]
    assert [event.prev_hash for event in events] == before
