import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests
from django.core.management import CommandError, call_command

ROOT = Path(__file__).parents[3]


@pytest.fixture
def started():
    """Start the command as a person does; stop it whatever happens."""
    told = "--contacts 30 --port 0 --token-env SANDBOX_TOKEN"
    fault = "--fault status:status=500,at=2"
    with subprocess.Popen(
        [sys.executable, "manage.py", "sandbox", *told.split(), *fault.split()],
        cwd=ROOT,
        env={**os.environ, "SANDBOX_TOKEN": "from-the-variable"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        yield process
        process.kill()


@pytest.mark.process
@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_sandbox_serves_until_it_is_told_to_stop(started, stop):
    url = started.stdout.readline().split()[-1]
    headers = {"Authorization": "Bearer from-the-variable"}

    answers = [
        requests.get(f"{url}/v3.0/districts", headers=headers, timeout=5)
        for _ in range(2)
    ]
    started.send_signal(stop)
    _, errors = started.communicate(timeout=10)

    assert [answer.status_code for answer in answers] == [200, 500]
    assert started.returncode == 0
    assert errors == ""


@pytest.mark.process
def test_sandbox_serves_a_mailing_account_in_the_ways_it_is_told():
    told = "--provider constant_contact --contacts 20 --port 0 --token t"
    ways = "--xref gone --per-day 1 --per-second 0"
    with subprocess.Popen(
        [sys.executable, "manage.py", "sandbox", *told.split(), *ways.split()],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        url = process.stdout.readline().split()[-1]
        xref = f"{url}/v3/contacts/contact_id_xrefs?sequence_ids=1"
        answers = [
            requests.get(xref, headers={"Authorization": "Bearer t"}, timeout=5)
            for _ in range(2)
        ]
        process.send_signal(signal.SIGTERM)

    assert [answer.status_code for answer in answers] == [404, 429]


def test_files_of_an_account_are_written_with_its_own_count(tmp_path):
    call_command(
        "sandbox",
        *("--provider", "constant_contact", "--no-serve", "--write", str(tmp_path)),
    )

    told = json.loads((tmp_path / "truth.json").read_text(encoding="utf-8"))
    assert told["counts"]["legacy_contacts"] == 1000
    assert (tmp_path / "legacy_contacts.csv").exists()


def test_no_serve_only_writes_the_files(tmp_path):
    call_command(
        "sandbox",
        *("--contacts", "40", "--seed", "2", "--no-serve"),
        *("--today", "2026-11-22", "--write", str(tmp_path / "out")),
    )

    told = json.loads((tmp_path / "out" / "truth.json").read_text(encoding="utf-8"))
    assert told["today"] == "2026-11-22"
    assert told["seed"] == 2
    assert told["counts"]["contacts"] == 40


def test_a_token_is_needed_to_serve():
    with pytest.raises(CommandError, match="--token or --token-env"):
        call_command("sandbox", "--contacts", "1")


def test_an_empty_token_variable_is_told_by_name(monkeypatch):
    monkeypatch.setenv("NO_TOKEN_HERE", "")

    with pytest.raises(CommandError, match="NO_TOKEN_HERE"):
        call_command("sandbox", "--contacts", "1", "--token-env", "NO_TOKEN_HERE")


def test_an_unreadable_fault_is_refused_in_words():
    with pytest.raises(CommandError, match="Cannot read --fault"):
        call_command("sandbox", "--contacts", "1", "--token", "x", "--fault", "rain")


@pytest.mark.parametrize("port", ["70000", "-1"])
def test_an_impossible_port_is_refused_in_words(port):
    with pytest.raises(CommandError, match="Cannot listen on port"):
        call_command("sandbox", "--contacts", "1", "--token", "x", f"--port={port}")


def test_a_folder_that_cannot_be_written_is_refused_in_words(tmp_path):
    taken = tmp_path / "file"
    taken.write_text("")

    with pytest.raises(CommandError, match="Cannot write to"):
        call_command("sandbox", "--contacts", "1", "--no-serve", "--write", str(taken))


def test_a_count_below_zero_is_refused():
    with pytest.raises(CommandError, match="must not be below 0"):
        call_command("sandbox", "--contacts=-1", "--no-serve")
