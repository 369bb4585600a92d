"""What happened around one person: imports, findings, decisions, the latest first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from audits import exceptions
from audits.models import Decision, Event, Finding
from contacts.models import Match

LIMIT = 60
_TOLD = {
    "finding.reopened": ("reopened", "Opened again on new evidence"),
    "finding.closed": ("closed", "Closed: no longer found"),
    "contact.checked": ("checked", "Checked with the provider"),
}


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happened; ``finding`` is what it was about, where it was one."""

    at: datetime
    kind: str
    title: str
    who: str = ""
    words: str = ""
    finding: Finding | None = None


def of_match(match: Match) -> list[Moment]:
    """Tell what happened around a person, in three statements."""
    findings = list(Finding.objects.filter(match=match).order_by("first_seen_at", "pk"))
    moments = [
        *_imports(match),
        *_found(findings),
        *_decided(match),
        *_recorded(match, {str(one.pk): one for one in findings}),
    ]
    return sorted(moments, key=lambda moment: moment.at, reverse=True)[:LIMIT]


def _imports(match: Match) -> Iterator[Moment]:
    v = "v" if match.source.is_clever else "V"
    sides = ((f"{v}2", match.legacy_contact), (f"{v}3", match.contact))
    for version, record in sides:
        if record:
            at = record.snapshot.finished_at or record.snapshot.started_at
            title = f"{version} record as it is now came in"
            words = f"Snapshot {record.snapshot_id}, page {record.page}"
            yield Moment(at, "import", title, words=words)
    if match.contact and match.contact.missing_at:
        title = f"{v}3 record no longer told"
        yield Moment(match.contact.missing_at, "missing", title)


def _found(findings: Iterable[Finding]) -> Iterator[Moment]:
    """Tell what one scan found as one moment."""
    scans: dict[datetime, list[Finding]] = {}
    for finding in findings:
        scans.setdefault(finding.first_seen_at, []).append(finding)
    for at, found in scans.items():
        title = "1 finding" if len(found) == 1 else f"{len(found)} findings"
        rules = ", ".join(dict.fromkeys(finding.rule for finding in found))
        yield Moment(at, "found", f"{title} found", words=rules)


def _decided(match: Match) -> Iterator[Moment]:
    decisions = (
        Decision.objects.filter(finding__match=match)
        .select_related(
            "finding", "decided_by", "second_by", "returned_by", "withdrawn_by"
        )
        .order_by("-pk")[:LIMIT]
    )
    for decision in decisions:
        kind, finding = decision.get_kind_display(), decision.finding
        yield Moment(
            decision.decided_at,
            "decided",
            f"Decided: {kind.lower()}",
            decision.decided_by.get_username(),
            decision.reason,
            finding,
        )
        if decision.second_at and decision.second_by:
            who = decision.second_by.get_username()
            yield Moment(
                decision.second_at, "second", "Second look", who, finding=finding
            )
        if decision.returned_at and decision.returned_by:
            yield Moment(
                decision.returned_at,
                "withdrawn",
                f"Sent back: {kind.lower()}",
                decision.returned_by.get_username(),
                decision.return_note,
                finding,
            )
        if decision.withdrawn_at and decision.withdrawn_by:
            who = decision.withdrawn_by.get_username()
            title = f"Taken back: {kind.lower()}"
            yield Moment(
                decision.withdrawn_at, "withdrawn", title, who, finding=finding
            )


def _recorded(match: Match, findings: dict[str, Finding]) -> Iterator[Moment]:
    """Tell from the trail what no other table keeps."""
    about = Q(object_type="finding", object_id__in=list(findings)) | Q(
        object_type="match", object_id=str(match.pk)
    )
    events = Event.objects.filter(about, action__in=list(_TOLD)).order_by("-seq")
    for event in events[:LIMIT]:
        kind, title = _TOLD[event.action]
        if event.reason == exceptions.ENDED:
            title = "Opened again: the exception ended"
        yield Moment(
            event.at,
            kind,
            title,
            event.actor if event.actor_kind == Event.ActorKind.USER else "",
            event.reason,
            findings.get(event.object_id),
        )
