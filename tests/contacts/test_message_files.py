import os
import stat
import time

import pytest

from contacts import message_files


@pytest.fixture
def queue(settings, tmp_path):
    options = {
        "data_folder_in": str(tmp_path / "queue" / "messages"),
        "processed_folder": str(tmp_path / "queue" / "processed"),
        "control_folder": str(tmp_path / "queue" / "control"),
    }
    settings.CELERY = {"broker_transport_options": options}
    return tmp_path / "queue"


def age(path, *, seconds):
    long_ago = time.time() - seconds
    os.utime(path, (long_ago, long_ago))


def test_prepare_makes_folders_only_their_owner_can_use(queue):
    message_files.prepare()

    made = [queue, *queue.iterdir()]

    assert len(made) == 4
    assert {stat.S_IMODE(path.stat().st_mode) for path in made} == {0o700}


def test_prepare_closes_a_folder_that_was_open(queue):
    message_files.prepare()
    (queue / "messages").chmod(0o777)

    message_files.prepare()

    assert stat.S_IMODE((queue / "messages").stat().st_mode) == 0o700


def test_reap_removes_old_read_messages_and_parts_and_nothing_else(queue):
    message_files.prepare()
    old = [queue / "processed" / "1.main.msg", queue / "messages" / "tmp-2.part"]
    unread = queue / "messages" / "3.main.msg"
    recent = queue / "processed" / "4.main.msg"
    for path in [*old, unread, recent]:
        path.touch()
    for path in [*old, unread]:
        age(path, seconds=7200)

    removed = message_files.reap()

    assert removed == 2
    assert unread.exists()
    assert recent.exists()


def test_another_broker_has_no_files_to_care_for(settings, tmp_path):
    settings.CELERY = {"broker_transport_options": {"visibility_timeout": 900}}

    message_files.prepare()

    assert message_files.reap() == 0
    assert list(tmp_path.iterdir()) == []
