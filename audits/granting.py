"""Grants and restrictions out of the customer's own CSV files.

What a cell holds is taken as it stands; only what no rule could judge (an unknown basis
or kind, a date that cannot be read) puts a row in quarantine. An unknown privilege is a
finding, not an error, so it goes in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from audits import policy, providers
from audits.models import Grant, Restriction
from contacts import (
    files,
    importing,
    intake,
    jobs,
    mail_importing,
    records,
    slicing,
    working,
)
from contacts.loading import Kind, Rows
from contacts.models import Job, Snapshot, Source
from contacts.records import BadRecord, Fault
from contacts.snapshots import Opening

if TYPE_CHECKING:
    from django.contrib.auth.models import User

GRANT_COLUMNS = ("grant_id", "contact_id", "privilege")
RESTRICTION_COLUMNS = ("restriction_id", "contact_id", "kind")

Cells = dict[str, str]


class TableRecord(msgspec.Struct, frozen=True, gc=False):
    """A row of a table as facts: the values of its kind's columns, in their order."""

    external_id: str
    values: tuple[str | None, ...]

    def __repr__(self) -> str:
        return f"TableRecord({self.external_id!r})"

    def facts(self) -> tuple[object, ...]:
        """What the row says, in a fixed order."""
        return (self.external_id, *self.values)


class ReadRow(msgspec.Struct, frozen=True, gc=False):
    """A row that could be read, with its bytes and its place in the page."""

    place: int
    line: int
    raw: bytes
    record: TableRecord


def _values(record: TableRecord) -> tuple[str | None, ...]:
    return record.values


GRANTS = Kind(
    name=Snapshot.Kind.GRANTS,
    target="audits_grant",
    staged="audits_stagedgrant",
    columns=(
        "contact_ref",
        "student_ref",
        "list_ref",
        "privilege",
        "granted_at",
        "granted_by",
        "basis",
        "basis_relationship",
        "basis_type",
        "expires_at",
    ),
    values=_values,
    key="grant_id",
    defaults={"student_key": ""},
    absent="closed_at",
)
RESTRICTIONS = Kind(
    name=Snapshot.Kind.RESTRICTIONS,
    target="audits_restriction",
    staged="audits_stagedrestriction",
    columns=(
        "contact_ref",
        "student_ref",
        "kind",
        "privilege_classes",
        "starts_on",
        "ends_on",
        "reference",
        "note",
    ),
    values=_values,
    key="restriction_id",
    defaults={"student_key": ""},
)


# --- Start and do ------------------------------------------------------------


def start_grants(*, source: Source, path: Path, complete: bool, by: User | None) -> Job:
    """Enqueue an import of grants; a grant that a complete file lacks is closed.

    Raises ``slicing.CannotRead`` and ``jobs.AlreadyRunning``.
    """
    return importing.start(
        source=source,
        kind="import_grants",
        title="Import grants",
        args={**slicing.described([path]), "complete": complete},
        by=by,
    )


def start_restrictions(*, source: Source, path: Path, by: User | None) -> Job:
    """Enqueue an import of restrictions; raises as ``start_grants`` does."""
    return importing.start(
        source=source,
        kind="import_restrictions",
        title="Import restrictions",
        args=slicing.described([path]),
        by=by,
    )


@jobs.handler("import_grants")
def import_grants(lease: working.Lease) -> dict[str, Any]:
    """Take in the customer's grants, then ask for the lists that only they name."""
    own = providers.of(lease.job.source).own_basis
    parse = partial(parse_grant, own_basis=own)
    result = _take(lease, GRANTS, GRANT_COLUMNS, parse)
    note = mail_importing.ask_for_lists(lease)
    return {**result, "note": note} if note else result


@jobs.handler("import_restrictions")
def import_restrictions(lease: working.Lease) -> dict[str, Any]:
    """Take in orders and instructions."""
    return _take(lease, RESTRICTIONS, RESTRICTION_COLUMNS, parse_restriction)


