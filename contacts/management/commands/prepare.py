"""Bring the database and the static files to this version."""

import hashlib
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand

from contacts import message_files


class Command(BaseCommand):
    """Migrate, make the cache's table, gather static files if any changed."""

    help = "Bring the database, its cache table and the static files to this version."
    requires_migrations_checks = False

    def handle(self, **options: Any) -> None:  # noqa: ARG002
        """Do all three; what is done already takes no time."""
        settings.VAR_DIR.mkdir(parents=True, exist_ok=True)
        message_files.prepare()
        call_command("migrate", verbosity=0, interactive=False)
        call_command("createcachetable", verbosity=0)
        gather_static_files()


def gather_static_files() -> bool:
    """Gather and compress the static files, unless these very files are gathered.

    Compressing takes ten seconds, so a digest of what was gathered lies beside it.
    """
    mark = Path(settings.STATIC_ROOT) / ".gathered"
    digest = _digest()
    if mark.exists() and mark.read_text(encoding="ascii") == digest:
        return False
    call_command("collectstatic", verbosity=0, interactive=False, clear=True)
    mark.write_text(digest, encoding="ascii")
    return True


def _digest() -> str:
    """Sum up names and contents of every static file of every app."""
    sum_ = hashlib.sha256(settings.STORAGES["staticfiles"]["BACKEND"].encode())
    for finder in get_finders():
        for path, storage in finder.list(None):
            with storage.open(path) as file:
                sum_.update(path.encode() + b"\0" + file.read())
    return sum_.hexdigest()
