"""The set of findings that a batch is about: asked for by a query, frozen by a hash.

A set is a query and what was taken out of it, so a batch of 100,000 is asked for again in
a line; that it is still the set that a person saw, its fingerprint proves: the SHA-256
over every finding's id and version. What may never go by batch is not in it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from typing import Any, Self

from django.db import connection, transaction
from django.db.models import QuerySet
from django.http import QueryDict

from audits import filters, policy
from audits.filters import Filters
from audits.models import Decision, Finding, Restriction, TrailHead
from audits.rules import catalogue
from contacts import dialect
from contacts.models import Source

Kind = Decision.Kind
MOST_EXCLUDED = 500
# What leaves somebody with a privilege that an order may forbid.
RAISING = frozenset({Kind.KEEP, Kind.GRANT, Kind.NARROW, Kind.REBIND})


class TooManyExcluded(ValueError):
    """A set with so much taken out of it is better narrowed."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What is asked for: open findings by filters and a name, and those taken out."""

    filters: Filters
    words: str = ""
    excluded: tuple[int, ...] = ()

    @classmethod
    def of(
        cls, chosen: Filters, *, words: str = "", excluded: Collection[int] = ()
    ) -> Self:
        """Take what the queue shows; only what is open can be decided.

        Raises ``TooManyExcluded``.
        """
        if len(excluded) > MOST_EXCLUDED:
            raise TooManyExcluded(
                f"At most {MOST_EXCLUDED} findings can be taken out; narrow the set."
            )
        about = replace(chosen, state=Finding.State.OPEN, by="", search="")
        return cls(about, words.strip(), tuple(sorted(set(excluded))))

    @classmethod
    def parse(cls, text: str, excluded: Collection[int] = ()) -> Self:
        """Read a scope as ``text`` wrote it."""
        query = QueryDict(text)
        words = query.get("words") or ""
        return cls.of(Filters.parse(query.dict()), words=words, excluded=excluded)

    def text(self) -> str:
        """Write it in a line, without what was taken out."""
        query = QueryDict(self.filters.query(), mutable=True)
        if self.words:
            query["words"] = self.words
        return query.urlencode()

    def findings(self, source: Source) -> QuerySet[Finding]:
        """Give what is open and asked for."""
        found = filters.narrow(
            Finding.objects.order_by(), source, self.filters, words=self.words
        )
        return found.exclude(pk__in=self.excluded) if self.excluded else found

    def ever(self, source: Source) -> QuerySet[Finding]:
        """Give what is asked for, decided or not."""
        found = filters.whatever_state(
            Finding.objects.order_by(), source, self.filters, words=self.words
        )
        return found.exclude(pk__in=self.excluded)


@dataclass(frozen=True, slots=True)
class Frozen:
    """A set as a person saw it; ``top`` and ``seq`` tell later what is new since.

    ``top`` is the last finding there was, ``seq`` the last event.
    """

    count: int
    fingerprint: str
    top: int = 0
    seq: int = 0

    @property
    def same(self) -> tuple[int, str]:
        """Give what two equal sets share."""
        return self.count, self.fingerprint


def rules_for(kind: str = "") -> list[str]:
    """Name the rules whose findings may go by batch, and be decided so."""
    return [
        code
        for code, card in catalogue.CARDS.items()
        if card.batchable and card.decisions and (not kind or kind in card.decisions)
    ]


def decidable(
    source: Source, scope: Scope, kind: str, *, today: date
) -> QuerySet[Finding]:
    """Give those of a scope that may be decided so in one act."""
    found = scope.findings(source).filter(rule__in=rules_for(kind))
    if kind in RAISING and (bound := under_order(source, found, today=today)):
        found = found.exclude(pk__in=bound)
    return found


def under_order(
    source: Source, findings: QuerySet[Finding], *, today: date
) -> list[int]:
    """Name the findings whose privilege an order forbids today, whatever their rule."""
    orders = Restriction.objects.filter(source=source, match__isnull=False)
    orders = orders.exclude(kind=Restriction.Kind.CUSTODY_DOCUMENT).active_on(today)
    by_match: dict[int, list[Restriction]] = {}
    for order in orders.only("match_id", "student_key", "privilege_classes"):
        by_match.setdefault(order.match_id or 0, []).append(order)
    if not by_match:
        return []
    of_bound = findings.filter(match__in=orders.values("match"))
    told = of_bound.values_list(
        "pk", "match_id", "privilege_class", "student_ref", "grant__student_key"
    )
    return [
        pk
        for pk, match, privilege_class, *students in told
        if any(
            _covers(order, privilege_class, students, source)
            for order in by_match[match or 0]
        )
    ]


