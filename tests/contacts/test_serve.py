"""The real processes, started and killed as on a bad day."""

import os
import signal
import socket
import time
import urllib.error
import urllib.request

import pytest

from tests.machine import free_port, new_machine, wait_for

pytestmark = [pytest.mark.process, pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    with new_machine(tmp_path_factory.mktemp("serve")) as made:
        yield made


@pytest.fixture
def port():
    return free_port()


def answers(port):
    """Say whether the site answers at all; what it says is other tests' matter."""
    try:
        with urllib.request.urlopen(
            f"http://127.0.0.1:{port}/health/live", timeout=5
        ) as response:
            return response.status == 200
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def pool(machine):
    """Give the worker's processes: the one that was started, and its children."""
    return machine.processes("celery", "worker")


def leader(machine):
    """Give the worker that was started by the supervisor."""
    pids = pool(machine)
    return next(pid for pid in pids if os.getpgid(pid) == pid)


def test_serve_runs_all_and_stops_all_on_sigterm(machine, port):
    with machine.running("serve", "--port", str(port)) as serve:
        wait_for(lambda: answers(port), seconds=30, what="the site")
        wait_for(lambda: len(pool(machine)) == 3, seconds=30, what="the worker's pool")
        assert machine.processes("sweep")

        serve.send_signal(signal.SIGTERM)

        assert serve.wait(timeout=10) == 0
        assert machine.processes() == {}
    assert "Traceback" not in machine.read_log()


def test_serve_stops_all_on_ctrl_c(machine, port):
    with machine.running("serve", "--port", str(port), log="ctrl-c.log") as serve:
        wait_for(lambda: answers(port), seconds=30, what="the site")

        serve.send_signal(signal.SIGINT)

        assert serve.wait(timeout=10) == 0
        assert machine.processes() == {}
    assert "Traceback" not in machine.read_log("ctrl-c.log")


def test_serve_replaces_a_killed_worker_and_the_site_stays(machine, port):
    with machine.running("serve", "--port", str(port)):
        wait_for(lambda: answers(port), seconds=30, what="the site")
        wait_for(lambda: len(pool(machine)) == 3, seconds=30, what="the worker's pool")
        killed = leader(machine)
        site = set(machine.processes("gunicorn"))
        old_pool = set(pool(machine))

        os.kill(killed, signal.SIGKILL)

        wait_for(lambda: not old_pool & set(pool(machine)), seconds=10, what="old pool")
        wait_for(lambda: len(pool(machine)) == 3, seconds=30, what="the next worker")
        assert set(machine.processes("gunicorn")) == site
        assert answers(port)


def test_serve_replaces_a_killed_process_of_the_pool(machine):
    with machine.running("serve", "--no-web"):
        wait_for(lambda: len(pool(machine)) == 3, seconds=30, what="the worker's pool")
        # A worker whose child dies before it consumes gives up and is started anew.
        time.sleep(3)
        first = leader(machine)
        child = next(pid for pid in pool(machine) if pid != first)

        os.kill(child, signal.SIGKILL)

        wait_for(lambda: child not in pool(machine), seconds=10, what="its death")
        wait_for(lambda: len(pool(machine)) == 3, seconds=30, what="its successor")
        assert leader(machine) == first


def test_nothing_outlives_a_killed_serve(machine, port):
    with machine.running("serve", "--port", str(port)) as serve:
        wait_for(lambda: answers(port), seconds=30, what="the site")
        wait_for(lambda: len(pool(machine)) == 3, seconds=30, what="the worker's pool")

        serve.kill()
        serve.wait()

        wait_for(lambda: not machine.processes(), seconds=10, what="no orphans")


def test_serve_without_the_site_listens_on_nothing(machine):
    with machine.running("serve", "--no-web"):
        wait_for(lambda: len(pool(machine)) == 3, seconds=30, what="the worker's pool")

        assert not machine.processes("gunicorn")


def test_serve_says_in_one_sentence_that_its_port_is_taken(machine):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]

        result = machine.manage("serve", "--port", str(number))

    assert result.returncode == 1
    assert f"Port {number} of 127.0.0.1 cannot be used" in result.stderr
    assert "Traceback" not in result.stderr
    assert not machine.processes()


def test_serve_makes_the_queue_its_own(machine):
    with machine.running("serve", "--no-web", BROKER_URL=""):
        wait_for(lambda: len(pool(machine)) == 3, seconds=30, what="the worker's pool")

    folders = [machine.var / "queue", *(machine.var / "queue").glob("*")]
    assert {folder.stat().st_mode & 0o777 for folder in folders} <= {0o700}
