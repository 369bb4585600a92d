"""A batch before it is one: the set, what of it is shown, and what deciding it would do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, QuerySet

from audits import deciding, filters
from audits.batches import effects, samples, seconds, sets
from audits.batches.effects import Nobody
from audits.batches.samples import Unusual
from audits.batches.sets import Frozen, Scope
from audits.filters import Cube
from audits.models import Decision, Finding
from audits.policy import SEVERITIES
from audits.rules import catalogue
from contacts.models import Source

Kind = Decision.Kind


@dataclass(frozen=True, slots=True)
class Group:
    """Items of one situation: what a rule said of all of them, and how many there are."""

    situation: int
    rule: str
    severity: int
    recommendation: str
    privilege_class: str
    match: str
    items: int


@dataclass(frozen=True, slots=True)
class Way:
    """A decision that some of the set may be given, and for how many it is advised."""

    kind: str
    label: str
    items: int
    advised: int


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Items that do not go by batch, and why."""

    items: int
    why: str


@dataclass(frozen=True, slots=True)
class Effect:
    """What one decision of the whole set comes to.

    ``seconds``: how many another person must confirm; ``whole``: all of them, because the
    batch is large. ``agrees``: for how many it is what is recommended. ``guarded``: it
    takes away what somebody must hold for each student.
    """

    kind: str
    label: str
    items: int
    agrees: int
    seconds: int
    whole: bool
    nobody: Sequence[Nobody]
    guarded: bool = False

    @property
    def against(self) -> int:
        """Count those for which something else is recommended."""
        return self.items - self.agrees

    @property
    def other(self) -> int:
        """Count what is re-tied, narrowed or granted."""
        return self.items - self.revoked - self.held - self.kept

    @property
    def revoked(self) -> int:
        """Count what would be taken away."""
        return self.items if self.kind == Kind.REVOKE else 0

    @property
    def held(self) -> int:
        """Count what would be suspended until somebody answers."""
        return self.items if self.kind == Kind.HOLD else 0

    @property
    def kept(self) -> int:
        """Count what would stay as it is."""
        return self.items if self.kind == Kind.KEEP else 0


@dataclass(frozen=True, slots=True)
class Preview:
    """A set and all that is told of it; without a decision chosen, no effect."""

    scope: Scope
    frozen: Frozen
    asked: int
    ways: Sequence[Way]
    left_out: Sequence[LeftOut]
    cube: Cube
    chance: Sequence[int]
    unusual: Sequence[Unusual]
    effect: Effect | None


def preview(source: Source, scope: Scope, kind: str = "", *, today: date) -> Preview:
    """Freeze a set and tell what it is; with a decision, what that would do."""
    with sets.room():
        return _preview(source, scope, kind, today=today)


def _preview(source: Source, scope: Scope, kind: str, *, today: date) -> Preview:
    asked = scope.findings(source)
    groups = _groups(asked)
    allowed = set(sets.rules_for(kind))
    found = sets.decidable(source, scope, kind, today=today)
    frozen = sets.freeze(found)
    left = _left_out(groups, kind)
    goes = sum(group.items for group in groups if group.rule in allowed)
    if frozen.count < goes:
        bound = goes - frozen.count
        left.append(LeftOut(bound, "An order or instruction forbids it today."))
    return Preview(
        scope=scope,
        frozen=frozen,
        asked=sum(group.items for group in groups),
        ways=_ways(groups),
        left_out=left,
        cube=_cube(source, scope, groups),
        chance=samples.by_chance(found, frozen),
        unusual=samples.unusual(found) if frozen.count else (),
        effect=_effect(source, found, groups, frozen, kind, today=today)
        if kind and frozen.count
        else None,
    )


def _groups(findings: QuerySet[Finding]) -> list[Group]:
    """Count a set by situation: few rows, and all that the rules say hangs on it."""
    told = findings.order_by().values_list(
        "situation_id",
        "rule",
        "severity",
        "recommendation",
        "privilege_class",
        "match_state",
    )
    return [Group(*row) for row in told.annotate(Count("pk"))]


