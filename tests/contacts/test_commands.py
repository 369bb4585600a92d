import io
import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import OperationalError
from django.utils import timezone

from contacts import accounts, commands, importing, jobs, processes, sources
from contacts.models import Contact, Job, LegacyContact, Source
from tests.contacts import facts
from tests.factories import JobFactory, SourceFactory

pytestmark = pytest.mark.django_db

ADD = (
    "add_source",
    "juniper",
    "--provider=clever",
    "--name=Juniper Valley",
    "--external-id=d1",
)


@pytest.fixture
def stored(tmp_path):
    return facts.ndjson(tmp_path / "v2.ndjson", facts.legacy(1), facts.legacy(2))


@pytest.fixture
def source():
    return SourceFactory(slug="juniper", name="Juniper Valley")


def run(capsys, *argv):
    call_command(*argv)
    return capsys.readouterr().out.splitlines()


def told(capsys, *argv):
    return json.loads(run(capsys, *argv, "--json")[-1])


def refused(capsys, *argv):
    """Give the exit code and what stands on stderr."""
    with pytest.raises(SystemExit) as stopped:
        call_command(*argv)
    return stopped.value.code, capsys.readouterr().err.strip()


# --- add_source --------------------------------------------------------------


def test_add_source_keeps_the_token_and_never_prints_it(capsys, monkeypatch):
    monkeypatch.setenv("CLEVER_TOKEN", "s3cret")

    lines = run(capsys, *ADD, "--token-env=CLEVER_TOKEN", "--json")

    assert json.loads(lines[-1]) == {"source": "juniper", "created": True}
    assert Source.objects.get().token == "s3cret"
    assert "s3cret" not in "".join(lines)


def test_add_source_again_updates_it_and_keeps_what_is_not_told(capsys, monkeypatch):
    monkeypatch.setenv("CLEVER_TOKEN", "s3cret")
    run(capsys, *ADD, "--token-env=CLEVER_TOKEN", "--api-url=https://api.clever.com")

    answer = told(capsys, *ADD[:3], "--name=Juniper", ADD[4])

    source = Source.objects.get()
    assert answer["created"] is False
    assert (source.name, source.token) == ("Juniper", "s3cret")
    assert source.api_url == "https://api.clever.com"


def test_add_source_sends_a_stored_token_to_no_other_address(capsys, monkeypatch):
    monkeypatch.setenv("CLEVER_TOKEN", "s3cret")
    run(capsys, *ADD, "--token-env=CLEVER_TOKEN")

    call_command(*ADD, "--api-url=https://elsewhere.example")

    assert "token was forgotten" in capsys.readouterr().err
    assert Source.objects.get().token == ""

    run(capsys, *ADD, "--api-url=https://api.clever.com", "--token-env=CLEVER_TOKEN")
    assert Source.objects.get().token == "s3cret"


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        ((*ADD, "--token-env=NOT_SET"), "The variable NOT_SET holds no token."),
        ((*ADD, "--api-url=ftp://example.org"), "address"),
        ((ADD[0], "no slug", *ADD[2:]), "“no slug” is no short name"),
    ],
)
def test_add_source_refuses_in_one_sentence(capsys, argv, words):
    code, err = refused(capsys, *argv)

    assert code == 1
    assert words in err
    assert "\n" not in err
    assert not Source.objects.exists()


def test_add_source_does_not_turn_one_tenant_into_another(capsys):
    run(capsys, *ADD)

    code, err = refused(capsys, *ADD[:4], "--external-id=d2")

    assert (code, err) == (
        1,
        "“juniper” is another tenant: its provider and id cannot change.",
    )


def test_add_source_refuses_a_second_name_for_one_tenant(capsys):
    run(capsys, *ADD)

    code, err = refused(capsys, ADD[0], "other", *ADD[2:])

    assert (code, err) == (1, str(sources.SourceExists()))


ACCOUNT = (
    "add_source",
    "riverside",
    "--provider=constant_contact",
    "--name=Riverside",
    "--external-id=a1",
)


