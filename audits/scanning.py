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
from django.utils import timezone

from audits import (
    counting,
    exceptions,
    filing,
    keeping,
    policies,
    providers,
    tallying_situations,
    trail,
)
from audits.judging.grounds import Grounds
from audits.judging.judged import Judge, Judged
from audits.models import Grant, Scan
from audits.providers import Provider
from audits.surveying import gathering, resolving, slices
from audits.surveying.survey import Survey
from contacts import jobs, matching
from contacts.models import Job, Match, Source
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


@transaction.atomic
def start(*, source: Source, by: User | None) -> Job:
    """Ask for a scan.

    Raises ``jobs.AlreadyRunning`` while one of the source runs.
    """
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
        progress = _PHASES.get(progress.phase, _follow)(lease, scan, progress)
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
            exceptions.reopen_in(scan)


def _step(lease: Lease, then: Progress) -> AbstractContextManager[None]:
    """Open the transaction of one slice, behind which ``then`` is the place."""
    return lease.step(
        checkpoint=asdict(then),
        rows_done=then.done,
        rows_total=then.total,
        phase=_words(lease.job.source)[then.phase],
    )


def _words(source: Source) -> dict[str, str]:
    """Say what is done in each phase; what is no provider's own comes first."""
    return WORDS | {phase.name: phase.words for phase in providers.of(source).phases}


def _resolve(lease: Lease, scan: Scan, progress: Progress) -> Progress:
    grants = Grant.objects.filter(source=scan.source).active()
    part = slices.cut(grants, low=progress.low, size=slices.GRANTS)
    then = progress.after(part, then=PEOPLE)
    if part.is_last:
        then = replace(then, total=then.total + _to_come(scan.source))
    with _step(lease, then):
        resolving.resolve_grants(scan.source, part)
        if part.is_last:
            resolving.let_findings_follow(scan.source)
    return then


def _to_come(source: Source) -> int:
    """Count the rows of all phases behind the first."""
    people = Match.objects.filter(source=source).count()
    return people + sum(
        phase.rows(source).count() for phase in providers.of(source).phases
    )


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
    first, *_ = _following(scan.source)
    then = progress.after(replace(part, rows=0), then=first)
    with _step(lease, then):
        _judge(scan, part, strangers=True)
    return then


def _follow(lease: Lease, scan: Scan, progress: Progress) -> Progress:
    """Do a slice of one of the provider's own phases."""
    names = _following(scan.source)
    place = names.index(progress.phase)
    phase = providers.of(scan.source).phases[place]
    part = slices.cut(phase.rows(scan.source), low=progress.low, size=phase.size)
    then = progress.after(part, then=names[place + 1])
    with _step(lease, then):
        phase.do(scan, part)
        scan.save(update_fields=["counts"])
    return then


def _following(source: Source) -> list[str]:
    """Name the phases behind the judging of grants, to the end."""
    return [*(phase.name for phase in providers.of(source).phases), DONE]


_PHASES = {
    RESOLVING: _resolve,
    PEOPLE: _judge_people,
    STRANGERS: _judge_strangers,
}


# --- One slice ---------------------------------------------------------------


def _judge(scan: Scan, part: slices.Slice, *, strangers: bool) -> None:
    provider = providers.of(scan.source)
    day = scan.started_at.date()
    survey = Survey(scan.source, part, day, provider.own_basis, strangers=strangers)
    grounds = Grounds.of(scan.source, provider.rests_on)
    judge = _judge_of(scan, scan.started_at, grounds)
    counts, verdicts = _verdicts(judge, provider, survey)
    keeping.keep_verdicts(verdicts, keeping.keep_situations(scan, counts))
    gathering.gather(survey)
    gathering.gather_lost(survey, complete=grounds.may_close)
    _add(scan, filing.file(scan, last_scan_at=_last_scan_at(scan)))


@lru_cache(maxsize=1)
def _judge_of(scan: Scan, _started_at: datetime, grounds: Grounds) -> Judge:
    """Keep one judge, who remembers situations from slice to slice.

    What an account has set may change between scans, so each has a judge of its own; the
    time tells two apart that bear one number because a database was put back.
    """
    judge_of = providers.of(scan.source).judge_of
    return judge_of(scan.source, policies.read(scan.policy), grounds)


def _verdicts(
    judge: Judge, provider: Provider, survey: Survey
) -> tuple[Counter[Judged], list[tuple[str, Judged]]]:
    """Judge all a slice holds; give each verdict's count, and findings by raw text."""
    provider.lay(survey, judge.policy.class_of)
    counts: Counter[Judged] = Counter()
    findings = []
    for raw, rows in provider.survey_grants(survey):
        judged = judge.of_grants(raw)
        counts[judged] += rows
        if judged.is_finding:
            findings.append((raw, judged))
    for raw, rows in provider.survey_pairs(survey):
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
            scan.counts = {**counting.of(scan), **scan.counts}
            scan.finished_at = timezone.now()
            scan.save(update_fields=["counts", "finished_at"])
            tallying_situations.count_all(scan.source)
            _record(scan)
    return {"scan": scan.pk, **scan.counts}


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
