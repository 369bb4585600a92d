"""The folders of the file queue: made private, kept small.

Only the default broker uses them; with another one there is nothing to do. Kombu moves a
message it has read aside and leaves it there, and a writer that died leaves its part of
one, so both are removed after a while.
"""

import time
from pathlib import Path

from django.conf import settings

KEPT_SECONDS = 3600
PRIVATE = 0o700
FOLDERS = ("data_folder_in", "processed_folder", "control_folder")


def folders() -> list[Path]:
    """Name the folders of the file queue; none where another broker is set."""
    options = settings.CELERY["broker_transport_options"]
    return [Path(options[name]) for name in FOLDERS if name in options]


def prepare() -> None:
    """Make the folders, readable by their owner alone.

    Whoever can write to them can hand messages to the worker.
    """
    for folder in folders():
        folder.mkdir(parents=True, exist_ok=True)
        folder.parent.chmod(PRIVATE)
        folder.chmod(PRIVATE)


def reap(*, older_than: float = KEPT_SECONDS) -> int:
    """Remove messages read and parts left more than so many seconds ago; count them."""
    if not folders():
        return 0
    incoming, processed, _ = folders()
    stale = [*processed.glob("*.msg"), *incoming.glob("tmp-*.part")]
    return sum(_remove(path, before=time.time() - older_than) for path in stale)


def _remove(path: Path, *, before: float) -> bool:
    try:
        if path.stat().st_mtime >= before:
            return False
        path.unlink()
    except FileNotFoundError:  # another sweep was first
        return False
    return True
