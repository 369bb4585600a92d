"""Kill -9 in the middle of an import, again and again: nothing lost, nothing twice."""

import json
import os
import signal
from collections import Counter
from datetime import date

import pytest

from contacts.sandbox.district import DISTRICT_ID, make_district
from contacts.sandbox.faults import Fault, Faults, Kind
from contacts.sandbox.server import Sandbox
from contacts.sandbox.serving import running
from tests.machine import new_machine, wait_for

pytestmark = [pytest.mark.process, pytest.mark.timeout(240)]

TOKEN = "a-token-for-the-test-alone"
PAGE_SIZE = 50
SLOW = Fault(Kind.SLOW, times=0, seconds=0.06)

# Every fact without the keys that the database made up, and every count.
FACTS = """
import json
from contacts.models import *
def rows(model, *names):
    return sorted(map(list, model.objects.values_list(*names)), key=str)
print(json.dumps({
    "contacts": rows(Contact, "external_id", "legacy_id", "sha256", "missing_at"),
    "students": rows(Student, "external_id", "sha256", "missing_at"),
    "entries": rows(RelationshipEntry, "contact__external_id", "student_ref",
                    "relationship", "type"),
    "matches": rows(Match, "contact__external_id", "state"),
    "pages": rows(SnapshotPage, "snapshot__kind", "number", "rows", "sha256"),
    "snapshots": rows(Snapshot, "kind", "state", "pages", "rows_in", "imported",
                      "unchanged", "duplicates", "quarantined"),
}))
"""


@pytest.fixture(scope="module")
def district():
    return make_district(seed=7, contacts=1500, today=date(2026, 3, 2))


@pytest.fixture
def sandbox(district):
    made = Sandbox(district, token=TOKEN, faults=Faults([SLOW]), rate_limit=100_000)
    with running(made):
        yield made


def with_source(machine, sandbox):
    """Give the machine the sandbox's district as its source."""
    machine.env |= {
        "ALLOW_LOOPBACK_PROVIDERS": "true",
        "CLEVER_PAGE_SIZE": str(PAGE_SIZE),
        "TOKEN": TOKEN,
    }
    done = machine.manage(
        *("add_source", "juniper", "--provider", "clever", "--name", "Juniper Valley"),
        *("--external-id", DISTRICT_ID),
        *("--api-url", sandbox.url, "--token-env", "TOKEN"),
    )
    assert done.returncode == 0, done.stderr
    return machine


@pytest.fixture
def machine(tmp_path, sandbox):
    with new_machine(tmp_path) as made:
        yield with_source(made, sandbox)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory, district):
    """Give the facts that an import leaves that nobody kills."""
    sandbox = Sandbox(district, token=TOKEN, rate_limit=100_000)
    with running(sandbox), new_machine(tmp_path_factory.mktemp("calm")) as calm:
        with_source(calm, sandbox)
        done = calm.manage("import_current", "juniper")
        assert done.returncode == 0, done.stderr
        return facts(calm)


def facts(machine):
    told = machine.manage("shell", "-v0", "-c", FACTS)
    assert told.returncode == 0, told.stderr
    return json.loads(told.stdout.splitlines()[-1])


def jobs(machine):
    """Give state and attempts of every job."""
    script = (
        "import json; from contacts.models import Job;"
        "print(json.dumps(list(Job.objects.values('state', 'attempts', 'error'))))"
    )
    return json.loads(machine.manage("shell", "-v0", "-c", script).stdout)


def pages_asked_for(sandbox):
    """Count how often each page of a list was asked for."""
    paths = Counter(sandbox.log.told()["paths"])
    return Counter({path: n for path, n in paths.items() if "/users?" in path})


def worker_leader(machine):
    pids = machine.processes("celery", "worker")
    return next((pid for pid in pids if os.getpgid(pid) == pid), None)


def test_a_worker_killed_four_times_imports_what_an_undisturbed_one_does(
    machine, sandbox, undisturbed
):
    killed = []
    with machine.running("serve", "--no-web"):
        queued = machine.manage("import_current", "juniper", "--queue")
        assert queued.returncode == 0, queued.stderr
        for progress in (4, 14, 26, 38):
            wait_for(
                lambda wanted=progress: len(pages_asked_for(sandbox)) >= wanted,
                seconds=60,
                what=f"page {progress}",
            )
            killed.append(worker_leader(machine))
            os.kill(killed[-1], signal.SIGKILL)
            wait_for(
                lambda: worker_leader(machine) not in {None, *killed},
                seconds=40,
                what="the next worker",
            )
        wait_for(
            lambda: jobs(machine)[0]["state"] == "done", seconds=90, what="the end"
        )

    assert len(set(killed)) == 4
    assert facts(machine) == undisturbed
    assert max(pages_asked_for(sandbox).values()) <= 1 + len(killed)
    again = pages_asked_for(sandbox).total() - len(pages_asked_for(sandbox))
    assert again <= 2 * len(killed)  # the page in hand, and the one fetched ahead


def test_a_killed_command_goes_on_when_it_is_run_again(machine, sandbox, undisturbed):
    for progress in (6, 20):
        with machine.running("import_current", "juniper") as command:
            wait_for(
                lambda wanted=progress: len(pages_asked_for(sandbox)) >= wanted,
                seconds=60,
                what=f"page {progress}",
            )
            command.kill()
            command.wait()

    done = machine.manage("import_current", "juniper", "--json")

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["state"] == "complete"
    assert facts(machine) == undisturbed
    again = pages_asked_for(sandbox).total() - len(pages_asked_for(sandbox))
    assert again <= 2 * 2


def test_a_job_that_nobody_hinted_at_is_found_by_the_sweep(
    machine, sandbox, undisturbed
):
    sandbox.faults.set([])
    queued = machine.manage("import_current", "juniper", "--queue")
    assert queued.returncode == 0, queued.stderr
    for message in machine.var.glob("queue/messages/*"):
        message.unlink()

    with machine.running("serve", "--no-web"):
        wait_for(
            lambda: jobs(machine)[0]["state"] == "done", seconds=90, what="the end"
        )

    assert facts(machine) == undisturbed
