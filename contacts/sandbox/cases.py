"""What must be found for one contact and one student, written out by hand.

A case is a v2 label, the v3 entries for the student, and for each privilege class the
rule that a grant of that class must get under the policy as shipped. The table is
truth for tests and must not be worked out by the code it tests: so it is data, and
nothing here knows how a rule is judged.
"""

from typing import NamedTuple

CLASSES = (
    "records",
    "release",
    "act",
    "record_messages",
    "general_messages",
    "emergency",
)

PRIVILEGES = {
    "records": ("view_grades", "view_attendance", "view_health", "records"),
    "release": ("pick_up", "pick_up", "pick_up", "release"),
    "act": ("sign_forms", "pay_fees", "edit_profile", "act"),
    "record_messages": ("message_teacher", "progress_reports"),
    "general_messages": ("newsletter", "announcements"),
    "emergency": ("emergency_call",),
}
UNMAPPED_PRIVILEGES = ("view_bus_route", "lunch_balance", "library_holds")

RULES = {
    "C": "confirmed",
    "D": "relationship-differs",
    "E": "relationship-empty",
    "N": "never-supported",
    "S": "self-for-another",
    "U": "relationship-unrecognised",
    "W": "relationship-weaker",
    "X": "entries-conflict",
}

RELATIONSHIPS = {
    "A": "Aunt/Uncle",
    "G": "Grandparent",
    "O": "Other",
    "P": "Parent",
    "B": "Sibling",
    "S": "Self",
    "?": "Guardian",
    "-": "",
}


class Label(NamedTuple):
    """A relationship and its type, as either API version tells them."""

    relationship: str
    type: str


class Case(NamedTuple):
    """One pair of contact and student; `rules` lacks the classes never granted."""

    name: str
    label: Label
    entries: tuple[Label, ...]
    rules: dict[str, str]
    proposes: frozenset[str]
    basis: Label | None
    own_record: bool
    held_whole: bool

    @property
    def confirmed_classes(self) -> list[str]:
        return [each for each, rule in self.rules.items() if rule == "confirmed"]


def label(text: str) -> Label:
    """`P Family` is Parent/Family; `P` alone Parent with no type.

    Anything with a `|` is taken as it stands, for odd spellings.
    """
    if "|" in text:
        relationship, _, kind = text.partition("|")
        return Label(relationship, kind)
    relationship, _, kind = text.partition(" ")
    return Label(RELATIONSHIPS[relationship], kind)


def case(
    stored: str,
    entries: str,
    rules: str,
    *,
    proposes: str = "",
    basis: str = "",
    own_record: bool = False,
    held_whole: bool = False,
) -> Case:
    """Read one line of the table: six letters of RULES in the order of CLASSES.

    A `-` stands for a class that is not granted: the published rules leave it open.
    `proposes` names the classes that a person should be asked to grant if none is held.
    """
    pairs = zip(CLASSES, rules, strict=True)
    found = {each: RULES[letter] for each, letter in pairs if letter != "-"}
    return Case(
        name=f"{stored} -> {entries}" + (f" on {basis}" if basis else ""),
        label=label(stored),
        entries=tuple(label(text) for text in entries.split(", ")),
        rules=found,
        proposes=frozenset(proposes.split()),
        basis=label(basis) if basis else None,
        own_record=own_record,
        held_whole=held_whole,
    )


GUARDIAN = "P Parent/Guardian"
SAME = case(GUARDIAN, GUARDIAN, "CCCCCC")
SENSITIVE = "records release act record_messages"
ALL_BUT_EMERGENCY = f"{SENSITIVE} general_messages"

# The label fits every student: what most contacts are. The number is the weight.
ORDINARY = (
    (SAME, 64),
    (case("P Primary", "P Primary", "CCCCCC"), 9),
    (case("P Secondary", "P Secondary", "CCCCCC"), 5),
    (case("G Emergency", "G Emergency", "NNNNNC"), 6),
    (case("A Emergency", "A Emergency", "NNNNNC"), 3),
    (case("O Emergency", "O Emergency", "NNNNNC"), 3),
    (case("B Emergency", "B Emergency", "NNNNNC"), 2),
    (case("G Family", "G Family", "NNNNNC"), 2),
    (case("A Family", "A Family", "NNNNNC"), 2),
    (case("P Emergency", "P Emergency", "NNNNCC"), 2),
    (case("P Family", "P Family", "NNNNCC"), 1),
    (case("P Other", "P Other", "NNNNCC"), 1),
)

