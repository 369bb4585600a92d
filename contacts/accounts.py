"""What is set for a Constant Contact account, and how its connection stands.

Settings are changed here, by the site and by the command line; where the tokens come from
stands in ``contacts.oauth``. Each change is told to the listeners in its transaction.

Whoever changes both rows locks the account's before the source's: renewing a token holds
the first while the provider answers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from django.db import transaction

from contacts import roots, seen
from contacts.models import MailAccount, Source

if TYPE_CHECKING:
    from django.contrib.auth.models import User

Facts = Mapping[str, Any]
Listener = Callable[[MailAccount, str, Facts, Facts, "User | None"], None]

_FOLLOWS = {"auth_url": "client_secret", "v2_url": "v2_key"}
_ENDING = frozenset({"client_id", *_FOLLOWS})
_CONNECTION = ["refresh_token", "token_expires_at", "connected_at", "connected_by"]
_listeners: list[Listener] = []


class SecretWouldMove(Exception):
    """A stored secret does not follow a new address unless it is entered again."""

    def __init__(self, field: str) -> None:
        super().__init__("Enter this again: a stored secret is not sent elsewhere.")
        self.field = field


class MayNotAllowWriting(Exception):
    """Writing is allowed by a person who may change the source, and by nobody else."""

    def __str__(self) -> str:
        return "Only a person who may change the source can allow writing."


class State(StrEnum):
    """How a connection stands; a *lapsed* one waits for a person."""

    NONE = "none"
    PASTED = "pasted"
    CONNECTED = "connected"
    LAPSED = "lapsed"


class Asked(TypedDict, total=False):
    """What may be changed; what is left out stays. An empty secret is forgotten."""

    client_id: str
    client_secret: str
    auth_url: str
    v2_url: str
    v2_key: str
    xref_path: str
    limits: str
    visitor_is_explicit: bool
    may_write: bool


@dataclass(frozen=True, slots=True)
class Tokens:
    """What the provider gave; its repr tells nothing of it."""

    access: str
    refresh: str
    expires_at: datetime

    def __repr__(self) -> str:
        return f"Tokens(until {self.expires_at:%Y-%m-%d %H:%M})"


def on_change(listener: Listener) -> None:
    """Call ``listener(account, change, before, after, by)`` within each change."""
    if listener not in _listeners:
        _listeners.append(listener)


# --- What is set -------------------------------------------------------------


def of(source: Source) -> MailAccount:
    """Give a source's account; one that nobody has set yet is not stored by asking."""
    account = MailAccount.objects.filter(source=source).first()
    account = account or MailAccount(source=source)
    account.source = source
    return account


def locked(source: Source) -> MailAccount:
    """Give the account in the caller's transaction, locked and made on first use.

    Its source is read after the lock was had: in one statement with it, PostgreSQL would
    give the token as it was before the wait.
    """
    rows = MailAccount.objects.select_for_update()
    account, _ = rows.get_or_create(source_id=source.pk)
    account.source = Source.objects.get(pk=source.pk)
    return account


def change(
    account: MailAccount,
    *,
    by: User | None,
    stood: Mapping[str, str] | None = None,
    **asked: Unpack[Asked],
) -> bool:
    """Change settings, and say whether that ended the connection.

    Another application or host ends it: no token follows to where it was not given for.
    ``stood`` is what the person saw; without it nothing is held against it. Raises
    ``seen.ChangedMeanwhile``, ``addresses.BadAddress``, ``SecretWouldMove`` and ``MayNotAllowWriting``.
    """
    wanted = _checked(asked)
    with transaction.atomic():
        kept = locked(account.source)
        before = facts(kept)
        changed = {
            name: value
            for name, value in wanted.items()
            if value != getattr(kept, name)
        }
        if stood is not None:
            seen.check(stood, changed.keys() & before.keys(), before)
        _refuse(kept, wanted, changed, by)
        ends = _ends(kept, changed)
        if ends:
            _forget(kept)
        for name, value in changed.items():
            setattr(kept, name, value)
        kept.save()
        if changed:
            _tell(kept, "changed", before, by)
    _show(account, kept)
    return ends


def _ends(kept: MailAccount, changed: Mapping[str, Any]) -> bool:
    """Say whether a token is left behind: V2's host would get even a pasted one."""
    if "v2_url" in changed and kept.source.token:
        return True
    return kept.connected_at is not None and not changed.keys().isdisjoint(_ENDING)


