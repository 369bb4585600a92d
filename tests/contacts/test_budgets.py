import threading
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256

import pytest
from django.db import connection, transaction

from contacts import api_errors, budgets, pacing
from contacts.models import ApiBudget
from tests.factories import ApiBudgetFactory, MailAccountFactory, MailSourceFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
MIDNIGHT = datetime(2026, 3, 3, tzinfo=UTC)
KEY = "a" * 64


class Timeline:
    """A clock that stands still and notes what was to be slept."""

    def __init__(self, at=NOW):
        self.at = at
        self.slept = []

    @property
    def clock(self):
        return pacing.Clock(now=self.at.timestamp, sleep=self.slept.append)


def take(at=NOW, key=KEY):
    """Take a request and give the seconds that were waited for it."""
    timeline = Timeline(at)
    budgets.take(key, clock=timeline.clock)
    return pytest.approx(sum(timeline.slept), abs=0.002)


def budget(**columns):
    return ApiBudgetFactory(
        key_hash=KEY, **{"day": NOW.date(), "next_at": NOW, **columns}
    )


def used():
    return ApiBudget.objects.get(key_hash=KEY).used


# --- A second ----------------------------------------------------------------


def test_take_lets_the_first_request_go_at_once_and_spaces_the_others():
    assert [take() for _ in range(5)] == [0, 0.25, 0.5, 0.75, 1.0]


def test_take_spaces_by_the_setting(settings):
    settings.CONSTANT_CONTACT_PER_SECOND = 10.0

    assert [take(), take(), take()] == [0, 0.1, 0.2]


def test_take_does_not_save_up_idle_time():
    take(NOW)

    assert [take(NOW + timedelta(minutes=5)) for _ in range(2)] == [0, 0.25]


def test_take_keeps_the_keys_apart():
    take()

    assert take(key="b" * 64) == 0


def test_take_refuses_a_queue_longer_than_a_worker_may_sleep():
    budget(next_at=NOW + timedelta(seconds=5.5))

    with pytest.raises(api_errors.Throttled) as caught:
        take()

    assert not isinstance(caught.value, api_errors.QuotaExceeded)
    assert caught.value.until == NOW + timedelta(seconds=5.5)
    assert used() == 0


def test_take_heals_a_row_from_before_the_clock_was_set_back():
    budget(next_at=NOW + timedelta(hours=1))

    assert [take(), take()] == [0, 0.25]


# --- A day -------------------------------------------------------------------


def test_take_counts_and_refuses_when_the_day_is_spent(settings):
    settings.CONSTANT_CONTACT_PER_DAY = 3
    for seconds in range(3):
        take(NOW + timedelta(seconds=seconds))

    with pytest.raises(api_errors.QuotaExceeded, match="all 3 requests") as caught:
        take(NOW + timedelta(hours=1))

    assert caught.value.until == MIDNIGHT
    assert used() == 3


def test_take_begins_a_new_day_at_midnight_utc():
    budget(used=10_000, next_at=NOW)

    assert take(MIDNIGHT) == 0

    row = ApiBudget.objects.get()
    assert (row.day, row.used) == (MIDNIGHT.date(), 1)


def test_take_by_a_clock_that_is_behind_does_not_win_the_former_day_back():
    budget(day=MIDNIGHT.date(), used=10_000, next_at=NOW)

    with pytest.raises(api_errors.QuotaExceeded):
        take(MIDNIGHT - timedelta(seconds=1))

    assert ApiBudget.objects.get().day == MIDNIGHT.date()


def test_take_heals_a_day_that_lies_far_ahead():
    budget(day=date(2031, 1, 1), used=10_000)

    take()

    row = ApiBudget.objects.get()
    assert (row.day, row.used) == (NOW.date(), 1)


def test_a_larger_budget_counts_at_once(settings):
    budget(used=10_000, quota=10_000)
    settings.CONSTANT_CONTACT_PER_DAY = 250_000

    take()

    assert used() == 10_001


def test_exhausted_spends_the_day_whatever_was_counted():
    take()

    budgets.exhausted(KEY, at=NOW)

    with pytest.raises(api_errors.QuotaExceeded):
        take(NOW + timedelta(minutes=1))
    assert take(MIDNIGHT) == 0


def test_exhausted_holds_for_a_key_nobody_has_counted_yet():
    budgets.exhausted(KEY, at=NOW)

    with pytest.raises(api_errors.QuotaExceeded):
        take(NOW + timedelta(minutes=1))


def test_soon_is_a_few_minutes_ahead_and_spread():
    waits = {(budgets.soon(NOW) - NOW).total_seconds() for _ in range(50)}

    assert 60 <= min(waits) < max(waits) <= 300


@pytest.mark.parametrize(
    ("at", "early"),
    [
        (MIDNIGHT, True),
        (MIDNIGHT + timedelta(minutes=9, seconds=59), True),
        (MIDNIGHT + timedelta(minutes=10), False),
        (MIDNIGHT - timedelta(seconds=1), False),
    ],
)
def test_a_day_is_early_for_ten_minutes(at, early):
    assert budgets.is_early(at) == early


# --- What is left ------------------------------------------------------------


def test_remaining_tells_the_day_of_the_sources_key(settings):
    settings.CONSTANT_CONTACT_PER_DAY = 1_000
    source = MailAccountFactory(client_id="app-1").source
    for seconds in range(3):
        take(NOW + timedelta(seconds=seconds), key=budgets.key_of(source))

    left = budgets.remaining(source, at=NOW)

    assert (left.used, left.quota, left.left) == (3, 1_000, 997)
    assert left.resets_at == MIDNIGHT
    assert budgets.remaining(source, at=MIDNIGHT).used == 0


def test_remaining_of_a_key_that_was_never_used_is_all_of_it():
    assert budgets.remaining(MailSourceFactory(), at=NOW).used == 0


def test_sources_of_one_application_share_its_budget():
    one, other = (MailAccountFactory(client_id="app-1").source for _ in range(2))

    assert budgets.key_of(one) == budgets.key_of(other)
    assert budgets.key_of(one) != budgets.key_of(MailSourceFactory())


def test_a_pasted_token_counts_by_its_hash_alone():
    source = MailSourceFactory(token="canary-token")

    take(key=budgets.key_of(source))

    kept = ApiBudget.objects.get().key_hash
    assert kept == sha256(b"token:canary-token").hexdigest()


# --- Transactions and workers ------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_take_refuses_to_be_part_of_a_transaction():
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        take()

    assert not ApiBudget.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_workers_at_the_same_moment_each_get_a_place_of_their_own():
    waited = []
    begin = threading.Barrier(8)

    def work():
        timeline = Timeline()
        begin.wait()
        try:
            for _ in range(2):
                budgets.take(KEY, clock=timeline.clock)
        finally:
            connection.close()
        waited.extend([0.0] * (2 - len(timeline.slept)) + timeline.slept)

    workers = [threading.Thread(target=work) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    places = [pytest.approx(number / 4, abs=0.02) for number in range(16)]
    assert sorted(waited) == places
    assert used() == 16


@pytest.mark.django_db(transaction=True)
def test_workers_never_take_more_than_the_day_has(settings):
    settings.CONSTANT_CONTACT_PER_DAY = 5
    settings.CONSTANT_CONTACT_PER_SECOND = 100.0
    refused = []

    def work():
        try:
            for _ in range(2):
                budgets.take(KEY, clock=Timeline().clock)
        except api_errors.QuotaExceeded:
            refused.append(1)
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert used() == 5
    assert refused
