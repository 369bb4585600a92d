"""Contacts under an order or instruction, in force and not in force."""

from functools import partial
from typing import NamedTuple

from contacts.sandbox.building import Builder
from contacts.sandbox.cases import CLASSES, SAME, label
from contacts.sandbox.people import Family, Student
from contacts.sandbox.relatives import Relative
from contacts.sandbox.scenarios import Scenario


class Order(NamedTuple):
    """One kind of row in the restrictions file; days count from today."""

    name: str
    kind: str
    classes: str = ""
    everywhere: bool = False
    starts: int = -100
    ends: int | None = None
    in_force: bool = True
    named_by_v3: bool = False

    @property
    def forbidden(self) -> tuple[str, ...]:
        if not self.in_force:
            return ()
        return tuple(self.classes.split(";")) if self.classes else CLASSES


ORDERS = (
    Order("court order, one student", "court_order"),
    Order("court order, open end", "court_order", everywhere=True),
    Order("court order, two classes", "court_order", classes="records;release"),
    Order("protection order", "protection_order", everywhere=True, ends=365),
    Order("protection order, by v3 id", "protection_order", named_by_v3=True),
    Order("release ban", "release_ban", classes="release", ends=30),
    Order("release ban, everywhere", "release_ban", classes="release", everywhere=True),
    Order("instruction", "district_instruction", classes="act;record_messages"),
    Order("order that ends today", "court_order", ends=0),
    Order("order that starts today", "court_order", starts=0),
    Order("order that ended", "court_order", ends=-1, in_force=False),
    Order("order to come", "release_ban", starts=1, in_force=False),
    Order("custody paper", "custody_document", in_force=False),
    Order(
        "custody paper, everywhere", "custody_document", everywhere=True, in_force=False
    ),
)


def _file(builder: Builder, relative: Relative, order: Order) -> Student | None:
    """Write the order down; gives the one student it is about, if it is about one."""
    student = None if order.everywhere else relative.pairs[0][0]
    relative.forbid(student, order.forbidden)
    builder.add_restriction(
        relative.contact_id if order.named_by_v3 else relative.legacy_id,
        student.id if student else "",
        kind=order.kind,
        classes=order.classes,
        starts=order.starts,
        ends=order.ends,
    )
    return student


def restricted(builder: Builder, family: Family, *, order: Order) -> None:
    """A parent with everything granted, and one order."""
    pairs = [(each, SAME) for each in family.students]
    relative = Relative(builder, builder.person(family), pairs)
    _file(builder, relative, order)
    for student in family.students:
        for each in builder.some_classes(SAME):
            _grant(relative, order, student, each)
    for each in ("records", "general_messages"):
        _grant_contact_wide(relative, order, each)


def _grant(relative: Relative, order: Order, student: Student, each: str) -> None:
    if relative.forbids(student.id, each):
        relative.grant(student, each, "restricted", without_current=_early(order))
    else:
        relative.grant(student, each, "confirmed")


def _grant_contact_wide(relative: Relative, order: Order, each: str) -> None:
    """An order for one student covers the grant that covers all students."""
    if each in order.forbidden:
        relative.grant(None, each, "restricted", without_current=_early(order))
    else:
        relative.grant(None, each, "contact-wide")


def _early(order: Order) -> str:
    """Before any v3 import an order that names a v3 id cannot find its contact."""
    return "unchecked" if order.named_by_v3 else "restricted"


def restricted_other_basis(builder: Builder, family: Family) -> None:
    """An order stands above a grant by hand."""
    pairs = [(each, SAME) for each in family.students]
    relative = Relative(builder, builder.person(family), pairs)
    student = _file(builder, relative, Order("", "district_instruction", classes="act"))
    relative.grant(
        student, "act", "restricted", basis="manual", without_current="restricted"
    )
    relative.grant(student, "records", "other-basis", basis="manual")


def restricted_gone(builder: Builder, family: Family) -> None:
    """An order about a contact whom v3 no longer knows still holds."""
    legacy_id = builder.add_legacy(builder.person(family), SAME.label, family.students)
    builder.add_restriction(legacy_id, "", kind="release_ban", classes="release")
    for student in family.students:
        builder.add_grant(
            legacy_id,
            student.id,
            "pick_up",
            "restricted",
            without_current="restricted",
        )
        builder.add_grant(legacy_id, student.id, "view_grades", "contact-gone")


def restricted_hidden_guardian(builder: Builder, family: Family) -> None:
    """What an order forbids is never proposed, though v3 would support it."""
    case = SAME._replace(label=label("A Family"), proposes=frozenset(CLASSES[:5]))
    pairs = [(each, case) for each in family.students]
    relative = Relative(builder, builder.person(family), pairs)
    order = Order("", "court_order", classes="records;release;act")
    student = _file(builder, relative, order)
    relative.grant(student, "emergency", "relationship-differs")
    relative.propose()


def order_about_nobody(builder: Builder, family: Family) -> None:  # noqa: ARG001
    """An order about a contact whom no data holds: kept, shown, covers nothing."""
    nobody = builder.legacy_ids.next()
    builder.add_restriction(nobody, "", kind="protection_order")


ORDER_SCENARIOS = (
    *(Scenario(each.name, partial(restricted, order=each), 2) for each in ORDERS),
    Scenario("restricted, by hand", restricted_other_basis, 3),
    Scenario("restricted and gone", restricted_gone, 3, contacts=0),
    Scenario("restricted, hidden guardian", restricted_hidden_guardian, 3),
    Scenario("order about nobody", order_about_nobody, 2, contacts=0),
)
