"""What the home page tells of a source: what is open, what is missing, what is next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Q

from audits.models import Finding, Scan
from audits.rules.cards import RuleCard
from audits.rules.catalogue import BY_PROVIDER
from contacts.models import Job, Snapshot, Source

WHOLE = 100
OFF_WHILE_INCOMPLETE = ("contact-gone", "contact-recreated", "not-related")
# The rules that rest on what a kind of data lacks.
_RESTS_ON: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    Source.Provider.CLEVER: {Snapshot.Kind.CONTACTS: OFF_WHILE_INCOMPLETE},
    Source.Provider.CONSTANT_CONTACT: {
        Snapshot.Kind.CONTACTS: ("no-crosswalk", "not-on-list"),
        Snapshot.Kind.CROSSWALK: ("no-crosswalk",),
        Snapshot.Kind.LISTS: ("list-unmapped",),
        Snapshot.Kind.LIST_CROSSWALK: ("list-unmapped",),
    },
}
Latest = Mapping[str, Snapshot]


@dataclass(frozen=True)
class Bar:
    """One line of a bar chart; ``share`` is of the longest bar, 0 to 100."""

    code: str
    label: str
    severity: str
    count: int
    share: float


@dataclass(frozen=True)
class Open:
    """The findings nobody has decided, counted both ways."""

    total: int
    by_severity: Sequence[Bar]
    by_rule: Sequence[Bar]


@dataclass(frozen=True)
class Step:
    """One step on the way to the first findings."""

    code: str
    label: str
    text: str
    what: str  # the import that does it, "" for the scan
    is_done: bool
    is_next: bool
    is_optional: bool = False


def count_open(source: Source) -> Open:
    """Count a source's open findings in one statement, served by an index alone."""
    counts: dict[tuple[str, int], int] = {
        (rule, severity): count
        for rule, severity, count in Finding.objects.filter(source=source)
        .open()
        .values_list("rule", "severity")
        .annotate(Count("pk"))
        .order_by()
    }
    by_severity: Counter[int] = Counter()
    by_rule: Counter[str] = Counter()
    worst: dict[str, int] = {}
    for (rule, severity), count in counts.items():
        by_severity[severity] += count
        by_rule[rule] += count
        worst[rule] = min(worst.get(rule, severity), severity)
    return Open(
        total=by_severity.total(),
        by_severity=_severity_bars(by_severity),
        by_rule=_rule_bars(by_rule, worst, BY_PROVIDER[source.provider]),
    )


def _severity_bars(counts: Counter[int]) -> list[Bar]:
    longest = max(counts.values(), default=0)
    return [
        Bar(
            code=severity.label,
            label=severity.label,
            severity=severity.label,
            count=counts[severity.value],
            share=_share(counts[severity.value], longest),
        )
        for severity in Finding.Severity
    ]


def _rule_bars(
    counts: Counter[str], worst: Mapping[str, int], cards: Mapping[str, RuleCard]
) -> list[Bar]:
    """Give a bar a rule, the gravest rules first and the longest bar first in each."""
    longest = max(counts.values(), default=0)
    return [
        Bar(
            code=rule,
            label=cards[rule].title if rule in cards else rule,
            severity=Finding.Severity(worst[rule]).label,
            count=count,
            share=_share(count, longest),
        )
        for rule, count in sorted(
            counts.items(), key=lambda told: (worst[told[0]], -told[1], told[0])
        )
    ]


def _share(count: int, longest: int) -> float:
    """Give a bar's length. One finding among thousands must still be seen."""
    return max(1.0, round(WHOLE * count / longest, 1)) if count else 0


def latest_snapshots(source: Source) -> Latest:
    """Give the newest snapshot of each kind that saw anything, by kind."""
    seen = Snapshot.objects.filter(source=source).filter(
        Q(pages__gt=0) | Q(state=Snapshot.State.COMPLETE)
    )
    newest = seen.values("kind").annotate(newest=Max("pk")).values("newest")
    return {row.kind: row for row in Snapshot.objects.filter(pk__in=newest)}


