"""What happens to facts, put into the trail: facts know nothing of judgements.

Each listener is called inside the transaction of the change it tells of.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from audits import places, seconding, tallying, trail
from audits.surveying import lists
from contacts import (
    accounts,
    badges,
    checking,
    jobs,
    mail_lists,
    mapped,
    slots,
    sources,
    tallies,
)
from contacts.checking import Check
from contacts.models import Job, MailAccount, Source
from contacts.people import Person

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def listen() -> None:
    """Register with everything that tells; twice does no harm."""
    jobs.on_change(job_changed)
    sources.on_change(source_changed)
    accounts.on_change(account_changed)
    slots.on_name(slot_named)
    checking.on_check(contact_checked)
    tallies.told_by(tallying)
    mail_lists.named_by(lists.NAMED)
    mapped.places_told_by(places.decided)
    slots.taken_told_by(places.taken)
    badges.told_by(
        "audits:second-look",
        seconding.count_waiting,
        permission=seconding.PERMISSION,
    )


def job_changed(job: Job, change: str, by: User | None) -> None:
    """Record that work was asked for, ended, or was stopped."""
    trail.record(
        action=f"job.{change}",
        object_type="job",
        object_id=job.pk,
        source=job.source,
        by=by,
        via="job",
        after={
            "kind": job.kind,
            "state": str(job.state),
            "error": job.error,
            "result": _plain(job.result),
        },
    )


def _plain(result: dict[str, Any]) -> dict[str, Any]:
    """Keep a result's counts and states; what is nested stands in the job's row."""
    return {key: told for key, told in result.items() if isinstance(told, int | str)}


def source_changed(
    source: Source,
    change: str,
    before: sources.Facts,
    after: sources.Facts,
    by: User | None,
) -> None:
    """Record that a source was added or changed; never its token."""
    trail.record(
        action=f"source.{change}",
        object_type="source",
        object_id=source.slug,
        source=source,
        by=by,
        before=before,
        after=after,
    )


def account_changed(
    account: MailAccount,
    change: str,
    before: accounts.Facts,
    after: accounts.Facts,
    by: User | None,
) -> None:
    """Record that an account was set, connected or lost; never a secret or a token."""
    trail.record(
        action=f"account.{change}",
        object_type="account",
        object_id=account.source.slug,
        source=account.source,
        by=by,
        before=before,
        after=after,
    )


def slot_named(
    source: Source, slot: int, before: str | None, after: str | None, by: User | None
) -> None:
    """Record where the values of a slot go from now on; never a value."""
    trail.record(
        action="slot.named",
        object_type="slot",
        object_id=slot,
        source=source,
        by=by,
        before={"field": before},
        after={"slot": slot, "field": after},
    )


def contact_checked(person: Person, check: Check, by: User | None) -> None:
    """Record that the provider was asked about a person, and how it compared."""
    trail.record(
        action="contact.checked",
        object_type="match",
        object_id=person.match.pk,
        source=person.match.source,
        by=by,
        after={
            "outcome": str(check.outcome),
            "sha256": check.sha256,
            "asked": list(check.asked),
        },
    )
