"""The first rule that fires is the verdict; the others that fire too are shown with it."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TypeVar

from audits.situations import Verdict

CaseT = TypeVar("CaseT")


def verdict(rules: Iterable[Callable[[CaseT], Verdict | None]], case: CaseT) -> Verdict:
    """Ask all rules in their order. Together they must leave no case out."""
    first, *others = filter(None, (rule(case) for rule in rules))
    return replace(first, others=tuple(v.rule for v in others if v.rule != "confirmed"))