def last_scan(source: Source) -> Scan | None:
    """Give the newest scan that came to its end."""
    finished = Scan.objects.filter(source=source, finished_at__isnull=False)
    return finished.select_related("policy", "started_by").order_by("-pk").first()


def unfinished_jobs(source: Source) -> list[Job]:
    """Give what runs or waits, the newest first."""
    rows = Job.objects.filter(source=source).unfinished()
    return list(rows.select_related("requested_by").order_by("-pk")[:5])


# --- What is next ------------------------------------------------------------

_STEPS = (
    (
        Snapshot.Kind.LEGACY_CONTACTS,
        "Import the stored v2 contacts",
        "The files you kept of the v2 API: on them the grants were given.",
        "legacy",
    ),
    (
        Snapshot.Kind.CONTACTS,
        "Import v3 from the provider",
        "Students, and each contact’s relationship to each of them.",
        "current",
    ),
    (
        Snapshot.Kind.GRANTS,
        "Import your grants",
        "Who may do what for whom, as your own product holds it now.",
        "grants",
    ),
    (
        Snapshot.Kind.RESTRICTIONS,
        "Import restrictions",
        "Court orders and instructions that forbid privileges.",
        "restrictions",
    ),
)
_MAIL_STEPS = (
    (
        Snapshot.Kind.LEGACY_CONTACTS,
        "Import the stored V2 contacts",
        "The files you kept of the V2 API: their consent is what the grants rest on.",
        "legacy",
    ),
    (
        Snapshot.Kind.CONTACTS,
        "Import V3 from Constant Contact",
        "Contacts with permission, lists and custom fields, and who is who in V2.",
        "current",
    ),
    (
        Snapshot.Kind.GRANTS,
        "Import your grants",
        "Who may be sent what, on which list, as your own product holds it now.",
        "grants",
    ),
    (
        Snapshot.Kind.RESTRICTIONS,
        "Import restrictions",
        "Orders and instructions that forbid to write to somebody.",
        "restrictions",
    ),
)


def steps(source: Source, latest: Latest, scan: Scan | None) -> list[Step]:
    """Give the way to the first findings, and where on it the source is."""
    made = []
    waits = True
    for kind, label, text, what in _STEPS if source.is_clever else _MAIL_STEPS:
        optional = kind == Snapshot.Kind.RESTRICTIONS
        done = kind in latest
        made.append(
            Step(
                code=kind.value,
                label=label,
                text=text,
                what=what,
                is_done=done,
                is_next=waits and not done and not optional,
                is_optional=optional,
            )
        )
        waits = waits and (done or optional)
    made.append(
        Step(
            code="scan",
            label="Scan",
            text="Judges every grant by the rules and opens the findings.",
            what="",
            is_done=scan is not None,
            is_next=waits and scan is None,
        )
    )
    return made


# --- What to beware of -------------------------------------------------------


def incomplete(latest: Latest) -> list[Snapshot]:
    """Give the newest snapshots that stopped before their end."""
    return [
        row
        for row in latest.values()
        if row.state in (Snapshot.State.INCOMPLETE, Snapshot.State.FAILED)
    ]


def rules_off(source: Source, snapshot: Snapshot) -> tuple[str, ...]:
    """Name the rules that cannot fire because a newest snapshot is not complete."""
    if snapshot.state == Snapshot.State.COMPLETE:
        return ()
    return _RESTS_ON[source.provider].get(snapshot.kind, ())


def newer_than(scan: Scan | None, latest: Latest) -> datetime | None:
    """Give when data came in that the last scan has not seen, or None."""
    if scan is None:
        return None
    ends = [row.finished_at for row in latest.values() if row.finished_at]
    newest = max(ends, default=None)
    return newest if newest and newest > scan.started_at else None
