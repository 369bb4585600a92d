"""Imports of people: from stored v2 files, from the v2 API, from the v3 API.

The door for every provider: a start function checks what can be checked at once and
enqueues. The handlers here do Clever's jobs, in slices through ``contacts.intake``; those
of mailing accounts stand in ``contacts.mail_importing``. An import that ended early is
gone on with by starting it again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from contacts import (
    accounts,
    clever_fetching,
    files,
    http,
    intake,
    jobs,
    kinds,
    matching,
    slicing,
    working,
)
from contacts.clever import parsing
from contacts.loading import Kind, Rows
from contacts.models import Job, Snapshot, Source
from contacts.records import Fault, StoredRow
from contacts.snapshots import RESUMABLE_FOR, Opening

if TYPE_CHECKING:
    from django.contrib.auth.models import User

_PARSERS: dict[str, clever_fetching.Parse] = {
    kinds.LEGACY_CONTACTS.name: parsing.parse_legacy_contact,
    kinds.STUDENTS.name: parsing.parse_student,
    kinds.CONTACTS.name: parsing.parse_contact,
}
_Named = dict[Source.Provider, tuple[str, str]]
_CLEVER, _MAIL = Source.Provider.CLEVER, Source.Provider.CONSTANT_CONTACT
# The kind of job and its title, by provider.
_LEGACY_FILES: _Named = {
    _CLEVER: ("import_legacy", "Import stored v2 contacts"),
    _MAIL: ("import_mail_legacy", "Import stored V2 contacts"),
}
_LEGACY_API: _Named = {
    _CLEVER: ("import_legacy_api", "Import v2 contacts from Clever"),
    _MAIL: ("import_mail_legacy_api", "Import V2 from Constant Contact"),
}
_CURRENT: _Named = {
    _CLEVER: ("import_current", "Import v3 from Clever"),
    _MAIL: ("import_mail_current", "Import V3 from Constant Contact"),
}
COUNTS = ("pages", "rows_in", "imported", "unchanged", "quarantined", "duplicates")


class CannotStart(Exception):
    """The import cannot even begin; the words say why."""


class SameRunning(jobs.AlreadyRunning):
    """The very import that is asked for is waiting or running already."""


# --- Start -------------------------------------------------------------------


def start_legacy_files(
    *, source: Source, paths: Sequence[Path], by: User | None
) -> Job:
    """Enqueue an import of stored v2 contacts; several files are one snapshot.

    Raises ``slicing.CannotRead``, ``jobs.AlreadyRunning``.
    """
    kind, title = _LEGACY_FILES[_provider(source)]
    args = slicing.described(paths)
    return start(source=source, kind=kind, title=title, args=args, by=by)


def start_legacy_api(*, source: Source, by: User | None) -> Job:
    """Enqueue an import of v2 contacts from the API, where it still answers.

    Raises ``CannotStart``, ``jobs.AlreadyRunning``.
    """
    _need_access(source)
    if not source.is_clever and not accounts.of(source).v2_key:
        raise CannotStart(
            f"{source.name} has no V2 API key. Enter one on the source's page, or import"
            " stored V2 contacts from a file."
        )
    kind, title = _LEGACY_API[_provider(source)]
    return start(source=source, kind=kind, title=title, args={}, by=by)


def start_current(*, source: Source, by: User | None) -> Job:
    """Enqueue an import of all that the v3 API tells.

    Raises ``CannotStart``, ``jobs.AlreadyRunning``.
    """
    _need_access(source)
    kind, title = _CURRENT[_provider(source)]
    return start(source=source, kind=kind, title=title, args={}, by=by)


def _provider(source: Source) -> Source.Provider:
    return Source.Provider(source.provider)


def _need_access(source: Source) -> None:
    """Refuse to ask a provider that was given nothing to let us in."""
    if source.is_clever and not source.token:
        raise CannotStart(
            f"{source.name} has no token. Enter one on the source's page."
        )
    if not source.is_clever and not _may_connect(source):
        raise CannotStart(
            f"{source.name} is not connected. Connect it on the source's page."
        )


def _may_connect(source: Source) -> bool:
    return bool(source.token or accounts.of(source).refresh_token)


def start(
    *, source: Source, kind: str, title: str, args: dict[str, Any], by: User | None
) -> Job:
    """Enqueue an import, or go on with the last one if it was this and ended early.

    One source imports one thing at a time: ``jobs.AlreadyRunning`` refuses another.
    """
    key = f"import:{source.pk}"
    with transaction.atomic():
        former = Job.objects.filter(key=key).order_by("-pk").first()
        same = former if former and _is_same(former, kind, args) else None
        if same and same.state in {Job.State.QUEUED, Job.State.RUNNING}:
            raise SameRunning(same)
        if same is None or not _goes_on(same):
            return jobs.enqueue(
                source=source, kind=kind, key=key, title=title, args=args, by=by
            )
        same.args = args
        same.save(update_fields=["args"])
        jobs.retry(same, by=by)
        return same


def _is_same(former: Job, kind: str, args: dict[str, Any]) -> bool:
    told = ("fingerprint", "complete")
    return former.kind == kind and all(
        former.args.get(name) == args.get(name) for name in told
    )


def _goes_on(former: Job) -> bool:
    """Say whether an import that ended early is to be started again where it was.

    One that ended before it had anything to keep makes room for a new one.
    """
    if former.state == Job.State.PAUSED:
        return True
    ended = former.state in {Job.State.FAILED, Job.State.CANCELLED}
    young = former.created_at > timezone.now() - RESUMABLE_FOR
    return ended and young and bool(former.checkpoint.get("done"))


# --- Do ----------------------------------------------------------------------


@jobs.handler("import_legacy")
def import_legacy(lease: working.Lease) -> dict[str, Any]:
    """Take in stored v2 contacts from files."""
    kind = kinds.LEGACY_CONTACTS
    paths = [Path(name) for name in lease.args["files"]]
    opening = Opening("v2", Snapshot.Origin.FILE, lease.args["fingerprint"])
    with crosswalk_afterwards(lease):
        intake.take(lease, kind, opening, partial(_sound_pages, paths))
    slicing.forget_uploads(lease.args)
    return result(lease)


@jobs.handler("import_legacy_api")
def import_legacy_api(lease: working.Lease) -> dict[str, Any]:
    """Take in v2 contacts from the API."""
    with (
        crosswalk_afterwards(lease),
        clever_fetching.opened(lease.job.source) as session,
    ):
        _take_list(lease, kinds.LEGACY_CONTACTS, "v2", session)
    return result(lease)


@jobs.handler("import_current")
def import_current(lease: working.Lease) -> dict[str, Any]:
    """Take in students, then contacts, from the v3 API."""
    with (
        crosswalk_afterwards(lease),
        clever_fetching.opened(lease.job.source) as session,
    ):
        if "part" not in lease.checkpoint:
            clever_fetching.check_district(lease.job.source, session)
        for kind in (kinds.STUDENTS, kinds.CONTACTS):
            _take_list(lease, kind, "v3", session)
    return result(lease)


def _take_list(
    lease: working.Lease, kind: Kind, version: str, session: http.Session
) -> None:
    opening = Opening(version, Snapshot.Origin.API, "api")
    read = partial(
        clever_fetching.pages, lease.job.source, session, _PARSERS[kind.name]
    )
    intake.take(lease, kind, opening, read)


@contextmanager
def crosswalk_afterwards(lease: working.Lease) -> Iterator[None]:
    """Match anew once facts were taken in, be it only a part of them."""
    try:
        yield
    except (jobs.Pause, jobs.GiveUp):
        _match(lease)
        raise
    _match(lease)


def _match(lease: working.Lease) -> None:
    with lease.step(checkpoint=lease.checkpoint, phase="Matching"):
        matching.match(lease.job.source)


def result(lease: working.Lease) -> dict[str, Any]:
    """Sum up the snapshots a job has made."""
    return result_of(intake.taken(lease))


def result_of(ids: Sequence[int]) -> dict[str, Any]:
    """Sum up some snapshots."""
    snapshots = Snapshot.objects.filter(pk__in=ids)
    sums = snapshots.aggregate(**{name: Sum(name) for name in (*COUNTS, "closed")})
    return {
        "snapshot": ids[-1],
        "snapshots": [*ids],
        "state": Snapshot.State.COMPLETE.value,
        **sums,
    }


# --- Pages of stored files ---------------------------------------------------


def _sound_pages(paths: Sequence[Path], snapshot: Snapshot) -> intake.Pages:
    return slicing.sound_pages(snapshot, partial(_file_pages, paths), "v2 contact")


def _file_pages(paths: Sequence[Path], snapshot: Snapshot) -> intake.Pages:
    return slicing.pages(paths, snapshot, files.stored_contacts, _read_stored)


def _read_stored(stored: Sequence[StoredRow | Fault]) -> Rows:
    return list(parsing.stored_rows(stored, parsing.parse_legacy_contact))
