"""A client for a source: its address, its token, and what this site allows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from threading import get_ident

from django.conf import settings
from django.db import connection
from django.utils import timezone

from contacts import accounts, api_errors, budgets, http, oauth, roots
from contacts.clever.client import Client
from contacts.constant_contact import client as constant_contact
from contacts.models import MailAccount, Source

V2_URL = "https://api.constantcontact.com"


@contextmanager
def clever_session(source: Source) -> Iterator[http.Session]:
    """Open a session with Clever for a district; raises ``api_errors.ApiError``."""
    session = http.Session(
        roots.of_api(source),
        source.token,
        allow_loopback=settings.ALLOW_LOOPBACK_PROVIDERS,
    )
    with session:
        yield session


def client(session: http.Session) -> Client:
    """Give a client that reads pages of the size this site is set to."""
    return Client(session, settings.CLEVER_PAGE_SIZE)


@contextmanager
def clever(source: Source) -> Iterator[Client]:
    """Open a client for a district; raises ``api_errors.ApiError``."""
    with clever_session(source) as session:
        yield client(session)


# --- Constant Contact --------------------------------------------------------


@contextmanager
def mail(source: Source) -> Iterator[constant_contact.Client]:
    """Open a client of V3 for an account; raises ``api_errors.ApiError``."""
    account = accounts.of(source)
    with MailSession(source, api_root(account)) as session:
        yield constant_contact.Client(session, xref_path=account.xref_path)


@contextmanager
def legacy_mail(source: Source) -> Iterator[constant_contact.LegacyClient]:
    """Open a client of V2 for an account; raises ``api_errors.ApiError``."""
    account = accounts.of(source)
    if not account.v2_key:
        raise api_errors.Unauthorized(
            f"{source.name} has no V2 API key. Enter it in the account's settings."
        )
    with MailSession(source, v2_root(account)) as session:
        yield constant_contact.LegacyClient(session, api_key=account.v2_key)


def api_root(account: MailAccount) -> str:
    """Give the host of V3."""
    return roots.of_api(account.source)


def v2_root(account: MailAccount) -> str:
    """Give the host of V2: a sandbox answers for every host that is not set."""
    return account.v2_url or roots.of_sandbox(account.source) or V2_URL


class MailSession(http.Session):
    """Asks Constant Contact within the key's budget, with a token that is good now.

    Both are looked after before each request, for a session may outlive its token. A
    thread other than the one that opened it leaves no connection to the database behind.
    """

    def __init__(self, source: Source, root: str) -> None:
        self._source = source
        self._key = budgets.key_of(source)
        self._opened_in = get_ident()
        super().__init__(
            root,
            oauth.token(source),
            allow_loopback=settings.ALLOW_LOOPBACK_PROVIDERS,
            pace=self._before_each,
        )

    def get(
        self, link: str, *, hidden: Mapping[str, str] | None = None
    ) -> http.Response:
        """Ask as every session does, and take note when the day is spent.

        A token that is refused before its time is renewed, once, and the request is made
        again; what changes something is sent once, whatever comes of it.
        """
        ask = partial(super().get, link, hidden=hidden)
        try:
            return self._counted(ask)
        except api_errors.Unauthorized as error:
            if type(error) is not api_errors.Unauthorized or not self._renewed():
                raise
        return self._counted(ask)

    def send(
        self,
        method: str,
        link: str,
        *,
        json: bytes | None = None,
        form: Mapping[str, str] | None = None,
        basic: tuple[str, str] | None = None,
    ) -> http.Response:
        """Send as every session does, and take note when the day is spent."""
        return self._counted(
            lambda: super(MailSession, self).send(
                method, link, json=json, form=form, basic=basic
            )
        )

    def _counted(self, ask: Callable[[], http.Response]) -> http.Response:
        try:
            return ask()
        except api_errors.QuotaExceeded as error:
            at = timezone.now()
            if budgets.is_early(at):
                raise api_errors.Throttled(str(error), budgets.soon(at)) from None
            budgets.exhausted(self._key, at=at)
            raise
        finally:
            self._let_go()

    def _renewed(self) -> bool:
        """Renew the token that was used last; say whether there is another to try."""
        try:
            return oauth.renew_refused(self._source, self._source.token)
        finally:
            self._let_go()

    def _let_go(self) -> None:
        if get_ident() != self._opened_in:
            connection.close()

    def _before_each(self) -> None:
        budgets.take(self._key)
        token = oauth.token(self._source)
        self._session.headers["Authorization"] = f"Bearer {token}"
