"""The rules for a Clever district, in order of precedence: the first that fires is the verdict.

Every rule asks: would this grant be given today, to this contact, for this student? None
answers with more than the contact has; more is a proposal, and a person gives it.
"""

from collections.abc import Callable
from dataclasses import replace

from audits.policy import CLASSES, CLEVER, Entry, Policy, Vocabulary
from audits.rules import precedence, relationships, standing, wording
from audits.rules.case import OWN_BASIS, Case
from audits.situations import PairSituation, Proposal, Situation, Verdict

Rule = Callable[[Case], Verdict | None]

RULES: tuple[Rule, ...] = (
    standing.restricted,
    standing.other_basis,
    standing.privilege_unmapped,
    standing.unchecked,
    standing.unknown_contact,
    standing.contact_ambiguous,
    standing.contact_recreated,
    standing.contact_gone,
    standing.student_unresolved,
    standing.contact_wide,
    relationships.not_related,
    relationships.entries_conflict,
    relationships.relationship_empty,
    relationships.relationship_unrecognised,
    relationships.self_for_another,
    relationships.relationship_weaker,
    relationships.never_supported,
    relationships.relationship_differs,
    relationships.confirmed,
)


# What is asked of a grant that the provider's data cannot judge.
_ANY_BASIS: tuple[Rule, ...] = (standing.restricted, standing.other_basis)

PROPOSED_CLASSES = tuple(name for name in CLASSES if name != "mailing")


def judge(
    situation: Situation, policy: Policy, vocabulary: Vocabulary = CLEVER
) -> Verdict:
    """The first rule that fires, with the codes of the others that fire too.

    Together the rules leave no situation out.
    """
    case = Case(situation, policy, vocabulary)
    return precedence.verdict(RULES if case.own_basis else _ANY_BASIS, case)


def propose(
    pair: PairSituation, policy: Policy, vocabulary: Vocabulary = CLEVER
) -> tuple[Proposal, ...]:
    """What v3 supports for this pair while v2's single label would not have, by class."""
    if pair.label is None or not pair.entries:
        return ()
    cases = (
        Case(_if_given(pair, pair.label, name), policy, vocabulary)
        for name in PROPOSED_CLASSES
        if name not in pair.held
    )
    return tuple(_proposal(case) for case in cases if _was_hidden(case))


def _if_given(pair: PairSituation, basis: Entry, privilege_class: str) -> Situation:
    """The situation a grant of this class would be in, had it been given on this basis."""
    return Situation(
        privilege_class=privilege_class,
        basis_kind=OWN_BASIS,
        basis=basis,
        match=pair.match,
        own_record=pair.own_record,
        subject="present",
        entries=pair.entries,
        several_students=False,
        restrictions=pair.restrictions,
        checked=pair.checked,
    )


def _was_hidden(case: Case) -> bool:
    """Whether the label would not have supported the grant, and v3 does without a doubt.

    A grant tied to the v3 entry must come out confirmed: what the next scan would object
    to is not proposed, be it a restriction, an ambiguous contact or an unknown value.
    """
    tied = replace(case.situation, basis=case.situation.entries[0])
    return (
        case.basis_verdict != "keep"
        and judge(tied, case.policy, case.vocabulary).rule == "confirmed"
    )


def _proposal(case: Case) -> Proposal:
    name = case.situation.privilege_class
    return Proposal(
        privilege_class=name,
        severity=case.grade("medium", "low"),
        sentence=wording.entries(
            case,
            before=f"No {name} privilege for {{student}} was given on "
            f"{wording.basis(case)}; v3 says ",
            after=", which supports it.",
        ),
    )
