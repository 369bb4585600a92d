"""The V2 ids that a source has stored, and which of them nobody answered for yet.

One book for contacts, one for lists; only a number can be asked for. An id that the
provider gave a V3 id is not asked for again. One for which it knew none is asked for
anew in each run, for an account's conversion goes on: within a run it is answered once
its answer is staged.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.db import connection
from django.db.models import Count, Max

from contacts import mail_kinds, mail_lists, mail_matching
from contacts.loading import Kind
from contacts.models import LegacyContact, Snapshot, Source

_CONTACT_IDS = """
    SELECT external_id AS id FROM contacts_legacycontact WHERE source_id = %(source)s"""
_LIST_IDS = """
    SELECT external_id AS id FROM contacts_legacylist WHERE source_id = %(source)s
    UNION
    SELECT m.list_ref FROM contacts_legacymembership AS m
    JOIN contacts_legacycontact AS l ON l.id = m.legacy_contact_id
    WHERE l.source_id = %(source)s"""
_OTHERWISE_TOLD_CONTACTS = f"""
    SELECT l.external_id FROM contacts_legacycontact AS l
    WHERE l.id IN (SELECT legacy_contact_id FROM ({mail_matching.CLAIMS}) AS c)"""  # noqa: S608
_OTHERWISE_TOLD_LISTS = """
    SELECT external_id FROM contacts_legacylist
    WHERE source_id = %(source)s AND told_ref <> ''"""


@dataclass(frozen=True, slots=True)
class Book:
    """What is asked about: its stored ids, and those that another source tells.

    ``named`` gives the SQL for ids that are asked for too, though none is stored.
    ``edition`` changes when ids are added; ``withdrawn`` says what helps where the
    provider no longer answers.
    """

    kind: Kind
    ids: str
    named: Callable[[], str]
    told: str
    edition: Callable[[Source], str]
    withdrawn: str


def _edition_of_contacts(source: Source) -> str:
    stored = LegacyContact.objects.filter(source=source)
    told = stored.aggregate(count=Count("pk"), last=Max("pk"))
    return f"{told['count']}:{told['last'] or 0}"


def _edition_of_lists(source: Source) -> str:
    ids = _rows(f"SELECT id FROM ({_asked(LISTS)}) AS k", {"source": source.pk})  # noqa: S608
    return sha256("\n".join(sorted(ids)).encode()).hexdigest()


def _no_more() -> str:
    return ""


CONTACTS = Book(
    kind=mail_kinds.CROSSWALK,
    ids=_CONTACT_IDS,
    named=_no_more,
    told=_OTHERWISE_TOLD_CONTACTS,
    edition=_edition_of_contacts,
    withdrawn="Constant Contact has withdrawn its cross-reference of contact ids. Import V2"
    " from its API, with include_contact_id, or upload a crosswalk CSV instead.",
)
LISTS = Book(
    kind=mail_kinds.LIST_CROSSWALK,
    ids=_LIST_IDS,
    named=mail_lists.named_sql,
    told=_OTHERWISE_TOLD_LISTS,
    edition=_edition_of_lists,
    withdrawn="Constant Contact has withdrawn its cross-reference of list ids. Import V2's"
    " lists with include_list_id, from its API or from a file, instead.",
)


def _asked(book: Book) -> str:
    return " UNION ".join(filter(None, (book.ids, book.named())))


def _left_sql(book: Book) -> str:
    """SQL for the ids after one without a V3 id, whose answer is not staged either."""
    return f"""
        FROM ({_asked(book)}) AS k
        WHERE k.id > %(after)s AND ltrim(k.id, '0123456789') = ''
          AND NOT EXISTS (
            SELECT 1 FROM {book.kind.target} AS x
            WHERE x.source_id = %(source)s AND x.external_id = k.id AND x.ref <> '')
          AND NOT EXISTS (
            SELECT 1 FROM {book.kind.staged} AS s
            WHERE s.snapshot_id = %(run)s AND s.external_id = k.id)"""  # noqa: S608


def after(book: Book, snapshot: Snapshot, last: str, *, most: int) -> list[str]:
    """Give the next unanswered ids of a run behind the last one asked, in order."""
    params = {**_of_run(snapshot), "after": last, "most": most}
    return _rows(
        f"SELECT k.id {_left_sql(book)} ORDER BY k.id LIMIT %(most)s",
        params,
    )


def count_after(book: Book, snapshot: Snapshot, last: str) -> int:
    """Count the unanswered ids of a run behind the last one asked."""
    params = {**_of_run(snapshot), "after": last}
    (found,) = _rows(f"SELECT count(*) {_left_sql(book)}", params)
    return int(found)


def are_left(book: Book, source: Source) -> bool:
    """Say whether there is an id to ask for."""
    params = {"source": source.pk, "run": 0, "after": ""}
    return bool(_rows(f"SELECT k.id {_left_sql(book)} LIMIT 1", params))


def are_needed(book: Book, source: Source) -> bool:
    """Say whether a stored id was never answered, and no other source tells it."""
    never = f"""
        SELECT k.id FROM ({book.ids}) AS k
        WHERE ltrim(k.id, '0123456789') = ''
          AND NOT EXISTS (
            SELECT 1 FROM {book.kind.target} AS x
            WHERE x.source_id = %(source)s AND x.external_id = k.id)
          AND k.id NOT IN ({book.told}) LIMIT 1"""  # noqa: S608
    return bool(_rows(never, {"source": source.pk}))


def _of_run(snapshot: Snapshot) -> dict[str, Any]:
    return {"source": snapshot.source_id, "run": snapshot.pk}


def _rows(sql: str, params: dict[str, Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return [row[0] for row in cursor.fetchall()]
