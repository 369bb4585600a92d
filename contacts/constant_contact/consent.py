"""What V2 and V3 say of the permission to mail somebody, and which says less.

V2 tells it in three fields, V3 in one. Migration keeps or lowers, and never raises: what
V2 supports is worked out here, and nobody is more mailable than both versions allow
without a person's decision. The table is a proposal, for the provider has published none;
its value sets are those of V2's server schema, of the migration guide and of the V3
reference, which spell three values differently. Both spellings are understood.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from contacts.mail_records import LegacyContact, LegacyEmail


class Permission(StrEnum):
    """V3's ``permission_to_send``, as the API spells it; *deprecate* is the guide's."""

    EXPLICIT = "explicit"
    IMPLICIT = "implicit"
    PENDING = "pending_confirmation"
    NOT_SET = "not_set"
    TEMP_HOLD = "temp_hold"
    DEPRECATE = "deprecate"
    UNSUBSCRIBED = "unsubscribed"


class Status(StrEnum):
    """V2's status, of the contact and of its address."""

    ACTIVE = "ACTIVE"
    UNCONFIRMED = "UNCONFIRMED"
    OPTOUT = "OPTOUT"
    REMOVED = "REMOVED"
    NON_SUBSCRIBER = "NON_SUBSCRIBER"
    VISITOR = "VISITOR"
    TEMP_HOLD = "TEMP_HOLD"


SENDABLE = frozenset({Permission.EXPLICIT, Permission.IMPLICIT})
_SPELLINGS = {each.value: each for each in Permission} | {
    "pending": Permission.PENDING,
    "unsubscribe": Permission.UNSUBSCRIBED,
}
_STRENGTH = {
    Permission.EXPLICIT: 2,
    Permission.IMPLICIT: 1,
    Permission.UNSUBSCRIBED: -1,
}
_NOT_SET = frozenset({Status.NON_SUBSCRIBER, Status.VISITOR})
_BY_OWNER = frozenset({"ACTION_BY_OWNER", "ACTION_BY_SYSTEM"})


def permission(told: str) -> Permission | None:
    """Read V3's permission in either spelling; None for a value nobody documents."""
    return _SPELLINGS.get(told.strip().casefold())


def strength(given: Permission) -> int:
    """Rank a permission: 2 explicit, 1 implicit, 0 not sendable, -1 unsubscribed."""
    return _STRENGTH.get(given, 0)


def status(told: str) -> Status | None:
    """Read V2's status; None for a value nobody documents, or for none."""
    word = told.strip().upper()
    return Status(word) if word in Status.__members__ else None


def email(legacy: LegacyContact) -> LegacyEmail:
    """Give the first address with the strictest end that V2 tells of any of its entries.

    V2's API tells one entry, older data may hold more: an OPTOUT in any of them counts,
    then a REMOVED, with who said so and when.
    """
    for end in (Status.OPTOUT, Status.REMOVED):
        for entry in legacy.emails:
            if status(entry.status) is end:
                return _ended(legacy.email, entry)
    return legacy.email


def _ended(first: LegacyEmail, entry: LegacyEmail) -> LegacyEmail:
    return msgspec.structs.replace(
        first,
        status=entry.status,
        opt_out_source=entry.opt_out_source,
        opt_out_date=entry.opt_out_date,
    )


def is_opted_out(contact_status: str, email_status: str) -> bool:
    """Say whether V2 says OPTOUT of the contact or of its address: either one counts."""
    return Status.OPTOUT in {status(contact_status), status(email_status)}


def is_removed(contact_status: str, email_status: str) -> bool:
    """Say whether V2 says REMOVED of the contact or of its address."""
    return Status.REMOVED in {status(contact_status), status(email_status)}


def supported(
    *,
    contact_status: str,
    email_status: str,
    confirm_status: str,
    opt_in_source: str,
    visitor_is_explicit: bool = False,
) -> Permission | None:
    """Give the permission that V2 supports, or None where a person must decide.

    A contact that V2 removed is not created in V3, so REMOVED supports *not_set*: no
    mail. ``visitor_is_explicit`` is the account's own choice for people who signed up
    themselves without a confirmation.
    """
    if is_opted_out(contact_status, email_status):
        return Permission.UNSUBSCRIBED
    if is_removed(contact_status, email_status):
        return Permission.NOT_SET
    told = _one_status(contact_status, email_status)
    if told is Status.ACTIVE:
        return _of_active(confirm_status, opt_in_source, visitor_is_explicit)
    if told is Status.UNCONFIRMED:
        unconfirmed = confirm_status.strip().upper() == "UNCONFIRMED"
        return Permission.PENDING if unconfirmed else None
    if told is Status.TEMP_HOLD:
        return Permission.TEMP_HOLD
    return Permission.NOT_SET if told in _NOT_SET else None


def _one_status(contact_status: str, email_status: str) -> Status | None:
    """Give the status if contact and address agree; one that is not told agrees."""
    told = {word.strip().upper() for word in (contact_status, email_status)} - {""}
    return status(told.pop()) if len(told) == 1 else None


def _of_active(
    confirm_status: str,
    opt_in_source: str,
    visitor_is_explicit: bool,  # noqa: FBT001  # a setting, not a switch
) -> Permission | None:
    confirmed, source = confirm_status.strip().upper(), opt_in_source.strip().upper()
    if confirmed == "CONFIRMED":
        return Permission.EXPLICIT
    if confirmed != "NO_CONFIRMATION_REQUIRED":
        return None
    if source == "ACTION_BY_VISITOR":
        return Permission.EXPLICIT if visitor_is_explicit else Permission.IMPLICIT
    return Permission.IMPLICIT if source in _BY_OWNER else None


def is_raised(current: Permission, support: Permission | None) -> bool:
    """Say whether V3 would mail somebody on more than V2 supports.

    Where V2 contradicts itself (None) any sendable permission is more.
    """
    if current not in SENDABLE:
        return False
    return support is None or strength(current) > strength(support)


def lower(one: Permission, other: Permission | None) -> Permission:
    """Give the permission that both allow; without the other nobody may be mailed."""
    if other is None:
        return one if one not in SENDABLE else Permission.NOT_SET
    return one if strength(one) <= strength(other) else other
