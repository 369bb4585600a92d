"""Contacts whose v2 record finds no v3 record, or more than one.

Every near miss stands here too: a namesake that must not be taken for the contact.
"""

from collections.abc import Iterable
from functools import partial

from contacts.sandbox import people
from contacts.sandbox.building import Builder
from contacts.sandbox.cases import SAME, Label, label
from contacts.sandbox.people import Family, Person, Student
from contacts.sandbox.relatives import Relative
from contacts.sandbox.scenarios import Scenario


def _known_person(builder: Builder, family: Family) -> Person:
    """Somebody with a name, an e-mail address and a phone, and no id of the SIS.

    Without an id of the SIS the provider makes a contact anew at every edit.
    """
    return people.reachable(builder.rng, builder.person(family))._replace(sis_id="")


def _grants(
    builder: Builder, contact_ids: list[str], students: Iterable[Student], rule: str
) -> None:
    for student in students:
        for each in builder.some_classes(SAME):
            contact_id, privilege = (
                builder.rng.choice(contact_ids),
                builder.privilege(each),
            )
            builder.add_grant(contact_id, student.id, privilege, rule)


def _newcomer(
    builder: Builder, person: Person, students: list[Student], entry: Label
) -> tuple[str, str]:
    """A v3 contact of whom no v2 record is stored: its v2 id, then its v3 id."""
    legacy_id = builder.legacy_ids.next()
    entries = [(student, entry) for student in students]
    return legacy_id, builder.add_contact(person, legacy_id, entries)


def gone(builder: Builder, family: Family) -> None:
    """v3 does not know the contact any more, and nobody resembles it."""
    person = builder.person(family)
    legacy_id = builder.add_legacy(person, SAME.label, family.students)
    _grants(builder, [legacy_id], family.students, "contact-gone")
    builder.add_grant(legacy_id, "", "emergency_call", "contact-gone")


def _gone_beside(
    builder: Builder, family: Family, person: Person, namesake: Person
) -> None:
    legacy_id = builder.add_legacy(person, SAME.label, family.students)
    _newcomer(builder, namesake, family.students, SAME.label)
    _grants(builder, [legacy_id], family.students, "contact-gone")


def gone_beside_other_address(builder: Builder, family: Family) -> None:
    """A namesake of the same student, with another e-mail and another phone."""
    person = _known_person(builder, family)
    _gone_beside(builder, family, person, _elsewhere(builder, person))


def _elsewhere(builder: Builder, person: Person) -> Person:
    """The same name with another address and, surely, another phone."""
    other = people.reachable(builder.rng, person)
    return other._replace(phone=f"{other.phone} ext. 42")


def gone_beside_nothing_told(builder: Builder, family: Family) -> None:
    """A namesake of the same student; neither has an address: empty never matches."""
    person = _known_person(builder, family)._replace(email="", phone="")
    _gone_beside(builder, family, person, person)


def gone_beside_other_student(builder: Builder, family: Family) -> None:
    """A namesake with the same address, of another student only."""
    person = _known_person(builder, family)
    legacy_id = builder.add_legacy(person, SAME.label, list(family.students))
    _grants(builder, [legacy_id], list(family.students), "contact-gone")
    other = builder.add_student(family)
    family.students.remove(other)
    _newcomer(builder, person, [other], SAME.label)


def gone_beside_matched(builder: Builder, family: Family) -> None:
    """A namesake with the same address who is another legacy contact's match."""
    person = _known_person(builder, family)
    legacy_id = builder.add_legacy(person, SAME.label, family.students)
    _grants(builder, [legacy_id], family.students, "contact-gone")
    pairs = [(each, SAME) for each in family.students]
    Relative(builder, person, pairs).grant_cases()


def recreated(builder: Builder, family: Family, *, same: str) -> None:
    """Exactly one newcomer is the contact made anew, told by its address."""
    person = _known_person(builder, family)
    legacy_id = builder.add_legacy(person, SAME.label, family.students)
    anew = _elsewhere(builder, person)._replace(**{same: getattr(person, same)})
    _newcomer(builder, _retyped(anew), family.students[:1], SAME.label)
    _grants(builder, [legacy_id], family.students, "contact-recreated")
    builder.add_grant(legacy_id, "", "newsletter", "contact-recreated")