def test_add_source_sets_an_account_and_prints_no_secret(capsys, monkeypatch):
    monkeypatch.setenv("CC_SECRET", "secret-canary")
    monkeypatch.setenv("CC_V2_KEY", "key-canary")

    lines = run(
        capsys,
        *ACCOUNT,
        "--client-id=app-1",
        "--client-secret-env=CC_SECRET",
        "--v2-key-env=CC_V2_KEY",
        "--limits=current",
        "--xref-path=contacts/contact_id_xrefs",
    )

    account = accounts.of(Source.objects.get())
    assert (account.client_id, account.client_secret) == ("app-1", "secret-canary")
    assert (account.v2_key, account.limits) == ("key-canary", "current")
    assert account.xref_path == "contacts/contact_id_xrefs"
    assert "canary" not in "".join(lines)


def test_add_source_again_keeps_what_is_not_told_of_the_account(capsys, monkeypatch):
    monkeypatch.setenv("CC_SECRET", "secret-canary")
    run(capsys, *ACCOUNT, "--client-id=app-1", "--client-secret-env=CC_SECRET")

    run(capsys, *ACCOUNT, "--limits=current")

    account = accounts.of(Source.objects.get())
    assert (account.client_id, account.client_secret) == ("app-1", "secret-canary")
    assert account.limits == "current"


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        ((*ACCOUNT, "--client-secret-env=NOT_SET"), "holds no client secret."),
        ((*ACCOUNT, "--auth-url=http://authz.example.org"), "must start with https"),
        ((*ACCOUNT, "--xref-path=no path"), "contacts/contact_id_xrefs"),
        ((*ADD, "--limits=current"), "--limits is for Constant Contact alone."),
    ],
)
def test_add_source_refuses_an_account_and_adds_nothing(capsys, argv, words):
    code, err = refused(capsys, *argv)

    assert code == 1
    assert words in err
    assert not Source.objects.exists()


def test_add_source_keeps_the_token_that_is_told_with_another_host(capsys, monkeypatch):
    monkeypatch.setenv("CC_TOKEN", "t0ken")
    told_both = (*ACCOUNT, "--token-env=CC_TOKEN", "--v2-url=https://one.example")

    run(capsys, *told_both)
    assert Source.objects.get().token == "t0ken"

    run(capsys, *told_both[:-1], "--v2-url=https://other.example")
    assert Source.objects.get().token == "t0ken"


def test_add_source_says_that_a_stored_token_was_left_behind(capsys, monkeypatch):
    monkeypatch.setenv("CC_TOKEN", "t0ken")
    run(capsys, *ACCOUNT, "--token-env=CC_TOKEN")

    call_command(*ACCOUNT, "--v2-url=https://elsewhere.example")

    assert "token was forgotten" in capsys.readouterr().err
    assert Source.objects.get().token == ""


def test_add_source_sends_a_stored_secret_nowhere_else(capsys, monkeypatch):
    monkeypatch.setenv("CC_SECRET", "secret-canary")
    run(capsys, *ACCOUNT, "--client-secret-env=CC_SECRET")

    _, err = refused(capsys, *ACCOUNT, "--auth-url=https://elsewhere.example")

    assert err.endswith("give --client-secret-env.")


# --- Imports -----------------------------------------------------------------


def test_import_legacy_tells_its_counts(capsys, source, stored):
    answer = told(capsys, "import_legacy", "juniper", str(stored))

    assert answer | {"snapshot": 0} == {
        "snapshot": 0,
        "state": "complete",
        "pages": 1,
        "rows_in": 2,
        "imported": 2,
        "unchanged": 0,
        "quarantined": 0,
        "duplicates": 0,
        "closed": 0,
    }


def test_import_legacy_says_to_a_person_how_it_went(capsys, source, stored):
    lines = run(capsys, "import_legacy", "juniper", str(stored))

    assert "imported 2" in lines[-1]


