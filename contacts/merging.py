"""Staging into facts, by statements over many rows that write only what differs.

Each function does one step in the caller's transaction and may be repeated: twins are
weeded out of staging as they are counted, a fact bears the snapshot that wrote it, and
the counts at the end are taken from the rows themselves. So a run that was killed and
taken up again ends with the rows and the counts of one that was not.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import F

from contacts import dialect
from contacts.loading import Kind, Slice
from contacts.models import QuarantinedRow, Snapshot

SECOND_ROW = "a second row with the id "
_REASON = f"'{SECOND_ROW}' || s.external_id || ' and other content; the first stays'"
_JOINED = ("source_id", "external_id", "snapshot_id")
_WRITTEN = ("digest", "sha256", "snapshot_id", "page", "place")


def _execute(sql: str, params: dict[str, Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return max(0, int(cursor.rowcount))


def _read(sql: str, params: dict[str, Any]) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchone()


def _stamp(at: datetime) -> Any:
    """Give a time as the database's own statements hold it."""
    return connection.ops.adapt_datetimefield_value(at)


def weed_twins(snapshot: Snapshot, kind: Kind) -> None:
    """Take later rows with an id seen before out of staging.

    One with the first row's content is a duplicate, one with other content is put in
    quarantine.
    """
    with connection.cursor() as cursor:
        dialect.analyze(cursor, kind.staged, columns=("snapshot_id", "external_id"))
        if kind.side:
            dialect.analyze(
                cursor, kind.side.staged, columns=("snapshot_id", "contact_ref")
            )
    table, params = kind.staged, {"run": snapshot.pk}
    firsts = f"""SELECT external_id, min(id) AS first_id FROM {table}
              WHERE snapshot_id = %(run)s GROUP BY external_id HAVING count(*) > 1"""  # noqa: S608  # names of our own tables
    if _read(f"{firsts} LIMIT 1", params) is None:
        return
    later = f"""
        FROM {table} AS s
        JOIN ({firsts}) AS f
          ON f.external_id = s.external_id AND s.id <> f.first_id
        WHERE s.snapshot_id = %(run)s"""
    contrary = _execute(
        f"""INSERT INTO contacts_quarantinedrow (snapshot_id, page, line, field, reason)
            SELECT s.snapshot_id, s.page, s.line, '{kind.key}', {_REASON} {later}
               AND s.digest <> (SELECT digest FROM {table} WHERE id = f.first_id)""",  # noqa: S608
        params,
    )
    twins = _execute(
        f"DELETE FROM {table} WHERE id IN (SELECT s.id {later})",  # noqa: S608
        params,
    )
    Snapshot.objects.filter(pk=snapshot.pk).update(
        quarantined=F("quarantined") + contrary,
        duplicates=F("duplicates") + twins - contrary,
    )


def staged_range(snapshot: Snapshot, kind: Kind) -> tuple[int, int]:
    """Give the first and last staged id of a run, (0, 0) where nothing is staged."""
    least, most = _read(
        f"SELECT min(id), max(id) FROM {kind.staged} WHERE snapshot_id = %(run)s",  # noqa: S608
        {"run": snapshot.pk},
    )
    return least or 0, most or 0


def _staging(kind: Kind) -> list[str]:
    tables = [kind.staged]
    return [*tables, kind.side.staged] if kind.side else tables


def merge(
    snapshot: Snapshot, kind: Kind, *, after: int, upto: int, at: datetime, grown: bool
) -> int:
    """Write the facts of a slice of staging that are missing or differ; count them.

    ``grown`` says that the facts may have become many more since PostgreSQL counted them.
    """
    part = Slice(snapshot.source_id, snapshot.pk, after, upto, _stamp(at))
    updated = _execute(_update_sql(kind), part.params())
    inserted = _execute(_insert_sql(kind), part.params())
    with connection.cursor() as cursor:
        if grown and inserted:
            dialect.analyze(cursor, kind.target, columns=_JOINED)
        if kind.renew and updated + inserted:
            kind.renew(cursor, part, has_updates=bool(updated))
        if grown and inserted:
            dialect.analyze(cursor, *kind.dependent)
    return updated + inserted


