"""What must be right about the machine and the settings before anything runs."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet
from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register  # noqa: A004

from contacts import message_files

# WAL shares memory between processes, which no network file system does
# (sqlite.org/wal.html, "all processes must be on the same host computer").
NETWORK_FILE_SYSTEMS = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "afs"}
OTHERS_BITS = 0o077


@register
def field_keys_open(
    app_configs: Sequence[AppConfig] | None,  # noqa: ARG001
    **kwargs: Any,  # noqa: ARG001
) -> list[CheckMessage]:
    """Refuse keys that cannot encrypt; the message names the place, never the key."""
    return [
        Error(
            f"Key {place} of FIELD_KEYS is not 32 bytes in URL-safe base64.",
            hint="`make install` writes one; `Fernet.generate_key()` makes more.",
            id="contacts.E001",
        )
        for place, key in enumerate(settings.FIELD_KEYS, start=1)
        if not _is_key(key)
    ]


def _is_key(key: str) -> bool:
    try:
        Fernet(key)
    except ValueError:
        return False
    return True


@register
def queue_is_private(
    app_configs: Sequence[AppConfig] | None,  # noqa: ARG001
    **kwargs: Any,  # noqa: ARG001
) -> list[CheckMessage]:
    """Refuse a file queue that other users of the machine can read or write."""
    return [
        Error(
            f"The queue folder {folder} is open to other users of this machine.",
            hint=f"chmod 700 {folder}",
            id="contacts.E002",
        )
        for folder in message_files.folders()
        if folder.exists() and folder.stat().st_mode & OTHERS_BITS
    ]


@register
def sqlite_is_local(
    app_configs: Sequence[AppConfig] | None,  # noqa: ARG001
    **kwargs: Any,  # noqa: ARG001
) -> list[CheckMessage]:
    """Refuse SQLite on a network file system, where WAL corrupts the database."""
    kind = network_file_system(settings.DATABASES["default"], mounts=_mounts())
    if not kind:
        return []
    return [
        Error(
            f"The SQLite database is on a network file system ({kind}).",
            hint="Set DATABASE_URL to a local path or to PostgreSQL.",
            id="contacts.E003",
        )
    ]


@register(deploy=True)
def providers_are_remote(
    app_configs: Sequence[AppConfig] | None,  # noqa: ARG001
    **kwargs: Any,  # noqa: ARG001
) -> list[CheckMessage]:
    """Warn of a switch that is for the demo: tokens sent in the clear to this machine."""
    if not settings.ALLOW_LOOPBACK_PROVIDERS:
        return []
    return [
        Warning(
            "ALLOW_LOOPBACK_PROVIDERS is on: providers need no https on this machine.",
            hint="Leave it to `make demo`.",
            id="contacts.W001",
        )
    ]


def network_file_system(database: dict[str, Any], *, mounts: str) -> str:
    """Name the network file system that an SQLite database lies on; "" for none."""
    if "sqlite" not in database["ENGINE"] or ":memory:" in str(database["NAME"]):
        return ""
    kind = file_system_of(Path(database["NAME"]), mounts=mounts)
    return kind if kind in NETWORK_FILE_SYSTEMS else ""


def file_system_of(path: Path, *, mounts: str) -> str:
    """Give the kind of file system a path lies on, "" where it cannot be told.

    Takes the text of ``/proc/mounts`` (proc(5)), where the last fitting line holds.
    """
    kind = ""
    longest = -1
    resolved = str(path.resolve())
    for line in mounts.splitlines():
        _, place, kind_here, *_ = line.split(" ")
        place = place.replace("\\040", " ")
        if _is_below(resolved, place) and len(place) >= longest:
            kind, longest = kind_here, len(place)
    return kind


def _is_below(path: str, place: str) -> bool:
    return place in {"/", path} or path.startswith(place + "/")


def _mounts() -> str:
    if sys.platform != "linux":
        return ""
    return Path("/proc/mounts").read_text(encoding="utf-8", errors="replace")
