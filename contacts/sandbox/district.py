"""A make-believe district of any size, with the truth about every grant in it.

The truth is known because each contact is made by a scenario that knows it, not
because anything was judged: so it can be held against what the product finds.
"""

import gc
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from itertools import islice

from contacts.sandbox import scenarios, wire
from contacts.sandbox.building import Builder
from contacts.sandbox.crosswalk_scenarios import CROSSWALK_SCENARIOS
from contacts.sandbox.order_scenarios import ORDER_SCENARIOS
from contacts.sandbox.rows import Grant, Restriction
from contacts.sandbox.scenarios import Scenario
from contacts.sandbox.wire import Json

DISTRICT_ID = "6385008f69df036e83e984a3"  # of the published example record
DISTRICT_NAME = "Juniper Valley Unified School District"

ORDINARY = Scenario("ordinary", scenarios.ordinary, 0)
SCENARIOS = (*scenarios.SCENARIOS, *CROSSWALK_SCENARIOS, *ORDER_SCENARIOS)
SHARES_ARE_OF = 1500
FAMILY_SIZES, FAMILY_SIZE_WEIGHTS = (1, 2, 3, 4, 5), (58, 26, 9, 5, 2)
CONTACTS_A_FAMILY, CONTACTS_A_FAMILY_WEIGHTS = (1, 2, 3, 4), (28, 46, 19, 7)


@dataclass(frozen=True, slots=True)
class District:
    """What the provider serves, what the customer stored, and what must be found.

    `truth` holds the rule of every grant that counts: active and not expired, told
    by `confirmed` and `other-basis` too. `scenarios` tells of each contact id, v2 or
    v3, how it was made.
    """

    seed: int
    today: date
    id: str
    name: str
    schools: list[Json]
    students: list[Json]
    contacts: list[Json]
    legacy_contacts: list[Json]
    grants: list[Grant]
    restrictions: list[Restriction]
    truth: dict[str, str]
    known_without_current: dict[str, str]
    proposals: set[tuple[str, str, str]]
    scenarios: dict[str, str]

    def truth_without_current(self) -> dict[str, str]:
        """What must be found while nothing of v3 has been imported."""
        known = self.known_without_current
        return {grant_id: known.get(grant_id, "unchecked") for grant_id in self.truth}

    def expected_by_rule(self) -> dict[str, int]:
        """How often each rule must be found, proposals with the others."""
        counts = Counter(self.truth.values())
        counts["grant-missing"] = len(self.proposals)
        return dict(sorted(counts.items()))

    def expected_counts(self) -> dict[str, int]:
        """How many of each kind there are, and how many a scan must judge."""
        by_rule = self.expected_by_rule()
        entries = (each["roles"]["contact"] for each in self.contacts)
        return {
            "legacy_contacts": len(self.legacy_contacts),
            "contacts": len(self.contacts),
            "students": len(self.students),
            "entries": sum(len(role["student_relationships"]) for role in entries),
            "grant_rows": len(self.grants),
            "grants": len(self.truth),
            "expired": len(self.grants) - len(self.truth),
            "confirmed": by_rule.get("confirmed", 0),
            "other_basis": by_rule.get("other-basis", 0),
            "restrictions": len(self.restrictions),
            "proposals": len(self.proposals),
        }


def make_district(*, seed: int, contacts: int, today: date) -> District:
    """Make a district with exactly `contacts` v3 contacts; the same for the same seed.

    Orders and ends of grants lie around `today`, so that the truth stays true.
    """
    builder = Builder(
        seed=seed, contacts=contacts, today=today, district_id=DISTRICT_ID
    )
    with no_collection():
        if contacts:
            scenarios.published_example(builder)
        _fill(builder, _planned(builder, contacts - len(builder.contacts)))
    return District(
        seed=seed,
        today=today,
        id=DISTRICT_ID,
        name=DISTRICT_NAME,
        schools=[
            wire.school(district=DISTRICT_ID, school=each) for each in builder.schools
        ],
        students=_by_id(builder.students),
        contacts=_by_id(builder.contacts),
        legacy_contacts=_by_id(builder.legacy_contacts),
        grants=builder.grants,
        restrictions=builder.restrictions,
        truth=builder.truth,
        known_without_current=builder.known_without_current,
        proposals=builder.proposals,
        scenarios=builder.scenarios,
    )


@contextmanager
def no_collection() -> Iterator[None]:
    """Spare the collector millions of small objects, none of them in a circle.

    A quarter of the time would go into looking for circles that cannot be there.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _by_id(people: list[Json]) -> list[Json]:
    return sorted(people, key=lambda each: str(each["id"]))


def _planned(builder: Builder, contacts: int) -> Iterator[Scenario]:
    """Every scenario by its share, ordinary contacts for the rest, well mixed.

    In a small district the rare ones still take no more than a third.
    """
    rare: list[Scenario] = []
    for each in SCENARIOS:
        rare += [each] * max(1, round(each.share * contacts / SHARES_ARE_OF))
    builder.rng.shuffle(rare)
    if contacts < SHARES_ARE_OF // 2:
        rare = rare[: contacts // 3]
    rest = contacts - sum(each.contacts for each in rare)
    plan = rare + [ORDINARY] * rest
    builder.rng.shuffle(plan)
    return iter(plan)


def _fill(builder: Builder, plan: Iterator[Scenario]) -> None:
    """Make family after family until the plan is used up."""
    rng = builder.rng
    for first in plan:
        count = rng.choices(CONTACTS_A_FAMILY, CONTACTS_A_FAMILY_WEIGHTS)[0]
        members = [first, *islice(plan, count - 1)]
        size = rng.choices(FAMILY_SIZES, FAMILY_SIZE_WEIGHTS)[0]
        family = builder.family(max(size, *(each.least_students for each in members)))
        for member in members:
            builder.scenario = member.name
            member.make(builder, family)
        builder.stranger = family.students[0]
