"""A person's consent at Constant Contact, and the tokens that come of it.

The authorization code comes back through the person's browser; what was asked waits in
their session, for ten minutes and for one use. A refresh token is good for one use too:
its successor is stored before the new access token is used, and of two workers only one
asks, while the other waits for the account's row.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import msgspec
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from contacts import accounts, api_errors, http, pacing, roots
from contacts.models import MailAccount, Source

if TYPE_CHECKING:
    from django.contrib.auth.models import User

AUTH_URL = "https://authz.constantcontact.com"
AUTHORIZE = "/oauth2/default/v1/authorize"
TOKEN = "/oauth2/default/v1/token"  # noqa: S105  # a path
SCOPES = "contact_data offline_access"

PATIENCE = timedelta(minutes=10)
MARGIN = timedelta(minutes=5)
UNSAID_LIFE = 24 * 60 * 60
MOST_ATTEMPTS = 5
_KEY = "oauth_attempts"
# A row is locked meanwhile, and on SQLite all writing waits: one try, and not for long.
LIMITS = pacing.Limits(read=8.0, total=10.0, tries=1, patience=0.0)


class NotAsked(Exception):
    """Nobody of this session asked for what came back, or too long ago."""

    def __str__(self) -> str:
        return (
            "This answer of Constant Contact was not asked for here, was used already or"
            " is older than ten minutes. Connect again."
        )


class NotReady(Exception):
    """The account's application is not set; the words say what is missing."""

    def __str__(self) -> str:
        return "Enter the application’s client id and secret first."


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a person was sent to the provider for; its repr keeps the verifier."""

    source: int
    user: int
    verifier: str
    redirect_uri: str
    asked_at: float

    def __repr__(self) -> str:
        return f"Attempt(source {self.source}, user {self.user})"


class _Granted(msgspec.Struct):
    """The token endpoint's good answer; other fields are none of ours."""

    access_token: str
    refresh_token: str = ""
    expires_in: int = UNSAID_LIFE


# --- Through the person's browser --------------------------------------------


def begin(
    session: MutableMapping[str, Any],
    account: MailAccount,
    *,
    user: User,
    redirect_uri: str,
    at: datetime,
) -> str:
    """Note in the session what is asked, and give the address to send the person to.

    Raises ``NotReady``.
    """
    if not account.client_id or not account.client_secret:
        raise NotReady
    state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
    attempts = dict(list(session.get(_KEY, {}).items())[1 - MOST_ATTEMPTS :])
    attempts[state] = {
        "source": account.source.pk,
        "user": user.pk,
        "verifier": verifier,
        "redirect_uri": redirect_uri,
        "asked_at": at.timestamp(),
    }
    session[_KEY] = attempts
    asked = {
        "response_type": "code",
        "client_id": account.client_id,
        "redirect_uri": redirect_uri,
        "scope": SCOPES,
        "state": state,
        "code_challenge": _challenge(verifier),
        "code_challenge_method": "S256",
    }
    return f"{auth_root(account)}{AUTHORIZE}?{urlencode(asked)}"


def redeem(
    session: MutableMapping[str, Any], state: str, *, user: User, at: datetime
) -> Attempt:
    """Give what a state was made for, once. Raises ``NotAsked``."""
    attempts = dict(session.get(_KEY, {}))
    told = attempts.pop(state, None)
    if told is None:
        raise NotAsked
    session[_KEY] = attempts
    attempt = Attempt(**told)
    age = at.timestamp() - attempt.asked_at
    if attempt.user != user.pk or not 0 <= age <= PATIENCE.total_seconds():
        raise NotAsked
    return attempt


def auth_root(account: MailAccount) -> str:
    """Give the host where people log in and tokens are given."""
    return account.auth_url or roots.of_sandbox(account.source) or AUTH_URL


