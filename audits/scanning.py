"""A scan: survey → judge → findings, a slice of people at a time.

Each slice is one step of the job, in one transaction: a scan killed anywhere goes on
where it was, and one that is cancelled leaves whole slices behind.
"""

from __future__ import annotations

from collections import Counter
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Count, Sum
from django.utils import timezone

from audits import filing, keeping, policies, trail
from audits.judging import Judge, Judged
from audits.models import Grant, JudgedSituation, PolicyVersion, Scan
from audits.situations import NO_FINDING
from audits.surveying import clever, gathering, groundwork, resolving, slices
from audits.surveying.survey import Survey
from contacts import jobs, matching
from contacts.models import Job, Match, Snapshot, Source
from contacts.working import Lease

if TYPE_CHECKING:
    from django.contrib.auth.models import User

KIND = "scan"

RESOLVING, PEOPLE, STRANGERS, DONE = "resolving", "people", "strangers", "done"
WORDS = {
    RESOLVING: "Tying grants to people",
    PEOPLE: "Judging grants",
    STRANGERS: "Judging grants of unknown contacts",
    DONE: "Counting",
}


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a scan stands: the phase, the id its next slice begins at, rows behind it."""

    scan: int
    phase: str
    low: int = 0
    done: int = 0
    total: int = 0

    def after(self, part: slices.Slice, *, then: str) -> Progress:
        """Give the place behind a slice: in this phase, or at the start of the next."""
        done = min(self.total, self.done + part.rows)
        if part.is_last:
            return replace(self, phase=then, low=0, done=done)
        return replace(self, low=part.high, done=done)


class NotScannable(Exception):
    """Nothing can judge the grants of this provider."""


@transaction.atomic
def start(*, source: Source, by: User | None) -> Job:
    """Ask for a scan.

    Raises ``jobs.AlreadyRunning`` while one of the source runs, and ``NotScannable``.
    """
    if not source.is_clever:
        raise NotScannable(
            f"{source.name} is no Clever district; only those are scanned."
        )
    return jobs.enqueue(
        source=source,
        kind=KIND,
        key=f"scan:{source.pk}",
        title=f"Scan {source.name}",
        args={},
        by=by,
    )


@jobs.handler(KIND)
def run(lease: Lease) -> dict[str, Any]:
    """Do a slice of a scan and say what it found once all is done."""
    if not lease.checkpoint:
        _begin(lease)
    progress = Progress(**lease.checkpoint)
    scan = Scan.objects.select_related("source", "policy").get(pk=progress.scan)
    while progress.phase != DONE:
        lease.breathe()
        progress = _PHASES[progress.phase](lease, scan, progress)
    return _finish(lease, scan, progress)


def _begin(lease: Lease) -> None:
    """Bring the crosswalk up to date and note what the scan is judged by."""
    source = lease.job.source
    grants = Grant.objects.filter(source=source).active().count()
    with transaction.atomic():
        scan = Scan.objects.create(
            source=source,
            policy=policies.current(source),
            started_at=timezone.now(),
            started_by=lease.job.requested_by,
            counts={"opened": 0, "reopened": 0, "closed": 0},
        )
        with _step(lease, Progress(scan=scan.pk, phase=RESOLVING, total=grants)):
            matching.match(source)
            resolving.resolve_restrictions(source)


def _step(lease: Lease, then: Progress) -> AbstractContextManager[None]:
    """Open the transaction of one slice, behind which ``then`` is the place."""
    return lease.step(
        checkpoint=asdict(then),
        rows_done=then.done,
        rows_total=then.total,
        phase=WORDS[then.phase],
    )


def _resolve(lease: Lease, scan: Scan, progress: Progress) -> Progress:
    grants = Grant.objects.filter(source=scan.source).active()
    part = slices.cut(grants, low=progress.low, size=slices.GRANTS)
    then = progress.after(part, then=PEOPLE)
    if part.is_last:
        people = Match.objects.filter(source=scan.source).count()
        then = replace(then, total=then.total + people)
    with _step(lease, then):
        resolving.resolve_grants(scan.source, part)
        if part.is_last:
            resolving.let_findings_follow(scan.source)
    return then


def _judge_people(lease: Lease, scan: Scan, progress: Progress) -> Progress:
    people = Match.objects.filter(source=scan.source)
    part = slices.cut(people, low=progress.low, size=slices.PEOPLE)
    then = progress.after(part, then=STRANGERS)
    with _step(lease, then):
        _judge(scan, part, strangers=False)
    return then


def _judge_strangers(lease: Lease, scan: Scan, progress: Progress) -> Progress:
    grants = Grant.objects.filter(source=scan.source, match=None).active()
    part = slices.cut(grants, low=progress.low, size=slices.STRANGERS)
    then = progress.after(replace(part, rows=0), then=DONE)
    with _step(lease, then):
        _judge(scan, part, strangers=True)
    return then


_PHASES = {
    RESOLVING: _resolve,
    PEOPLE: _judge_people,
    STRANGERS: _judge_strangers,
}


# --- One slice ---------------------------------------------------------------


def _judge(scan: Scan, part: slices.Slice, *, strangers: bool) -> None:
    survey = Survey(scan.source, part, scan.started_at.date(), strangers)
    newest = Snapshot.objects.latest_of(scan.source, Snapshot.Kind.CONTACTS)
    complete = newest is not None and newest.state == Snapshot.State.COMPLETE
    judge = _judge_of(scan.policy, newest is not None, complete)
    counts, verdicts = _verdicts(judge, survey)
    keeping.keep_verdicts(verdicts, keeping.keep_situations(scan, counts))
    gathering.gather(survey)
    gathering.gather_lost(survey, complete=complete)
    _add(scan, filing.file(scan, last_scan_at=_last_scan_at(scan)))


@lru_cache(maxsize=1)
def _judge_of(version: PolicyVersion, seen: bool, complete: bool) -> Judge:  # noqa: FBT001  # a cache's key
    """Keep one judge, who remembers situations from slice to slice."""
    return Judge(policies.read(version), seen=seen, complete=complete)


def _verdicts(
    judge: Judge, survey: Survey
) -> tuple[Counter[Judged], list[tuple[str, Judged]]]:
    """Judge all a slice holds; give each verdict's count, and findings by raw text."""
    groundwork.lay(survey, judge.policy.class_of)
    counts: Counter[Judged] = Counter()
    findings = []
    for raw, rows in clever.survey_grants(survey):
        judged = judge.of_grants(raw)
        counts[judged] += rows
        if judged.is_finding:
            findings.append((raw, judged))
    for raw, rows in clever.survey_pairs(survey):
        for judged in judge.of_pairs(raw):
            counts[judged] += rows
            findings.append((raw, judged))
    return counts, findings


