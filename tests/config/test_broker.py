from queue import Empty

import pytest
from kombu import Connection
from kombu.exceptions import ChannelError


@pytest.fixture
def folders(tmp_path):
    names = ["messages", "processed", "control"]
    for name in names:
        (tmp_path / name).mkdir()
    return tmp_path


@pytest.fixture
def channel(folders):
    options = {
        "data_folder_in": str(folders / "messages"),
        "data_folder_out": str(folders / "messages"),
        "processed_folder": str(folders / "processed"),
        "control_folder": str(folders / "control"),
        "store_processed": True,
    }
    with Connection(
        "filesystem://localhost",
        transport="config.broker:Transport",
        transport_options=options,
    ) as connection:
        yield connection.channel()


def test_put_publishes_whole_files_in_the_order_they_were_sent(channel, folders):
    channel._put("main", {"body": "first"})
    channel._put("main", {"body": "second"})

    bodies = [channel._get("main")["body"], channel._get("main")["body"]]

    assert bodies == ["first", "second"]
    assert list((folders / "messages").iterdir()) == []


def test_get_meets_no_message_that_is_still_being_written(channel, folders):
    (folders / "messages" / "tmp-1_x.main.msg.part").write_text('{"body": "ha')

    with pytest.raises(Empty):
        channel._get("main")


def test_get_leaves_another_queues_messages(channel):
    channel._put("export", {"body": "other"})

    with pytest.raises(Empty):
        channel._get("main")


def test_put_says_that_it_could_not(channel, folders):
    (folders / "messages").rmdir()

    with pytest.raises(ChannelError, match="cannot queue the message"):
        channel._put("main", {"body": "lost"})