def _covers(
    order: Restriction, privilege_class: str, students: Sequence[str], source: Source
) -> bool:
    """Say whether an order reaches a privilege; an account's orders bind the person."""
    named = {policy.fold(name) for name in order.privilege_classes.split(";")} - {""}
    if named and privilege_class not in named:
        return False
    told = {student for student in students if student}
    return (
        not order.student_key
        or not source.is_clever
        or not told
        or order.student_key in told
    )


@contextmanager
def room() -> Iterator[None]:
    """Let what is read of a large set fit into PostgreSQL's memory: no sort spills then."""
    if not dialect.is_postgresql():
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL work_mem = '64MB'")
        yield


# --- Frozen ----------------------------------------------------------------------


def freeze(findings: QuerySet[Finding]) -> Frozen:
    """Count a set and hash it; the marks are taken first, so nothing slips between."""
    head = TrailHead.objects.filter(pk=1).values_list("seq", flat=True).first()
    top = Finding.objects.order_by("-pk").values_list("pk", flat=True).first()
    count, fingerprint = _hashed(findings.order_by().values_list("id", "version"))
    return Frozen(count, fingerprint, top=top or 0, seq=head or 0)


def _hashed(rows: QuerySet[Finding, Any]) -> tuple[int, str]:
    """Hash ``id:version`` of each, in the order of ids, joined by commas."""
    if dialect.is_postgresql():
        statement, params = rows.query.sql_with_params()
        with connection.cursor() as cursor:
            cursor.execute(_HASHED.format(statement), params)
            count, told = cursor.fetchone()
            return count, told
    digest, count = sha256(), 0
    for pk, version in rows.order_by("id").iterator(chunk_size=5_000):
        digest.update(f"{',' if count else ''}{pk}:{version}".encode())
        count += 1
    return count, digest.hexdigest()


_HASHED = """
    SELECT COUNT(*), encode(sha256(convert_to(COALESCE(
        string_agg(id || ':' || version, ',' ORDER BY id), ''), 'UTF8')), 'hex')
    FROM ({}) AS asked
"""


def ids_of(values: Sequence[str]) -> list[int]:
    """Read ids that a form sent; what is none is dropped."""
    return [int(v) for v in values if v.isascii() and v.isdigit() and len(v) <= 18]


def hold(
    findings: QuerySet[Finding], *more: str, columns: Mapping[str, str] | None = None
) -> None:
    """Keep a set until the transaction ends, with ``more`` of each finding's fields.

    ``columns`` are added, by name, as SQL.
    """
    asked = findings.order_by().values_list(*_FIELDS, *more)
    statement, params = asked.query.sql_with_params()
    added = "".join(f", {told} AS {name}" for name, told in (columns or {}).items())
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {ITEMS}")
        cursor.execute(
            f"CREATE TEMPORARY TABLE {ITEMS} AS SELECT asked.*{added} "  # noqa: S608  # constants
            f"FROM ({statement}) AS asked",
            params,
        )
        cursor.execute(f"CREATE INDEX {ITEMS}_index ON {ITEMS} (id)")
        dialect.analyze(cursor, ITEMS)


_FIELDS = (
    "id",
    "version",
    "situation_id",
    "rule",
    "severity",
    "recommendation",
    "privilege_class",
)


def held() -> tuple[int, str]:
    """Count and hash what is kept, as ``freeze`` does."""
    with connection.cursor() as cursor:
        if dialect.is_postgresql():
            cursor.execute(_HASHED.format(f"SELECT id, version FROM {ITEMS}"))  # noqa: S608  # a constant
            count, told = cursor.fetchone()
            return count, told
        cursor.execute(f"SELECT id, version FROM {ITEMS} ORDER BY id")  # noqa: S608  # a constant
        rows = cursor.fetchall()
    joined = ",".join(f"{pk}:{version}" for pk, version in rows)
    return len(rows), sha256(joined.encode()).hexdigest()


ITEMS = "batch_items"
