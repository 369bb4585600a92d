"""Which process this is, and whether another one of this machine still lives."""

import os
import socket
import threading
import time
from pathlib import Path

WATCH_SECONDS = 1.0


def _started(pid: int) -> str:
    """Give a process's start time in ticks, which tells a re-used number apart.

    Read from the 22nd field of ``/proc/PID/stat`` (proc(5)); empty where there is none.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
    return stat.rpartition(")")[2].split()[19]


def me() -> str:
    """Name this process: host, number, start time."""
    pid = os.getpid()
    return f"{socket.gethostname()[:60]}:{pid}:{_started(pid)}"


def is_alive(owner: str) -> bool:
    """Say whether the process so named may still be at work.

    One of another machine may be: only its lease can tell.
    """
    host, _, rest = owner.rpartition(":")[0].rpartition(":")
    started = owner.rpartition(":")[2]
    if host != socket.gethostname()[:60]:
        return True
    pid = int(rest)
    if not _exists(pid):
        return False
    return _started(pid) == started


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def end_with_parent() -> None:
    """End this process soon after its parent did, whatever it is doing.

    For a pool's processes, which outlive a killed worker until their task is over. A
    thread that looks is used, not the kernel's signal: that one is also sent when the
    *thread* that forked has ended, and Celery forks again from threads of its own.
    """
    watch = threading.Thread(target=_watch, args=(os.getppid(),), daemon=True)
    watch.start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(WATCH_SECONDS)
    os._exit(1)
