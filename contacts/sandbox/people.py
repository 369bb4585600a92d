"""Make-believe people: contacts, students, and the families they belong to."""

import random
from typing import NamedTuple

from contacts.sandbox import names

PHONE_FORMATS = (
    "1-({0}) {1}-{2}",
    "({0}) {1}-{2}",
    "{0}-{1}-{2}",
    "{0}.{1}.{2}",
    "{0}{1}{2}",
    "+1 {0} {1} {2}",
    "1{0}{1}{2}",
    "{0}-{1}-{2} ext. 7",
)
MAIL_HOSTS = ("example.com", "example.org", "example.net", "mail.example")
PHONE_TYPES = ("Cell", "Cell", "Cell", "Home", "Work", "Other")


class Person(NamedTuple):
    """What both versions say of a contact, apart from ids and relationships."""

    name: str
    email: str
    phone: str
    phone_type: str
    sis_id: str


class School(NamedTuple):
    id: str
    name: str
    low_grade: int
    high_grade: int


class Student(NamedTuple):
    id: str
    first: str
    middle: str
    last: str
    email: str
    grade: int
    school: School

    @property
    def full_name(self) -> str:
        return f"{self.first} {self.last}"


class Family(NamedTuple):
    """Students who share a household, and the names its contacts already bear."""

    kin: names.Culture
    surname: str
    students: list[Student]
    taken: set[str]


def names_of(student: Student) -> set[str]:
    """Every form of the student's name that no contact of the family may bear."""
    whole = f"{student.first} {student.middle} {student.last}"
    return {student.full_name.casefold(), whole.casefold()}


def student_email(student: Student) -> str:
    local = names.ascii_letters(student.first + student.last) or "student"
    return f"{local}.{student.id[-4:]}@students.example"


def contact_surname(rng: random.Random, family: Family) -> str:
    """Mostly the family's own name, else a name of the same culture or of another."""
    if rng.random() < 0.72:
        return family.surname
    kin = family.kin if rng.random() < 0.7 else names.pick_culture(rng)
    return names.family_name(rng, kin)


def person(rng: random.Random, name: str) -> Person:
    return Person(
        name=name,
        email=_email(rng, name),
        phone=_phone(rng) if rng.random() < 0.9 else "",
        phone_type=rng.choice(PHONE_TYPES),
        sis_id=f"{int(rng.random() * 10**7):08d}" if rng.random() < 0.4 else "",
    )


def _email(rng: random.Random, name: str) -> str:
    """An address as schools hold it: sometimes none, shared, or no address at all."""
    chance = rng.random()
    if chance < 0.12:
        return ""
    local = names.ascii_letters(name) or "family"
    if chance < 0.9:
        local += str(int(rng.random() * 1000))
    if chance > 0.99:
        return f"{local} at mail"
    return f"{local}@{rng.choice(MAIL_HOSTS)}"


def _phone(rng: random.Random) -> str:
    """A number nobody has: the exchange 555-01xx is kept free for fiction."""
    area, line = rng.randint(201, 989), f"01{rng.randrange(100):02d}"
    return rng.choice(PHONE_FORMATS).format(area, 555, line)


def reachable(rng: random.Random, person: Person) -> Person:
    """The same person with a new e-mail address of their own and a new phone."""
    local = names.ascii_letters(person.name) or "family"
    email = f"{local}.{rng.getrandbits(32):08x}@{rng.choice(MAIL_HOSTS)}"
    return person._replace(email=email, phone=_phone(rng))
