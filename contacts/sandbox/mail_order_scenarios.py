"""Subscribers under an order or instruction, in force and not in force."""

from functools import partial
from typing import NamedTuple

from contacts.sandbox.account_building import AccountBuilder, Recipient
from contacts.sandbox.account_scenarios import OPTOUT, Scenario, plain
from contacts.sandbox.consent_cases import PLAIN


class MailOrder(NamedTuple):
    """One kind of row in the restrictions file; days count from today.

    `holds` says whether it forbids to mail the contact today.
    """

    name: str
    kind: str
    classes: str = ""
    starts: int = -100
    ends: int | None = None
    holds: bool = True


ORDERS = (
    MailOrder("court order", "court_order"),
    MailOrder("protection order, mail", "protection_order", classes="mailing"),
    MailOrder(
        "instruction, two classes", "district_instruction", classes="records;mailing"
    ),
    MailOrder("order that ends today", "court_order", ends=0),
    MailOrder("order that starts today", "court_order", starts=0),
    MailOrder("order of other classes", "release_ban", classes="release", holds=False),
    MailOrder("order that ended", "court_order", ends=-1, holds=False),
    MailOrder("order to come", "court_order", starts=1, holds=False),
    MailOrder("custody paper", "custody_document", holds=False),
)


def _file(builder: AccountBuilder, contact_id: str, order: MailOrder) -> None:
    builder.order(
        contact_id,
        kind=order.kind,
        classes=order.classes,
        starts=order.starts,
        ends=order.ends,
    )


def restricted(builder: AccountBuilder, *, order: MailOrder) -> None:
    """A subscriber in order, and one order, by either of the contact's ids."""
    recipient = plain(builder)
    _file(builder, recipient.name, order)
    for _ in range(2):
        recipient.grant("restricted" if order.holds else "confirmed")


def restricted_by_current_id(builder: AccountBuilder) -> None:
    recipient = plain(builder)
    builder.order(recipient.contact_id, kind="court_order")
    builder.grant(recipient.legacy_id, "restricted")
    builder.grant(recipient.contact_id, "restricted")


def restricted_other_basis(builder: AccountBuilder) -> None:
    """An order stands above a grant by hand."""
    recipient = plain(builder)
    builder.order(recipient.legacy_id, kind="district_instruction", classes="mailing")
    builder.grant(recipient.legacy_id, "restricted", bases=("manual",))
    recipient.grant("restricted")


def restricted_opted_out(builder: AccountBuilder) -> None:
    """An order stands above an opt-out."""
    person = builder.stranger()
    recipient = Recipient(builder, person, legacy=OPTOUT.legacy, current=OPTOUT.current)
    builder.order(recipient.legacy_id, kind="court_order")
    recipient.grant("restricted")


def restricted_missing(builder: AccountBuilder) -> None:
    """An order about a contact whom V3 does not know still holds."""
    legacy_id = builder.add_legacy(builder.member(), PLAIN.legacy, state="missing")
    builder.order(legacy_id, kind="court_order", classes="mailing")
    builder.grant(legacy_id, "restricted")


def order_about_nobody(builder: AccountBuilder) -> None:
    """An order about a contact whom no data holds: kept, shown, covers nothing."""
    builder.order(builder.new_legacy_id(), kind="protection_order")


MAIL_ORDER_SCENARIOS = (
    *(Scenario(each.name, partial(restricted, order=each), 2) for each in ORDERS),
    Scenario("restricted by V3 id", restricted_by_current_id, 3),
    Scenario("restricted, by hand", restricted_other_basis, 3),
    Scenario("restricted, opted out", restricted_opted_out, 3),
    Scenario("restricted and missing", restricted_missing, 3),
    Scenario("order about nobody", order_about_nobody, 2, contacts=0),
)
