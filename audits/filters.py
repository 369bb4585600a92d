"""What of the queue is shown, read from an address that anybody may have typed.

A value that is none of ours is dropped, so an old bookmark shows more, never an error.
Names stay out: an address holds a search's number (``contacts.searching``).

All facets are counted in one statement, off the index ``finding_facets`` alone: 20 ms at
100,000 findings, where one statement a facet took ten times as long.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from urllib.parse import urlencode

from django.db.models import Count, QuerySet

from audits.cells import CLASS_WORDS
from audits.models import Finding
from audits.policy import SEVERITIES
from audits.rules.catalogue import BY_PROVIDER, CARDS
from contacts import records
from contacts.models import Source

MATCHES = {
    "matched": "Matched",
    "gone": "Gone",
    "recreated": "Re-created",
    "ambiguous": "Ambiguous",
    "deleted": "Deleted in V3",
    "missing": "Not in the crosswalk",
    "conflict": "Conflict",
    "unmatched": "New in v3",
    "unknown-contact": "Unknown contact",
    "unchecked": "Not checked",
}
COLUMNS = ("severity", "rule", "privilege_class", "match_state")
Cube = list[tuple[tuple[str, ...], int]]
NOBODY = "0"
"""Findings that nobody has, in the place of a person's number."""
CHOSEN_APART = ("state", "by", "assigned")


@dataclass(frozen=True, slots=True)
class Filters:
    """A choice for each facet, "" for all; ``state`` always is one."""

    state: str = Finding.State.OPEN
    severity: str = ""
    rule: str = ""
    privilege_class: str = ""
    match: str = ""
    by: str = ""
    search: str = ""
    situation: str = ""
    assigned: str = ""

    @classmethod
    def parse(cls, query: Mapping[str, str]) -> Filters:
        """Read an address's query, dropping what is none of ours."""
        told = {
            name: query.get(name, "")
            for name, allowed in _ALLOWED.items()
            if query.get(name, "") in allowed
        }
        numbers = {
            name: query[name]
            for name in ("by", "search", "situation", "assigned")
            if query.get(name, "").isascii() and query.get(name, "").isdigit()
        }
        return cls(**told, **{name: value[:10] for name, value in numbers.items()})

    def query(self, **changes: str) -> str:
        """Write the address's query, with some choices changed."""
        told = {field.name: getattr(self, field.name) for field in fields(self)}
        told |= changes
        if told["state"] == Finding.State.OPEN:
            del told["state"]
        return urlencode({name: str(value) for name, value in told.items() if value})

    def without(self, name: str) -> Filters:
        """Give the same filters with one facet left open."""
        return replace(self, **{name: ""})

    @property
    def others(self) -> list[tuple[str, str]]:
        """Give what a form must carry on that chooses the state and the people."""
        told = [(field.name, getattr(self, field.name)) for field in fields(self)]
        return [(name, v) for name, v in told if v and name not in CHOSEN_APART]

    @property
    def state_word(self) -> str:
        """Name the state."""
        return Finding.State(self.state).label.lower()

    @property
    def is_narrowed(self) -> bool:
        """Say whether anything but the state is chosen."""
        return self.query(state=Finding.State.OPEN) != ""


@dataclass(frozen=True, slots=True)
class Option:
    """One value of a facet, how many findings have it, and the way there."""

    value: str
    label: str
    count: str
    chosen: bool
    query: str


@dataclass(frozen=True, slots=True)
class Facet:
    """A filter as it is shown."""

    name: str
    label: str
    options: tuple[Option, ...]


def narrow(
    findings: QuerySet[Finding], source: Source, filters: Filters, *, words: str = ""
) -> QuerySet[Finding]:
    """Keep the findings that the filters name; ``words`` is the search's text."""
    found = whatever_state(findings, source, filters, words=words)
    return found.filter(state=filters.state)


