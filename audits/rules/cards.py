"""A rule as staff read it: what it means, and what harm lies on either side."""

from dataclasses import dataclass

KEEP_OR_LOWER = ("keep", "hold", "revoke")


@dataclass(frozen=True, slots=True)
class RuleCard:
    """`batchable`: may be decided with many others in one act. `decisions`: what a person
    may choose, none where there is nothing to decide. `lock`: why it cannot be kept, where
    that is so whatever the facts."""

    code: str
    title: str
    sentence: str
    severity: str
    recommendation: str
    harm_if_kept: str
    harm_if_revoked: str
    version: int = 1
    batchable: bool = True
    decisions: tuple[str, ...] = KEEP_OR_LOWER
    lock: str = ""
