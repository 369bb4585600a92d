"""Pages of a long list that cost the same however deep they lie.

A page is found by where the last one ended, not by counting rows: the ordering is a tuple
of columns, unique with the last one, and the database is asked for the rows behind a
tuple. All columns run the same way, so that the comparison is one row value and one range
of an index, on PostgreSQL and SQLite alike.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.core import signing
from django.core.exceptions import ValidationError
from django.db.models import F, Field, Model, QuerySet
from django.db.models.fields.tuple_lookups import (
    Tuple,
    TupleGreaterThan,
    TupleLessThan,
    TupleLookupMixin,
)

PAGE_SIZE = 50
SALT = "contacts.paging"

Row = TypeVar("Row", bound=Model)
Shown = TypeVar("Shown")


class RowValue(TupleLookupMixin):
    """A comparison written as ``(a, b) > (x, y)`` on SQLite too.

    Django spells it out with OR there, for versions before 3.15; an index is no range
    then, and a deep page reads everything before it.
    """

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        """Write the row values, whatever the database is."""
        return super(TupleLookupMixin, self).as_sql(compiler, connection)  # type: ignore[misc]


class Behind(RowValue, TupleGreaterThan):
    """Rows whose tuple is greater."""


class Before(RowValue, TupleLessThan):
    """Rows whose tuple is smaller."""


@dataclass(frozen=True)
class Page(Generic[Shown]):
    """Rows, and the cursors of the pages before and after; "" is no such page."""

    rows: list[Shown]
    before: str
    after: str

    @property
    def is_whole(self) -> bool:
        """Say whether these rows are all there are."""
        return not self.before and not self.after


@dataclass(frozen=True)
class Cursor:
    """A place in the list, and which way to read on from it."""

    backwards: bool
    place: tuple[Any, ...]


def paginate(
    rows: QuerySet[Row],
    *,
    keys: Sequence[str],
    cursor: str = "",
    size: int = PAGE_SIZE,
) -> Page[Row]:
    """Give the page of ``rows`` that ``cursor`` names, or the first one.

    ``keys`` are columns that are never null, the last one unique; all rise or, written
    with ``-``, all fall. A cursor that is not ours, or is of another list, is taken as
    none: an old bookmark opens the list at its beginning.
    """
    falling = keys[0].startswith("-")
    names = tuple(key.removeprefix("-") for key in keys)
    if any(key.startswith("-") != falling for key in keys):
        raise ValueError("The keys of a list all rise or all fall.")
    place = read_cursor(cursor, model=rows.model, names=names)
    backwards = place is not None and place.backwards
    found = _read(rows, names=names, place=place, down=falling != backwards, size=size)
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    return Page(
        rows=found,
        before=_cursor(found, names, ahead=False)
        if found and (more if backwards else place is not None)
        else "",
        after=_cursor(found, names, ahead=True)
        if found and (more or backwards)
        else "",
    )


def paginate_read(
    rows: Sequence[Shown],
    *,
    key: Callable[[Shown], tuple[str, ...]],
    name: str,
    cursor: str = "",
    size: int = PAGE_SIZE,
) -> Page[Shown]:
    """Give a page of rows that are read already and stand in the order of ``key``.

    For what no single table holds, and is never more than a few thousand. ``name`` is the
    list's, so that its cursors are no other list's.
    """
    backwards, place = _read_place(cursor, name)
    keys = [key(row) for row in rows]
    if place is None:
        start = 0
    elif backwards:
        start = max(0, bisect_left(keys, place) - size)
    else:
        start = bisect_right(keys, place)
    shown = list(rows[start : start + size])
    return Page(
        rows=shown,
        before=_place(key(shown[0]), name, ahead=False) if start and shown else "",
        after=_place(key(shown[-1]), name, ahead=True)
        if start + size < len(rows)
        else "",
    )


def _read_place(cursor: str, name: str) -> tuple[bool, tuple[str, ...] | None]:
    try:
        backwards, *place = signing.loads(cursor, salt=_salt([name]))
    except (signing.BadSignature, ValueError, TypeError):
        return False, None
    return bool(backwards), tuple(map(str, place))


def _place(key: tuple[str, ...], name: str, *, ahead: bool) -> str:
    return signing.dumps([not ahead, *key], salt=_salt([name]), compress=True)


def read_cursor(
    cursor: str, *, model: type[Model], names: Sequence[str]
) -> Cursor | None:
    """Read a cursor back; None where it is empty, forged or of another list."""
    try:
        backwards, *values = signing.loads(cursor, salt=_salt(names))
        fields = [_field(model, name) for name in names]
        place = tuple(
            field.to_python(value) for field, value in zip(fields, values, strict=True)
        )
    except (signing.BadSignature, ValidationError, ValueError, TypeError):
        return None
    return Cursor(backwards=bool(backwards), place=place)


def _read(
    rows: QuerySet[Row],
    *,
    names: Sequence[str],
    place: Cursor | None,
    down: bool,
    size: int,
) -> list[Row]:
    """Read one row more than the page holds: it says whether there is another page."""
    if place is not None:
        columns = Tuple(*[F(name) for name in names])
        beyond = Before if down else Behind
        rows = rows.filter(beyond(columns, place.place))
    return list(rows.order_by(*[f"-{n}" if down else n for n in names])[: size + 1])


def _cursor(rows: Sequence[Model], names: Sequence[str], *, ahead: bool) -> str:
    """Write the cursor that reads on from the last row, or back from the first."""
    row = rows[-1] if ahead else rows[0]
    values = [_written(row, name) for name in names]
    return signing.dumps([not ahead, *values], salt=_salt(names), compress=True)


def _written(row: Model, name: str) -> str | int:
    """Give a column's value as the cursor holds it."""
    value: Any = row
    for part in name.split("__"):
        value = getattr(value, part)
    return value if isinstance(value, int | str) else str(value)


def _field(model: type[Model], name: str) -> Field[Any, Any]:
    """Find the column a key names, over relations where it has to."""
    *path, last = name.split("__")
    for part in path:
        model = _column(model, part).related_model
    column: Field[Any, Any] = _column(model, last)
    return column


def _column(model: type[Model], name: str) -> Any:
    meta = model._meta  # noqa: SLF001  # documented API in spite of its name
    return meta.pk if name == "pk" else meta.get_field(name)


def _salt(names: Sequence[str]) -> str:
    """Tie a cursor to its ordering, so that one list's is refused by another."""
    return f"{SALT}:{','.join(names)}"