def test_import_legacy_asks_the_api_on_request(capsys, source):
    provider = facts.Provider(source)
    provider.legacy_contacts = [facts.legacy(1)]

    with provider.serving():
        answer = told(capsys, "import_legacy", "juniper", "--api")

    assert answer["imported"] == 1


@pytest.mark.parametrize("argv", [(), ("v2.json", "--api")])
def test_import_legacy_needs_files_or_the_api(capsys, source, argv):
    code, err = refused(capsys, "import_legacy", "juniper", *argv)

    assert (code, err) == (2, "Name the files to import, or give --api.")


def test_import_current_tells_all_its_snapshots_as_one(capsys, source):
    provider = facts.Provider(source)
    provider.contacts = [facts.contact(1)]
    provider.students = [facts.student(1)]

    with provider.serving():
        answer = told(capsys, "import_current", "juniper")

    assert (answer["rows_in"], answer["imported"], answer["pages"]) == (2, 2, 2)
    assert Contact.objects.count() == 1


def test_an_unknown_source_is_one_sentence(capsys):
    assert refused(capsys, "import_current", "nowhere") == (
        1,
        "There is no source “nowhere”.",
    )


def test_an_account_that_is_not_connected_is_one_sentence(capsys):
    SourceFactory(slug="list", name="News", provider="constant_contact")

    assert refused(capsys, "import_current", "list") == (
        1,
        "News is not connected. Connect it on the source's page.",
    )


def test_a_failed_import_is_one_sentence(capsys, source, tmp_path):
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("%PDF-1.7")

    code, err = refused(capsys, "import_legacy", "juniper", str(wrong))

    assert code == 1
    assert err.startswith("wrong.csv: Line 1, column 1: this is a PDF")


def test_queue_leaves_the_work_to_a_worker(capsys, source, stored):
    answer = told(capsys, "import_legacy", "juniper", str(stored), "--queue")

    job = Job.objects.get()
    assert answer == {"job": job.pk, "state": "queued"}
    assert not LegacyContact.objects.exists()


def test_a_killed_command_is_gone_on_with_by_running_it_again(
    capsys, source, stored, monkeypatch
):
    job = importing.start_legacy_files(source=source, paths=[stored], by=None)
    facts.lease(job)
    monkeypatch.setattr(processes, "is_alive", lambda owner: False)

    answer = told(capsys, "import_legacy", "juniper", str(stored))

    job.refresh_from_db()
    assert (job.state, answer["imported"]) == ("done", 2)
    assert Job.objects.count() == 1


def test_an_import_at_work_elsewhere_is_refused_kindly(capsys, source, stored):
    job = importing.start_legacy_files(source=source, paths=[stored], by=None)
    facts.lease(job)

    code, err = refused(capsys, "import_legacy", "juniper", str(stored))

    assert code == 1
    assert err == (
        "“Import stored v2 contacts” is not finished yet. Wait for it, or cancel it."
    )


def test_another_import_waiting_is_not_done_instead(capsys, source, stored):
    JobFactory(source=source, title="Import grants", kind="import_grants")

    code, err = refused(capsys, "import_legacy", "juniper", str(stored))

    assert code == 1
    assert err.startswith("“Import grants” is not finished yet.")


# --- What every command promises ---------------------------------------------


