"""``findings``: one row a finding, whatever its state."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db.models import QuerySet

from audits import situations
from audits.exports import writing
from audits.models import Decision, Finding, Scan
from contacts.models import Source

COLUMNS = (
    "finding_id",
    "rule",
    "severity",
    "state",
    "recommendation",
    "why",
    "grant_id",
    "privilege",
    "privilege_class",
    "contact_v2_id",
    "contact_v3_id",
    "contact_name",
    "student_id",
    "student_name",
    "list_id",
    "basis",
    "basis_relationship",
    "basis_type",
    "v3_entries",
    "match",
    "decision",
    "reason",
    "decided_by",
    "decided_at",
    "second_by",
    "second_at",
    "first_seen_at",
    "last_seen_at",
    "evidence_v2_sha256",
    "evidence_v3_sha256",
    "policy_version",
    "list_name",
)


def rows(source: Source, filters: writing.Filters) -> Iterator[writing.Row]:
    """Give every finding of a source, or those of one state."""
    scanned_at = last_scan_at(source)
    for batch in writing.batches(_chosen(source, filters)):
        for finding in batch:
            yield row(finding, finding.decision, scanned_at=scanned_at)


def _chosen(source: Source, filters: writing.Filters) -> QuerySet[Finding]:
    findings = Finding.objects.filter(source=source).select_related(
        "situation", "policy", "decision__decided_by", "decision__second_by"
    )
    state = filters.get("state")
    return findings.filter(state=state) if state else findings


def last_scan_at(source: Source) -> datetime | None:
    """Tell when the last finished scan looked: it saw all that is not closed."""
    finished = Scan.objects.filter(source=source, finished_at__isnull=False)
    return finished.order_by("-pk").values_list("started_at", flat=True).first()


def row(
    finding: Finding, decision: Decision | None, *, scanned_at: datetime | None
) -> tuple[object, ...]:
    """Write one finding with a decision of it."""
    return (
        *_judged(finding),
        *_copied(finding),
        *_decided(decision),
        finding.first_seen_at,
        last_seen_at(finding, scanned_at),
        finding.evidence_v2_sha256,
        finding.evidence_v3_sha256,
        finding.policy.number,
        finding.list_name,
    )


def _judged(finding: Finding) -> tuple[object, ...]:
    why = situations.why(
        finding.situation.sentence,
        privilege=finding.privilege or finding.privilege_class,
        student=finding.student_name or finding.student_ref,
        mailing_list=finding.list_name or finding.list_ref,
    )
    return (
        finding.pk,
        finding.rule,
        finding.get_severity_display(),
        finding.state,
        finding.recommendation,
        why,
    )


def _copied(finding: Finding) -> tuple[object, ...]:
    return (
        finding.grant_ref,
        finding.privilege,
        finding.privilege_class,
        finding.contact_v2_id,
        finding.contact_v3_id,
        finding.contact_name,
        finding.student_ref,
        finding.student_name,
        finding.list_ref,
        finding.basis,
        finding.basis_relationship,
        finding.basis_type,
        finding.v3_entries,
        finding.match_state,
    )


def _decided(decision: Decision | None) -> tuple[object, ...]:
    if decision is None:
        return ("",) * 6
    second = decision.second_by
    return (
        decision.kind,
        decision.reason,
        decision.decided_by.get_username(),
        decision.decided_at,
        second.get_username() if second else "",
        decision.second_at,
    )


def last_seen_at(finding: Finding, scanned_at: datetime | None) -> datetime:
    """Tell when a scan last saw a finding; a scan does not write what it left alone."""
    if scanned_at is None or finding.state == Finding.State.CLOSED:
        return finding.last_seen_at
    return max(finding.last_seen_at, scanned_at)


EXPORT = writing.Export("findings", writing.Csv(COLUMNS), rows, frozenset({"state"}))
