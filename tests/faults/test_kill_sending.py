"""Kill -9 while a run is sent, again and again: each contact is changed once, and read back."""

import json
import os
import signal

import pytest

from contacts.sandbox.account_server import AccountSandbox, Behaviour
from contacts.sandbox.faults import Fault, Faults, Kind
from contacts.sandbox.serving import running
from tests import factories
from tests.audits.writes.served import TOKEN, account_of, served
from tests.machine import new_machine, wait_for

pytestmark = [pytest.mark.process, pytest.mark.timeout(240)]

PEOPLE = 40
SLOW = Fault(Kind.SLOW, times=0, seconds=0.06)

# The account as imported, and a run of it that a second person confirmed.
BEGIN = """
from audits.writes import runs
from contacts import working
from tests import factories
from tests.audits.accounts import legacy_record
from tests.audits.writes import served
source = factories.MailSourceFactory(api_url={url!r}, token=served.TOKEN)
factories.MailAccountFactory(source=source, may_write=True)
for n in range(1, {people} + 1):
    served._stored(source, *served.clerk(n))
maker, other = [factories.UserFactory(is_superuser=True) for _ in range(2)]
run = runs.prepare(source=source, by=maker)
working.run_here(runs.job_of(run))
run.refresh_from_db()
runs.ask(run, by=maker, reason="V3 lacks it")
runs.confirm(run, by=other, sha256=run.sha256)
runs.start(run, by=maker)
"""
TOLD = """
import json
from audits.models import Event, WriteItem, WriteRun
from contacts.models import Job
print(json.dumps({
    "run": WriteRun.objects.get().state,
    "items": list(WriteItem.objects.order_by("place").values_list("state", flat=True)),
    "events": Event.objects.filter(action="write.sent").count(),
    "job": Job.objects.get(kind="send_write").state,
}))
"""


def shell(machine, script):
    done = machine.manage("shell", "-v0", "-c", script)
    assert done.returncode == 0, done.stderr
    return done.stdout


def told(machine):
    return json.loads(shell(machine, TOLD).splitlines()[-1])


def worker_leader(machine):
    pids = machine.processes("celery", "worker")
    return next((pid for pid in pids if os.getpgid(pid) == pid), None)


def changes(sandbox):
    """Count how often each contact was changed; what is only read has a query."""
    paths = sandbox.log.told()["paths"]
    asked = [f"/v3/contacts/{factories.uuid(n)}" for n in range(1, PEOPLE + 1)]
    return [paths.get(path, 0) for path in asked]


def test_a_sender_killed_thrice_changes_each_contact_once(tmp_path):
    contacts = [served(n) for n in range(1, PEOPLE + 1)]
    sandbox = AccountSandbox(
        account_of(contacts),
        token=TOKEN,
        faults=Faults([SLOW]),
        behaviour=Behaviour(per_second=100_000, per_day=100_000),
    )
    killed = []
    with running(sandbox), new_machine(tmp_path) as machine:
        machine.env |= {
            "ALLOW_LOOPBACK_PROVIDERS": "true",
            "CONSTANT_CONTACT_PER_SECOND": "100000",
        }
        shell(machine, BEGIN.format(url=sandbox.url, people=PEOPLE))
        with machine.running("serve", "--no-web"):
            for progress in (4, 14, 26):
                wait_for(
                    lambda wanted=progress: sum(changes(sandbox)) >= wanted,
                    seconds=60,
                    what=f"change {progress}",
                )
                killed.append(worker_leader(machine))
                os.kill(killed[-1], signal.SIGKILL)
                wait_for(
                    lambda: worker_leader(machine) not in {None, *killed},
                    seconds=40,
                    what="the next worker",
                )
            wait_for(lambda: told(machine)["job"] == "done", seconds=90, what="the end")
        end = told(machine)

    assert end["run"] == "done"
    assert end["items"] == ["verified"] * PEOPLE
    assert end["events"] == PEOPLE
    assert changes(sandbox) == [1] * PEOPLE