def _challenge(verifier: str) -> str:
    """Hash a verifier as PKCE's S256 does (RFC 7636, section 4.2)."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


# --- With the token endpoint -------------------------------------------------


def connect(
    account: MailAccount, attempt: Attempt, code: str, *, by: User, at: datetime
) -> None:
    """Change the code for tokens and store them. Raises ``ApiError``."""
    tokens = _ask(
        account,
        {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": attempt.redirect_uri,
            "code_verifier": attempt.verifier,
        },
        at=at,
    )
    accounts.connected(account, tokens, by=by, at=at)


def token(source: Source) -> str:
    """Give an access token that is good for five minutes yet, renewed where it is not.

    A pasted token is given as it is. Raises ``Unauthorized`` where there is none,
    ``GrantExpired`` where a person must connect again, and other ``ApiError``s where the
    provider could not be asked; ``RuntimeError`` inside a transaction, because a refresh
    token that is rolled back is lost.
    """
    account = accounts.of(Source.objects.get(pk=source.pk))
    if is_due(account, at=timezone.now()):
        account = _renewed(account.source)
    source.token = account.source.token
    _need_token(account)
    return str(source.token)


def is_due(account: MailAccount, *, at: datetime) -> bool:
    """Say whether the access token is to be renewed before it is used."""
    expires_at = account.token_expires_at
    return bool(account.refresh_token) and (
        not account.source.token or expires_at is None or expires_at - MARGIN <= at
    )


def _need_token(account: MailAccount) -> None:
    state = accounts.state(account, at=timezone.now())
    if state == accounts.State.LAPSED:
        raise lapsed(account.source)
    if state == accounts.State.NONE:
        raise api_errors.Unauthorized(
            f"{account.source.name} is not connected to Constant Contact."
            " Connect it on the source's page."
        )


def lapsed(source: Source) -> api_errors.GrantExpired:
    """Make the error that asks for a person."""
    return api_errors.GrantExpired(
        f"The connection of {source.name} to Constant Contact has ended."
        " Reconnect it on the source's page."
    )


def _renewed(source: Source) -> MailAccount:
    """Renew the token under the row's lock, unless another worker did so meanwhile.

    That the consent has ended is stored like a success, so the error is raised after.
    """
    with transaction.atomic(durable=True):
        account = accounts.locked(source)
        at = timezone.now()
        if is_due(account, at=at):
            _renew(account, at=at)
    return account


def renew_refused(source: Source, refused: str) -> bool:
    """Renew a token that was refused before its time, and say whether there is another.

    Another worker may have renewed it, or a person pasted one, meanwhile.
    """
    if not accounts.of(source).refresh_token:
        return False
    with transaction.atomic(durable=True):
        account = accounts.locked(source)
        if account.refresh_token and account.source.token == refused:
            _renew(account, at=timezone.now())
    return account.source.token not in {"", refused}


def _renew(account: MailAccount, *, at: datetime) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": account.refresh_token}
    try:
        tokens = _ask(account, form, at=at)
    except api_errors.GrantExpired:
        accounts.lapse(account)
    else:
        accounts.store(account, tokens)


def _ask(
    account: MailAccount, form: Mapping[str, str], *, at: datetime
) -> accounts.Tokens:
    """Ask the token endpoint once; an answer without a new refresh token keeps the old."""
    with http.Session(
        auth_root(account),
        "",
        allow_loopback=settings.ALLOW_LOOPBACK_PROVIDERS,
        limits=LIMITS,
    ) as session:
        answer = session.send(
            "POST",
            TOKEN,
            json=None,
            form=form,
            basic=(account.client_id, account.client_secret),
        )
    granted = _granted(answer.body)
    return accounts.Tokens(
        access=granted.access_token,
        refresh=granted.refresh_token or form.get("refresh_token", ""),
        expires_at=at + timedelta(seconds=max(0, granted.expires_in)),
    )


def _granted(body: bytes) -> _Granted:
    trouble = f"POST {TOKEN}: an answer without a token"
    try:
        granted = msgspec.json.decode(body, type=_Granted)
    except msgspec.MsgspecError:
        raise api_errors.BadPayload(trouble) from None
    if not granted.access_token:
        raise api_errors.BadPayload(trouble)
    return granted
