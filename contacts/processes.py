"""Which process this is, and whether another one of this machine still lives."""

import os
import socket
from pathlib import Path


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
