"""The situations that findings are in, as people work them off: which, and in what order.

Everything is read from the tallies. A value in the address that is none of ours is
dropped, so an old bookmark shows more, never an error.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from urllib.parse import urlencode

from django.db.models import QuerySet, Sum

from audits.cells import CLASS_WORDS
from audits.filters import Facet, Option
from audits.models import SituationTally
from audits.policy import SEVERITIES
from audits.rules.catalogue import BY_PROVIDER, CARDS
from contacts.models import Source

SORTS: Mapping[str, tuple[str, ...]] = {
    "severity": ("-gravity", "-open", "-pk"),
    "count": ("-open", "-pk"),
    "contacts": ("-contacts", "-pk"),
    "oldest": ("oldest_at", "pk"),
}
MANY, ALONE = "many", "alone"
WAYS = {MANY: "In one act", ALONE: "One by one"}
# A severity, a rule and a class, with the findings that are open in it.
Cube = list[tuple[str, str, str, int]]


@dataclass(frozen=True, slots=True)
class Chosen:
    """A choice for each facet, "" for all; ``settled`` shows what has nothing open."""

    severity: str = ""
    rule: str = ""
    privilege_class: str = ""
    way: str = ""
    settled: str = ""
    sort: str = "severity"

    @classmethod
    def parse(cls, query: Mapping[str, str]) -> Chosen:
        """Read an address's query, dropping what is none of ours."""
        told = {
            name: query.get(name, "")
            for name, allowed in _ALLOWED.items()
            if query.get(name, "") in allowed
        }
        return cls(**told)

    def query(self, **changes: str) -> str:
        """Write the address's query, with some choices changed."""
        told = {field.name: getattr(self, field.name) for field in fields(self)}
        told |= changes
        if told["sort"] == "severity":
            del told["sort"]
        return urlencode({name: value for name, value in told.items() if value})

    @property
    def is_narrowed(self) -> bool:
        """Say whether anything but the order is chosen."""
        return self.query(sort="severity") != ""

    @property
    def keys(self) -> tuple[str, ...]:
        """Name the columns of the order; nothing open is not old."""
        if self.settled and self.sort == "oldest":
            return SORTS["severity"]
        return SORTS[self.sort]


@dataclass(frozen=True, slots=True)
class Totals:
    """What is open in a source, and how much of it the choice leaves."""

    open: int
    shown: int
    situations: int


def narrow(source: Source, chosen: Chosen) -> QuerySet[SituationTally]:
    """Give the tallies that are chosen."""
    tallies = SituationTally.objects.filter(source=source)
    if chosen.settled:
        tallies = tallies.filter(open=0, decided__gt=0)
    else:
        tallies = tallies.filter(open__gt=0)
    for name in ("rule", "privilege_class"):
        if value := getattr(chosen, name):
            tallies = tallies.filter(**{name: value})
    if chosen.severity:
        tallies = tallies.filter(severity=1 + SEVERITIES.index(chosen.severity))
    if chosen.way == MANY:
        tallies = tallies.exclude(rule__in=_ONE_BY_ONE)
    elif chosen.way == ALONE:
        tallies = tallies.filter(rule__in=_ONE_BY_ONE)
    return tallies


def count(source: Source) -> Cube:
    """Count the open findings of a source by all facets at once, from its tallies."""
    tallies = SituationTally.objects.filter(source=source, open__gt=0)
    told = tallies.values_list("severity", "rule", "privilege_class")
    counted = told.annotate(Sum("open")).order_by()
    return [(SEVERITIES[row[0] - 1], *row[1:3], row[3]) for row in counted]


def totals(source: Source, chosen: Chosen, cube: Cube) -> Totals:
    """Say how much is open in all, and how much of it is shown in how many rows."""
    return Totals(
        open=sum(row[3] for row in cube),
        shown=sum(row[3] for row in cube if _fits(row, chosen)),
        situations=narrow(source, chosen).count(),
    )


def facets(source: Source, chosen: Chosen, cube: Cube) -> tuple[Facet, ...]:
    """Show each facet with the counts it has under the choices of the others."""
    words: dict[str, Mapping[str, str]] = {
        "severity": {word: word.capitalize() for word in SEVERITIES},
        "rule": {code: c.title for code, c in BY_PROVIDER[source.provider].items()},
        "privilege_class": CLASS_WORDS,
        "way": WAYS,
    }
    return tuple(
        Facet(name, label, tuple(_options(cube, chosen, name, words[name])))
        for name, label in _FACETS
    )


def _options(
    cube: Cube, chosen: Chosen, name: str, words: Mapping[str, str]
) -> Iterable[Option]:
    others = replace(chosen, **{name: ""})
    counts: dict[str, int] = {}
    for row in cube:
        if _fits(row, others):
            value = _value(row, name)
            counts[value] = counts.get(value, 0) + row[3]
    now = getattr(chosen, name)
    for value, label in words.items():
        if value in counts or value == now:
            yield Option(
                value,
                label,
                count=f"{counts.get(value, 0):,}",
                chosen=value == now,
                query=chosen.query(**{name: "" if value == now else value}),
            )


def _fits(row: tuple[str, str, str, int], chosen: Chosen) -> bool:
    return all(getattr(chosen, name) in ("", _value(row, name)) for name, _ in _FACETS)


def _value(row: tuple[str, str, str, int], name: str) -> str:
    severity, rule, privilege_class, _ = row
    told = {
        "severity": severity,
        "rule": rule,
        "privilege_class": privilege_class,
        "way": ALONE if rule in _ONE_BY_ONE else MANY,
    }
    return told[name]


_ONE_BY_ONE = frozenset(code for code, card in CARDS.items() if not card.batchable)
_FACETS = (
    ("severity", "Severity"),
    ("rule", "Rule"),
    ("privilege_class", "Privilege class"),
    ("way", "Decided"),
)
_ALLOWED: dict[str, frozenset[str]] = {
    "severity": frozenset(SEVERITIES),
    "rule": frozenset(CARDS),
    "privilege_class": frozenset(CLASS_WORDS),
    "way": frozenset(WAYS),
    "settled": frozenset({"1"}),
    "sort": frozenset(SORTS),
}