def whatever_state(
    findings: QuerySet[Finding], source: Source, filters: Filters, *, words: str = ""
) -> QuerySet[Finding]:
    """Keep the findings that the filters name, decided or not."""
    chosen: dict[str, object] = {
        "rule": filters.rule,
        "privilege_class": filters.privilege_class,
        "match_state": filters.match,
        "decision__decided_by": filters.by,
        "situation": filters.situation,
        "search_text__contains": records.fold(words),
    }
    if filters.assigned == NOBODY:
        findings = findings.filter(assigned_to=None)
    elif filters.assigned:
        chosen["assigned_to"] = filters.assigned
    if filters.severity:
        chosen["severity"] = 1 + SEVERITIES.index(filters.severity)
    told = {name: value for name, value in chosen.items() if value}
    return findings.filter(source=source, **told)


def count(
    findings: QuerySet[Finding], source: Source, filters: Filters, *, words: str = ""
) -> Cube:
    """Count the findings of a state by all facets at once.

    A choice of people or situation or a search narrows the whole: none is a facet of its
    own.
    """
    basic = Filters(
        state=filters.state,
        by=filters.by,
        situation=filters.situation,
        assigned=filters.assigned.removeprefix(NOBODY),
    )
    whole = narrow(findings, source, basic, words=words)
    if filters.assigned != NOBODY:
        return list(_counted(whole).items())
    # What nobody has is most of it: all but the few that somebody has, for the index
    # that counts all does not tell whose they are.
    somebodys = _counted(whole.filter(assigned_to__isnull=False))
    left = _counted(whole) - somebodys
    return list(left.items())


def _counted(findings: QuerySet[Finding]) -> Counter[tuple[str, ...]]:
    # Count("pk") would make the database look into every row, and not the index alone.
    counted = findings.order_by().values_list(*COLUMNS).annotate(Count("severity"))
    return Counter({(SEVERITIES[row[0] - 1], *row[1:4]): row[4] for row in counted})


def facets(
    cube: Cube, filters: Filters, provider: str = Source.Provider.CLEVER
) -> tuple[Facet, ...]:
    """Show each facet with the counts it has under the choices of the others."""
    words: dict[str, Mapping[str, str]] = {
        "severity": {word: word.capitalize() for word in SEVERITIES},
        "rule": {code: c.title for code, c in BY_PROVIDER[provider].items()},
        "privilege_class": CLASS_WORDS,
        "match": MATCHES,
    }
    return tuple(
        Facet(name, label, tuple(_options(cube, filters, name, words[name])))
        for name, label in _FACETS
    )


def total(cube: Cube, filters: Filters) -> str:
    """Say how many findings the filters leave."""
    return f"{sum(number for key, number in cube if _fits(key, filters)):,}"


def _options(
    cube: Cube, filters: Filters, name: str, words: Mapping[str, str]
) -> Iterable[Option]:
    place = _PLACES[name]
    others = filters.without(name)
    counts: dict[str, int] = {}
    for key, number in cube:
        if _fits(key, others):
            counts[key[place]] = counts.get(key[place], 0) + number
    chosen = getattr(filters, name)
    for value, label in words.items():
        if value in counts or value == chosen:
            yield Option(
                value,
                label,
                count=f"{counts.get(value, 0):,}",
                chosen=value == chosen,
                query=filters.query(**{name: "" if value == chosen else value}),
            )


def _fits(key: tuple[str, ...], filters: Filters) -> bool:
    return all(
        not getattr(filters, name) or key[place] == getattr(filters, name)
        for name, place in _PLACES.items()
    )


_PLACES = {"severity": 0, "rule": 1, "privilege_class": 2, "match": 3}
_FACETS = (
    ("severity", "Severity"),
    ("rule", "Rule"),
    ("privilege_class", "Privilege class"),
    ("match", "Match"),
)
_ALLOWED: dict[str, frozenset[str]] = {
    "state": frozenset(Finding.State.values),
    "severity": frozenset(SEVERITIES),
    "rule": frozenset(CARDS),
    "privilege_class": frozenset(CLASS_WORDS),
    "match": frozenset(MATCHES),
}
