"""The rows of the customer's own files, and the ids that the provider gives."""

import random
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple


class Grant(NamedTuple):
    """One row of the grants file, its columns in the file's order."""

    grant_id: str
    contact_id: str
    student_id: str
    list_id: str
    privilege: str
    granted_at: str
    granted_by: str
    basis: str
    basis_relationship: str
    basis_type: str
    expires_at: str


class Restriction(NamedTuple):
    """One row of the restrictions file, its columns in the file's order."""

    restriction_id: str
    contact_id: str
    student_id: str
    kind: str
    privilege_classes: str
    starts_on: str
    ends_on: str
    reference: str
    note: str


class ObjectIds:
    """Ids as the provider's database makes them: 24 hex digits, growing in time.

    The first four bytes tell the second of creation, so sorting by id is sorting by
    age; paging relies on that.
    """

    def __init__(self, rng: random.Random, *, since: datetime, until: datetime) -> None:
        self._rng = rng
        self._machine = f"{rng.getrandbits(40):010x}"
        self._second = int(since.timestamp())
        self._step = 1
        self._span = int(until.timestamp()) - self._second
        self._ids = self._grow()

    def spread(self, expected: int) -> None:
        """Let about `expected` ids fill the time from `since` to `until`."""
        self._step = max(1, self._span // max(1, expected))

    def next(self) -> str:
        return next(self._ids)

    def _grow(self) -> Iterator[str]:
        counter = self._rng.getrandbits(20)
        while True:
            self._second += int(self._rng.random() * self._step * 2)
            counter = (counter + 1) % (1 << 24)
            yield f"{self._second:08x}{self._machine}{counter:06x}"


def created_at(object_id: str) -> int:
    """The second since 1970 in which an id was made."""
    return int(object_id[:8], 16)