# The label no longer fits, or never did. The number: contacts in a district of 1,500.
ODD = (
    # One label hid another relationship: why the product exists.
    (case(GUARDIAN, "A Family", "WWWWWD"), 12),
    (case(GUARDIAN, "G Emergency", "WWWWWD"), 5),
    (case(GUARDIAN, "O Emergency", "WWWWWD"), 3),
    (case(GUARDIAN, "G Parent/Guardian", "WWWWDD"), 3),
    (case(GUARDIAN, "P Emergency", "WWWWDD"), 4),
    (case(GUARDIAN, "P Primary", "DDDDDD"), 4),
    (case("P Primary", "B Secondary", "WWWWWD"), 3),
    (case("A Family", GUARDIAN, "DDDDDD", proposes=ALL_BUT_EMERGENCY), 5),
    (case("G Family", "P Primary", "DDDDDD", proposes=ALL_BUT_EMERGENCY), 4),
    (case("P Family", GUARDIAN, "DDDDDD", proposes=SENSITIVE), 3),
    (case("P", GUARDIAN, "DDDDDD", proposes=SENSITIVE), 3),
    (case("? Parent/Guardian", GUARDIAN, "DDDDDD", proposes=ALL_BUT_EMERGENCY), 3),
    (case("-", GUARDIAN, "DDDDDD", held_whole=True), 3),
    # Neither label nor entry ever supported the grant.
    (case("G Family", "G Family", "NNNNNC"), 4),
    (case("G Parent/Guardian", "G Parent/Guardian", "NNNNCC"), 3),
    (case("G Emergency", "G Family", "NNNNND"), 3),
    (case("P Family", "P Emergency", "NNNNDD"), 3),
    (case("P Other", "P Other", "NNNNCC"), 3),
    # The same person stands more than once beside the same student.
    (case(GUARDIAN, f"{GUARDIAN}, P Emergency", "XXXXCC"), 4),
    (case(GUARDIAN, f"{GUARDIAN}, A Family", "XXXXXC"), 3),
    (case("G Emergency", f"{GUARDIAN}, G Emergency", "XXXXXC"), 3),
    (case("G Family", "G Parent/Guardian, G Family", "XNXXXC"), 3),
    (
        case(
            "A Emergency",
            f"{GUARDIAN}, P Primary",
            "DDDDDD",
            proposes=ALL_BUT_EMERGENCY,
        ),
        3,
    ),
    (case("P Primary", f"{GUARDIAN}, P Primary", "CCCCCC"), 3),
    (case(GUARDIAN, f"{GUARDIAN}, {GUARDIAN}", "CCCCCC"), 3),
    (case(GUARDIAN, "A Family, A Secondary", "WWWWWD"), 3),
    # Something is empty; it matters only where a value could change the answer.
    (case(GUARDIAN, "P", "EEEEDD"), 3),
    (case(GUARDIAN, "- Parent/Guardian", "EEEEED"), 3),
    (case(GUARDIAN, "-", "E-EEED"), 3),
    (case("A Family", "A", "ENEEED"), 3),
    (case("P", "P", "EEEECC"), 3),
    # Values outside the published lists.
    (case(GUARDIAN, "? Parent/Guardian", "UUUUUU"), 4),
    (case("? Parent/Guardian", "? Parent/Guardian", "UUUUUU"), 3),
    (case(GUARDIAN, "P Custodial", "UUUUUU"), 3),
    (case(GUARDIAN, "Step-Parent|Primary", "UUUUUU"), 3),
    # Self, of another's record and of one's own.
    (case(GUARDIAN, "S Primary", "SSSSSS"), 4),
    (case("S Other", "S Other", "SSSSSS"), 3),
    (case("S Primary", "S Primary", "CNNCCC", own_record=True), 4),
    (case(GUARDIAN, "S Primary", "DWWDDD", own_record=True), 3),
    # Blanks and case do not make a difference.
    (case("parent |Parent/Guardian", GUARDIAN, "CCCCCC"), 4),
    (case("PARENT| parent/guardian", GUARDIAN, "CCCCCC"), 3),
    (case(GUARDIAN, " parent|PARENT/GUARDIAN ", "CCCCCC"), 3),
    # The grant brings its own basis, which counts instead of the stored label.
    (
        case(
            "A Family", GUARDIAN, "CCCCCC", proposes=ALL_BUT_EMERGENCY, basis=GUARDIAN
        ),
        4,
    ),
    (case(GUARDIAN, GUARDIAN, "DDDDDD", basis="A Family"), 3),
    (case(GUARDIAN, "A Family", "NNNNNC", basis="A Family"), 3),
    (case(GUARDIAN, GUARDIAN, "DDDDDD", basis="P"), 3),
)

SAME_BY_LABEL = {each.label: each for each, _ in ORDINARY}
