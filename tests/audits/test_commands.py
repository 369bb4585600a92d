"""The commands ``scan`` and ``export``: what they print, write and refuse."""

import csv
import hashlib
import io
import json

import pytest
from django.core.management import call_command

from audits.models import Event
from contacts.models import Job
from tests.audits.district import AUNT, District
from tests.audits.mailing import Account

pytestmark = pytest.mark.django_db


@pytest.fixture
def district():
    district = District()
    district.family(v3=[AUNT])
    return district


def last_json(capsys):
    return json.loads(capsys.readouterr().out.splitlines()[-1])


def test_scan_prints_its_counts(district, capsys):
    call_command("scan", district.source.slug, "--json")

    told = last_json(capsys)
    assert told["grants"] == 1
    assert told["by_rule"] == {"relationship-weaker": 1}
    assert {
        "situations",
        "confirmed",
        "findings",
        "opened",
        "reopened",
        "closed",
    } <= set(told)


def test_scan_can_be_left_to_a_worker(district, capsys):
    call_command("scan", district.source.slug, "--queue", "--json")

    assert last_json(capsys)["state"] == "queued"
    assert Job.objects.get().kind == "scan"


def test_scan_goes_on_with_one_that_was_left(district, capsys):
    call_command("scan", district.source.slug, "--queue")

    call_command("scan", district.source.slug, "--json")

    assert last_json(capsys)["findings"] == 1
    assert Job.objects.get().state == Job.State.DONE


def test_scan_of_an_unknown_source_is_one_sentence(capsys):
    with pytest.raises(SystemExit) as stopped:
        call_command("scan", "nowhere")

    assert stopped.value.code == 1
    assert capsys.readouterr().err.strip() == "There is no source “nowhere”."


def test_scan_takes_an_account_of_the_other_provider(capsys):
    account = Account()
    account.subscriber("unsubscribed")

    call_command("scan", account.source.slug, "--json")

    told = last_json(capsys)
    assert (told["grants"], told["by_rule"]) == (1, {"opted-out": 1})


def test_export_writes_a_file_and_tells_its_hash(district, tmp_path, capsys):
    district.scan()
    path = tmp_path / "findings.csv"

    call_command("export", "findings", district.source.slug, "-o", str(path), "--json")

    told = last_json(capsys)
    content = path.read_bytes()
    assert told == {"rows": 1, "sha256": hashlib.sha256(content).hexdigest()}
    assert [entry.name for entry in tmp_path.iterdir()] == ["findings.csv"]
    event = Event.objects.get(action="export.downloaded")
    assert (event.via, event.after["rows"]) == ("cli", 1)
    assert event.after["sha256"] == told["sha256"]


def test_export_writes_to_standard_output_and_speaks_beside_it(district, capfd):
    district.scan()

    call_command("export", "findings", district.source.slug)

    told = capfd.readouterr()
    (row,) = csv.DictReader(io.StringIO(told.out, newline=""))
    assert row["rule"] == "relationship-weaker"
    assert told.err.startswith("1 rows, SHA-256 ")


def test_export_is_narrowed_by_state(district, capsys, tmp_path):
    district.scan()
    path = str(tmp_path / "closed.csv")

    call_command(
        "export", "findings", district.source.slug, "-o", path, "--state", "closed",
        "--json",
    )  # fmt: skip

    assert last_json(capsys)["rows"] == 0


def test_export_that_cannot_be_narrowed_is_refused(district, capsys):
    with pytest.raises(SystemExit) as stopped:
        call_command("export", "events", district.source.slug, "--state", "open")

    assert stopped.value.code == 1
    assert "cannot be narrowed by state" in capsys.readouterr().err


def test_export_to_a_folder_that_is_not_there_is_one_sentence(district, capsys):
    with pytest.raises(SystemExit) as stopped:
        call_command("export", "events", district.source.slug, "-o", "/nowhere/a.csv")

    assert stopped.value.code == 1
    told = capsys.readouterr().err.strip()
    assert told == "Cannot write /nowhere/a.csv: No such file or directory."
    assert not Event.objects.filter(action="export.downloaded").exists()
