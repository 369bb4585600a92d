"""The make-believe account over real HTTP, on this machine only.

One port plays all of the provider's hosts: V2, V3 and the one that gives tokens.
"""

import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

from contacts.sandbox import mail_words, spoiling
from contacts.sandbox.account import Account
from contacts.sandbox.account_answering import Reader
from contacts.sandbox.account_authorizing import (
    AUTHORIZE_PATH,
    TOKEN_PATH,
    TOKEN_SECONDS,
    Authority,
)
from contacts.sandbox.account_changing import Writer
from contacts.sandbox.answers import Answer, Page
from contacts.sandbox.budgets import Budget
from contacts.sandbox.faults import Faults, FaultUnreadable, Kind
from contacts.sandbox.mail_store import MailStore
from contacts.sandbox.serving import (
    FAULTS_PATH,
    LOG_PATH,
    SandboxHandler,
    SandboxServer,
    running,
)
from contacts.sandbox.spoiling import Words

API_KEY = "make-believe-v2-key"
CLIENT_ID = "make-believe-client"
CLIENT_SECRET = "make-believe-secret"  # noqa: S105  # of nobody
PER_SECOND = 4.0
PER_DAY = 10_000
"""Requests of one key (v3.developer.constantcontact.com, "Rate limits")."""

SECRET_IN_URL = re.compile(r"(api_key=)[^&]*")
CONTACT_PATH = re.compile(r"/v3/contacts/([^/]+)")


class Behaviour(NamedTuple):
    """How the provider behaves where it may behave in several ways."""

    v2: str = "alive"
    xref: str = "both"
    xref_shape: str = "object"
    per_second: float = PER_SECOND
    per_day: int = PER_DAY
    token_seconds: float = TOKEN_SECONDS


AS_DOCUMENTED = Behaviour()


class AccountSandbox(SandboxServer):
    """Serves one account."""

    def __init__(
        self,
        account: Account,
        *,
        token: str,
        port: int = 0,
        faults: Faults | None = None,
        behaviour: Behaviour = AS_DOCUMENTED,
    ) -> None:
        store = MailStore(account)
        self.authority = Authority(
            token=token,
            client_id=CLIENT_ID,
            client_secret=CLIENT_SECRET,
            token_seconds=behaviour.token_seconds,
        )
        self.reader = Reader(
            store,
            v2=behaviour.v2,
            xref=behaviour.xref,
            xref_shape=behaviour.xref_shape,
        )
        self.writer = Writer(store, new_id=lambda: str(uuid.uuid4()))
        self.budget = Budget(per_second=behaviour.per_second, per_day=behaviour.per_day)
        words = Words(mail_words.failure, mail_words.page_body, self._items_before)
        super().__init__(Handler, port=port, faults=faults, words=words)

    def _items_before(self, page: Page) -> list[bytes]:
        """The items of the page before; of the first page, its own."""
        if not page.prev_uri:
            return page.items
        earlier = self.reader.answer(page.prev_uri).page
        return earlier.items if earlier else page.items


class Handler(SandboxHandler):
    """Answers for an account."""

    server: AccountSandbox

    def do_GET(self) -> None:  # noqa: N802  # as http.server calls it
        if urlsplit(self.path).path == AUTHORIZE_PATH:
            self.send(self.server.authority.page(self.path))
        elif refusal := self._refusal():
            self.send(refusal)
        elif self.path == LOG_PATH:
            self.send(self.tell_log())
        else:
            self.send(*self.spoil(self._budgeted(self._read)))

    def do_POST(self) -> None:  # noqa: N802  # as http.server calls it
        body = self.read_body()
        if self.path == AUTHORIZE_PATH:
            self.send(self.server.authority.decide(body))
        elif self.path == TOKEN_PATH:
            self._give_tokens(body)
        elif refusal := self._refusal():
            self.send(refusal)
        elif self.path == FAULTS_PATH:
            self.send(self._set_faults(body))
        elif self.path == "/v3/contacts":
            self._write(lambda: self.server.writer.post(body))
        else:
            self.send(mail_words.not_found())

    def do_PUT(self) -> None:  # noqa: N802  # as http.server calls it
        body = self.read_body()
        found = CONTACT_PATH.fullmatch(self.path)
        if refusal := self._refusal():
            self.send(refusal)
        elif found:
            self._write(lambda: self.server.writer.put(found[1], body))
        else:
            self.send(mail_words.not_found())

    def _refusal(self) -> Answer | None:
        """Why the caller is not let in: no good token, or for V2 no good key."""
        if not self.server.authority.accepts(self.headers.get("Authorization") or ""):
            return mail_words.error(401, "Unauthorized")
        if self.path.startswith("/v2/"):
            given = parse_qs(urlsplit(self.path).query).get("api_key")
            if given != [API_KEY]:
                key = "mashery.not.authorized.inactive"
                return mail_words.error(403, "Invalid API key", key=key)
        return None

    def _set_faults(self, body: bytes) -> Answer:
        try:
            return self.set_faults(body)
        except FaultUnreadable as error:
            return mail_words.invalid(str(error))

    def _note(self) -> None:
        """Log what was asked, without the key that V2 wants in its URL."""
        self.server.log.add(SECRET_IN_URL.sub(r"\1…", self.path))

    def _budgeted(self, act: Callable[[], Answer]) -> Answer:
        self._note()
        spent = self.server.budget.take()
        return mail_words.throttled(spent) if spent else act()

    def _read(self) -> Answer:
        return self.server.reader.answer(self.path)

    def _write(self, act: Callable[[], Answer]) -> None:
        """Change something, unless the fault that is due is a refusal.

        Any other fault spoils the answer to a change that was made: the caller cannot
        tell, and has to look.
        """
        fault = self.server.faults.strike(page=0, target=self.path)
        if fault is not None and fault.kind == Kind.STATUS:
            self._note()
            self.send(mail_words.failure(fault), fault)
            return
        if "application/json" not in (self.headers.get("Content-Type") or ""):
            act = _unsupported
        answer = self._budgeted(act)
        if fault is not None:
            answer = spoiling.spoil_words(answer, fault, words=self.server.words)
        self.send(answer, fault)

    def _give_tokens(self, body: bytes) -> None:
        self._note()
        header = self.headers.get("Authorization") or ""
        answer = self.server.authority.token(body, header)
        self.send(*self.spoil(answer))


def _unsupported() -> Answer:
    return mail_words.error(415, "The content type must be application/json.")


@contextmanager
def serving(
    account: Account,
    *,
    token: str,
    port: int = 0,
    faults: Faults | None = None,
    **behaviour: str | float,
) -> Iterator[str]:
    """Serve an account while the block runs; gives the root address.

    `behaviour`: as the fields of Behaviour are called.
    """
    sandbox = AccountSandbox(
        account,
        token=token,
        port=port,
        faults=faults,
        behaviour=Behaviour(**behaviour),  # type: ignore[arg-type]  # named by field
    )
    with running(sandbox):
        yield sandbox.url
