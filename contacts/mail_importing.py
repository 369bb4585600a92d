"""Imports of a Constant Contact account: V2 and V3, lists, and which id is which.

As in ``contacts.importing``, which also starts most of these jobs: a handler does its job
in slices through ``contacts.intake``, and brings the crosswalk up to date at the end,
also where it ended early.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from contacts import (
    api_errors,
    connecting,
    cross_referencing,
    crosswalk_files,
    files,
    importing,
    intake,
    jobs,
    mail_fetching,
    mail_kinds,
    reading,
    slicing,
    unanswered,
    working,
)
from contacts.constant_contact import parsing
from contacts.constant_contact.client import Answer, Client, LegacyClient
from contacts.loading import Kind, Rows
from contacts.models import Job, Snapshot, Source
from contacts.records import Fault, StoredRow
from contacts.snapshots import Opening

if TYPE_CHECKING:
    from django.contrib.auth.models import User

_PARSERS: dict[str, mail_fetching.Parse] = {
    mail_kinds.LEGACY_CONTACTS.name: parsing.parse_legacy_contact,
    mail_kinds.LEGACY_LISTS.name: parsing.parse_legacy_list,
    mail_kinds.LISTS.name: parsing.parse_list,
    mail_kinds.CUSTOM_FIELDS.name: parsing.parse_custom_field,
    mail_kinds.CONTACTS.name: parsing.parse_contact,
}
_CONTACT_COLUMNS, _LIST_COLUMNS = ("id", "status"), ("id", "name")

UNASKED = "Lists that the grants name were not looked up; import V3 to look them up."
"""Begins the note of a job whose own work is done."""

Stored = Callable[[Path], Iterator[StoredRow | Fault]]


# --- Start -------------------------------------------------------------------------


def start_crosswalk(*, source: Source, path: Path, by: User | None) -> Job:
    """Enqueue an import of a person's own crosswalk.

    Raises ``importing.CannotStart``, ``slicing.CannotRead``, ``jobs.AlreadyRunning``.
    """
    return _start(
        source, "import_mail_crosswalk", "Import a crosswalk", paths=[path], by=by
    )


def start_lists(*, source: Source, paths: Sequence[Path], by: User | None) -> Job:
    """Enqueue an import of stored V2 lists; raises as ``start_crosswalk`` does."""
    return _start(
        source, "import_mail_lists", "Import stored V2 lists", paths=paths, by=by
    )


def _start(
    source: Source, kind: str, title: str, *, paths: Sequence[Path], by: User | None
) -> Job:
    if source.is_clever:
        raise importing.CannotStart(
            f"{source.name} is a Clever district; this is for Constant Contact accounts."
        )
    args = slicing.described(paths)
    return importing.start(source=source, kind=kind, title=title, args=args, by=by)


# --- From files --------------------------------------------------------------------


@jobs.handler("import_mail_legacy")
def import_mail_legacy(lease: working.Lease) -> dict[str, Any]:
    """Take in stored V2 contacts from files."""
    stored = partial(files.stored_contacts, required=_CONTACT_COLUMNS, lists=("lists",))
    return _take_files(lease, mail_kinds.LEGACY_CONTACTS, stored, "V2 contact")


@jobs.handler("import_mail_lists")
def import_mail_lists(lease: working.Lease) -> dict[str, Any]:
    """Take in stored V2 lists from files."""
    stored = partial(files.stored_contacts, required=_LIST_COLUMNS, lists=())
    return _take_files(lease, mail_kinds.LEGACY_LISTS, stored, "V2 list")


@jobs.handler("import_mail_crosswalk")
def import_mail_crosswalk(lease: working.Lease) -> dict[str, Any]:
    """Take in a crosswalk that a person uploaded."""
    paths = _paths(lease)
    read = partial(
        slicing.pages, paths, stored=crosswalk_files.stored, read=crosswalk_files.read
    )
    return _take_file_pages(lease, mail_kinds.UPLOADED_CROSSWALK, "", read)


def _take_files(
    lease: working.Lease, kind: Kind, stored: Stored, noun: str
) -> dict[str, Any]:
    read_rows = partial(_read_stored, _PARSERS[kind.name])
    pages = partial(slicing.pages, _paths(lease), stored=stored, read=read_rows)
    read = partial(slicing.sound_pages, pages=pages, noun=noun)
    return _take_file_pages(lease, kind, "v2", read)


def _take_file_pages(
    lease: working.Lease,
    kind: Kind,
    version: str,
    read: Callable[[Snapshot], intake.Pages],
) -> dict[str, Any]:
    opening = Opening(version, Snapshot.Origin.FILE, lease.args["fingerprint"])
    with importing.crosswalk_afterwards(lease):
        intake.take(lease, kind, opening, read)
    slicing.forget_uploads(lease.args)
    return importing.result(lease)


def _paths(lease: working.Lease) -> list[Path]:
    return [Path(name) for name in lease.args["files"]]


def _read_stored(
    parse: mail_fetching.Parse, stored: Sequence[StoredRow | Fault]
) -> Rows:
    return list(reading.stored_rows(stored, parse))


# --- From the API ------------------------------------------------------------------


@jobs.handler("import_mail_legacy_api")
def import_mail_legacy_api(lease: working.Lease) -> dict[str, Any]:
    """Take in V2's lists, then its contacts, where V2 still answers."""
    source = lease.job.source
    with (
        importing.crosswalk_afterwards(lease),
        mail_fetching.opened(source, connecting.legacy_mail) as client,
    ):
        for kind, ask in _legacy_lists_of(client):
            _take_list(lease, kind, "v2", mail_fetching.while_v2_answers(ask))
    return importing.result(lease)


