"""Sets of findings to be decided in one act."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from audits import batching, policy, tallying_situations
from audits.batches.choosing import Choice
from audits.batches.sets import Frozen, Scope
from audits.models import Batch, Finding
from audits.terms import PLAIN
from contacts import working
from tests import factories

FEW = 3
ENOUGH_GRANTS = 50


@dataclass
class Desk:
    """A source with findings of one situation, and a reviewer."""

    source: Any = field(default_factory=factories.SourceFactory)
    rita: Any = None

    def __post_init__(self) -> None:
        self.rita = self.rita or factories.UserFactory(
            username="rita", roles=["reviewer"], sources=[self.source]
        )
        factories.PolicyVersionFactory(
            source=self.source, number=10**6, body=policy.DEFAULT.to_data()
        )
        self.situation = self.judged()

    def judged(self, **facts: Any) -> Any:
        """Make a situation of the source."""
        told = {
            "rule": "not-related",
            "severity": "medium",
            "body": {"restrictions": []},
            "sentence": "{privilege} for {student}: v3 has no relationship.",
        }
        return factories.JudgedSituationFactory(source=self.source, **{**told, **facts})

    def findings(self, count: int = FEW, **facts: Any) -> list[Any]:
        """Make open findings; their severity needs no second look."""
        told = {
            "situation": self.situation,
            "severity": Finding.Severity.MEDIUM,
            "privilege_class": "emergency",
            "privilege": "emergency_call",
        }
        return [
            factories.FindingFactory(source=self.source, **{**told, **facts})
            for _ in range(count)
        ]

    def grants(self, count: int) -> None:
        """Hold so many grants more, so that a batch is a small part of them."""
        for _ in range(count):
            factories.GrantFactory(source=self.source)

    def scope(self, query: str = "", *excluded: int) -> Scope:
        """Ask for a set."""
        return Scope.parse(query or f"situation={self.situation.pk}", excluded)

    def seen(self, scope: Scope, kind: str = "revoke") -> Frozen:
        """Freeze a set as its page does."""
        told = batching.preview(self.source, scope.text(), scope.excluded, kind=kind)
        return told.frozen

    def decide(
        self,
        scope: Scope | None = None,
        *,
        kind: str = "revoke",
        seen: Frozen | None = None,
        by: Any = None,
        reason: str = "not related",
        terms: Any = PLAIN,
    ) -> Batch:
        """Decide a set in one act."""
        scope = scope or self.scope()
        return batching.start(
            source=self.source,
            scope=scope,
            choice=Choice(kind, reason, terms),
            seen=seen or self.seen(scope, kind),
            by=by or self.rita,
        )

    def work(self, batch: Batch) -> Batch:
        """Let a worker do a batch's job."""
        assert batch.job is not None
        working.run_here(batch.job)
        batch.refresh_from_db()
        return batch

    def count(self) -> None:
        """Count the situations as a scan does."""
        tallying_situations.count_all(self.source)


def as_stored(findings: Any) -> list[tuple[Any, ...]]:
    """Give what an undo must restore of some findings."""
    ids = [one.pk for one in findings]
    rows = Finding.objects.filter(pk__in=ids).order_by("pk")
    return list(rows.values_list("pk", "state", "decision", "evidence", "situation"))
