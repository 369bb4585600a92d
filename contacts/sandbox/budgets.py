"""How often an account may be asked: so many requests a second, and so many a day."""

import threading
import time

DAY = 86_400


class Budget:
    """Counts requests; the day ends at midnight UTC. 0 a second means no such limit."""

    def __init__(self, *, per_second: float, per_day: int) -> None:
        self._per_second = per_second
        self._per_day = per_day
        self._lock = threading.Lock()
        self._left = per_second
        self._seen = time.monotonic()
        self._day = 0
        self._used = 0

    def take(self) -> str:
        """Count one request; gives the error's key if there was none left, else ""."""
        with self._lock:
            if not self._has_rate():
                return "throttled"
            day = int(time.time()) // DAY
            if day != self._day:
                self._day, self._used = day, 0
            self._used += 1
            return "quota_exceeded" if self._used > self._per_day else ""

    def _has_rate(self) -> bool:
        """Let a second's worth through at once, and then one as time goes by."""
        if not self._per_second:
            return True
        now = time.monotonic()
        gained = (now - self._seen) * self._per_second
        self._left = min(self._per_second, self._left + gained)
        self._seen = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
