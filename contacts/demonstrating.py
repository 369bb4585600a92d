"""What the demo is made of: its people, its sources, and the imports that fill them.

Each step looks at what is there first, so that a demo that was stopped half-way, or is
started again, goes on and loses nothing.
"""

from __future__ import annotations

import json
import os
import secrets
import time
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from django.contrib.auth.models import Group, User
from django.core.management import CommandError, call_command
from django.utils import timezone

from contacts import accounts
from contacts.models import Job, Snapshot, Source
from contacts.sandbox import account_server
from contacts.shows import Show

PATIENCE_SECONDS = 900

ROLES = {
    "viewer": "looks at everything",
    "reviewer": "decides findings, downloads",
    "approver": "decides, takes the second look, downloads",
    "auditor": "reads the events, downloads",
    "operator": "imports, scans, downloads",
}
SUPERUSER = "admin"

Say = Callable[[str], object]
Wait = Callable[[Callable[[], bool]], None]
Step = tuple[str, Callable[[], bool], list[str]]


# --- People ------------------------------------------------------------------


def keep_secret(path: Path, *, size: int) -> str:
    """Give the secret that a file holds; made at first, for its owner alone to read."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(size))
    return path.read_text(encoding="ascii").strip()


def make_people(password: str) -> list[User]:
    """Make one person a role and a superuser, and let them in with the password."""
    people = [_person(name, password) for name in (*ROLES, SUPERUSER)]
    for person in people:
        person.groups.set(Group.objects.filter(name=person.username))
    return people


def _person(name: str, password: str) -> User:
    person, _ = User.objects.get_or_create(
        username=name, defaults={"is_superuser": name == SUPERUSER}
    )
    if not person.check_password(password):
        person.set_password(password)
        person.save(update_fields=["password"])
    return person


def login_table(password: str) -> str:
    """Write who can log in, with what, to do what."""
    may = {**ROLES, SUPERUSER: "may do all of it"}
    rows = [f"  {name:<10} {password:<18} {words}" for name, words in may.items()]
    return "\n".join([f"  {'login':<10} {'password':<18} what for", *rows])


def write_logins(path: Path, table: str) -> None:
    """Keep the table where only its owner reads it."""
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(table + "\n", encoding="utf-8")


# --- What is shown -----------------------------------------------------------


def make_files(show: Show, folder: Path, *, contacts: int) -> dict[str, str]:
    """Write what a customer would bring, once; give how it was made.

    A later start serves the same: grants and orders lie around the day of the first.
    """
    made = folder / "made.json"
    if not made.exists():
        folder.mkdir(parents=True, exist_ok=True)
        how = {"contacts": str(contacts), "today": str(timezone.now().date())}
        options = {"provider": show.provider, "write": folder, "no_serve": True}
        _command("sandbox", **options, **_as_options(how))
        made.write_text(json.dumps(how), encoding="ascii")
    how = json.loads(made.read_text(encoding="ascii"))
    return {name: str(value) for name, value in how.items()}


def _as_options(how: dict[str, str]) -> dict[str, Any]:
    day = date.fromisoformat(how["today"])
    return {"contacts": int(how["contacts"]), "today": day}


def add_source(show: Show, *, api_url: str) -> Source:
    """Add what is shown as a source, or tell it where its sandbox is now."""
    source = Source.objects.filter(slug=show.slug).first()
    if source is None or source.api_url != api_url:
        _command(
            "add_source",
            show.slug,
            provider=show.provider,
            name=show.name,
            external_id=show.external_id,
            api_url=api_url,
            token_env=show.token_variable,
        )
    source = Source.objects.get(slug=show.slug)
    if not source.is_clever:
        _let_connect(source)
    return source


def _let_connect(source: Source) -> None:
    """Enter the make-believe application, so that the connect button works.

    What a person has changed since stays; at another address the secrets are gone.
    """
    kept = accounts.of(source)
    ours = kept.client_id in {"", account_server.CLIENT_ID}
    if ours and not kept.client_secret:
        accounts.change(
            kept,
            client_id=account_server.CLIENT_ID,
            client_secret=account_server.CLIENT_SECRET,
            v2_key=account_server.API_KEY,
            by=None,
        )


def fill(show: Show, source: Source, folder: Path, *, say: Say, wait: Wait) -> None:
    """Import and scan through the worker what is not imported and scanned yet."""
    _await_jobs(source, wait=wait)
    for told, done, command in _steps(show, source, folder):
        if done():
            continue
        began = time.monotonic()
        _command(*command, queue=True)
        job = _require_done(_await_jobs(source, wait=wait))
        say(f"  {told}: {_counts(job)} in {time.monotonic() - began:.1f} s")


def _steps(show: Show, source: Source, folder: Path) -> list[Step]:
    """Give each step's words, whether it is done already, and the command that does it."""
    return [
        *(
            (
                step.told,
                partial(_has, source, step.kind),
                [step.command, show.slug, *(str(folder / name) for name in step.files)],
            )
            for step in show.imports
        ),
        ("scan", partial(_is_scanned, source), ["scan", show.slug]),
    ]


def _has(source: Source, kind: str) -> bool:
    complete = Snapshot.State.COMPLETE
    return source.snapshots.filter(kind=kind, state=complete).exists()


def _is_scanned(source: Source) -> bool:
    return source.jobs.filter(kind="scan", state=Job.State.DONE).exists()


def _command(*arguments: str, **options: Any) -> None:
    """Run a command of ours without its words; what went wrong it still says."""
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        call_command(*arguments, stdout=nowhere, **options)


def _await_jobs(source: Source, *, wait: Wait) -> Job | None:
    """Wait until the worker has ended every job of the source; give the last."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    wait(partial(_all_ended, source, deadline))
    return source.jobs.order_by("-pk").first()


def _all_ended(source: Source, deadline: float) -> bool:
    if time.monotonic() > deadline:
        raise CommandError("The worker takes too long: var/demo.log says more.")
    waiting = [Job.State.QUEUED, Job.State.RUNNING]
    return not source.jobs.filter(state__in=waiting).exists()


def _require_done(job: Job | None) -> Job:
    if job is None:
        raise CommandError("The worker was given nothing to do.")
    if job.state != Job.State.DONE:
        raise CommandError(f"“{job.title}” was {job.state}: {job.error}")
    return job


def _counts(job: Job) -> str:
    """Say what a job did."""
    if "findings" in job.result:
        counts = job.result["grants"], job.result["findings"]
        return f"{counts[0]:,} grants, {counts[1]:,} findings"
    return f"{job.result.get('rows_in', 0):,} rows"