def _retyped(person: Person) -> Person:
    """The same person typed in again, in capitals and with blanks around."""
    capitals = person.name.upper()
    if capitals.casefold() != person.name.casefold():
        capitals = person.name
    return person._replace(name=f" {capitals} ", email=person.email.title())


def twins(builder: Builder, family: Family) -> None:
    """Two v3 contacts claim one v2 id; a grant under either is in doubt too."""
    person = _known_person(builder, family)
    legacy_id = builder.add_legacy(person, SAME.label, family.students)
    entries = ((each, SAME.label) for each in family.students)
    first = builder.add_contact(person, legacy_id, entries)
    aunt = ((each, label("A Family")) for each in family.students[-1:])
    second = builder.add_contact(person, legacy_id, aunt)
    ids = [legacy_id, legacy_id, first, second]
    _grants(builder, ids, family.students, "contact-ambiguous")


def several_candidates(builder: Builder, family: Family) -> None:
    """Two newcomers could each be the contact made anew."""
    person = _known_person(builder, family)
    legacy_id = builder.add_legacy(person, SAME.label, family.students)
    by_email = _elsewhere(builder, person)._replace(email=person.email)
    by_phone = _elsewhere(builder, person)._replace(phone=person.phone)
    _newcomer(builder, by_email, family.students, SAME.label)
    _newcomer(builder, by_phone, family.students[:1], label("A Family"))
    _grants(builder, [legacy_id], family.students, "contact-ambiguous")


def unknown(builder: Builder, family: Family) -> None:
    """Grants for a contact whom neither version holds."""
    nobody = [builder.legacy_ids.next()]
    _grants(builder, nobody, family.students[:1], "unknown-contact")
    builder.add_grant(nobody[0], "", "announcements", "unknown-contact")


def newcomer(builder: Builder, family: Family) -> None:
    """A contact that came after v2: no stored record, no grant, nothing to find."""
    _newcomer(builder, builder.person(family), family.students, SAME.label)


def newcomer_with_basis(builder: Builder, family: Family) -> None:
    """No v2 record is stored, but the grant tells itself what it was given on."""
    person = builder.person(family)
    ids = _newcomer(builder, person, family.students, SAME.label)
    for student in family.students:
        contact_id = builder.rng.choice(ids)
        builder.add_grant(
            contact_id, student.id, "view_grades", "confirmed", label=SAME.label
        )
        builder.add_grant(contact_id, student.id, "pick_up", "relationship-differs")


def newcomer_without_support(builder: Builder, family: Family) -> None:
    """No v2 record, no basis told, and v3 does not support the grant either."""
    person, student = builder.person(family), family.students[0]
    legacy_id, _ = _newcomer(builder, person, [student], label("G Emergency"))
    builder.add_grant(legacy_id, student.id, "view_health", "never-supported")
    builder.add_grant(legacy_id, student.id, "emergency_call", "relationship-differs")


CROSSWALK_SCENARIOS = (
    Scenario("gone", gone, 10, contacts=0),
    Scenario("gone beside another address", gone_beside_other_address, 3),
    Scenario("gone beside no address", gone_beside_nothing_told, 3),
    Scenario("gone beside another student", gone_beside_other_student, 3),
    Scenario("gone beside a matched namesake", gone_beside_matched, 3),
    Scenario("recreated, same e-mail", partial(recreated, same="email"), 4),
    Scenario("recreated, same phone", partial(recreated, same="phone"), 3),
    Scenario("two claim one id", twins, 3, contacts=2),
    Scenario("two candidates", several_candidates, 3, contacts=2),
    Scenario("unknown contact", unknown, 4, contacts=0),
    Scenario("newcomer", newcomer, 20),
    Scenario("newcomer with a basis", newcomer_with_basis, 3),
    Scenario("newcomer without support", newcomer_without_support, 3),
)
