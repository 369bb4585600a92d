"""What goes wrong on demand: which answers of the sandbox are spoilt, and how."""

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum


class Kind(StrEnum):
    """How an answer is spoilt."""

    STATUS = "status"
    TRUNCATED = "truncated"
    BROKEN_CHUNK = "broken-chunk"
    DISCONNECT = "disconnect"
    HTML = "html"
    EMPTY = "empty"
    SLOW = "slow"
    DRIP = "drip"
    NEXT_ELSEWHERE = "next-elsewhere"
    NEXT_LOOP = "next-loop"
    NEXT_MISSING = "next-missing"
    REPEATED_PAGE = "repeated-page"
    DESCENDING = "descending"


class FaultUnreadable(ValueError):
    """A fault was asked for in words that cannot be understood."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing to go wrong.

    Strikes the request of that number (`at`, counted from 1 since the faults were
    set), or the page of that number of a list (`page`, from 1), or every request;
    only under `path` if given; `times` times and never again, 0 meaning for ever. `key`
    is the error's key, where the provider's errors have one.
    """

    kind: Kind
    at: int = 0
    page: int = 0
    path: str = ""
    times: int = 1
    status: int = 503
    seconds: float = 0.05
    url: str = "https://elsewhere.example"
    key: str = ""

    def strikes(self, *, number: int, page: int, target: str) -> bool:
        if self.at and self.at != number:
            return False
        if self.page and self.page != page:
            return False
        return self.path in target


class Faults:
    """The faults now set, shared by all connections."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self._lock = threading.Lock()
        self._faults: list[tuple[Fault, list[int]]] = []
        self._requests = 0
        self.set(faults)

    def set(self, faults: Iterable[Fault]) -> None:
        """Replace all faults and count requests from one again."""
        with self._lock:
            self._faults = [(fault, [0]) for fault in faults]
            self._requests = 0

    def strike(self, *, page: int, target: str) -> Fault | None:
        """Count one request; give the fault that strikes it, if one does."""
        with self._lock:
            self._requests += 1
            for fault, struck in self._faults:
                spent = fault.times and struck[0] >= fault.times
                if not spent and fault.strikes(
                    number=self._requests, page=page, target=target
                ):
                    struck[0] += 1
                    return fault
        return None


def read(wanted: Mapping[str, object]) -> Fault:
    """Read a fault from names and values; raises FaultUnreadable."""
    kinds = {each.name: each.type for each in fields(Fault)}
    unknown = set(wanted) - set(kinds)
    if unknown:
        raise FaultUnreadable(f"unknown setting: {', '.join(sorted(unknown))}")
    try:
        values = {name: _convert(name, value) for name, value in wanted.items()}
        return Fault(**values)  # type: ignore[arg-type]  # converted by name
    except (TypeError, ValueError) as error:
        raise FaultUnreadable(str(error)) from error


def _convert(name: str, value: object) -> object:
    text = str(value)
    if name == "kind":
        return Kind(text)
    if name in {"at", "page", "times", "status"}:
        return int(text)
    return float(text) if name == "seconds" else text


def parse(text: str) -> Fault:
    """Read a fault as typed on a command line: `status:status=503,page=2,times=3`."""
    kind, _, rest = text.partition(":")
    settings: dict[str, object] = {"kind": kind}
    for each in filter(None, rest.split(",")):
        name, _, value = each.partition("=")
        settings[name] = value
    return read(settings)
