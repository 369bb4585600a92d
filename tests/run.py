"""Runs the whole suite on every database, broker and browser there is.

``python -m tests.run`` takes what this machine has and says at the end what it skipped
and why; ``--all`` fails instead where something is missing; ``--coverage`` measures once,
on the embedded default, and fails below the floor.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
SERVERS = {"TEST_DATABASE_URL": "PostgreSQL", "TEST_BROKER_URL": "Redis"}
PORTS = {"postgres": 5432, "postgresql": 5432, "redis": 6379, "rediss": 6379}
COVERAGE_FLOOR = 95
LARGE = "a district of 50,000 contacts takes minutes: `make check` runs them"
# One more than the cores it is meant for: tests of processes mostly wait.
PARALLEL = ["-n", "3", "--dist", "loadgroup"]
COVERAGE = ["--cov", "--cov-report=term", f"--cov-fail-under={COVERAGE_FLOOR}"]


@dataclass(frozen=True)
class Part:
    """One run of pytest, or why there is none."""

    name: str
    options: Sequence[str] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    missing: str = ""


def parts(*, everything: bool, coverage: bool) -> list[Part]:
    """Say what is to be run, cheapest first."""
    off = dict.fromkeys(SERVERS, "")
    chosen = "not browser" if everything else "not browser and not large"
    options = ["-m", chosen, "--ignore=tests/browser", *PARALLEL]
    measured = [*options, *COVERAGE] if coverage else options
    return [
        Part("embedded default (SQLite, file queue)", measured, off),
        _servers(options),
        Part("Chromium", ["-m", "browser", "tests/browser"], off, _no_browser()),
    ]


def _servers(options: Sequence[str]) -> Part:
    """Give the run on what the environment names; the rest stays embedded."""
    given = {name: os.environ.get(name, "") for name in SERVERS}
    named = [SERVERS[name] for name, url in given.items() if url]
    unnamed = [f"{name} is not set" for name, url in given.items() if not url]
    silent = [
        f"{SERVERS[name]} does not answer ({name})"
        for name, url in given.items()
        if url and not _answers(url)
    ]
    if silent or not named:
        return Part("PostgreSQL and Redis", missing=" and ".join(silent or unnamed))
    own = {"TEST_DATABASE_NAME": f"test_retie_{os.getpid()}"}
    return Part(" and ".join(named), options, own | given)


def _answers(url: str) -> bool:
    """Say whether something listens where the URL points."""
    parsed = urlsplit(url)
    address = (parsed.hostname or "127.0.0.1", parsed.port or PORTS[parsed.scheme])
    try:
        socket.create_connection(address, timeout=3).close()
    except OSError:
        return False
    return True


def _no_browser() -> str:
    found = any(shutil.which(name) for name in BROWSERS)
    return "" if found else f"no {', '.join(BROWSERS)} is on the PATH"


def run(part: Part) -> tuple[bool, float]:
    """Run one part; give whether it passed, and the seconds it took."""
    print(f"\n=== Tests on: {part.name}", flush=True)  # noqa: T201
    began = time.monotonic()
    command = [sys.executable, "-m", "pytest", *part.options]
    done = subprocess.run(command, env={**os.environ, **part.env}, check=False)
    return done.returncode == 0, time.monotonic() - began


def main(arguments: Sequence[str] | None = None) -> int:
    """Run all, then say how each part went."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--all", action="store_true", help="fail where a part is missing"
    )
    parser.add_argument("--coverage", action="store_true")
    options = parser.parse_args(arguments)
    planned = parts(everything=options.all, coverage=options.coverage)
    absent = [part for part in planned if part.missing]
    if options.all and absent:
        for part in absent:
            print(f"Cannot test on {part.name}: {part.missing}.")  # noqa: T201
        return 1
    lines = []
    for part in planned:
        passed, told = _settle(part)
        lines.append(told)
        if not passed and options.all:
            break
    if not options.all:
        lines.append(f"Tests marked large: skipped, because {LARGE}.")
    print("\n" + "\n".join(lines))  # noqa: T201
    return int(any(": FAILED" in line for line in lines))


def _settle(part: Part) -> tuple[bool, str]:
    if part.missing:
        return True, f"Tests on {part.name}: skipped, because {part.missing}."
    passed, seconds = run(part)
    verdict = "passed" if passed else "FAILED"
    return passed, f"Tests on {part.name}: {verdict} in {seconds:.0f} s."


if __name__ == "__main__":
    sys.exit(main())
