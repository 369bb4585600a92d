import stat
from datetime import date

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError

from audits.models import Finding
from contacts import accounts, demonstrating, shows, working
from contacts.models import Job, Snapshot
from contacts.sandbox import account, account_server
from tests.factories import JobFactory, SnapshotFactory, SourceFactory

pytestmark = pytest.mark.django_db

PASSWORD = "a-password-of-the-demo"


def test_make_people_makes_one_a_role_who_can_log_in():
    people = demonstrating.make_people(PASSWORD)

    roles = {
        person.username: [group.name for group in person.groups.all()]
        for person in people
        if not person.is_superuser
    }
    assert roles == {name: [name] for name in demonstrating.ROLES}
    assert [person.username for person in people if person.is_superuser] == ["admin"]
    assert all(person.check_password(PASSWORD) for person in people)


def test_make_people_twice_keeps_them_and_their_sessions():
    before = {person.username: person.password for person in people_of(PASSWORD)}

    after = {person.username: person.password for person in people_of(PASSWORD)}

    assert after == before
    assert User.objects.count() == len(before)


def test_make_people_takes_a_new_password_where_the_file_was_lost():
    people_of(PASSWORD)

    people = people_of("another-password-instead")

    assert all(person.check_password("another-password-instead") for person in people)


def people_of(password):
    return demonstrating.make_people(password)


def test_keep_secret_makes_one_and_keeps_it(tmp_path):
    path = tmp_path / "demo" / "token"

    first = demonstrating.keep_secret(path, size=30)

    assert len(first) >= 40
    assert demonstrating.keep_secret(path, size=30) == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_write_logins_is_for_the_owner_alone(tmp_path):
    path = tmp_path / "logins.txt"
    path.touch(mode=0o644)

    demonstrating.write_logins(path, demonstrating.login_table(PASSWORD))

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text().count(PASSWORD) == len(demonstrating.ROLES) + 1


@pytest.mark.parametrize("show", shows.SHOWS, ids=lambda show: show.slug)
def test_make_files_writes_once_and_remembers_how(show, tmp_path):
    made = demonstrating.make_files(show, tmp_path, contacts=60)
    files = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    again = demonstrating.make_files(show, tmp_path, contacts=999)

    assert again == made
    assert made["contacts"] == "60"
    assert {name for step in show.imports for name in step.files} <= set(files)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == files


def test_shows_keep_their_files_and_tokens_apart():
    assert len({show.folder for show in shows.SHOWS}) == len(shows.SHOWS)
    assert len({show.token_variable for show in shows.SHOWS}) == len(shows.SHOWS)


@pytest.mark.parametrize("show", shows.SHOWS, ids=lambda show: show.slug)
def test_add_source_adds_it_and_follows_its_address(show, monkeypatch):
    monkeypatch.setenv(show.token_variable, "t" * 40)
    demonstrating.add_source(show, api_url="http://127.0.0.1:8010")

    source = demonstrating.add_source(show, api_url="http://127.0.0.1:8999")

    assert source.api_url == "http://127.0.0.1:8999"
    assert source.token == "t" * 40
    assert source.provider == show.provider


def test_add_source_enters_the_application_that_the_sandbox_knows(monkeypatch):
    monkeypatch.setenv(shows.ACCOUNT.token_variable, "t" * 40)

    source = demonstrating.add_source(shows.ACCOUNT, api_url="http://127.0.0.1:8011")

    kept = accounts.of(source)
    assert kept.client_id == account_server.CLIENT_ID
    assert kept.client_secret == account_server.CLIENT_SECRET
    assert kept.v2_key == account_server.API_KEY
    assert not kept.may_write


def test_add_source_enters_the_application_again_at_another_sandbox(monkeypatch):
    monkeypatch.setenv(shows.ACCOUNT.token_variable, "t" * 40)
    demonstrating.add_source(shows.ACCOUNT, api_url="http://127.0.0.1:8011")

    source = demonstrating.add_source(shows.ACCOUNT, api_url="http://127.0.0.1:8999")

    kept = accounts.of(source)
    assert kept.client_secret == account_server.CLIENT_SECRET
    assert kept.v2_key == account_server.API_KEY


def test_add_source_leaves_what_a_person_changed(monkeypatch):
    monkeypatch.setenv(shows.ACCOUNT.token_variable, "t" * 40)
    source = demonstrating.add_source(shows.ACCOUNT, api_url="http://127.0.0.1:8011")
    accounts.change(accounts.of(source), client_id="another", by=None)

    demonstrating.add_source(shows.ACCOUNT, api_url="http://127.0.0.1:8011")

    assert accounts.of(source).client_id == "another"


@pytest.fixture(params=shows.SHOWS, ids=lambda show: show.slug)
def filled(request):
    """A show with every import and its scan done."""
    show = request.param
    source = SourceFactory(slug=show.slug, provider=show.provider)
    for step in show.imports:
        SnapshotFactory(source=source, kind=step.kind)
    JobFactory(source=source, kind="scan", state=Job.State.DONE)
    return show, source


def test_fill_does_nothing_where_all_is_done(filled, tmp_path):
    show, source = filled
    said = []

    demonstrating.fill(show, source, tmp_path, say=said.append, wait=assert_true)

    assert said == []
    assert source.jobs.count() == 1
    assert source.snapshots.count() == len(show.imports)


def test_fill_forgives_what_a_person_tried_and_failed_meanwhile(filled, tmp_path):
    show, source = filled
    JobFactory(source=source, state=Job.State.FAILED, error="no such file")

    demonstrating.fill(show, source, tmp_path, say=print, wait=assert_true)

    assert source.jobs.count() == 2


def assert_true(ready):
    assert ready()


@pytest.mark.parametrize("show", shows.SHOWS, ids=lambda show: show.slug)
def test_fill_says_what_stopped_an_import(show, tmp_path):
    source = SourceFactory(slug=show.slug, provider=show.provider)
    demonstrating.make_files(show, tmp_path, contacts=60)

    def fail(ready):
        source.jobs.filter(state=Job.State.QUEUED).update(
            state=Job.State.FAILED, error="The file is empty."
        )
        assert ready()

    with pytest.raises(CommandError, match=r"was failed: The file is empty\."):
        demonstrating.fill(show, source, tmp_path, say=print, wait=fail)

    assert not Snapshot.objects.filter(source=source, state="complete").exists()


def test_fill_brings_an_account_in_and_scans_it(tmp_path, monkeypatch):
    """Every step of the mailing show, done here instead of by a worker."""
    show = shows.ACCOUNT
    how = demonstrating.make_files(show, tmp_path, contacts=40)
    monkeypatch.setenv(show.token_variable, "t" * 40)
    people = account.make_account(
        seed=7, contacts=40, today=date.fromisoformat(how["today"])
    )
    said = []

    with account_server.serving(people, token="t" * 40) as url:
        source = demonstrating.add_source(show, api_url=url)
        demonstrating.fill(show, source, tmp_path, say=said.append, wait=work)

    found = Finding.objects.filter(source=source)
    flagged = [
        rule
        for rule in people.truth.values()
        if rule not in {"confirmed", "other-basis"}
    ]
    assert len(said) == len(show.imports) + 1
    assert sorted(found.values_list("rule", flat=True)) == sorted(flagged)


def work(ready):
    for job in Job.objects.filter(state=Job.State.QUEUED):
        working.run_here(job)
    assert ready()
