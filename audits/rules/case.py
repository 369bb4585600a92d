"""A case: one situation read under one policy, as every rule asks about it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from audits.policy import UNMAPPED, Entry, Policy, Vocabulary, fold, is_sensitive
from audits.situations import Restriction, Situation

OWN_BASIS = "v2_relationship"


class AnySituation(Protocol):
    """What a situation tells of any grant, whatever the provider."""

    @property
    def privilege_class(self) -> str: ...

    @property
    def basis_kind(self) -> str: ...

    @property
    def match(self) -> str: ...


class AnyCase(Protocol):
    """What the rules that come first for every provider ask of a case.

    `grant`: the subject of its sentences. `reach`: how far an order goes that does not
    hold everywhere. `v`: how the provider writes its versions, v2 or V2.
    """

    @property
    def situation(self) -> AnySituation: ...

    @property
    def own_basis(self) -> bool: ...

    @property
    def forbidding(self) -> tuple[Restriction, ...]: ...

    @property
    def grant(self) -> str: ...

    @property
    def reach(self) -> str: ...

    @property
    def v(self) -> str: ...


def forbidding(
    orders: Iterable[Restriction], privilege_class: str, policy: Policy
) -> tuple[Restriction, ...]:
    """The orders that cover a class of privileges.

    Offices write `pick_up` where the file asks for `release`; that forbids too.
    """
    return tuple(
        order
        for order in orders
        if fold(order.kind) != "custody_document"
        and _covers({policy.class_of(name) for name in order.classes}, privilege_class)
    )


def _covers(named: set[str], privilege_class: str) -> bool:
    return not named or privilege_class in named - {UNMAPPED}


@dataclass(frozen=True, slots=True)
class Case:
    situation: Situation
    policy: Policy
    vocabulary: Vocabulary

    def grade(self, sensitive: str, other: str) -> str:
        """The severity: the first for sensitive classes, the second for the others."""
        return sensitive if is_sensitive(self.situation.privilege_class) else other

    @property
    def own_basis(self) -> bool:
        """Whether the grant was given on what the provider's data tells; empty says so."""
        return fold(self.situation.basis_kind) in {"", OWN_BASIS}

    @property
    def forbidding(self) -> tuple[Restriction, ...]:
        """The restrictions that cover this class of privileges."""
        situation = self.situation
        return forbidding(
            situation.restrictions, situation.privilege_class, self.policy
        )

    @property
    def grant(self) -> str:
        who = "all students" if self.contact_wide else "{student}"
        return f"{{privilege}} for {who}"

    @property
    def reach(self) -> str:
        return " for one of them" if self.contact_wide else " for this student"

    @property
    def v(self) -> str:
        return "v"

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The v3 entries that surely are this contact's, or its one candidate's."""
        known = self.situation.match in {"matched", "recreated"}
        return self.situation.entries if known else ()

    @property
    def contact_wide(self) -> bool:
        return self.situation.subject == "all"

    @property
    def relates(self) -> bool:
        """Whether v3 could tell an entry here: the contact and one student are known."""
        return (
            self.situation.match in {"matched", "recreated"}
            and not self.contact_wide
            and self.situation.subject != "unresolved"
        )

    @property
    def revoke_on_absence(self) -> str:
        """Nobody is taken off an emergency list because data is missing."""
        return "hold" if self.situation.privilege_class == "emergency" else "revoke"

    @property
    def basis_verdict(self) -> str:
        return self.supports(self.situation.basis)

    def supports(self, entry: Entry) -> str:
        """Policy's verdict on a label for the class of this case."""
        return self.policy.verdict(
            entry, self.situation.privilege_class, self.vocabulary
        )

    def is_strangers_self(self, entry: Entry) -> bool:
        return fold(entry[0]) == "self" and not self.situation.own_record

    @property
    def outcomes(self) -> frozenset[str]:
        """What the entries lead to for this class.

        `Self` on another's record counts as `revoke`, which is what its rule says, so that
        it stands in conflict with an entry that supports the grant.
        """
        return frozenset(
            "revoke" if self.is_strangers_self(entry) else self.supports(entry)
            for entry in self.entries
        )

    @property
    def agreed(self) -> str:
        """The one outcome all entries lead to; empty without entries or in conflict."""
        return next(iter(self.outcomes)) if len(self.outcomes) == 1 else ""

    @property
    def same_label(self) -> Entry | None:
        """The entry that bears the basis's label, whatever its case and outer blanks."""
        label = _folded(self.situation.basis)
        return next((e for e in self.entries if _folded(e) == label), None)

    def outside(self, entry: Entry) -> str:
        """The value of this entry that no vocabulary holds, or nothing. Empty is another
        rule's matter."""
        relationship, kind = entry
        if fold(relationship) and not self.vocabulary.knows_relationship(relationship):
            return relationship
        return kind if fold(kind) and not self.vocabulary.knows_type(kind) else ""

    def gap_decides(self, entry: Entry) -> bool:
        """Whether some value in the place of an empty one would change the verdict."""
        relationship, kind = entry
        relationships = (
            (relationship,) if fold(relationship) else self.vocabulary.relationships
        )
        types = (kind,) if fold(kind) else self.vocabulary.types
        verdict = self.supports(entry)
        return any(
            self.supports((filled, other)) != verdict
            for filled in relationships
            for other in types
        )


def _folded(entry: Entry) -> Entry:
    return fold(entry[0]), fold(entry[1])
