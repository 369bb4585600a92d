"""A contact known to both versions, while its grants are made."""

from collections.abc import Iterable

from contacts.sandbox import people
from contacts.sandbox.building import Builder
from contacts.sandbox.cases import Case
from contacts.sandbox.people import Person, Student

Pairs = list[tuple[Student, Case]]


class Relative:
    """A contact whose two records found each other, with the case of each student.

    Remembers which classes are held and which an order forbids, so that `propose`
    can say exactly what a person should be asked to grant.
    """

    def __init__(
        self,
        builder: Builder,
        person: Person,
        pairs: Pairs,
        *,
        former: Iterable[Student] = (),
        legacy_id: str = "",
        contact_id: str = "",
    ) -> None:
        self.builder = builder
        self.pairs = pairs
        self._held: set[tuple[str, str]] = set()
        self._forbidden: set[tuple[str, str]] = set()
        self.legacy_id = builder.add_legacy(
            person,
            pairs[0][1].label,
            [*(student for student, _ in pairs), *former],
            legacy_id=legacy_id,
        )
        self.contact_id = builder.add_contact(
            _moved(builder, person),
            self.legacy_id,
            [(student, entry) for student, case in pairs for entry in case.entries],
            contact_id=contact_id,
        )

    def grant(
        self,
        student: Student | None,
        privilege_class: str,
        rule: str,
        *,
        case: Case | None = None,
        basis: str | None = None,
        named_by_v3: bool = False,
        without_current: str = "unchecked",
    ) -> None:
        student_id = student.id if student else ""
        self._held.add((student_id, privilege_class))
        self.builder.add_grant(
            self.contact_id if named_by_v3 else self.legacy_id,
            student_id,
            self.builder.privilege(privilege_class),
            rule,
            basis=basis,
            label=case.basis if case else None,
            without_current=without_current,
        )

    def grant_cases(self, pairs: Pairs | None = None) -> None:
        """Grant some classes of every pair; each must get what its case says."""
        rng = self.builder.rng
        for student, case in self.pairs if pairs is None else pairs:
            for each in self.builder.some_classes(case):
                by_v3 = rng.random() < 0.03
                self.grant(
                    student, each, case.rules[each], case=case, named_by_v3=by_v3
                )

    def forbid(self, student: Student | None, privilege_classes: Iterable[str]) -> None:
        student_id = student.id if student else ""
        self._forbidden.update((student_id, each) for each in privilege_classes)

    def forbids(self, student_id: str, privilege_class: str) -> bool:
        return _told_of(self._forbidden, student_id, privilege_class)

    def propose(self) -> None:
        """Write down what a person must be asked to grant, once all else is known."""
        for student, case in self.pairs:
            for each in case.proposes:
                held = _told_of(self._held, student.id, each)
                if not held and not self.forbids(student.id, each):
                    self.builder.proposals.add((self.contact_id, student.id, each))


def _told_of(
    known: set[tuple[str, str]], student_id: str, privilege_class: str
) -> bool:
    """Whether a class is in a set for this student, or for every student."""
    return (student_id, privilege_class) in known or ("", privilege_class) in known


def _moved(builder: Builder, person: Person) -> Person:
    """The person as v3 knows it: now and then with a newer address or phone."""
    if builder.rng.random() < 0.92:
        return person
    fresh = people.reachable(builder.rng, person)
    if builder.rng.random() < 0.5:
        return person._replace(phone=fresh.phone)
    return fresh
