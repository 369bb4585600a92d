"""``decide SOURCE --rule R … --decision D``: one batch, decided here."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import CommandError

from audits import batching, deciding
from audits.batches import previewing, sets
from audits.batches.choosing import Choice
from audits.batches.sets import Scope
from audits.cells import CLASS_WORDS
from audits.filters import MATCHES, Filters
from audits.models import Batch, Decision, JudgedSituation
from audits.policy import SEVERITIES
from audits.rules.catalogue import CARDS
from audits.terms import Terms
from contacts import jobs, working
from contacts.commands import Bar, PlainCommand, source_named
from contacts.models import Job, Source


class Command(PlainCommand):
    """Decide all open findings that the filters leave, in one act."""

    help = "Decide all open findings of a rule, narrowed by filters, in one batch."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("source", help="The source's short name.")
        parser.add_argument("--rule", required=True, choices=sorted(CARDS), metavar="R")
        parser.add_argument("--severity", default="", choices=SEVERITIES)
        parser.add_argument("--privilege-class", default="", choices=list(CLASS_WORDS))
        parser.add_argument("--match", default="", choices=list(MATCHES))
        parser.add_argument(
            "--situation", default=0, type=int, help="A situation's id."
        )
        parser.add_argument("--decision", required=True, choices=Decision.Kind.values)
        parser.add_argument("--reason", required=True)
        parser.add_argument(
            "--reason-code",
            default="",
            choices=[code for code in Decision.ReasonCode.values if code],
        )
        parser.add_argument("--by", required=True, help="Who decides: a user name.")
        parser.add_argument(
            "--expect", type=int, help="Refuse if the set is not exactly so large."
        )
        super().add_arguments(parser)

    def perform(self, options: dict[str, Any]) -> dict[str, Any]:
        """Freeze the set, decide it, and say how many were left out."""
        source = source_named(options["source"])
        by = _user(options["by"])
        scope = Scope.of(_filters(source, options))
        told = batching.preview(source, scope.text(), kind=options["decision"])
        _check(told, options)
        choice = Choice(
            options["decision"],
            options["reason"],
            Terms(reason_code=options["reason_code"]),
        )
        try:
            batch = batching.start(
                source=source,
                scope=scope,
                choice=choice,
                seen=told.frozen,
                by=by,
                via="cli",
            )
        except (deciding.Refused, jobs.AlreadyRunning) as refusal:
            raise CommandError(str(refusal)) from None
        self._see_through(batch)
        left = told.asked - told.frozen.count
        return {
            "batch": batching.name_of(batch),
            "decided": batch.items,
            "left_out": left,
            "second_look": batch.decisions.filter(needs_second_look=True).count(),
        }

    def _see_through(self, batch: Batch) -> None:
        """Do the job of a large batch here."""
        if batch.job is None:
            return
        bar = Bar(self.stderr)
        try:
            job = working.run_here(batch.job, on_step=bar.show)
        finally:
            bar.clear()
        if job.state != Job.State.DONE:
            raise CommandError(job.error or f"“{job.title}” was {job.state}.")
        batch.refresh_from_db()


def _user(name: str) -> User:
    user = User.objects.filter(username=name, is_active=True).first()
    if user is None:
        raise CommandError(f"There is no active user “{name}”.")
    return user


def _filters(source: Source, options: dict[str, Any]) -> Filters:
    pk = options["situation"]
    if pk and not JudgedSituation.objects.filter(source=source, pk=pk).exists():
        raise CommandError(f"There is no situation {pk} in this source.")
    return Filters(
        rule=options["rule"],
        severity=options["severity"],
        privilege_class=options["privilege_class"],
        match=options["match"],
        situation=str(pk or ""),
    )


def _check(told: previewing.Preview, options: dict[str, Any]) -> None:
    """Refuse what would decide another number than was expected, or nothing."""
    count, expected = told.frozen.count, options["expect"]
    why = " ".join(left.why for left in told.left_out)
    if not count and options["rule"] in sets.rules_for(options["decision"]):
        raise CommandError(f"No open finding is left by these filters. {why}".strip())
    if expected is not None and expected != count:
        words = f"The set holds {count:,} findings and not {expected:,}."
        raise CommandError(f"{words} Nothing was decided. {why}".strip())