class Failing(commands.PlainCommand):
    """Fails as it is told."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(stderr=io.StringIO())
        self.error = error

    def perform(self, options):
        raise self.error


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OperationalError("host=db password=x"), "The database did not do as asked"),
        (ValueError("Ana Diaz"), "Stopped on an unexpected error (ValueError)."),
        (KeyboardInterrupt(), "Stopped. Run the same command again to go on."),
    ],
)
def test_no_failure_shows_a_traceback_or_a_value(error, words):
    command = Failing(error)

    with pytest.raises(SystemExit) as stopped:
        call_command(command)

    said = command.stderr._out.getvalue()
    assert stopped.value.code == 1
    assert words in said
    assert said.count("\n") == 1
    assert "Ana" not in said
    assert "password" not in said


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_the_bar_shows_how_far_a_job_is():
    terminal = Terminal()
    bar = commands.Bar(commands.OutputWrapper(terminal))

    bar.show(Job(phase="Reading grants", rows_done=1500, rows_total=3000))
    bar.clear()

    assert "[###############               ]  50 % " in terminal.getvalue()
    assert "Reading grants: 1,500 rows" in terminal.getvalue()


def test_the_bar_is_silent_where_nobody_looks():
    stream = io.StringIO()
    bar = commands.Bar(commands.OutputWrapper(stream))

    bar.show(Job(phase="Reading", rows_done=1))
    bar.clear()

    assert stream.getvalue() == ""


def test_a_job_that_another_process_took_is_told(capsys, source, stored, monkeypatch):
    def run_here(job, **told):
        job.state = Job.State.RUNNING
        return job

    monkeypatch.setattr(commands.working, "run_here", run_here)

    code, err = refused(capsys, "import_legacy", "juniper", str(stored))

    assert (code, err) == (
        1,
        "“Import stored v2 contacts” is being done by another process.",
    )


def test_a_cancelled_job_is_told(capsys, source, stored, monkeypatch):
    def run_here(job, **told):
        jobs.cancel(job, by=None)
        return job

    monkeypatch.setattr(commands.working, "run_here", run_here)

    code, err = refused(capsys, "import_legacy", "juniper", str(stored))

    assert (code, err) == (1, "“Import stored v2 contacts” was cancelled.")


# --- What the result does not tell -------------------------------------------


def test_rows_that_could_not_be_read_are_named_on_stderr_alone(
    capsys, source, tmp_path
):
    path = facts.ndjson(tmp_path / "v2.json", facts.legacy(1), *[{"foo": 1}] * 17)

    call_command("import_legacy", "juniper", str(path), "--json")

    out, err = capsys.readouterr()
    assert json.loads(out)["quarantined"] == 17
    assert err.splitlines() == [
        *(f"line {number}: id is missing" for number in range(2, 7)),
        "and 12 more: the snapshot's page lists them",
    ]


def test_a_file_without_one_contact_is_refused(capsys, source, tmp_path):
    path = facts.ndjson(tmp_path / "v2.json", *[{"foo": 1}] * 3)

    code, err = refused(capsys, "import_legacy", "juniper", str(path))

    assert code == 1
    assert err == (
        "v2.json: none of its 3 rows is a v2 contact (line 1: id is missing)."
        " Choose the file that holds the stored v2 contacts."
    )
    assert not LegacyContact.objects.exists()


def waiting(monkeypatch, seconds):
    """Let the provider make the first attempt wait."""
    words = "The day's requests are used up."
    until = timezone.now() + timedelta(seconds=seconds)
    done = jobs.handlers["import_legacy"]
    ends = [jobs.Later(until=until, words=words)]

    def handler(lease):
        if ends:
            raise ends.pop()
        return done(lease)

    monkeypatch.setitem(jobs.handlers, "import_legacy", handler)
    return words


def test_a_short_wait_is_told_once_and_waited_out(capsys, source, stored, monkeypatch):
    words = waiting(monkeypatch, 0.3)

    call_command("import_legacy", "juniper", str(stored), "--json")

    out, err = capsys.readouterr()
    assert err.splitlines() == [words]
    assert json.loads(out)["imported"] == 2


def test_a_long_wait_leaves_the_job_in_the_queue(capsys, source, stored, monkeypatch):
    words = waiting(monkeypatch, 3600)
    monkeypatch.setattr(commands.working.time, "sleep", lambda _: None)

    for _ in range(2):
        code, err = refused(capsys, "import_legacy", "juniper", str(stored))

        assert code == 1
        assert err == f"{words} Run the same command again then to go on."
    job = Job.objects.get()
    assert job.state == Job.State.QUEUED
    assert job.not_before > timezone.now()
    Job.objects.update(not_before=timezone.now())
    assert told(capsys, "import_legacy", "juniper", str(stored))["imported"] == 2
