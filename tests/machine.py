"""A machine of its own for tests that start real processes: folders, database, broker.

Its processes are Retie's own commands, started as an operator starts them.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import environ
import psycopg
from psycopg import sql

from contacts import supervising

ROOT = Path(__file__).resolve().parent.parent
MANAGE = [sys.executable, str(ROOT / "manage.py")]

_migrated: list[Path] = []


@dataclass
class Machine:
    """Where Retie's processes run: their environment, and what was started."""

    var: Path
    env: dict[str, str]

    def manage(self, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            [*MANAGE, *arguments],
            env={**self.env, **env},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    @contextmanager
    def running(
        self, *arguments: str, log: str = "process.log", **env: str
    ) -> Iterator[subprocess.Popen[bytes]]:
        """Run a command meanwhile; afterwards it and all it started are killed.

        To stop it kindly takes seconds, and is for the tests of stopping to do.
        """
        with (self.var / log).open("ab") as output:
            process = subprocess.Popen(
                [*MANAGE, *arguments],
                env={**self.env, **env},
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=supervising.bound_to(os.getpid()),  # noqa: PLW1509  # no threads fork here
            )
        try:
            yield process
        finally:
            process.kill()
            process.wait()
            self.kill_all()

    def processes(self, *words: str) -> dict[int, str]:
        """Give the command lines of this machine's processes that hold all words."""
        mark = f"VAR_DIR={self.var}\0".encode()
        found = {}
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit() or not _has(entry / "environ", mark):
                continue
            line = _read(entry / "cmdline").replace(b"\0", b" ").decode()
            if line and all(word in line for word in words):
                found[int(entry.name)] = line
        return found

    def kill_all(self) -> None:
        """Kill every process that was started here, by its number."""
        for pid in self.processes():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue

    def read_log(self, log: str = "process.log") -> str:
        """Give what the processes wrote."""
        return (self.var / log).read_text()


def _has(path: Path, mark: bytes) -> bool:
    return mark in _read(path) + b"\0"


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def wait_for(condition: Callable[[], Any], *, seconds: float, what: str = "") -> Any:
    """Wait until a condition gives something true, and give that."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"waited {seconds} s in vain: {what}"
        time.sleep(0.05)
    return found


def free_port() -> int:
    """Give a port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def new_machine(var: Path) -> Iterator[Machine]:
    """Make a machine with an empty, migrated database on what the suite runs on."""
    with _database(var) as url:
        env = {**os.environ, "VAR_DIR": str(var), "DATABASE_URL": url}
        env |= {"LOG_LEVEL": "INFO", "PYTHONWARNINGS": "default"}
        machine = Machine(var, env)
        _migrate(machine)
        try:
            yield machine
        finally:
            machine.kill_all()


def _migrate(machine: Machine) -> None:
    """Make the tables; on SQLite by copying a file that was migrated once."""
    copied = environ.Env.db_url_config(machine.env["DATABASE_URL"])["NAME"]
    if _migrated and "sqlite" in machine.env["DATABASE_URL"]:
        shutil.copyfile(_migrated[0], copied)
        return
    for command in ("migrate", "createcachetable"):
        done = machine.manage(command, "--verbosity=0")
        assert done.returncode == 0, done.stderr
    if "sqlite" in machine.env["DATABASE_URL"]:
        _migrated.append(machine.var / "migrated.sqlite3")
        shutil.copyfile(copied, _migrated[0])


@contextmanager
def _database(var: Path) -> Iterator[str]:
    """Make a database beside the suite's own, which processes cannot share."""
    server = os.environ.get("TEST_DATABASE_URL")
    if not server:
        yield f"sqlite:///{var / 'retie.sqlite3'}"
        return
    name = f"test_retie_process_{uuid.uuid4().hex[:12]}"
    _on_server(server, "CREATE DATABASE {}", name)
    try:
        yield server.rpartition("/")[0] + f"/{name}"
    finally:
        _on_server(server, "DROP DATABASE {} WITH (FORCE)", name)


def _on_server(url: str, statement: str, name: str) -> None:
    config = environ.Env.db_url_config(url)
    with psycopg.connect(
        host=config["HOST"],
        port=config["PORT"] or None,
        user=config["USER"] or None,
        password=config["PASSWORD"] or None,
        dbname=config["NAME"],
        autocommit=True,
    ) as connection:
        connection.execute(sql.SQL(statement).format(sql.Identifier(name)))
