"""What may be lost between V2 and V3, as the people read it who say where it goes.

A loss is no judgement of a person: a value stands in V2 that V3 has no place for. The
severity says how much a wrong guess would cost, and the choices which places make sense.
"""

from __future__ import annotations

from dataclasses import dataclass

_ANYWHERE = ("custom_field", "by_hand", "leave")
_AS_IT_COMES = ("leave", "by_hand")
_BY_HAND = ("by_hand", "leave")


@dataclass(frozen=True, slots=True)
class LossCard:
    """One kind of loss. `choices` are kinds of `LossDecision`, the likeliest first; none
    where it is decided elsewhere. `batchable`: many of them may be decided in one act."""

    code: str
    title: str
    sentence: str
    severity: str
    harm: str
    choices: tuple[str, ...] = _ANYWHERE
    version: int = 1
    batchable: bool = True

    @property
    def words(self) -> tuple[str, ...]:
        """Name the choices as people read them."""
        return tuple(choice.replace("_", " ") for choice in self.choices)


_CARDS = (
    LossCard(
        code="email-duplicate",
        title="Two contacts share an address",
        sentence="Another V2 contact has the same e-mail address; V3 takes an address once and answers the second with 409.",
        severity="high",
        harm="The consent of one person would stand for the other: somebody who opted out may be mailed.",
        choices=_BY_HAND,
        batchable=False,
    ),
    LossCard(
        code="custom-field-unmapped",
        title="A custom field without a name",
        sentence="V2 knows its fifteen custom fields by number alone; nobody has said which V3 field this one is.",
        severity="high",
        harm="A whole column of your data stays behind, or lands in the wrong field of every contact.",
        choices=(),
    ),
    LossCard(
        code="notes-over-limit",
        title="A note without a place",
        sentence="The note is longer than what V3 takes, or V3 takes no notes under the limits that are set.",
        severity="high",
        harm="What somebody once wrote down stands nowhere else; cut off it may say the opposite.",
        choices=("custom_field", "shorten", "by_hand", "leave"),
    ),
    LossCard(
        code="dates-lost",
        title="Dates that cannot be written",
        sentence="V3 sets the days of creation, change, opt-in and opt-out by itself; those of V2 cannot be sent.",
        severity="high",
        harm="The day on which somebody consented is what proves the consent.",
    ),
    LossCard(
        code="list-unmapped",
        title="A list without a counterpart",
        sentence="The V2 list has no V3 list in the crosswalk.",
        severity="high",
        harm="Members of the list no longer get what they signed up for, or get what another list gets.",
        choices=_AS_IT_COMES,
    ),
    LossCard(
        code="lists-over-limit",
        title="On more lists than V3 takes",
        sentence="V3 takes a contact on fifty lists; this one is on more.",
        severity="high",
        harm="The person silently leaves lists, and which ones would be chance.",
        choices=_BY_HAND,
    ),
    LossCard(
        code="email-missing",
        title="No e-mail address",
        sentence="The contact has no e-mail address, by which V3 knows people.",
        severity="medium",
        harm="The contact has no consent to keep and may stay behind unseen.",
        choices=_BY_HAND,
    ),
    LossCard(
        code="email-invalid",
        title="Not an e-mail address",
        sentence="What stands as the e-mail address is none, so V3 would refuse the contact.",
        severity="medium",
        harm="The contact stays behind, or a mended address reaches a stranger.",
        choices=_BY_HAND,
    ),
    LossCard(
        code="phones-over-limit",
        title="One telephone too many",
        sentence="V2 has four telephone fields; V3 takes fewer numbers, and this one is over.",
        severity="medium",
        harm="The number by which somebody is reached may be the one that goes.",
    ),
    LossCard(
        code="phone-too-long",
        title="Telephone too long",
        sentence="V2 takes 50 characters for a telephone, V3 takes 25.",
        severity="medium",
        harm="A number cut short reaches nobody, or a stranger.",
        choices=("custom_field", "shorten", "by_hand", "leave"),
    ),
    LossCard(
        code="addresses-over-limit",
        title="One address too many",
        sentence="V3 takes fewer postal addresses than V2 had, and this one is over.",
        severity="medium",
        harm="Letters and parcels go to the other address, which may be the old one.",
    ),
    LossCard(
        code="address-shortened",
        title="Street too long",
        sentence="The address lines joined into one are longer than V3's street of 255 characters.",
        severity="medium",
        harm="The end of an address is where the flat or the door stands.",
        choices=("shorten", "custom_field", "by_hand", "leave"),
    ),
    LossCard(
        code="name-part-dropped",
        title="A part of the name without a place",
        sentence="V3 has neither a prefix, a middle name nor a department.",
        severity="medium",
        harm="Somebody is addressed by half a name, or taken for somebody else of that name.",
        choices=("join_name", "custom_field", "by_hand", "leave"),
    ),
    LossCard(
        code="state-unresolved",
        title="State not known",
        sentence="V2 has a code for the state that stands for none of the country's; V3 wants its name.",
        severity="low",
        harm="An address without its state, or with a wrong one.",
    ),
    LossCard(
        code="country-unresolved",
        title="Country not known",
        sentence="V2's country code is none of ISO 3166-1; V3 wants the country's name.",
        severity="low",
        harm="An address without its country, or in a wrong one.",
    ),
    LossCard(
        code="postal-code-joined",
        title="Postal code put together",
        sentence="V2 split the postal code in two; it was put together again as the country writes it.",
        severity="low",
        harm="A postal code that was never split would be spelled wrongly.",
        choices=_AS_IT_COMES,
    ),
    LossCard(
        code="value-probably-cut",
        title="Probably cut off by V2",
        sentence="The value has exactly the fifty characters that V2 takes: more was probably entered.",
        severity="low",
        harm="A half value goes on as if it were whole.",
        choices=_AS_IT_COMES,
    ),
    LossCard(
        code="phone-kind-lost",
        title="Kind of telephone lost",
        sentence="V3 has no kind for this telephone under the limits that are set; it would become “other”.",
        severity="low",
        harm="Somebody calls a fax, or sends a text to a line that takes none.",
        choices=("leave", "custom_field", "by_hand"),
    ),
    LossCard(
        code="list-status-lost",
        title="Status of a list lost",
        sentence="V2 told a status of this list that was not active; V3 lists have none.",
        severity="low",
        harm="A list that was hidden or removed looks like any other.",
        choices=_AS_IT_COMES,
    ),
    LossCard(
        code="source-details-lost",
        title="Origin lost",
        sentence="V3 has no place for where a contact came from.",
        severity="low",
        harm="Nobody can tell later through which form or application somebody came.",
        choices=("leave", "custom_field", "by_hand"),
    ),
    LossCard(
        code="id-malformed",
        title="Not an id",
        sentence="V2 told a V3 id for the contact that is none, so it is not used as one.",
        severity="low",
        harm="Little: the crosswalk is asked instead.",
        choices=_AS_IT_COMES,
    ),
)

CARDS = {card.code: card for card in _CARDS}
RANKS = {"critical": 1, "high": 2, "medium": 3, "low": 4, "info": 5}


def rank(rule: str) -> int:
    """Give the severity's number, by which the gravest come first."""
    return RANKS[CARDS[rule].severity]


def choices(rule: str, field_kind: str = "") -> tuple[str, ...]:
    """Give where the values of this kind may go; nothing for an unknown code.

    A department is told with the parts of a name, and is none.
    """
    card = CARDS.get(rule)
    offered = card.choices if card else ()
    if field_kind == "department_name":
        return tuple(kind for kind in offered if kind != "join_name")
    return offered
