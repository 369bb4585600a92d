"""What happened to a contact's consent, as both versions tell it, in the order of time.

Neither version keeps a history: each tells the last time of each kind. Put together they
show who agreed, and whether somebody who opted out came back. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from contacts.constant_contact import consent, dates
from contacts.constant_contact.consent import Permission
from contacts.mail_records import Contact, LegacyContact

V2, V3 = "V2", "V3"
DAY = len("2019-03-02")
_PARTIES = {
    "ACTION_BY_VISITOR": "contact",
    "CONTACT": "contact",
    "ACTION_BY_OWNER": "account",
    "ACTION_BY_SYSTEM": "account",
    "ACCOUNT": "account",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One step; ``at`` is its time as told, "" where nobody tells it.

    ``by`` is who acted, in the provider's words; ``versions`` who tells of it.
    """

    kind: str
    at: str = ""
    by: str = ""
    reason: str = ""
    versions: tuple[str, ...] = ()

    @property
    def day(self) -> str:
        """Give the day alone."""
        return dates.iso(self.at[:DAY])


def steps(legacy: LegacyContact | None, current: Contact | None) -> tuple[Step, ...]:
    """Give the steps of both versions, the dated ones by date and the others last."""
    told = [
        *(_legacy_steps(legacy) if legacy else ()),
        *(_current_steps(current) if current else ()),
    ]
    merged: list[Step] = []
    for step in sorted(told, key=lambda step: (not step.at, step.day, step.at)):
        _take(merged, step)
    return tuple(merged)


def _legacy_steps(legacy: LegacyContact) -> Iterator[Step]:
    email = consent.email(legacy)
    if at := dates.stamp(email.opt_in_date):
        yield Step("opted in", at, by=email.opt_in_source, versions=(V2,))
    if email.confirm_status.strip().upper() == "CONFIRMED":
        yield Step("confirmed", versions=(V2,))
    at = dates.stamp(email.opt_out_date)
    opted_out = consent.is_opted_out(legacy.status, email.status)
    # V2 dates the day on which somebody left the last list in the same field.
    removed = consent.is_removed(legacy.status, email.status) and not opted_out
    if at or opted_out or removed:
        kind = "removed" if removed else "opted out"
        yield Step(kind, at, by=email.opt_out_source, versions=(V2,))


def _current_steps(current: Contact) -> Iterator[Step]:
    if current.opt_in_date:
        yield Step(
            "opted in", current.opt_in_date, by=current.opt_in_source, versions=(V3,)
        )
    if current.confirm_status.strip().casefold() == "confirmed":
        yield Step("confirmed", versions=(V3,))
    permission = consent.permission(current.permission_to_send)
    if current.opt_out_date or permission is Permission.UNSUBSCRIBED:
        yield Step(
            "opted out",
            current.opt_out_date,
            by=current.opt_out_source,
            reason=current.opt_out_reason,
            versions=(V3,),
        )
    if current.deleted_at:
        yield Step("deleted", current.deleted_at, versions=(V3,))


def _take(merged: list[Step], step: Step) -> None:
    """Put a step that both versions tell alike into one.

    Where they tell another person, both stay: an opt-out by the contact that became one
    by the account can be undone by the account.
    """
    for place, before in enumerate(merged):
        if _is_same(before, step):
            merged[place] = replace(
                before,
                by=before.by or step.by,
                reason=before.reason or step.reason,
                versions=(*before.versions, *step.versions),
            )
            return
    merged.append(step)


def _is_same(one: Step, other: Step) -> bool:
    parties = {_PARTIES.get(by.strip().upper(), by) for by in (one.by, other.by)}
    return (
        (one.kind, one.day) == (other.kind, other.day)
        and len(parties - {""}) < 2
        and not {*one.versions} & {*other.versions}
    )
