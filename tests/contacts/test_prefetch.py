import threading
import time

import pytest

from contacts import prefetch


class CutTime:
    """Counts how often the source was told to stop waiting."""

    def __init__(self):
        self.count = 0
        self.event = threading.Event()

    def __call__(self):
        self.count += 1
        self.event.set()


@pytest.fixture
def cut():
    return CutTime()


def fetching():
    return [thread for thread in threading.enumerate() if thread.name == "prefetch"]


def test_ahead_yields_everything_in_order(cut):
    assert list(prefetch.ahead(iter(range(50)), cut=cut)) == list(range(50))
    assert cut.count == 0
    assert fetching() == []


def test_ahead_draws_no_more_than_it_may(cut):
    drawn = []
    source = (drawn.append(number) or number for number in range(100))
    reader = prefetch.ahead(source, cut=cut)

    next(reader)
    time.sleep(3 * prefetch.GLANCE)

    assert len(drawn) <= 3
    reader.close()


def test_ahead_works_while_the_reader_does(cut):
    def slow():
        for number in range(4):
            time.sleep(0.1)
            yield number

    started = time.monotonic()
    for _ in prefetch.ahead(slow(), cut=cut):
        time.sleep(0.1)

    assert time.monotonic() - started < 0.75


def test_ahead_passes_an_error_on_after_the_items_before_it(cut):
    def failing():
        yield 1
        raise KeyError("gone")

    kept = []

    with pytest.raises(KeyError):
        kept.extend(prefetch.ahead(failing(), cut=cut))

    assert kept == [1]
    assert fetching() == []


def test_ahead_ends_its_thread_when_the_reader_leaves(cut):
    reader = prefetch.ahead(iter(range(100)), cut=cut)

    next(reader)
    reader.close()

    assert cut.count == 1
    assert fetching() == []


def test_ahead_interrupts_a_source_that_waits(cut):
    def waiting():
        yield 1
        cut.event.wait(30)

    reader = prefetch.ahead(waiting(), cut=cut)
    next(reader)
    started = time.monotonic()

    with pytest.raises(ZeroDivisionError):
        reader.throw(ZeroDivisionError())

    assert time.monotonic() - started < 5
    assert fetching() == []


def test_ahead_starts_no_thread_before_it_is_read(cut):
    prefetch.ahead(iter([1]), cut=cut)

    assert fetching() == []