def _last_scan_at(scan: Scan) -> datetime | None:
    finished = Scan.objects.filter(source=scan.source, finished_at__isnull=False)
    return finished.order_by("-pk").values_list("started_at", flat=True).first()


def _add(scan: Scan, outcome: filing.Outcome) -> None:
    for name, count in asdict(outcome).items():
        scan.counts[name] += count
    scan.save(update_fields=["counts"])


# --- The end -----------------------------------------------------------------


def _finish(lease: Lease, scan: Scan, progress: Progress) -> dict[str, Any]:
    """Count, and put the scan into the trail; once, however often it is called."""
    if scan.finished_at is None:
        with _step(lease, replace(progress, done=progress.total)):
            scan.counts = {**_counts(scan), **scan.counts}
            scan.finished_at = timezone.now()
            scan.save(update_fields=["counts", "finished_at"])
            _record(scan)
    return {"scan": scan.pk, **scan.counts}


def _counts(scan: Scan) -> dict[str, Any]:
    """Count from the situations: each knows how many of this scan are in it."""
    told = JudgedSituation.objects.filter(scan=scan).values_list("rule")
    rules = told.annotate(Sum("grants"), Count("pk"))
    grants = {rule: rows for rule, rows, _ in rules}
    situations = sum(count for rule, _, count in rules if rule != "grant-missing")
    by_rule = {rule: grants[rule] for rule in sorted(grants) if rule not in NO_FINDING}
    return {
        "grants": sum(grants.values()) - grants.get("grant-missing", 0),
        "situations": situations,
        "confirmed": grants.get("confirmed", 0),
        "findings": sum(by_rule.values()),
        "by_rule": by_rule,
        "other_basis": grants.get("other-basis", 0),
        "expired": _expired(scan),
    }


def _expired(scan: Scan) -> int:
    grants = Grant.objects.filter(source=scan.source).active()
    return grants.filter(expires_at__lt=scan.started_at.date()).count()


def _record(scan: Scan) -> None:
    trail.record(
        action="scan.finished",
        object_type="scan",
        object_id=scan.pk,
        source=scan.source,
        by=scan.started_by,
        via="job",
        after={"policy": scan.policy.number, "counts": scan.counts},
        batch_id=f"scan-{scan.pk}",
    )