@jobs.handler("import_mail_current")
def import_mail_current(lease: working.Lease) -> dict[str, Any]:
    """Take in V3's lists, custom fields and contacts, then ask who was who in V2."""
    source = lease.job.source
    with (
        importing.crosswalk_afterwards(lease),
        mail_fetching.opened(source, connecting.mail) as client,
    ):
        for kind, ask in _lists_of(client):
            _take_list(lease, kind, "v3", ask)
        notes = _cross_reference(lease, client)
    result = importing.result(lease)
    return {**result, "note": " ".join(notes)} if notes else result


def ask_for_lists(lease: working.Lease) -> str:
    """Ask which V3 lists the V2 ids are that nobody asked for yet; give a note or "".

    A part of a job that has done its own work: where the provider cannot be asked the
    note says so, and the ids stay unasked.
    """
    source = lease.job.source
    if not _may_ask_for_lists(source):
        return ""
    book = unanswered.LISTS
    try:
        with mail_fetching.opened(source, connecting.mail) as client:
            call = partial(_without_waiting, client.list_xrefs)
            is_told = cross_referencing.take(lease, book, call)
    except (jobs.Pause, jobs.GiveUp, jobs.Later) as end:
        return f"{UNASKED} {end}"
    return "" if is_told else f"{UNASKED} {book.withdrawn}"


def _may_ask_for_lists(source: Source) -> bool:
    """Say whether V3 was asked before, and there is something more to ask."""
    lists = Snapshot.objects.latest_of(source, Snapshot.Kind.LISTS)
    is_connected = not source.is_clever and bool(source.token) and lists is not None
    return is_connected and cross_referencing.is_due(unanswered.LISTS, source)


def _without_waiting(call: cross_referencing.Call, ids: Sequence[str]) -> Answer:
    """Ask; to be asked to wait ends the run, and the next import of V3 goes on."""
    try:
        return call(ids)
    except api_errors.Throttled as error:
        raise intake.Stopped(
            f"Constant Contact asked to wait until {error.until:%H:%M} UTC."
        ) from None


def _legacy_lists_of(client: LegacyClient) -> list[tuple[Kind, mail_fetching.Ask]]:
    return [
        (mail_kinds.LEGACY_LISTS, client.lists),
        (mail_kinds.LEGACY_CONTACTS, client.contacts),
    ]


def _lists_of(client: Client) -> list[tuple[Kind, mail_fetching.Ask]]:
    return [
        (mail_kinds.LISTS, client.lists),
        (mail_kinds.CUSTOM_FIELDS, client.custom_fields),
        (mail_kinds.CONTACTS, client.contacts),
    ]


def _take_list(
    lease: working.Lease, kind: Kind, version: str, ask: mail_fetching.Ask
) -> None:
    opening = Opening(version, Snapshot.Origin.API, "api")
    parse = _PARSERS[kind.name]
    read = partial(mail_fetching.pages, lease.job.source, ask, parse)
    intake.take(lease, kind, opening, read)


def _cross_reference(lease: working.Lease, client: Client) -> list[str]:
    """Ask for lists, then for contacts; give a note of what can be had no more.

    Raises ``jobs.GiveUp`` where an id is then known in no other way.
    """
    calls = (
        (unanswered.LISTS, client.list_xrefs),
        (unanswered.CONTACTS, client.contact_xrefs),
    )
    gone = [
        book for book, call in calls if not cross_referencing.take(lease, book, call)
    ]
    source = lease.job.source
    lacking = [book for book in gone if unanswered.are_needed(book, source)]
    if lacking:
        cross_referencing.forget_gone(lease)
        raise jobs.GiveUp(" ".join(book.withdrawn for book in lacking))
    return [book.withdrawn for book in gone]
