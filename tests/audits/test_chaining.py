"""Events of one act on many things: the same chain that single events make."""

import pytest
from django.db import transaction
from django.db.transaction import TransactionManagementError
from hypothesis import given
from hypothesis import strategies as st

from audits import chaining, trail
from audits.models import Event, TrailHead
from tests import factories

ACT = {
    "action": "finding.decided",
    "object_type": "finding",
    "via": "web",
    "batch_id": "batch-1",
    "reason": 'v3 says “aunt” \\ "no"\n',
}


def act(**changed):
    return chaining.Act(
        **{
            **ACT,
            "source": factories.SourceFactory(),
            "by": factories.UserFactory(username="rita"),
            **changed,
        }
    )


def items(count):
    return [
        (n, {"state": "open", "version": n}, {"state": "decided", "version": n + 1})
        for n in range(1, count + 1)
    ]


def is_whole():
    """Say whether every hash is the event's own and leads to the next."""
    link = ""
    for event in Event.objects.order_by("seq"):
        if event.prev_hash != link or trail.digest(event) != event.hash:
            return False
        link = event.hash
    return TrailHead.objects.get().hash == link


@pytest.mark.django_db
def test_a_set_is_chained_as_single_events_are():
    factories.PolicyVersionFactory()
    by = factories.UserFactory()
    trail.record(action="job.queued", object_type="job", object_id=1, by=by)

    assert chaining.record_set(act(), items(3)) == 3

    trail.record(action="job.done", object_type="job", object_id=1, by=None)
    assert Event.objects.count() == 5
    assert is_whole()


@pytest.mark.django_db
def test_a_set_keeps_what_is_told_of_each():
    chaining.record_set(act(), items(2))

    first, second = Event.objects.order_by("seq")
    assert (first.seq, second.seq) == (1, 2)
    assert (first.actor, first.actor_kind, first.via) == ("rita", "user", "web")
    assert (first.batch_id, first.reason) == ("batch-1", ACT["reason"])
    assert (second.object_id, second.before) == ("2", {"state": "open", "version": 2})
    assert second.after == {"state": "decided", "version": 3}


@pytest.mark.django_db
def test_a_set_is_written_in_parts(monkeypatch):
    monkeypatch.setattr(chaining, "AT_ONCE", 2)

    assert chaining.record_set(act(by=None), items(5)) == 5

    assert list(Event.objects.order_by("seq").values_list("seq", flat=True)) == [
        *range(1, 6)
    ]
    assert set(Event.objects.values_list("actor", flat=True)) == {"system"}
    assert is_whole()


@pytest.mark.django_db
def test_nothing_leaves_the_trail_as_it_was():
    assert chaining.record_set(act(), []) == 0

    assert not Event.objects.exists()
    assert not TrailHead.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "item",
    [
        (1, {}, {"contact_name": "Ana"}),
        (1, {"state": 1.5}, {}),
        (1, {}, {"state": ["a"]}),
    ],
)
def test_what_may_not_be_told_is_refused(item):
    with pytest.raises(trail.NotInTheList):
        chaining.record_set(act(), [*items(1), item])


@pytest.mark.django_db
def test_an_unknown_action_is_refused():
    with pytest.raises(trail.NotInTheList):
        chaining.record_set(act(action="finding.guessed"), items(1))


@pytest.mark.django_db(transaction=True)
def test_a_set_needs_its_changes_transaction():
    with pytest.raises(TransactionManagementError):
        chaining.record_set(act(), items(1))


@pytest.mark.django_db(transaction=True)
def test_a_set_rolled_back_leaves_no_event():
    told = act()

    with transaction.atomic():
        chaining.record_set(told, items(3))
        transaction.set_rollback(True)

    assert not Event.objects.exists()


@given(
    st.dictionaries(
        st.sampled_from(["state", "rule", "version", "evidence", "needs_second_look"]),
        st.one_of(
            st.none(),
            st.booleans(),
            st.integers(min_value=-(2**62), max_value=2**62),
            st.text(st.characters(exclude_categories=["Cs"])),
        ),
    )
)
def test_values_are_written_as_the_trail_writes_them(facts):
    assert chaining._json(facts).decode() == trail.canonical(facts)


@pytest.mark.django_db
def test_a_set_takes_few_round_trips(django_assert_max_num_queries):
    told = act()

    with django_assert_max_num_queries(8):
        chaining.record_set(told, items(500))