def _cube(source: Source, scope: Scope, groups: Sequence[Group]) -> Cube:
    """Count for the facets; a set that no facet narrows was counted by its groups."""
    chosen = scope.filters
    facets = (chosen.severity, chosen.rule, chosen.privilege_class, chosen.match)
    if any(facets) or scope.excluded:
        every = Finding.objects.order_by()
        return filters.count(every, source, chosen, words=scope.words)
    counts: Counter[tuple[str, ...]] = Counter()
    for group in groups:
        severity = SEVERITIES[group.severity - 1]
        key = (severity, group.rule, group.privilege_class, group.match)
        counts[key] += group.items
    return list(counts.items())


def _ways(groups: Sequence[Group]) -> list[Way]:
    """Offer each decision that any item may be given, the most advised first."""
    items: Counter[str] = Counter()
    advised: Counter[str] = Counter()
    batchable = set(sets.rules_for())
    for group in groups:
        if group.rule in batchable:
            advised[group.recommendation] += group.items
            for kind in deciding.allowed_kinds(group.rule):
                items[kind] += group.items
    ways = [
        Way(kind.value, str(kind.label), items[kind], advised[kind])
        for kind in Kind
        if items[kind]
    ]
    return sorted(ways, key=lambda way: -way.advised)


def _left_out(groups: Sequence[Group], kind: str) -> list[LeftOut]:
    """Say what does not go by batch, or not so, rule by rule."""
    counts: Counter[str] = Counter()
    for group in groups:
        if why := _why_not(group.rule, kind):
            counts[why] += group.items
    return [LeftOut(items, why) for why, items in counts.most_common()]


def _why_not(rule: str, kind: str) -> str:
    card = catalogue.CARDS.get(rule)
    title = card.title if card else rule
    if card is None or not card.batchable or not card.decisions:
        return f"{title}: decided one by one."
    if kind and kind not in card.decisions:
        word = Kind(kind).label.lower()
        return f"{title}: cannot be decided “{word}”."
    return ""


# --- What it would do --------------------------------------------------------------


def _effect(
    source: Source,
    found: QuerySet[Finding],
    groups: Sequence[Group],
    frozen: Frozen,
    kind: str,
    *,
    today: date,
) -> Effect:
    whole = seconds.needs_whole(source, items=frozen.count)
    allowed = set(sets.rules_for(kind))
    mine = [group for group in groups if group.rule in allowed]
    guarded = effects.guards(source, {one.privilege_class for one in mine}, kind)
    return Effect(
        kind,
        label=str(Kind(kind).label),
        items=frozen.count,
        agrees=_agrees(found, mine, frozen, kind),
        seconds=frozen.count if whole else _seconds(found, mine, kind),
        whole=whole,
        nobody=effects.left_with_nobody(source, found, guarded, today=today),
        guarded=bool(guarded),
    )


def _agrees(
    found: QuerySet[Finding], groups: Sequence[Group], frozen: Frozen, kind: str
) -> int:
    """Count those for which it is recommended; whole groups were counted already."""
    if sum(group.items for group in groups) == frozen.count:
        return sum(one.items for one in groups if one.recommendation == kind)
    return found.filter(recommendation=kind).count()


def _seconds(found: QuerySet[Finding], groups: Sequence[Group], kind: str) -> int:
    """Count the items that need a second look by their own; the batch is a small one."""
    orders = set(seconds.with_order([group.situation for group in groups]))
    return sum(
        catalogue.needs_second_look(
            severity=SEVERITIES[severity - 1],
            recommendation=recommendation,
            decision=kind,
            privilege_class=privilege_class,
            restricted=situation in orders,
        )
        for situation, severity, recommendation, privilege_class in found.values_list(
            "situation_id", "severity", "recommendation", "privilege_class"
        )
    )
