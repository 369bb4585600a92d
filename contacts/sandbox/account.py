"""A make-believe Constant Contact account of any size, with the truth about it.

As in the district each contact is made by a scenario that knows what must be found of
it, so that the truth can be held against what the product finds.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from contacts.sandbox import account_scenarios, district, mail_lists
from contacts.sandbox.account_building import AccountBuilder
from contacts.sandbox.account_scenarios import Scenario
from contacts.sandbox.loss_scenarios import LOSS_SCENARIOS
from contacts.sandbox.mail_order_scenarios import MAIL_ORDER_SCENARIOS
from contacts.sandbox.published_contacts import publish
from contacts.sandbox.rows import Grant, Restriction
from contacts.sandbox.wire import Json

ACCOUNT_ID = "1102394058"
ACCOUNT_NAME = "Juniper Valley Friends & Families"

ORDINARY = Scenario("ordinary", account_scenarios.ordinary, 0)
SCENARIOS = (*account_scenarios.SCENARIOS, *LOSS_SCENARIOS, *MAIL_ORDER_SCENARIOS)
SHARES_ARE_OF = 1000
LEAST_FOR_ALL = 300
"""Fewer contacts than this cannot hold every scenario."""


@dataclass(frozen=True, slots=True)
class Account:
    """What the provider serves, what the customer stored, and what must be found.

    `truth` holds the rule of every grant that counts: active and not expired, told by
    `confirmed` and `other-basis` too. `losses` are (V2 id, field, rule) under the guide's
    limits with no slot named; what is about the account has no id. `match_states` tells
    of each V2 id what its match must be, `scenarios` how each id, V2's or V3's, was made.
    """

    seed: int
    today: date
    id: str
    name: str
    legacy_contacts: list[Json]
    contacts: list[Json]
    legacy_lists: list[Json]
    lists: list[Json]
    custom_fields: list[Json]
    xrefs: dict[str, str]
    list_xrefs: dict[str, str]
    grants: list[Grant]
    restrictions: list[Restriction]
    truth: dict[str, str]
    losses: set[tuple[str, str, str]]
    match_states: dict[str, str]
    scenarios: dict[str, str]

    def expected_by_rule(self) -> dict[str, int]:
        """How often each rule must be found among the grants."""
        return dict(sorted(Counter(self.truth.values()).items()))

    def expected_losses(self) -> dict[str, int]:
        """How often each loss must be found."""
        return dict(sorted(Counter(rule for _, _, rule in self.losses).items()))

    def expected_counts(self) -> dict[str, int]:
        """How many of each kind there are, and how many a scan must judge."""
        by_rule = self.expected_by_rule()
        return {
            "legacy_contacts": len(self.legacy_contacts),
            "contacts": len(self.contacts),
            "legacy_lists": len(self.legacy_lists),
            "lists": len(self.lists),
            "custom_fields": len(self.custom_fields),
            "grant_rows": len(self.grants),
            "grants": len(self.truth),
            "expired": len(self.grants) - len(self.truth),
            "confirmed": by_rule.get("confirmed", 0),
            "other_basis": by_rule.get("other-basis", 0),
            "restrictions": len(self.restrictions),
            "losses": len(self.losses),
        }


def make_account(*, seed: int, contacts: int, today: date) -> Account:
    """Make an account with exactly `contacts` V2 contacts; the same for the same seed.

    Orders and ends of grants lie around `today`, so that the truth stays true.
    """
    builder = AccountBuilder(seed=seed, today=today)
    with district.no_collection():
        publish(builder, most=contacts)
        for each in _planned(builder, contacts - len(builder.legacy_contacts)):
            builder.scenario = each.name
            each.make(builder)
    return _account(builder, seed)


def _planned(builder: AccountBuilder, contacts: int) -> Iterator[Scenario]:
    """Every scenario by its share, ordinary contacts for the rest, well mixed.

    In a small account the rare ones still take no more than a third.
    """
    rare: list[Scenario] = []
    for each in SCENARIOS:
        rare += [each] * max(1, round(each.share * contacts / SHARES_ARE_OF))
    builder.rng.shuffle(rare)
    if contacts < LEAST_FOR_ALL - len(builder.legacy_contacts):
        rare = rare[: contacts // 3]
    rest = contacts - sum(each.contacts for each in rare)
    plan = rare + [ORDINARY] * rest
    builder.rng.shuffle(plan)
    return iter(plan)


def _account(builder: AccountBuilder, seed: int) -> Account:
    every = builder.lists.every()
    return Account(
        seed=seed,
        today=builder.today,
        id=ACCOUNT_ID,
        name=ACCOUNT_NAME,
        legacy_contacts=sorted(builder.legacy_contacts, key=lambda each: each["id"]),
        contacts=sorted(builder.contacts, key=lambda each: each["contact_id"]),
        legacy_lists=mail_lists.legacy_lists(every, builder.members),
        lists=mail_lists.mailing_lists(every, builder.members),
        custom_fields=builder.fields,
        xrefs=builder.xrefs,
        list_xrefs=builder.lists.xrefs(),
        grants=builder.grants,
        restrictions=builder.restrictions,
        truth=builder.truth,
        losses=builder.losses,
        match_states=builder.match_states,
        scenarios=builder.scenarios,
    )
