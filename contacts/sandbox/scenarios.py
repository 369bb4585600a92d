"""Contacts whose v2 and v3 records find each other: what their grants must get.

A scenario makes one contact (sometimes two, sometimes none) in a family, and the
grants that a customer once gave on the v2 label, each with the rule it must get.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from contacts.sandbox import names
from contacts.sandbox.building import Builder
from contacts.sandbox.cases import (
    ODD,
    ORDINARY,
    SAME,
    SAME_BY_LABEL,
    UNMAPPED_PRIVILEGES,
    Case,
    label,
)
from contacts.sandbox.people import Family, Person
from contacts.sandbox.relatives import Relative


class Scenario(NamedTuple):
    """A way to make contacts; `share` is how often in a district of 1,500."""

    name: str
    make: Callable[[Builder, Family], None]
    share: int
    contacts: int = 1
    least_students: int = 1


def ordinary(builder: Builder, family: Family) -> None:
    """The label fits every student and supports every grant: most contacts."""
    rng = builder.rng
    case = rng.choices([each for each, _ in ORDINARY], [w for _, w in ORDINARY])[0]
    students = family.students
    if len(students) > 1 and rng.random() < 0.12:
        students = rng.sample(students, len(students) - 1)
    granted = case._replace(rules=dict.fromkeys(case.confirmed_classes, "confirmed"))
    person = builder.person(family)
    if rng.random() < 0.007:
        person = person._replace(name="")
    Relative(builder, person, [(each, granted) for each in students]).grant_cases()


def odd(builder: Builder, family: Family, *, case: Case) -> None:
    """One student stands in a case of its own; the label fits the others if it can."""
    if case.own_record:
        own_record(builder, family, case=case)
        return
    other = case if case.basis else SAME_BY_LABEL.get(case.label, case)
    lead, *others = family.students
    pairs = [(lead, case), *((each, other) for each in others)]
    relative = Relative(builder, builder.person(family), pairs)
    granted = [(each, _supported(given, case)) for each, given in pairs]
    relative.grant_cases(granted)
    relative.propose()


def _supported(given: Case, lead: Case) -> Case:
    """Beside the odd student, only grants that the label supported were given."""
    if given is lead:
        return given
    return given._replace(rules=dict.fromkeys(given.confirmed_classes, "confirmed"))


def own_record(builder: Builder, family: Family, *, case: Case) -> None:
    """A student of age is their own contact: both bear one name."""
    student = builder.add_student(family, adult=True)
    family.taken.discard(student.full_name.casefold())
    person = builder.person(family, name=student.full_name)
    Relative(builder, person, [(student, case)]).grant_cases()


def _guardian(builder: Builder, family: Family) -> Relative:
    """An ordinary parent of all students, with nothing granted yet."""
    pairs = [(each, SAME) for each in family.students]
    return Relative(builder, builder.person(family), pairs)


def _hidden_guardian(builder: Builder, family: Family) -> Relative:
    """A parent whom v2 called an aunt: v3 supports more than was granted."""
    proposes = frozenset(SAME.rules) - {"emergency"}
    case = SAME._replace(
        label=label("A Family"),
        rules=dict.fromkeys(SAME.rules, "relationship-differs"),
        proposes=proposes,
    )
    pairs = [(each, case) for each in family.students]
    return Relative(builder, builder.person(family), pairs)


def lost_student(builder: Builder, family: Family, *, left: bool) -> None:
    """v2 listed a student for whom v3 has no entry; some have left the district."""
    former = builder.add_student(family, shared=not left)
    family.students.remove(former)
    pairs = [(each, SAME) for each in family.students]
    relative = Relative(builder, builder.person(family), pairs, former=[former])
    relative.grant_cases()
    for each in builder.some_classes(SAME):
        relative.grant(former, each, "not-related")


def never_related(builder: Builder, family: Family) -> None:
    """A grant for a student whom neither version ever tied to the contact."""
    relative = _guardian(builder, family)
    relative.grant_cases()
    if builder.stranger:
        relative.grant(builder.stranger, "emergency", "not-related")
        relative.grant(builder.stranger, "records", "not-related")


def unresolved_student(builder: Builder, family: Family) -> None:
    """A grant names a student whom no data holds."""
    relative = _guardian(builder, family)
    relative.grant_cases()
    nobody = family.students[0]._replace(id=builder.legacy_ids.next())
    for each in builder.some_classes(SAME):
        relative.grant(nobody, each, "student-unresolved")


def unshared_student(builder: Builder, family: Family) -> None:
    """v3 tells the relationship, but the student's own record is not shared."""
    student = builder.add_student(family, shared=False)
    family.students.remove(student)
    Relative(builder, builder.person(family), [(student, SAME)]).grant_cases()


def contact_wide(builder: Builder, family: Family) -> None:
    """A grant without a student: it covers whoever the contact is tied to."""
    relative = _guardian(builder, family)
    relative.grant_cases()
    for each in builder.rng.sample(list(SAME.rules), 2):
        relative.grant(None, each, "contact-wide")


