"""The district while it is being made: people, files and truth, side by side."""

import random
from collections.abc import Iterable
from datetime import UTC, date, datetime

from contacts.sandbox import names, people, rows, wire
from contacts.sandbox.cases import CLASSES, PRIVILEGES, Case, Label
from contacts.sandbox.ledger import Ledger
from contacts.sandbox.people import Family, Person, School, Student
from contacts.sandbox.wire import Json

NOT_JUDGED = {"other-basis", "privilege-unmapped"}
LEVELS = ((0, 5, "Elementary School"), (6, 8, "Middle School"), (9, 12, "High School"))
JUDGED_BASES = ("v2_relationship", "v2_relationship", "")


class Builder(Ledger):
    """Makes people and writes down at once what is true of them.

    Everything random comes from one generator, so one seed gives one district.
    """

    def __init__(
        self, *, seed: int, contacts: int, today: date, district_id: str
    ) -> None:
        rng = random.Random(seed)  # noqa: S311 - make-believe, must repeat
        super().__init__(rng, today=today)
        self.district_id = district_id
        self.schools: list[School] = []
        self.students: list[Json] = []
        self.contacts: list[Json] = []
        self.legacy_contacts: list[Json] = []
        self.known_without_current: dict[str, str] = {}
        self.proposals: set[tuple[str, str, str]] = set()
        self.scenarios: dict[str, str] = {}
        self.scenario = ""
        self.stranger: Student | None = None
        self._student_ids = self._ids(2019, 2023, contacts)
        self.legacy_ids = self._ids(2019, 2024, contacts)
        self._contact_ids = self._ids(2024, 2025, contacts)
        self._add_schools(min(20, 6 + contacts // 400))

    def _ids(self, since: int, until: int, expected: int) -> rows.ObjectIds:
        ids = rows.ObjectIds(
            self.rng,
            since=datetime(since, 8, 1, 6, tzinfo=UTC),
            until=datetime(until, 6, 1, tzinfo=UTC),
        )
        ids.spread(expected)
        return ids

    def _add_schools(self, count: int) -> None:
        ids = self._ids(2018, 2019, 40)
        for place in range(count):
            low, high, kind = LEVELS[min(place % 4, 2) if place % 4 else 0]
            name = f"{names.SCHOOL_NAMES[place]} {kind}"
            self.schools.append(School(ids.next(), name, low, high))

    # People

    def family(self, size: int) -> Family:
        kin = names.pick_culture(self.rng)
        surname = names.family_name(self.rng, kin)
        family = Family(kin, surname, [], set())
        for _ in range(size):
            self.add_student(family)
        return family

    def add_student(
        self,
        family: Family,
        *,
        student_id: str = "",
        surname: str = "",
        shared: bool = True,
        adult: bool = False,
    ) -> Student:
        """Add a student to a family; one not shared is missing from v3's answers."""
        rng = self.rng
        school = rng.choice(self.schools)
        student = Student(
            id=student_id or self._student_ids.next(),
            first=names.given_name(rng, family.kin),
            middle="" if adult or rng.random() < 0.7 else rng.choice(family.kin.given),
            last=surname or family.surname,
            email="",
            grade=12 if adult else rng.randint(school.low_grade, school.high_grade),
            school=school,
        )
        student = student._replace(email=people.student_email(student))
        family.students.append(student)
        family.taken.update(people.names_of(student))
        if shared:
            self.students.append(
                wire.student(rng, district=self.district_id, student=student)
            )
        return student

    def person(self, family: Family, *, name: str = "") -> Person:
        """A contact of the family whose name nobody else in the family bears.

        Two contacts of one student with one name could be taken for one person made
        anew, so a shared name is given on purpose or not at all.
        """
        while not name or name.casefold() in family.taken:
            surname = people.contact_surname(self.rng, family)
            name = names.full_name(self.rng, family.kin, surname)
        family.taken.add(name.casefold())
        return people.person(self.rng, name)

    # What the two versions say

    def add_legacy(
        self,
        person: Person,
        label: Label,
        students: Iterable[Student],
        *,
        legacy_id: str = "",
    ) -> str:
        legacy_id = legacy_id or self.legacy_ids.next()
        self.legacy_contacts.append(
            wire.legacy_contact(
                self.rng,
                legacy_id=legacy_id,
                district=self.district_id,
                person=person,
                label=label,
                students=[student.id for student in students],
            )
        )
        self.scenarios[legacy_id] = self.scenario
        return legacy_id

    def add_contact(
        self,
        person: Person,
        legacy_id: str,
        entries: Iterable[tuple[Student, Label]],
        *,
        contact_id: str = "",
    ) -> str:
        contact_id = contact_id or self._contact_ids.next()
        self.contacts.append(
            wire.contact(
                self.rng,
                contact_id=contact_id,
                legacy_id=legacy_id,
                district=self.district_id,
                person=person,
                entries=[(student.id, label) for student, label in entries],
            )
        )
        self.scenarios[contact_id] = self.scenario
        return contact_id

    # The customer's files

    def add_grant(
        self,
        contact_id: str,
        student_id: str,
        privilege: str,
        rule: str,
        *,
        basis: str | None = None,
        label: Label | None = None,
        expires_at: str = "",
        without_current: str = "unchecked",
    ) -> None:
        """Write a grant down together with the rule it must get."""
        grant_id = self.file_grant(
            contact_id,
            privilege,
            rule,
            student_id=student_id,
            bases=JUDGED_BASES if basis is None else (basis,),
            basis_label=label or ("", ""),
            expires_at=expires_at,
        )
        kept = rule if rule in NOT_JUDGED else without_current
        if kept != "unchecked":
            self.known_without_current[grant_id] = kept

    def add_expired_grant(
        self, contact_id: str, student_id: str, privilege: str, *, days_ago: int
    ) -> None:
        """A grant that has run out: counted, and neither judged nor held."""
        ended = self.days_ago(days_ago)
        self.add_grant(contact_id, student_id, privilege, "", expires_at=ended)
        del self.truth[self.grants[-1].grant_id]

    def privilege(self, privilege_class: str) -> str:
        return self.one_of(PRIVILEGES[privilege_class])

    def some_classes(self, case: Case) -> list[str]:
        """The classes a customer once granted on this case: some, in fixed order."""
        if case.held_whole:
            return list(CLASSES)
        wanted = {each for each in case.rules if self.rng.random() < 0.62}
        return [each for each in case.rules if each in wanted] or list(case.rules)[:1]
