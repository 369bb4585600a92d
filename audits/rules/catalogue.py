"""The rules of every provider by their codes, and what may be decided of them."""

from audits.policy import is_sensitive
from audits.rules import clever_cards, mail_cards
from audits.rules.cards import RuleCard

LONG_EXCEPTION = 30
"""An exception of more days than this needs a second look."""

_CLEVER = {card.code: card for card in clever_cards.CARDS}
_MAIL = {card.code: card for card in mail_cards.CARDS}

BY_PROVIDER = {"clever": _CLEVER, "constant_contact": _MAIL}

# In Clever's words and order where both have a rule: a code leaves the same choice
# whoever's it is.
CARDS: dict[str, RuleCard] = _CLEVER | _MAIL | _CLEVER


def card_of(rule: str, provider: str) -> RuleCard | None:
    """A rule's card in the words of one provider."""
    return BY_PROVIDER[provider].get(rule)


def allowed_decisions(rule: str) -> tuple[str, ...]:
    """What a person may decide of a finding of this rule; nothing for an unknown code.

    To `hold` a proposal leaves everything as it is. To rebind an ambiguous contact one
    would have to choose between persons first, so that is not offered.
    """
    card = CARDS.get(rule)
    return card.decisions if card else ()


def needs_second_look(
    *,
    severity: str,
    recommendation: str,
    decision: str,
    privilege_class: str,
    restricted: bool,
    exception_days: int = 0,
) -> bool:
    """Whether this single decision waits for another person's confirmation."""
    kept_against_advice = decision == "keep" and recommendation == "revoke"
    return (
        severity == "critical"
        or restricted
        or exception_days > LONG_EXCEPTION
        or (kept_against_advice and is_sensitive(privilege_class))
    )
