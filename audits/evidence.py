"""What a finding rests on, laid open: its situation in words, its records, its history."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from audits import consent_facts, endings, reasons
from audits.cells import CLASS_WORDS
from audits.endings import Ending
from audits.filters import MATCHES
from audits.models import Decision, Finding, Grant, Restriction
from contacts import claims, comparing
from contacts import evidence as received
from contacts.evidence import Evidence
from contacts.models import Match, Source
from contacts.models.record import Imported

SUBJECTS = {
    "present": "known in v3",
    "absent": "known from v2 alone",
    "unresolved": "in no stored data",
    "all": "all of the contact's students at once",
}
_BASES = dict(Grant.Basis.choices)
_KINDS = dict(Restriction.Kind.choices)
Fact = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Shown:
    """A record behind a finding, and whether it still is the one that was judged."""

    title: str
    evidence: Evidence
    judged_sha256: str

    @property
    def has_changed(self) -> bool:
        """Say whether another record came in since the finding was written."""
        return (
            bool(self.judged_sha256) and self.judged_sha256 != self.evidence.row.sha256
        )


@dataclass(frozen=True, slots=True)
class Chapter:
    """A decision of the past, and what differs since: (what, then, now)."""

    decision: Decision
    changes: tuple[tuple[str, str, str], ...]
    stands: bool
    ending: Ending | None = None
    reason_kind: str = ""


def in_words(body: Mapping[str, Any]) -> list[Fact]:
    """Tell a situation's facts; those that a situation of its kind has."""
    told = {
        "Privilege class": _word(CLASS_WORDS, body.get("privilege_class")),
        "Rests on": _basis(body),
        "Match": _word(MATCHES, body.get("match")),
        **dict(_own_facts(body)),
        "Forbidden by": "; ".join(map(_restriction, body.get("restrictions", ()))),
        "V3 data" if consent_facts.is_about_mail(body) else "v3 snapshot": _whether(
            body.get("checked"),
            "complete",
            "incomplete: what is absent proves nothing",
        ),
    }
    return [(name, value) for name, value in told.items() if value]


def _own_facts(body: Mapping[str, Any]) -> list[Fact]:
    """Tell what differs from provider to provider."""
    if consent_facts.is_about_mail(body):
        return consent_facts.facts(body)
    told = {
        "v2 label": _entry(body.get("label")),
        "Student is": _word(SUBJECTS, body.get("subject")),
        "v3 says": _entries(body),
        "Already holds": ", ".join(
            _word(CLASS_WORDS, name) for name in body.get("held", ())
        ),
        "Students in v2": _whether(
            body.get("several_students"), "more than one", "one"
        ),
        "Own record": "the names are the same" if body.get("own_record") else "",
    }
    return list(told.items())


def of_finding(finding: Finding) -> list[Shown]:
    """Find the records behind a finding: v2's, v3's, the crosswalk's and the grant's."""
    match, source = finding.match, finding.source
    v = "v" if source.is_clever else "V"
    sides = (
        (f"{v}2 record", match and match.legacy_contact, finding.evidence_v2_sha256),
        (f"{v}3 record", match and match.contact, finding.evidence_v3_sha256),
        *_answers(source, match),
        ("Grant", finding.grant, ""),
    )
    told = [(title, row, sha) for title, row, sha in sides if row]
    found = received.of_rows(row for _, row, _ in told)
    return [
        Shown(title, evidence, sha)
        for (title, _, sha), evidence in zip(told, found, strict=True)
    ]


def _answers(
    source: Source, match: Match | None
) -> Iterator[tuple[str, Imported, str]]:
    """Give what was answered or uploaded for a contact's id, where ids are asked for."""
    if match is None or source.is_clever:
        return
    for claim in claims.of(source, match.legacy_contact):
        if claim.method in claims.TITLES:
            yield claims.TITLES[claim.method], claim.row, ""


def history(finding: Finding) -> list[Chapter]:
    """Tell what was decided before, the latest first, and what has changed since."""
    decisions = finding.decisions.select_related(
        "decided_by", "second_by", "returned_by", "withdrawn_by", "situation"
    )
    now = dict(in_words(finding.situation.body))
    return [
        Chapter(
            decision,
            changes=tuple(_changes(dict(in_words(decision.situation.body)), now)),
            stands=decision.pk == finding.decision_id,
            ending=endings.of(decision),
            reason_kind=reasons.word_of(decision.reason_code, finding.source)
            if decision.reason_code
            else "",
        )
        for decision in decisions.order_by("-decided_at", "-pk")
    ]


def _changes(then: dict[str, str], now: dict[str, str]) -> list[tuple[str, str, str]]:
    return [
        (name, then.get(name, "nothing"), now.get(name, "nothing"))
        for name in dict.fromkeys((*then, *now))
        if then.get(name) != now.get(name)
    ]


def _word(words: Mapping[str, str], value: object) -> str:
    return words.get(str(value), str(value)) if value else ""


def _basis(body: Mapping[str, Any]) -> str:
    kind = body.get("basis_kind") or ("v2_relationship" if "basis" in body else "")
    if not kind:
        return ""
    if kind != Grant.Basis.V2_RELATIONSHIP:
        return _word(_BASES, kind)
    return f"v2 ‘{_entry(body.get('basis'))}’"


def _entry(entry: Sequence[str] | None) -> str:
    return comparing.label((entry[0], entry[1])) if entry else ""


def _entries(body: Mapping[str, Any]) -> str:
    entries = body.get("entries")
    if entries is None or body.get("subject") == "all":
        return ""
    return "; ".join(map(_entry, entries)) or "no relationship"


def _whether(value: object, yes: str, no: str) -> str:
    if value is None:
        return ""
    return yes if value else no


def _restriction(told: Mapping[str, Any]) -> str:
    reach = "everywhere" if told.get("scope") == "everywhere" else "for this student"
    classes = ", ".join(_word(CLASS_WORDS, name) for name in told.get("classes", ()))
    kind = _word(_KINDS, told.get("kind")).lower()
    return f"{kind} {reach} ({classes or 'all classes'})"