def _checked(asked: Asked) -> dict[str, Any]:
    wanted: dict[str, Any] = {
        name: value.strip() if isinstance(value, str) else value
        for name, value in asked.items()
    }
    for name in wanted.keys() & _FOLLOWS.keys():
        wanted[name] = roots.checked(wanted[name])
    if "xref_path" in wanted:
        wanted["xref_path"] = roots.checked_xref_path(wanted["xref_path"])
    return wanted


def _refuse(
    kept: MailAccount,
    wanted: Mapping[str, Any],
    changed: Mapping[str, Any],
    by: User | None,
) -> None:
    """Raise where a change is not allowed as it stands."""
    for address, secret in _FOLLOWS.items():
        if address in changed and getattr(kept, secret) and secret not in wanted:
            raise SecretWouldMove(secret)
    may = by is not None and by.has_perm("contacts.change_source")
    if changed.get("may_write") and not may:
        raise MayNotAllowWriting


# --- How the connection stands -----------------------------------------------


def state(account: MailAccount, *, at: datetime) -> State:
    """Say how the connection stands at a time."""
    if account.connected_at is None:
        return State.PASTED if account.source.token else State.NONE
    expires_at = account.token_expires_at
    good = bool(account.refresh_token) or expires_at is None or expires_at > at
    return State.CONNECTED if account.source.token and good else State.LAPSED


def connected(
    account: MailAccount, tokens: Tokens, *, by: User | None, at: datetime
) -> None:
    """Store what a person's consent brought."""
    with transaction.atomic():
        kept = locked(account.source)
        before = facts(kept)
        kept.connected_at, kept.connected_by = at, by
        store(kept, tokens)
        _tell(kept, "connected", before, by)
    _show(account, kept)


def store(kept: MailAccount, tokens: Tokens) -> None:
    """Store tokens in the locked account, both before either is used."""
    kept.refresh_token, kept.token_expires_at = tokens.refresh, tokens.expires_at
    kept.save(update_fields=_CONNECTION)
    _store_token(kept.source, tokens.access)


def lapse(kept: MailAccount) -> None:
    """Note in the locked account that the provider has ended the consent."""
    before = facts(kept)
    kept.refresh_token, kept.token_expires_at = "", None
    kept.save(update_fields=_CONNECTION)
    _store_token(kept.source, "")
    _tell(kept, "lapsed", before, None)


def disconnect(account: MailAccount, *, by: User | None) -> None:
    """Forget the connection and every token, a pasted one too."""
    with transaction.atomic():
        kept = locked(account.source)
        before = facts(kept)
        _forget(kept)
        kept.save()
        if facts(kept) != before:
            _tell(kept, "disconnected", before, by)
    _show(account, kept)


def replace(kept: MailAccount) -> None:
    """Drop what would renew a token, in the locked account: another was pasted."""
    kept.refresh_token, kept.token_expires_at = "", None
    kept.connected_at = kept.connected_by = None
    kept.save(update_fields=_CONNECTION)


def leave(kept: MailAccount, *, by: User | None) -> None:
    """Forget, in the locked account, what a sandbox would be told in the provider's place.

    The source's address changes from a sandbox's or to one; a secret whose own host is
    set stays there.
    """
    before = facts(kept)
    for address, secret in _FOLLOWS.items():
        if not getattr(kept, address):
            setattr(kept, secret, "")
    if facts(kept) != before:
        kept.save(update_fields=list(_FOLLOWS.values()))
        _tell(kept, "changed", before, by)


def _forget(kept: MailAccount) -> None:
    replace(kept)
    _store_token(kept.source, "")


def _store_token(source: Source, token: str) -> None:
    source.token = token
    source.save(update_fields=["token"])


def facts(account: MailAccount) -> dict[str, Any]:
    """Give what the trail may keep: never a secret, only whether there is one."""
    return {
        "client_id": account.client_id,
        "secret_set": bool(account.client_secret),
        "auth_url": account.auth_url,
        "v2_url": account.v2_url,
        "v2_key_set": bool(account.v2_key),
        "xref_path": account.xref_path,
        "limits": str(account.limits),
        "visitor_is_explicit": account.visitor_is_explicit,
        "may_write": account.may_write,
        "connected": account.connected_at is not None,
        "token_set": bool(account.source.token),
    }


def _tell(kept: MailAccount, what: str, before: Facts, by: User | None) -> None:
    after = facts(kept)
    for listener in _listeners:
        listener(kept, what, before, after, by)


def _show(account: MailAccount, kept: MailAccount) -> None:
    """Bring the caller's rows up to date with what was stored."""
    source = account.source
    source.token = kept.source.token
    account.refresh_from_db()
    account.source = source
