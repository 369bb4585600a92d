"""A situation and what was said of it, whoever's rules said it, ready to be written.

Raw texts differ where situations do not (blanks and the order of entries), and many
situations come again in every slice, so judges remember both steps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from audits import policy, situations
from audits.models import Finding
from audits.policy import Entry, Policy
from audits.situations import Verdict
from contacts import dialect

REMEMBERED = 20_000

_SEVERITIES = {severity.label: severity.value for severity in Finding.Severity}


@dataclass(frozen=True, slots=True)
class Judged:
    """A situation and what was said of it, ready to be written.

    A proposal's key is over the class too, as one pair may lack several.
    """

    key: str
    body: str
    rule: str
    severity: str
    recommendation: str
    sentence: str
    others: tuple[str, ...]
    privilege_class: str
    basis: Entry
    entries: str
    match: str

    @property
    def is_finding(self) -> bool:
        """Say whether a person must look at it."""
        return self.rule not in situations.NO_FINDING

    @property
    def rank(self) -> int:
        """Give the severity as the database orders it."""
        return _SEVERITIES[self.severity]


class Judge(Protocol):
    """Who reads raw situations under one policy and says what is to be said of them."""

    @property
    def policy(self) -> Policy:
        """Give the policy."""

    def of_grants(self, raw: str, /) -> Judged:
        """Judge what grants with this raw text are in."""

    def of_pairs(self, raw: str, /) -> tuple[Judged, ...]:
        """Propose what pairs with this raw text were never given; often nothing."""


class Situated(Protocol):
    """What is written of a situation besides what was said of it."""

    @property
    def key(self) -> str:
        """Give what equal situations share."""

    @property
    def privilege_class(self) -> str:
        """Name the class."""

    def to_json(self) -> str:
        """Write it in the one way it is written."""


def judged(
    situation: Situated, verdict: Verdict, *, basis: Entry, entries: str, match: str
) -> Judged:
    """Put a situation and its verdict together; the rest is as the CSVs show it."""
    return Judged(
        key=situation.key,
        body=situation.to_json(),
        rule=verdict.rule,
        severity=verdict.severity,
        recommendation=verdict.recommendation,
        sentence=verdict.sentence,
        others=verdict.others,
        privilege_class=situation.privilege_class,
        basis=basis,
        entries=entries,
        match=match,
    )


def restrictions(text: str) -> tuple[situations.Restriction, ...]:
    """Read the restrictions of a raw situation."""
    return tuple(map(_restriction, items(text)))


def items(text: str) -> list[str]:
    """Read a list that SQL joined."""
    return text.split(dialect.ITEMS) if text else []


def _restriction(item: str) -> situations.Restriction:
    kind, scope, classes = item.split("|", 2)
    named = [policy.fold(name) for name in classes.split(";")]
    return situations.Restriction(
        kind=kind,
        scope="everywhere" if scope == "everywhere" else "this",
        classes=tuple(filter(None, named)),
    )