def _update_sql(kind: Kind) -> str:
    names = [*_WRITTEN, *kind.columns]
    changes = [f"{name} = s.{name}" for name in names]
    returned = ""
    if kind.absent:
        changes.append(f"{kind.absent} = NULL")
        returned = f" OR t.{kind.absent} IS NOT NULL"
    return f"""
        UPDATE {kind.target} AS t SET {", ".join(changes)}
        FROM {kind.staged} AS s
        WHERE s.snapshot_id = %(run)s AND s.id > %(after)s AND s.id <= %(upto)s
          AND t.source_id = %(source)s AND t.external_id = s.external_id
          AND (t.digest <> s.digest{returned})"""  # noqa: S608  # names of our own tables


def _insert_sql(kind: Kind) -> str:
    names = ["external_id", *_WRITTEN, *kind.columns]
    fixed = {"source_id": "%(source)s"}
    fixed |= {name: f"'{value}'" for name, value in kind.defaults.items()}
    taken = ", ".join(f"s.{name}" for name in names)
    return f"""
        INSERT INTO {kind.target} ({", ".join([*fixed, *names])})
        SELECT {", ".join(fixed.values())}, {taken}
        FROM {kind.staged} AS s
        LEFT JOIN {kind.target} AS t
          ON t.source_id = %(source)s AND t.external_id = s.external_id
        WHERE s.snapshot_id = %(run)s AND s.id > %(after)s AND s.id <= %(upto)s
          AND t.id IS NULL
        ON CONFLICT DO NOTHING"""  # noqa: S608  # names of our own tables


def mark_absent(snapshot: Snapshot, kind: Kind, *, at: datetime) -> int:
    """Say of the facts that a whole run did not tell since when they are not told."""
    return _execute(
        f"""UPDATE {kind.target} AS t SET {kind.absent} = %(at)s
            WHERE t.source_id = %(source)s AND t.{kind.absent} IS NULL
              AND NOT EXISTS (SELECT 1 FROM {kind.staged} AS s
                              WHERE s.snapshot_id = %(run)s
                                AND s.external_id = t.external_id)""",  # noqa: S608
        {"source": snapshot.source_id, "run": snapshot.pk, "at": _stamp(at)},
    )


def count(snapshot: Snapshot, kind: Kind) -> None:
    """Fill in what the run came to, from the rows: the four counts add up to all."""
    snapshot.refresh_from_db()
    (staged,) = _read(
        f"SELECT count(*) FROM {kind.staged} WHERE snapshot_id = %(run)s",  # noqa: S608
        {"run": snapshot.pk},
    )
    snapshot.imported = written(snapshot, kind)
    snapshot.unchanged = staged - snapshot.imported
    snapshot.rows_in = staged + snapshot.duplicates + snapshot.quarantined


def written(snapshot: Snapshot, kind: Kind) -> int:
    """Count the facts that this run wrote."""
    (facts,) = _read(
        f"""SELECT count(*) FROM {kind.target}
            WHERE source_id = %(source)s AND snapshot_id = %(run)s""",  # noqa: S608
        {"source": snapshot.source_id, "run": snapshot.pk},
    )
    return int(facts)


def has_unread_rows(snapshot: Snapshot) -> bool:
    """Say whether a row could not be read, so that nobody knows whom it was about."""
    faults = QuarantinedRow.objects.filter(snapshot=snapshot)
    return faults.exclude(reason__startswith=SECOND_ROW).exists()


def drop_staging(snapshot: Snapshot, kind: Kind) -> None:
    """Clear a run's staging away; let PostgreSQL count facts that became many."""
    for table in _staging(kind):
        clear = f"DELETE FROM {table} WHERE snapshot_id = %(run)s"  # noqa: S608
        _execute(clear, {"run": snapshot.pk})
    if snapshot.imported:
        with connection.cursor() as cursor:
            dialect.analyze(cursor, kind.target, *kind.dependent)