def _take(
    lease: working.Lease,
    kind: Kind,
    required: Sequence[str],
    parse: Callable[[Cells], TableRecord],
) -> dict[str, Any]:
    opening = Opening(
        version="",
        origin=Snapshot.Origin.FILE,
        origin_key=lease.args["fingerprint"],
        closes_absent=lease.args.get("complete", False),
    )
    stored = partial(files.table, required=required, key=required[0])
    paths = [Path(name) for name in lease.args["files"]]

    def pages(snapshot: Snapshot) -> intake.Pages:
        return slicing.pages(paths, snapshot, stored, partial(_read, parse))

    snapshot = intake.take(lease, kind, opening, pages)
    slicing.forget_uploads(lease.args)
    return importing.result_of([snapshot.pk])


def _read(
    parse: Callable[[Cells], TableRecord], stored: Sequence[files.TableRow | Fault]
) -> Rows:
    return list(_rows(parse, stored))


def _rows(
    parse: Callable[[Cells], TableRecord], stored: Sequence[files.TableRow | Fault]
) -> Iterator[ReadRow | Fault]:
    for place, row in enumerate(stored):
        if isinstance(row, Fault):
            yield row
            continue
        try:
            yield ReadRow(place, row.line, row.raw, parse(row.cells))
        except BadRecord as error:
            yield Fault(place, row.line, row.raw, error.field, error.reason)


# --- Rows --------------------------------------------------------------------


def parse_grant(cells: Cells, *, own_basis: str) -> TableRecord:
    """Read a row of the grants file; raises ``BadRecord``."""
    basis = cells.get("basis", "").lower() or own_basis
    if basis not in Grant.Basis.values:
        raise BadRecord("basis", f"is none of {', '.join(Grant.Basis.values)}")
    return TableRecord(
        _id(cells, "grant_id"),
        (
            _id(cells, "contact_id"),
            _id(cells, "student_id"),
            _id(cells, "list_id"),
            _id(cells, "privilege"),
            _moment(cells, "granted_at"),
            cells.get("granted_by", ""),
            basis,
            cells.get("basis_relationship", ""),
            cells.get("basis_type", ""),
            _day(cells, "expires_at"),
        ),
    )


def parse_restriction(cells: Cells) -> TableRecord:
    """Read a row of the restrictions file; raises ``BadRecord``."""
    kind = cells["kind"].lower()
    if kind not in Restriction.Kind.values:
        raise BadRecord("kind", f"is none of {', '.join(Restriction.Kind.values)}")
    return TableRecord(
        _id(cells, "restriction_id"),
        (
            _id(cells, "contact_id"),
            _id(cells, "student_id"),
            kind,
            _classes(cells),
            _day(cells, "starts_on"),
            _day(cells, "ends_on"),
            cells.get("reference", ""),
            cells.get("note", ""),
        ),
    )


def _id(cells: Cells, name: str) -> str:
    value = cells.get(name, "")
    if len(value) > records.ID_LIMIT:
        raise BadRecord(name, f"is longer than {records.ID_LIMIT} characters")
    return value


def _classes(cells: Cells) -> str:
    """Read the classes an order names; one we do not know might be any of ours."""
    told = cells.get("privilege_classes", "").lower().split(";")
    named = {name.strip() for name in told} - {""}
    if not named <= set(policy.CLASSES):
        known = ", ".join(policy.CLASSES)
        raise BadRecord("privilege_classes", f"names a class that is none of {known}")
    return ";".join(name for name in policy.CLASSES if name in named)


def _moment(cells: Cells, name: str) -> str:
    """Read an ISO date or time; a time is told in UTC, and is in UTC if it says nothing."""
    value = cells.get(name, "")
    if not value or _is_date(value):
        return value and date.fromisoformat(value).isoformat()
    return _utc(value, name).isoformat().replace("+00:00", "Z")


def _day(cells: Cells, name: str) -> str | None:
    """Read an ISO date, or a time's day in UTC."""
    value = cells.get(name, "")
    if not value:
        return None
    if _is_date(value):
        return date.fromisoformat(value).isoformat()
    return _utc(value, name).date().isoformat()


def _is_date(value: str) -> bool:
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _utc(value: str, name: str) -> datetime:
    try:
        told = datetime.fromisoformat(value)
        return told.astimezone(UTC) if told.tzinfo else told.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise BadRecord(name, "is not a date like 2026-01-31") from None
