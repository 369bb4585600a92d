"""Writes the variables that a fresh machine lacks into ``.env``.

Run by ``make install`` before there are settings, so it reads none of them.
"""

import os
import secrets
import sys
from collections.abc import Callable
from pathlib import Path

from cryptography.fernet import Fernet

FRESH: dict[str, Callable[[], str]] = {
    "SECRET_KEY": lambda: secrets.token_urlsafe(64),
    "FIELD_KEYS": lambda: Fernet.generate_key().decode(),
    "ALLOWED_HOSTS": lambda: "127.0.0.1,localhost",
    "LOG_FORMAT": lambda: "console",
}


def complete(path: Path) -> list[str]:
    """Add what is missing from the file, and name what was added.

    What stands there is never changed: other ``FIELD_KEYS`` would open no stored token.
    """
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    given = {line.partition("=")[0].strip() for line in text.splitlines()}
    missing = [name for name in FRESH if name not in given]
    if missing:
        lines = [f"{name}={FRESH[name]()}" for name in missing]
        _replace(path, "\n".join([*text.splitlines(), *lines, ""]))
    return missing


def _replace(path: Path, text: str) -> None:
    """Write a file that only its owner may read, all of it or nothing."""
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:  # noqa: PTH123  # opened with its mode
        file.write(text)
    part.replace(path)


if __name__ == "__main__":
    complete(Path(sys.argv[1]))
