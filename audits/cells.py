"""The shapes of the table of who holds what: rows, cells, and what stands in them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from audits import policy
from audits.models import Decision, Finding, Grant
from contacts.comparing import Label, label

CLASS_WORDS = {
    "records": "Records",
    "release": "Release",
    "act": "Act for",
    "record_messages": "Messages with records",
    "general_messages": "General messages",
    "emergency": "Emergency",
    "mailing": "Mailing",
    policy.UNMAPPED: "No class",
}
_ADVICE = {kind.value: str(kind.label).lower() for kind in Decision.Kind}


def advice(recommendation: str) -> str:
    """Name a recommendation as the buttons do; "" where there is none."""
    return _ADVICE.get(recommendation, recommendation)


class Standing(StrEnum):
    """How a grant stands."""

    RESTRICTED = "restricted"
    OPEN = "open"
    DECIDED = "decided"
    UNJUDGED = "unjudged"
    EXPIRED = "expired"
    OTHER_BASIS = "other_basis"
    CONFIRMED = "confirmed"


@dataclass(frozen=True, slots=True)
class Column:
    """A privilege and the class it belongs to."""

    privilege: str
    privilege_class: str
    opens_class: bool

    @property
    def class_word(self) -> str:
        """Name the class."""
        return CLASS_WORDS.get(self.privilege_class, self.privilege_class)


@dataclass(frozen=True, slots=True)
class Held:
    """One grant in a cell: from what, to what, and how it stands."""

    grant: Grant
    finding: Finding | None
    standing: Standing
    old: str
    new: str
    wide: bool = False

    @property
    def severity(self) -> str:
        """Give the severity's word, empty where nobody has to look."""
        return self.finding.get_severity_display() if self.finding else ""

    @property
    def advice(self) -> str:
        """Name what is recommended, as the buttons do."""
        return advice(self.finding.recommendation) if self.finding else ""

    @property
    def is_open(self) -> bool:
        """Say whether somebody has to decide."""
        return self.standing in {Standing.OPEN, Standing.RESTRICTED}

    @property
    def is_same(self) -> bool:
        """Say whether v3 tells what the grant rested on."""
        return self.old == self.new

    @property
    def decision(self) -> Decision | None:
        """Give what was decided."""
        return self.finding.decision if self.finding else None


@dataclass(frozen=True, slots=True)
class Cell:
    """What a row holds of a privilege; ``covered`` by a grant for all students."""

    column: Column
    held: tuple[Held, ...] = ()
    covered: bool = False


@dataclass(frozen=True, slots=True)
class Head:
    """What a row is about; ``wide`` is the row of grants for all students at once.

    ``said`` stands in for the entries where a row is about no relationship.
    """

    key: str
    name: str = ""
    note: str = ""
    url: str = ""
    entries: tuple[Label, ...] = ()
    v2_label: Label | None = None
    in_v2: bool = False
    has_v3: bool = True
    wide: bool = False
    said: tuple[str, ...] = ()

    @property
    def told(self) -> tuple[str, ...]:
        """Write what v3 tells: in words that were given, else its entries."""
        return self.said or tuple(map(label, self.entries))

    @property
    def old(self) -> str:
        """Write the v2 label, empty where v2 does not list this pair."""
        return label(self.v2_label) if self.v2_label and self.in_v2 else ""


@dataclass(frozen=True, slots=True)
class Row:
    """A row with its cells, what is proposed for it, and what forbids."""

    head: Head
    cells: tuple[Cell, ...]
    proposals: tuple[Finding, ...] = ()
    restrictions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Matrix:
    """The table."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]

    @property
    def open_findings(self) -> int:
        """Count what somebody has to decide."""
        held = sum(
            item.is_open
            for row in self.rows
            for cell in row.cells
            for item in cell.held
        )
        proposed = (finding for row in self.rows for finding in row.proposals)
        return held + sum(one.state == Finding.State.OPEN for one in proposed)

    def holders(self, privilege_class: str) -> tuple[Holder, ...]:
        """Tell who holds any privilege of a class, as the rows stand."""
        told = ((row.head, _held_of(row, privilege_class)) for row in self.rows)
        return tuple(
            Holder(
                head,
                forbidden=any(one.standing == Standing.RESTRICTED for one in held),
                in_question=any(one.standing == Standing.OPEN for one in held),
            )
            for head, held in told
            if held
        )


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody who holds a privilege, and whether that is in question."""

    head: Head
    forbidden: bool = False
    in_question: bool = False


def _held_of(row: Row, privilege_class: str) -> list[Held]:
    return [
        one
        for cell in row.cells
        for one in cell.held
        if cell.column.privilege_class == privilege_class
        and one.standing != Standing.EXPIRED
    ]
