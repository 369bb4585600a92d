"""The provider's cross-reference as a snapshot: which V3 id each stored V2 id has now.

Each call is a page. The first turn asks for all stored ids that have no V3 id yet, many
at a time; ids that did not come back are asked once more, each alone while they are few,
before they count as missing. ``Snapshot.next_url`` holds the turn and the last id asked
in it (``2:16633325``), so that a run that was killed asks for no page it has.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from math import ceil

import msgspec

from contacts import fetching, intake, mail_fetching, reading, unanswered, working
from contacts.constant_contact import parsing
from contacts.constant_contact.client import Answer, XrefGone
from contacts.loading import Page, Rows
from contacts.mail_records import Xref
from contacts.models import Snapshot, Source
from contacts.records import Fault, Row
from contacts.snapshots import Opening
from contacts.unanswered import Book

MOST_IDS = 500
"""A call takes no more (documented), and there is no paging."""
SECOND_CALLS = 200
"""Calls of the second turn while they may be this few: the day's budget is 10,000."""

_FIRST, _SECOND = "1", "2"
_GONE = 0
"""Stands for a snapshot among those a job has done: this one cannot be had."""
_PARSERS = {
    unanswered.CONTACTS.kind.name: parsing.parse_contact_xref,
    unanswered.LISTS.kind.name: parsing.parse_list_xref,
}

Call = Callable[[Sequence[str]], Answer]


# --- The job's part ----------------------------------------------------------------


def take(lease: working.Lease, book: Book, call: Call) -> bool:
    """Ask for all that is unanswered; False where the provider has withdrawn the answer.

    Without anything to ask nothing is asked, and no snapshot made.
    """
    done = lease.checkpoint.get("done", {})
    if done.get(book.kind.name) == _GONE:
        return False
    source = lease.job.source
    if not is_due(book, source):
        return True
    opening = Opening("v3", Snapshot.Origin.API, book.edition(source))
    try:
        intake.take(lease, book.kind, opening, partial(pages, source, book, call))
    except intake.Withdrawn:
        _mark_gone(lease, book)
        return False
    return True


def is_due(book: Book, source: Source) -> bool:
    """Say whether there is an id to ask for, or a run to bring to its end."""
    return _is_unfinished(book, source) or unanswered.are_left(book, source)


def _is_unfinished(book: Book, source: Source) -> bool:
    runs = Snapshot.objects.filter(source=source, kind=book.kind.name)
    last = runs.order_by("-pk").first()
    return last is not None and last.state in {
        Snapshot.State.RUNNING,
        Snapshot.State.INCOMPLETE,
    }


def _mark_gone(lease: working.Lease, book: Book) -> None:
    """Note that there is nothing to be had, so that the next slice does not ask again."""
    done = {**lease.checkpoint.get("done", {}), book.kind.name: _GONE}
    with lease.step(checkpoint={"done": done}):
        pass


def forget_gone(lease: working.Lease) -> None:
    """Let a job that is started again ask again."""
    done = lease.checkpoint.get("done", {})
    with lease.step(checkpoint={"done": {kind: pk for kind, pk in done.items() if pk}}):
        pass


# --- Pages -------------------------------------------------------------------------


def pages(
    source: Source, book: Book, call: Call, snapshot: Snapshot
) -> Generator[Page, None, None]:
    """Yield the answers that a run does not have yet, in two turns."""
    turn, last = _stand(book, source, snapshot)
    with fetching.in_words(mail_fetching.CONSTANT_CONTACT, source), _withdrawn(book):
        if turn == _FIRST:
            yield from _first_turn(book, call, snapshot, last)
            last = ""
        yield from _second_turn(book, call, snapshot, last)


def _stand(book: Book, source: Source, snapshot: Snapshot) -> tuple[str, str]:
    """Give the turn and the last id asked in it.

    Ids that were stored since the run began were not asked in its first turn, so that
    turn is gone through again.
    """
    if snapshot.next_url and snapshot.origin_key == book.edition(source):
        turn, _, last = snapshot.next_url.partition(":")
        return turn, last
    return _FIRST, ""


@contextmanager
def _withdrawn(book: Book) -> Iterator[None]:
    """Say what helps where the provider does not offer its cross-reference any more."""
    try:
        yield
    except XrefGone:
        raise intake.Stopped(book.withdrawn, outcome="withdrawn") from None


def _first_turn(
    book: Book, call: Call, snapshot: Snapshot, last: str
) -> Iterator[Page]:
    expected = snapshot.rows_in + unanswered.count_after(book, snapshot, last)
    while ids := unanswered.after(book, snapshot, last, most=MOST_IDS):
        answer = call(ids)
        rows, _ = _read(book, ids, answer)
        last = ids[-1]
        yield _page(snapshot, answer, rows, f"{_FIRST}:{last}", expected)


def _second_turn(
    book: Book, call: Call, snapshot: Snapshot, last: str
) -> Iterator[Page]:
    left = unanswered.count_after(book, snapshot, last)
    expected = snapshot.rows_in + left
    most = min(ceil(left / SECOND_CALLS), MOST_IDS)
    while ids := unanswered.after(book, snapshot, last, most=most):
        answer = call(ids)
        rows, named = _read(book, ids, answer)
        last = ids[-1]
        absent = [each for each in ids if each not in named]
        rows = [*rows, *_missing(absent, len(rows))]
        yield _page(snapshot, answer, rows, f"{_SECOND}:{last}", expected)


def _page(
    snapshot: Snapshot, answer: Answer, rows: Rows, next_url: str, expected: int
) -> Page:
    return Page(
        number=snapshot.pages + 1,
        path=answer.url_path,
        body=answer.body,
        rows=rows,
        next_url=next_url,
        expected=expected,
    )


# --- Rows --------------------------------------------------------------------------


def _read(book: Book, ids: Sequence[str], answer: Answer) -> tuple[Rows, set[str]]:
    """Give an answer's rows under the ids that were asked, and the ids it names."""
    told = [_sequence_id(raw) for raw in answer.items]
    meant = parsing.asked_for(ids, filter(None, told))
    read = reading.rows(answer.items, _PARSERS[book.kind.name])
    rows = [
        _as_asked(row, meant.get(name, ""))
        for row, name in zip(read, told, strict=True)
    ]
    return rows, set(meant.values())


class _Named(msgspec.Struct):
    """The id in a pair, whatever the rest of it is."""

    sequence_id: str | int | None = None


_decode_named = msgspec.json.Decoder(_Named).decode


def _sequence_id(raw: bytes) -> str:
    """Give the V2 id that a pair names, "" if none can be made out."""
    try:
        told = _decode_named(raw).sequence_id
    except reading.UNREADABLE:
        return ""
    return "" if told is None else str(told).strip()


def _as_asked(row: Row | Fault, asked: str) -> Row | Fault:
    """Put an answer under the id it was asked for with; the bytes keep their spelling."""
    if isinstance(row, Fault):
        return row
    if not asked:
        return Fault(row.place, row.line, row.raw, "sequence_id", "was not asked for")
    ref = row.record.ref if isinstance(row.record, Xref) else ""
    return Row(row.place, row.line, row.raw, Xref(asked, ref))


def _missing(ids: Sequence[str], first_place: int) -> Iterator[Row]:
    """Give rows without bytes for the ids that twice did not come back."""
    for place, absent in enumerate(ids, first_place):
        yield Row(place, place + 1, b"", Xref(absent))
