import stat

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError

from contacts import demonstrating
from contacts.models import Job, Snapshot
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


def test_make_district_writes_once_and_remembers_how(tmp_path):
    made = demonstrating.make_district(tmp_path, contacts=60)
    files = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    again = demonstrating.make_district(tmp_path, contacts=999)

    assert again == made
    assert made["contacts"] == "60"
    assert set(demonstrating.FILES) <= set(files)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == files


def test_add_source_adds_it_and_follows_its_address(monkeypatch):
    monkeypatch.setenv(demonstrating.TOKEN_VARIABLE, "t" * 40)
    demonstrating.add_source(api_url="http://127.0.0.1:8010")

    source = demonstrating.add_source(api_url="http://127.0.0.1:8999")

    assert source.api_url == "http://127.0.0.1:8999"
    assert source.token == "t" * 40


def test_fill_does_nothing_where_all_is_done(tmp_path):
    source = SourceFactory(slug=demonstrating.SLUG)
    for kind in ("legacy_contacts", "contacts", "grants", "restrictions"):
        SnapshotFactory(source=source, kind=kind)
    JobFactory(source=source, kind="scan", state=Job.State.DONE)
    said = []

    demonstrating.fill(source, tmp_path, say=said.append, wait=assert_true)

    assert said == []
    assert source.jobs.count() == 1
    assert source.snapshots.count() == 4


def test_fill_forgives_what_a_person_tried_and_failed_meanwhile(tmp_path):
    source = SourceFactory(slug=demonstrating.SLUG)
    for kind in ("legacy_contacts", "contacts", "grants", "restrictions"):
        SnapshotFactory(source=source, kind=kind)
    JobFactory(source=source, kind="scan", state=Job.State.DONE)
    JobFactory(source=source, state=Job.State.FAILED, error="no such file")

    demonstrating.fill(source, tmp_path, say=print, wait=assert_true)

    assert source.jobs.count() == 2


def assert_true(ready):
    assert ready()


def test_fill_says_what_stopped_an_import(tmp_path):
    source = SourceFactory(slug=demonstrating.SLUG)
    demonstrating.make_district(tmp_path, contacts=60)

    def fail(ready):
        source.jobs.filter(state=Job.State.QUEUED).update(
            state=Job.State.FAILED, error="The file is empty."
        )
        assert ready()

    with pytest.raises(CommandError, match=r"was failed: The file is empty\."):
        demonstrating.fill(source, tmp_path, say=print, wait=fail)

    assert not Snapshot.objects.filter(source=source, state="complete").exists()