def contact_wide_holds(builder: Builder, family: Family) -> None:
    """A contact-wide grant counts as held: nothing more of its class is proposed."""
    relative = _hidden_guardian(builder, family)
    relative.grant(None, "records", "contact-wide")
    relative.grant(None, "general_messages", "contact-wide", named_by_v3=True)
    relative.propose()


def other_basis(builder: Builder, family: Family, *, basis: str) -> None:
    """A grant that rests on something else than the provider's data."""
    relative = _guardian(builder, family)
    relative.grant_cases()
    relative.grant(family.students[0], "release", "other-basis", basis=basis)
    relative.grant(None, "records", "other-basis", basis=basis)
    unmapped = names_unmapped(builder)
    builder.add_grant(relative.legacy_id, "", unmapped, "other-basis", basis=basis)


def other_basis_holds(builder: Builder, family: Family) -> None:
    """What is held on another basis is not proposed again."""
    relative = _hidden_guardian(builder, family)
    relative.grant(family.students[0], "records", "other-basis", basis="court_order")
    relative.propose()


def names_unmapped(builder: Builder) -> str:
    return builder.rng.choice(UNMAPPED_PRIVILEGES)


def unmapped(builder: Builder, family: Family) -> None:
    """A privilege that belongs to no class."""
    relative = _guardian(builder, family)
    relative.grant_cases()
    for student in family.students:
        privilege, contact_id = names_unmapped(builder), relative.legacy_id
        builder.add_grant(contact_id, student.id, privilege, "privilege-unmapped")


def expired(builder: Builder, family: Family) -> None:
    """Grants that have run out beside one that runs out today and still counts."""
    relative = _guardian(builder, family)
    relative.grant_cases()
    student, today = family.students[0], str(builder.today)
    contact_id = relative.legacy_id
    builder.add_expired_grant(contact_id, student.id, "view_grades", days_ago=1)
    builder.add_expired_grant(contact_id, student.id, "pick_up", days_ago=400)
    builder.add_grant(
        contact_id, student.id, "newsletter", "confirmed", expires_at=today
    )


def expired_not_held(builder: Builder, family: Family) -> None:
    """An expired grant is not held, so the class is proposed all the same."""
    relative = _hidden_guardian(builder, family)
    student = family.students[0]
    builder.add_expired_grant(relative.legacy_id, student.id, "view_grades", days_ago=1)
    relative.grant(student, "release", "relationship-differs")
    relative.propose()


EXAMPLE_CONTACT = "63850203bfb8460546071ef6"
EXAMPLE_LEGACY = "63850203bfb8460546071e7e"
EXAMPLE_NEPHEWS = ("63850203bfb8460546071e62", "672936fc65fc4500ced13260")
EXAMPLE_CHILD = "63850203bfb8460546071e6e"


def published_example(builder: Builder) -> None:
    """The contact of Clever's migration page: a father to one, an uncle to two.

    Source: dev.clever.com, "Migrating from v2.x Contacts to v3.x Contacts".
    """
    builder.scenario = "published example"
    family = Family(names.CULTURES[0], "Hale", [], set())
    uncle = next(case for case, _ in ODD if case.name.endswith("Guardian -> A Family"))
    child = builder.add_student(family, student_id=EXAMPLE_CHILD, surname="Collins")
    nephews = [builder.add_student(family, student_id=each) for each in EXAMPLE_NEPHEWS]
    pairs = [*((nephew, uncle) for nephew in nephews), (child, SAME)]
    relative = Relative(
        builder,
        Person(
            "Aaron Collins",
            "aaron.collins@example.com",
            "1-(330) 280-1898",
            "Other",
            "",
        ),
        pairs,
        legacy_id=EXAMPLE_LEGACY,
        contact_id=EXAMPLE_CONTACT,
    )
    for student, case in pairs:
        for each, rule in case.rules.items():
            relative.grant(student, each, rule)
    builder.stranger = child


def _odd_scenario(case: Case, share: int) -> Scenario:
    fits = case.label in case.entries or case.basis or case.own_record
    least = 1 if fits else 2
    return Scenario(case.name, partial(odd, case=case), share, least_students=least)


SCENARIOS = (
    *(_odd_scenario(case, share) for case, share in ODD),
    Scenario("lost student", partial(lost_student, left=False), 5),
    Scenario("student who left", partial(lost_student, left=True), 3),
    Scenario("never related", never_related, 3),
    Scenario("unresolved student", unresolved_student, 3),
    Scenario("unshared student", unshared_student, 3),
    Scenario("contact-wide", contact_wide, 5),
    Scenario("contact-wide holds", contact_wide_holds, 3),
    Scenario("court order", partial(other_basis, basis="court_order"), 3),
    Scenario("district form", partial(other_basis, basis="district_form"), 3),
    Scenario("by hand", partial(other_basis, basis="manual"), 3),
    Scenario("consent", partial(other_basis, basis="consent"), 3),
    Scenario("other basis holds", other_basis_holds, 3),
    Scenario("unmapped privilege", unmapped, 4),
    Scenario("expired", expired, 4),
    Scenario("expired is not held", expired_not_held, 3),
)
