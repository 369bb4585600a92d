"""V2 contacts, mapped as people decided, beside what V3 has of them: what would change.

Only surely matched contacts that V3 still has are compared. A lost value goes where
somebody decided of that very loss: one that is still open, or was decided of another
value, goes nowhere. Nor is a permission lowered that a person decided to keep.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from django.db.models import QuerySet

from audits.models import Decision, Finding, Loss, LossDecision
from contacts import mail_kinds, mapped
from contacts.constant_contact import mapping, sending
from contacts.models import Match, Source

BATCH = 1_000
Places = Mapping[tuple[str, str], mapping.Place]


@dataclass(frozen=True, slots=True)
class Proposed:
    """A change of a contact, and the digest of the V3 record it was made from."""

    match: Match
    change: sending.Change
    before_digest: str


def changes(source: Source) -> Iterator[Proposed]:
    """Give every change of an account, in the order of its matches; memory is flat."""
    account = mapped.account_of(source, places={})
    after = 0
    while batch := list(comparable(source).filter(pk__gt=after)[:BATCH]):
        yield from changes_of(batch, account)
        after = batch[-1].pk


def comparable(source: Source) -> QuerySet[Match]:
    """Give the matches of contacts that both versions have, with both records."""
    present = Match.objects.filter(
        source=source,
        state=Match.State.MATCHED,
        contact__missing_at__isnull=True,
        contact__consent__deleted_at="",
        legacy_contact__consent__isnull=False,
    )
    beside = ("legacy_contact__consent", "contact__consent")
    return present.select_related(*beside).order_by("pk")


def changes_of(
    matches: Sequence[Match], account: mapping.Account
) -> Iterator[Proposed]:
    """Give the changes of some matches; most need none."""
    decided, keeps = places(matches), kept(matches)
    for match in matches:
        change = _change(match, replace(account, places=decided.get(match.pk, {})))
        if change is not None and match.pk in keeps:
            change = _with_permission_kept(change)
        if change is not None and match.contact:
            yield Proposed(match, change, match.contact.digest)


def additions_of(
    matches: Sequence[Match], account: mapping.Account
) -> Iterator[Proposed]:
    """Give what adds legacy contacts to V3; whether that may be is the caller's to say."""
    decided = places(matches)
    for match in matches:
        legacy = mail_kinds.legacy_record(_legacy_body(match))
        own = replace(account, places=decided.get(match.pk, {}))
        if change := sending.addition(mapping.map_contact(legacy, own)):
            yield Proposed(match, change, "")


def places(matches: Sequence[Match]) -> dict[int, Places]:
    """Give where the decided losses of each match go.

    A kind goes to one place or nowhere: one of which the contact has an open loss too,
    or losses that were decided differently, is left out, for the mapping cannot part it.
    """
    told: dict[int, dict[tuple[str, str], set[mapping.Place | None]]]
    told = defaultdict(lambda: defaultdict(set))
    losses = Loss.objects.filter(match__in=[match.pk for match in matches])
    standing = losses.exclude(state=Loss.State.CLOSED).select_related("decision")
    for loss in standing:
        told[loss.match_id or 0][loss.rule, loss.field_kind].add(_place(loss.decision))
    return {match: _agreed(kinds) for match, kinds in told.items()}


def _place(decision: LossDecision | None) -> mapping.Place | None:
    return mapping.Place(decision.kind, decision.field_ref) if decision else None


def _agreed(
    kinds: Mapping[tuple[str, str], set[mapping.Place | None]],
) -> Places:
    """Keep the kinds of which one place alone is told."""
    return {
        kind: place
        for kind, told in kinds.items()
        for place in told
        if place is not None and len(told) == 1
    }


def kept(matches: Sequence[Match]) -> set[int]:
    """Give the matches of whom a person decided to keep what V3 permits.

    A decision that waits for its second look does not stand yet; and of somebody who is
    also held or revoked, if only for one list, nothing is kept.
    """
    undone = (Finding.State.OPEN, Finding.State.AWAITING_SECOND, Finding.State.CLOSED)
    standing = Finding.objects.filter(
        match__in=[match.pk for match in matches], decision__isnull=False
    ).exclude(state__in=undone)
    kinds: dict[int, set[str]] = defaultdict(set)
    for match, kind in standing.values_list("match_id", "decision__kind"):
        kinds[match or 0].add(kind)
    return {match for match, told in kinds.items() if told == {Decision.Kind.KEEP}}


def _with_permission_kept(change: sending.Change) -> sending.Change | None:
    """Take what lowers the permission out of a change; None if nothing is left."""
    told = {name: before for name, before, _ in change.differences}
    if sending.PERMISSION not in told:
        return change
    rest = tuple(one for one in change.differences if one[0] != sending.PERMISSION)
    if not rest:
        return None
    email = {
        **change.body["email_address"],
        "permission_to_send": told[sending.PERMISSION],
    }
    body = {**change.body, "email_address": email}
    return replace(change, body=body, differences=rest)


def _change(match: Match, account: mapping.Account) -> sending.Change | None:
    contact = match.contact
    if contact is None:
        return None
    legacy = mail_kinds.legacy_record(_legacy_body(match))
    current = mail_kinds.contact_record(contact.consent.body)
    return sending.change(mapping.map_contact(legacy, account), current, legacy)


def _legacy_body(match: Match) -> str:
    return match.legacy_contact.consent.body if match.legacy_contact else ""
