"""How a mailing account stands, as the pages show it: connection and budget."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from contacts import accounts, budgets
from contacts.accounts import State
from contacts.models import MailAccount, Source

_BADGES = {
    State.NONE: ("Not connected", "none"),
    State.PASTED: ("Pasted token", "decided"),
    State.CONNECTED: ("Connected", "done"),
    State.LAPSED: ("Connection ended", "failed"),
}
FEW = 0.1


@dataclass(frozen=True, slots=True)
class Standing:
    """An account in hand, with what is worked out of it."""

    account: MailAccount
    state: State
    budget: budgets.Remaining

    @property
    def label(self) -> str:
        """Say in two words how the connection stands."""
        return _BADGES[self.state][0]

    @property
    def badge(self) -> str:
        """Give the word that colours the label."""
        return _BADGES[self.state][1]

    @property
    def can_connect(self) -> bool:
        """Say whether the application is set, so that a person can be sent to log in."""
        return bool(self.account.client_id and self.account.client_secret)

    @property
    def verb(self) -> str:
        """Say what the button does: connect, or once more."""
        first = self.state in {State.NONE, State.PASTED}
        return "Connect" if first else "Reconnect"

    @property
    def renews(self) -> bool:
        """Say whether the access token is renewed by itself."""
        return bool(self.account.refresh_token)

    @property
    def pace(self) -> str:
        """Give the colour of the budget's bar: how little is left."""
        if not self.budget.left:
            return "failed"
        few = self.budget.left < self.budget.quota * FEW
        return "few" if few else "running"


def of(source: Source, *, at: datetime) -> Standing:
    """Say how a source's account stands at a time."""
    account = accounts.of(source)
    return Standing(
        account=account,
        state=accounts.state(account, at=at),
        budget=budgets.remaining(source, at=at),
    )
