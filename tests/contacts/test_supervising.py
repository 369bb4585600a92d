import os
import signal
import sys
import time
from pathlib import Path

import pytest

from contacts import supervising
from contacts.supervising import Program, Supervisor

pytestmark = pytest.mark.process


def program(name, code):
    return Program(name, [sys.executable, "-c", code])


SLEEPER = "import time; time.sleep(60)"


def test_supervisor_starts_again_what_died(tmp_path):
    code = f"open({str(tmp_path / 'runs')!r}, 'a').write('x')"
    said = []

    with Supervisor([program("the worker", code)], say=said.append) as supervisor:
        supervisor.wait_until(lambda: len(said) >= 2)

    assert said == ["the worker ended; starting it again"] * 2
    assert (tmp_path / "runs").read_text().startswith("xx")


def test_supervisor_stops_its_children_on_a_signal(tmp_path):
    pids = []

    with Supervisor([program("a", SLEEPER), program("b", SLEEPER)], say=print) as crew:
        crew.turn()
        pids += [child.process.pid for child in crew._children]
        os.kill(os.getpid(), signal.SIGTERM)
        crew.run()

    assert len(pids) == 2
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_supervisor_kills_what_will_not_end(monkeypatch):
    stubborn = "import signal, time; signal.signal(15, signal.SIG_IGN); print(flush=True); time.sleep(60)"
    monkeypatch.setattr(supervising, "GRACE_SECONDS", 0.5)
    started = time.monotonic()

    with Supervisor([program("a", stubborn)], say=print) as crew:
        crew.turn()
        time.sleep(0.3)

    assert time.monotonic() - started < 5
    assert crew._children[0].process.returncode == -signal.SIGKILL


def test_supervisor_kills_the_processes_of_a_child_that_was_killed(tmp_path):
    pid_file = tmp_path / "grandchild"
    code = (
        "import subprocess, sys, time\n"
        f"child = subprocess.Popen([sys.executable, '-c', {SLEEPER!r}])\n"
        f"open({str(pid_file)!r}, 'w').write(str(child.pid))\n"
        "time.sleep(60)"
    )

    with Supervisor([program("a", code)], say=print) as crew:
        crew.wait_until(lambda: pid_file.exists() and pid_file.read_text() != "")
        grandchild = int(pid_file.read_text())
        crew._children[0].process.kill()
        crew.wait_until(lambda: not _runs(grandchild))

    assert not _runs(grandchild)


def _runs(pid):
    """Say whether a process runs; one that nobody waited for yet does not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def test_supervisor_lets_errors_through_and_still_stops(tmp_path):
    crew = Supervisor([program("a", SLEEPER)], say=print)

    with pytest.raises(ZeroDivisionError):
        _fail_inside(crew)

    assert crew._children[0].process.returncode is not None


def _fail_inside(crew):
    with crew:
        crew.turn()
        1 / 0  # noqa: B018


def test_supervisor_gives_signals_back(monkeypatch):
    before = signal.getsignal(signal.SIGTERM)

    with Supervisor([], say=print):
        assert signal.getsignal(signal.SIGTERM) is not before

    assert signal.getsignal(signal.SIGTERM) is before


def test_restarts_wait_longer_each_time_and_no_longer_than_a_limit():
    child = supervising._Child(program("a", SLEEPER))

    pauses = []
    for _ in range(10):
        child._started_at = 100.0
        child.bury(at=101.0)
        pauses.append(child.due_at - 101.0)

    assert pauses[:3] == [0.5, 1.0, 2.0]
    assert pauses[-1] == supervising.LONGEST_PAUSE_SECONDS


def test_a_child_that_ran_steadily_is_restarted_at_once():
    child = supervising._Child(program("a", SLEEPER))
    for _ in range(6):
        child.bury(at=1.0)
    child._started_at = 100.0

    child.bury(at=500.0)

    assert child.due_at == 500.25
