from pathlib import Path

import pytest

from contacts import checks

MOUNTS = """\
/dev/sda1 / ext4 rw 0 0
server:/home /home nfs4 rw 0 0
/dev/sdb1 /home/local\\040disk ext4 rw 0 0
tmpfs /homely tmpfs rw 0 0
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/srv/retie/retie.sqlite3", "ext4"),
        ("/home/ana/retie.sqlite3", "nfs4"),
        ("/home/local disk/retie.sqlite3", "ext4"),
        ("/homely/retie.sqlite3", "tmpfs"),
    ],
)
def test_file_system_of_takes_the_nearest_mount(path, kind):
    assert checks.file_system_of(Path(path), mounts=MOUNTS) == kind


def test_file_system_of_says_nothing_where_nothing_is_known():
    assert checks.file_system_of(Path("/srv/x"), mounts="") == ""


def test_sqlite_on_a_network_file_system_is_named():
    database = {"ENGINE": "django.db.backends.sqlite3", "NAME": "/home/a/db"}

    assert checks.network_file_system(database, mounts=MOUNTS) == "nfs4"


@pytest.mark.parametrize(
    ("engine", "name"),
    [
        ("django.db.backends.sqlite3", "/srv/db"),
        ("django.db.backends.sqlite3", ":memory:"),
        ("django.db.backends.postgresql", "/home/a/db"),
    ],
)
def test_other_databases_are_accepted(engine, name):
    database = {"ENGINE": engine, "NAME": name}

    assert checks.network_file_system(database, mounts=MOUNTS) == ""


def test_sqlite_is_local_refuses_what_would_corrupt_it(monkeypatch):
    monkeypatch.setattr(checks, "network_file_system", lambda *a, **k: "nfs4")

    errors = checks.sqlite_is_local(None)

    assert [error.id for error in errors] == ["contacts.E003"]
    assert "nfs4" in errors[0].msg


def test_queue_is_private_refuses_a_folder_open_to_others(settings, tmp_path):
    settings.CELERY = {"broker_transport_options": {"data_folder_in": str(tmp_path)}}
    tmp_path.chmod(0o755)

    errors = checks.queue_is_private(None)

    assert [error.id for error in errors] == ["contacts.E002"]


def test_queue_is_private_accepts_one_that_is(settings, tmp_path):
    settings.CELERY = {"broker_transport_options": {"data_folder_in": str(tmp_path)}}
    tmp_path.chmod(0o700)

    assert checks.queue_is_private(None) == []
