"""Fetch the next page while this one is written.

Paging by cursor is serial, so an import from a slow server takes as long as its answers
do; writing hides behind them if one page is always on its way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from queue import Full, Queue
from threading import Event, Thread
from typing import Generic, TypeVar

T = TypeVar("T")

DEPTH = 1
GLANCE = 0.05
"""How often a thread with nowhere to put its page looks whether it is still wanted."""


class _End:
    """What the thread leaves last: how its iterator ended."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error


class _Feeder(Generic[T]):
    """A thread that draws from an iterator, at most ``DEPTH`` items ahead."""

    def __init__(self, source: Iterator[T]) -> None:
        self.ready: Queue[T | _End] = Queue(DEPTH)
        self._source = source
        self._stop = Event()
        self._thread = Thread(target=self._run, name="prefetch", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread; it is waiting for room or for its source."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        end = _End()
        try:
            for item in self._source:
                if not self._offer(item):
                    return
        except Exception as error:  # noqa: BLE001 - told to the reader as it was
            end = _End(error)
        self._offer(end)

    def _offer(self, item: T | _End) -> bool:
        while not self._stop.is_set():
            try:
                self.ready.put(item, timeout=GLANCE)
            except Full:
                continue
            return True
        return False


def ahead(source: Iterator[T], *, cut: Callable[[], None]) -> Iterator[T]:
    """Yield what ``source`` yields, drawn in a thread one item ahead.

    Its error is raised here, after the items before it. However the reader ends, the
    thread is ended too: ``cut`` interrupts what it may be waiting for.
    """
    feeder = _Feeder(source)
    ended = False
    try:
        while True:
            item = feeder.ready.get()
            if isinstance(item, _End):
                ended = True
                if item.error:
                    raise item.error
                return
            yield item
    finally:
        if not ended:
            cut()
        feeder.stop()
