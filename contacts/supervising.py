"""Keeps a handful of processes running together: restarts what dies, stops all at once.

Process managers were tried and left: one took the site down when a worker died, another
left its processes behind when it was killed itself. Here a child that dies is started
again with back-off, a signal stops all, and on Linux the children of a killed supervisor
are killed by the kernel.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType, TracebackType
from typing import IO, Self

GRACE_SECONDS = 7.0
TURN_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 30.0
STEADY_SECONDS = 60.0

PR_SET_PDEATHSIG = 1  # prctl(2)
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


class Stopped(BaseException):
    """Somebody asked this process to stop; raised wherever it was."""


@dataclass(frozen=True)
class Program:
    """One process to keep running."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    log: Path | None = None


class _Child:
    """A program and the process that runs it now, if any."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.process: subprocess.Popen[bytes] | None = None
        self.due_at = 0.0
        self._started_at = 0.0
        self._quick_deaths = 0

    def start(self, *, at: float) -> None:
        self._started_at = at
        with _output(self.program.log) as output:
            self.process = subprocess.Popen(  # noqa: S603  # the caller's own commands
                self.program.argv,
                env={**os.environ, **self.program.env},
                stdout=output,
                stderr=output,
                start_new_session=True,  # Ctrl-C reaches the supervisor alone
                preexec_fn=bound_to(os.getpid()),  # noqa: PLW1509  # no threads here
            )

    def bury(self, *, at: float) -> None:
        """Note that the process died, and when to start another."""
        self.process = None
        steady = at - self._started_at > STEADY_SECONDS
        self._quick_deaths = 0 if steady else self._quick_deaths + 1
        pause = 0.25 * 2.0**self._quick_deaths
        self.due_at = at + min(LONGEST_PAUSE_SECONDS, pause)


@contextmanager
def _output(log: Path | None) -> Iterator[IO[bytes] | None]:
    """Open where a child writes: a file to add to, or None for the supervisor's own."""
    if log is None:
        yield None
        return
    with log.open("ab") as file:
        yield file


def bound_to(parent: int) -> Callable[[], None]:
    """Give a child's first act: to ask the kernel to kill it when its parent dies."""

    def bind() -> None:
        if _libc is None:
            return
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died before it was asked for
            os._exit(1)

    return bind


class Supervisor:
    """Runs programs until it is told to stop: ``with Supervisor(programs) as crew:``.

    Inside, SIGTERM and SIGINT raise ``Stopped``; leaving stops every child within
    ``GRACE_SECONDS`` and swallows it, so that a stop is not an error.
    """

    def __init__(
        self, programs: Sequence[Program], *, say: Callable[[str], object]
    ) -> None:
        self._children = [_Child(program) for program in programs]
        self._say = say
        self._handlers: dict[int, signal._HANDLER] = {}

    def __enter__(self) -> Self:
        for number in (signal.SIGTERM, signal.SIGINT):
            self._handlers[number] = signal.signal(number, _raise_stopped)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        for number in self._handlers:
            signal.signal(number, signal.SIG_IGN)
        self._stop()
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        return isinstance(error, Stopped)

    def turn(self) -> None:
        """Start what is due and note what died."""
        now = time.monotonic()
        for child in self._children:
            if child.process is not None and child.process.poll() is not None:
                self._say(f"{child.program.name} ended; starting it again")
                _kill_group(child.process.pid)
                child.bury(at=now)
            if child.process is None and now >= child.due_at:
                child.start(at=now)

    def run(self) -> None:
        """Take turns until ``Stopped``."""
        self.wait_until(lambda: False)

    def wait_until(self, ready: Callable[[], bool]) -> None:
        """Take turns until a condition holds."""
        self.turn()
        while not ready():
            time.sleep(TURN_SECONDS)
            self.turn()

    def _stop(self) -> None:
        """Ask every child to end, and kill with its group what has not after a while."""
        living = [child.process for child in self._children if child.process]
        for process in living:
            process.terminate()
        deadline = time.monotonic() + GRACE_SECONDS
        for process in living:
            _wait(process, until=deadline)
            _kill_group(process.pid)
            process.wait()


def _raise_stopped(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
    raise Stopped


def _wait(process: subprocess.Popen[bytes], *, until: float) -> None:
    try:
        process.wait(timeout=max(0.0, until - time.monotonic()))
    except subprocess.TimeoutExpired:
        return


def _kill_group(group: int) -> None:
    """Kill what is left of a child and of the processes it started."""
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return
