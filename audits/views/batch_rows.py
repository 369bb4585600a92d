"""Batches in words: what each is called, what it was asked for by, how it stands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils import timezone

from audits import filters, situations
from audits.batches import undoing
from audits.batches.sets import Scope
from audits.cells import CLASS_WORDS
from audits.filters import MATCHES, Filters
from audits.models import Batch, Decision, JudgedSituation
from audits.rules import catalogue
from contacts import progress

GONE_ON_SHOWN = 25
Fact = tuple[str, str]


def title(batch: Batch) -> str:
    """Say what was decided of how many."""
    kind = Decision.Kind(batch.kind).label.lower()
    return f"{kind} {batch.items:,} finding{'' if batch.items == 1 else 's'}"


def carried(kind: str, excluded: Sequence[int]) -> str:
    """Write what a link of the page carries on besides the filters."""
    told: list[tuple[str, object]] = [("kind", kind)] if kind else []
    told += [("x", pk) for pk in excluded]
    return f"&{urlencode(told)}" if told else ""


def fields_of(chosen: Filters) -> list[Fact]:
    """Give the filters that a form of the page carries on."""
    told = [(field.name, getattr(chosen, field.name)) for field in fields(chosen)]
    return [(name, value) for name, value in told if value and name != "state"]


def scope_in_words(batch: Batch) -> list[Fact]:
    """Say by what a batch was asked for."""
    scope = Scope.parse(batch.scope, batch.excluded)
    chosen = scope.filters
    card = catalogue.card_of(chosen.rule, batch.source.provider)
    told = {
        "Situation": _situation(batch, chosen),
        "Rule": card.title if card else chosen.rule,
        "Severity": chosen.severity,
        "Privilege class": CLASS_WORDS.get(chosen.privilege_class, ""),
        "Match": MATCHES.get(chosen.match, ""),
        "Name contains": scope.words,
        "Who has it": _holder(chosen),
        "Taken out": f"{len(scope.excluded):,}" if scope.excluded else "",
    }
    return [(name, value) for name, value in told.items() if value]


def _situation(batch: Batch, chosen: Filters) -> str:
    if not chosen.situation:
        return ""
    mine = JudgedSituation.objects.filter(source=batch.source_id, pk=chosen.situation)
    sentence = mine.values_list("sentence", flat=True).first()
    return situations.in_general(sentence) if sentence else ""


def _holder(chosen: Filters) -> str:
    """Name whose findings were asked for; "" where it did not matter."""
    if not chosen.assigned or chosen.assigned == filters.NOBODY:
        return "nobody" if chosen.assigned else ""
    people = User.objects.filter(pk=chosen.assigned)
    return people.values_list("username", flat=True).first() or ""


def decisions(batch: Batch) -> QuerySet[Decision]:
    """Give a batch's decisions, with their findings."""
    return batch.decisions.select_related("finding__source", "finding__situation")


def standing(batch: Batch, user: User) -> dict[str, Any]:
    """Say how a batch stands: running, what of it can be undone, what went on."""
    job = batch.job
    runs = job is not None and not job.is_finished
    can = batch.state == Batch.State.DONE and not runs
    stands = undoing.standing(batch).count() if can else 0
    gone = (
        undoing.gone_on(batch) if batch.state in _DECIDED else Decision.objects.none()
    )
    mine = batch.decided_by_id == user.pk or user.has_perm("audits.confirm")
    return {
        "job": job if runs else None,
        "progress": progress.measure(job, at=timezone.now()) if job and runs else None,
        "scope": scope_in_words(batch),
        "stands": stands,
        "may_undo": bool(stands) and mine and user.has_perm("audits.decide"),
        "gone_count": gone.count(),
        "gone_on": _gone(gone.order_by("pk")[:GONE_ON_SHOWN]),
    }


def _gone(rows: Iterable[Decision]) -> list[tuple[Decision, str]]:
    return [(row, undoing.word(row)) for row in rows]


_DECIDED = (Batch.State.DONE, Batch.State.UNDONE)
