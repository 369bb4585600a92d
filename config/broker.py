"""A message queue in a folder, for one machine without a server.

Kombu's file transport writes a message where readers look for it, so a reader may meet
half of one and drop it (kombu issue 1551). Here a message is written aside, flushed to
disk and renamed into place: a reader sees all of it or nothing.
"""

import os
import time
import uuid
from pathlib import Path
from typing import Any

from kombu.exceptions import ChannelError
from kombu.transport import filesystem
from kombu.utils.encoding import str_to_bytes
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    """The file queue, publishing by rename, in folders that it makes itself."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for folder in (
            self.data_folder_out,
            self.processed_folder,
            self.control_folder,
        ):
            Path(folder).mkdir(mode=0o700, parents=True, exist_ok=True)

    def _put(self, queue: str, message: Any, **_: Any) -> None:  # type: ignore[override]  # its two bases differ
        name = f"{time.time_ns():020d}_{uuid.uuid4()}.{queue}.msg"
        folder = Path(self.data_folder_out)
        part = folder / f"tmp-{name}.part"
        try:
            with part.open("wb") as file:
                file.write(str_to_bytes(dumps(message)))
                file.flush()
                os.fsync(file.fileno())
            part.replace(folder / name)
        except OSError as error:
            raise ChannelError(f"cannot queue the message: {error}") from error


class Transport(filesystem.Transport):
    """Kombu's file transport over that channel; the setting ``broker_transport`` names it."""

    Channel = Channel
