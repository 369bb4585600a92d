"""Stored files in pages: 1,000 rows each, so that an import keeps its place and memory.

The cut depends on the rows alone. So a run that is taken up again finds the same pages
and skips those it has.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

from django.conf import settings

from contacts import files, intake
from contacts.loading import Page, Rows
from contacts.models import QuarantinedRow, Snapshot

PAGE_ROWS = 1_000
PAGE_BYTES = 8 * 1024 * 1024
ROWS_APART = b"\x1e"
"""Stands between the rows of a page; no sound row holds it, and broken ones lose it."""


class Stored(Protocol):
    """A row as it stands in a file, sound or not."""

    @property
    def line(self) -> int: ...
    @property
    def raw(self) -> bytes: ...


S = TypeVar("S", bound=Stored)


class CannotRead(Exception):
    """A file that is not there or may not be read."""


def fingerprint(paths: Sequence[Path]) -> str:
    """Give the SHA-256 over all files; raises ``CannotRead`` in a sentence."""
    digest = hashlib.sha256()
    for path in paths:
        try:
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
        except OSError as error:
            raise CannotRead(_unreadable(path, error)) from None
    return digest.hexdigest()


def _unreadable(path: Path, error: OSError) -> str:
    return f"The file {path.name} cannot be read: {(error.strerror or 'it is damaged').lower()}."


def pages(
    paths: Sequence[Path],
    snapshot: Snapshot,
    stored: Callable[[Path], Iterator[S]],
    read: Callable[[Sequence[S]], Rows],
) -> Generator[Page, None, None]:
    """Yield the pages of the files that a snapshot does not have yet.

    Raises ``intake.Unusable`` in one sentence for a file that is none of ours.
    """
    number, known = 0, snapshot.pages
    progress = _Progress(paths)
    for path in paths:
        try:
            for rows in _slices(stored(path)):
                number += 1
                expected = progress.after(rows)
                if number > known:
                    yield _page(number, path, rows, read(rows), expected)
        except files.WrongFile as error:
            raise intake.Unusable(f"{path.name}: {error}") from None
        except OSError as error:
            raise intake.Unusable(_unreadable(path, error)) from None


def sound_pages(
    snapshot: Snapshot, pages: Callable[[Snapshot], intake.Pages], noun: str
) -> intake.Pages:
    """Yield the pages of a run, and refuse it at its end if not one row is a ``noun``.

    Raises ``intake.Unusable``: another file was chosen than the one that was meant.
    """
    yield from pages(snapshot)
    faults = snapshot.quarantine.order_by("page", "line", "pk")
    first = faults.first()
    if first is not None and faults.count() == snapshot.rows_in:
        raise intake.Unusable(_of_no_use(snapshot, first, noun))


def _of_no_use(snapshot: Snapshot, first: QuarantinedRow, noun: str) -> str:
    name = snapshot.page_set.get(number=first.page).path
    rows = f"none of its {snapshot.rows_in:,} rows is"
    told = rows if snapshot.rows_in > 1 else "its only row is not"
    return (
        f"{name}: {told} a {noun} ({first.words}). Choose the file that holds the"
        f" stored {noun}s."
    )


class _Progress:
    """Guesses how many rows there are from how far in the files the last one stands."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._rows = self._bytes = 0
        self._size = sum(path.stat().st_size for path in paths if path.exists())

    def after(self, rows: Sequence[Stored]) -> int | None:
        """Count these rows; give the guess, None where the files are packed."""
        self._rows += len(rows)
        self._bytes += sum(len(row.raw) + 1 for row in rows)
        if self._bytes > self._size:
            return None
        return self._rows * self._size // self._bytes


def _slices(stored: Iterator[S]) -> Iterator[list[S]]:
    rows: list[S] = []
    size = 0
    for row in stored:
        rows.append(row)
        size += len(row.raw)
        if len(rows) == PAGE_ROWS or size >= PAGE_BYTES:
            yield rows
            rows, size = [], 0
    if rows:
        yield rows


def _page(
    number: int,
    path: Path,
    stored: Sequence[Stored],
    rows: Rows,
    expected: int | None,
) -> Page:
    return Page(
        number=number,
        path=path.name,
        body=ROWS_APART.join(row.raw.replace(ROWS_APART, b"") for row in stored),
        rows=rows,
        first_line=stored[0].line,
        expected=expected,
    )


def forget_uploads(args: dict[str, Any]) -> None:
    """Delete the files of a finished job that were uploaded for it alone."""
    if not args.get("keep_files", True):
        for name in args["files"]:
            Path(name).unlink(missing_ok=True)


def described(paths: Sequence[Path]) -> dict[str, Any]:
    """Give a job's arguments about its files; raises ``CannotRead``.

    What lies in the upload folder is this site's own copy and goes once it is taken in.
    """
    full = [path.resolve() for path in paths]
    uploads = Path(settings.UPLOAD_DIR).resolve()
    return {
        "files": [str(path) for path in full],
        "fingerprint": fingerprint(full),
        "keep_files": not all(path.is_relative_to(uploads) for path in full),
    }
