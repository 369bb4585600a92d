"""How the provider's words for consent read on a page. A value nobody documents stays."""

from __future__ import annotations

from contacts.constant_contact import consent

_STATUSES = {
    "ACTIVE": "active",
    "UNCONFIRMED": "unconfirmed",
    "OPTOUT": "opted out",
    "REMOVED": "removed",
    "NON_SUBSCRIBER": "non-subscriber",
    "VISITOR": "visitor",
    "TEMP_HOLD": "on hold",
}
_PERMISSIONS = {
    consent.Permission.EXPLICIT: "explicit",
    consent.Permission.IMPLICIT: "implicit",
    consent.Permission.PENDING: "pending confirmation",
    consent.Permission.NOT_SET: "not set",
    consent.Permission.TEMP_HOLD: "on hold",
    consent.Permission.DEPRECATE: "deprecate",
    consent.Permission.UNSUBSCRIBED: "unsubscribed",
}
_CONFIRMATIONS = {
    "CONFIRMED": "confirmed",
    "UNCONFIRMED": "not confirmed",
    "PENDING": "not confirmed yet",
    "NO_CONFIRMATION_REQUIRED": "no confirmation required",
    "OFF": "no confirmation required",
}
_ACTORS = {
    "ACTION_BY_VISITOR": "by the contact",
    "CONTACT": "by the contact",
    "ACTION_BY_OWNER": "by the account",
    "ACCOUNT": "by the account",
    "ACTION_BY_SYSTEM": "by Constant Contact",
}


def status(told: str) -> str:
    """Say V2's status."""
    return _STATUSES.get(told.strip().upper(), told.strip())


def permission(told: str) -> str:
    """Say V3's permission, in whichever spelling it was told."""
    known = consent.permission(told)
    return _PERMISSIONS[known] if known else told.strip()


def confirmation(told: str) -> str:
    """Say whether the address was confirmed, as either version tells it."""
    return _CONFIRMATIONS.get(told.strip().upper(), told.strip())


def actor(told: str) -> str:
    """Say who opted the contact in or out, as either version tells it."""
    return _ACTORS.get(told.strip().upper(), told.strip())


def supported(given: consent.Permission | None) -> str:
    """Say what V2 supports."""
    return _PERMISSIONS[given] if given else "nothing: a person must decide"


def tone(told: str) -> str:
    """Say how V3's permission looks: one may send, must not, or nobody can tell."""
    known = consent.permission(told)
    if known is None:
        return "unknown"
    return "sendable" if known in consent.SENDABLE else "stopped"
