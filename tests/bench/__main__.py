"""``make bench``: imports, scans and pages on PostgreSQL, beside what others reach.

Takes ``BENCH_DATABASE_URL`` (a server on which a database may be made and dropped),
``BENCH_CONTACTS`` (100,000) and ``BENCH_FINDINGS`` (500,000). All figures of one run come
from the same minutes of the same machine: the ratios hold elsewhere, the seconds do not.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

ROOT = Path(__file__).resolve().parent.parent.parent
MANAGE = [sys.executable, str(ROOT / "manage.py")]
SERVER = "postgres://postgres@127.0.0.1:5432/postgres"
TOKEN = "bench"  # the sandbox's own
DISTRICT = "6385008f69df036e83e984a3"  # the make-believe district's id


@dataclass(frozen=True)
class Ran:
    """A command that ran: what it printed as JSON, wall seconds, peak memory in MB."""

    told: dict[str, int]
    seconds: float
    peak_mb: float


@dataclass(frozen=True)
class Bench:
    """Where everything of one run stands."""

    folder: Path
    env: dict[str, str]

    def run(self, *command: str) -> Ran:
        """Run a command to its end, with the operating system's account of it."""
        began = time.monotonic()
        process = subprocess.Popen(
            command, env=self.env, cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        printed = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            sys.exit(f"{' '.join(command[2:4])} failed; what it said stands above.")
        told = json.loads(printed.splitlines()[-1]) if printed.strip() else {}
        return Ran(told, time.monotonic() - began, usage.ru_maxrss / 1024)

    def manage(self, *arguments: str) -> Ran:
        """Run one of the product's commands."""
        return self.run(*MANAGE, *arguments)


@contextmanager
def database(server: str) -> Iterator[str]:
    """Make a database for this run; give its URL, and drop it afterwards."""
    name = f"retie_bench_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(
                sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
            )


@contextmanager
def sandbox(bench: Bench, contacts: int) -> Iterator[str]:
    """Serve a district and write its files; give the provider's address."""
    process = subprocess.Popen(
        [
            *MANAGE,
            *("sandbox", "--port", "0", "--contacts", str(contacts), "--seed", "7"),
            *("--token-env", "BENCH_TOKEN", "--write", str(bench.folder / "files")),
        ],
        env=bench.env,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield next(
            line.split()[-1] for line in process.stdout if line.startswith("serving")
        )
    finally:
        process.terminate()
        process.wait()


def environment(folder: Path, url: str) -> dict[str, str]:
    """Give the processes of this run their settings."""
    return {
        **os.environ,
        "SECRET_KEY": "bench-only-" + "k" * 50,
        "FIELD_KEYS": base64.urlsafe_b64encode(b"b" * 32).decode(),
        "DATABASE_URL": url,
        "BROKER_URL": "",
        "VAR_DIR": str(folder / "var"),
        "ALLOWED_HOSTS": "testserver",
        "ALLOW_LOOPBACK_PROVIDERS": "true",
        "DEBUG": "false",
        "LOG_LEVEL": "ERROR",
        "BENCH_TOKEN": TOKEN,
        "PYTHONUNBUFFERED": "1",
    }


def say(line: str) -> None:
    """Print a line of the report at once."""
    print(line, flush=True)  # noqa: T201


def report(name: str, rows: int, ran: Ran, beside: str = "") -> None:
    """Print one line of work."""
    rate = f"{rows / ran.seconds:>9,.0f}/s"
    say(
        f"{name:<44}{rows:>10,}{ran.seconds:>9.1f} s {rate}{ran.peak_mb:>7.0f} MB  {beside}"
    )


def facts(bench: Bench, address: str) -> None:
    """Import everything once and again, beside Django's own bulk upsert."""
    files = bench.folder / "files"
    add = ("add_source", "bench", "--provider", "clever", "--name", "Bench", "--json")
    told = ("--external-id", DISTRICT, "--api-url", address)
    bench.manage(*add, *told, "--token-env", "BENCH_TOKEN")
    legacy = ("import_legacy", "bench", str(files / "legacy_contacts.ndjson"), "--json")
    ran = bench.manage(*legacy)
    report("import stored v2 contacts", ran.told["rows_in"], ran)
    ran = bench.manage("import_current", "bench", "--json")
    report("import v3 students and contacts, first", ran.told["rows_in"], ran)
    again = bench.manage("import_current", "bench", "--json")
    wrote = f"{again.told['imported']} written"
    report("import v3, unchanged", again.told["rows_in"], again, wrote)
    peer = bench.run(sys.executable, "-m", "tests.bench.peers", "bulk_create")
    rate = (ran.told["rows_in"] / ran.seconds) / (peer.told["rows"] / peer.seconds)
    name = "  beside: bulk_create(update_conflicts)"
    report(name, peer.told["rows"], peer, f"we do {rate:.1f} x (goal 2.3, of contacts)")
    grants = ("import_grants", "bench", str(files / "grants.csv"), "--json")
    ran = bench.manage(*grants)
    report("import grants, first", ran.told["rows_in"], ran)
    ran = bench.manage(*grants)
    report("import grants, unchanged", ran.told["rows_in"], ran)
    restrictions = str(files / "restrictions.csv")
    bench.manage("import_restrictions", "bench", restrictions, "--json")


def mappings(bench: Bench) -> None:
    """Map Constant Contact's V2 to V3 in memory; the seconds are the processor's."""
    ran = bench.run(sys.executable, "-m", "tests.bench.mapping")
    told = f"peak grew {ran.told['grown_kb']:,} kB after a tenth (goal: 10 s a 100,000)"
    mapped = Ran(ran.told, ran.told["cpu_ms"] / 1000, ran.peak_mb)
    report("map V2 contacts to V3", ran.told["rows"], mapped, told)


def judgements(bench: Bench) -> None:
    """Scan once and again, beside the join alone."""
    first = bench.manage("scan", "bench", "--json")
    report(
        "scan, first",
        first.told["grants"],
        first,
        f"{first.told['findings']:,} findings, {first.told['situations']:,} situations",
    )
    again = bench.manage("scan", "bench", "--json")
    report(
        "scan, unchanged", again.told["grants"], again, f"{again.told['opened']} opened"
    )
    join = bench.run(sys.executable, "-m", "tests.bench.peers", "join")
    report("  beside: the join alone", again.told["grants"], join)


def main() -> None:
    """Run everything and print the table."""
    contacts = int(os.environ.get("BENCH_CONTACTS", "100000"))
    server = os.environ.get("BENCH_DATABASE_URL", SERVER)
    folder = Path(tempfile.mkdtemp(prefix="retie-bench-"))
    try:
        with database(server) as url:
            bench = Bench(folder, environment(folder, url))
            bench.manage("migrate", "-v0")
            bench.manage("createcachetable")
            bench.manage("collectstatic", "--noinput", "-v0")
            say(f"{contacts:,} contacts on PostgreSQL, {os.cpu_count()} processors\n")
            say(f"{'work':<44}{'rows':>10}{'wall':>11}{'rate':>12}{'peak':>10}")
            with sandbox(bench, contacts) as address:
                facts(bench, address)
            judgements(bench)
            mappings(bench)
            say("")
            pages = [sys.executable, "-m", "tests.bench.pages"]
            subprocess.run(pages, env=bench.env, cwd=ROOT, check=True)
            say("")
            desk = [sys.executable, "-m", "tests.bench.desk"]
            subprocess.run(desk, env=bench.env, cwd=ROOT, check=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
