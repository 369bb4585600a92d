"""Rules on where a grant stands: may it be judged, whose is it, and of which student?

They come before all that looks at relationships, in the order of `clever.RULES`. Those that
take any case are asked first of every provider's grants.
"""

from audits.policy import CLASSES
from audits.rules import wording
from audits.rules.case import AnyCase, Case
from audits.situations import Verdict

KNOWN_MATCHES = frozenset(
    {"matched", "gone", "recreated", "ambiguous", "unknown-contact"}
)


def restricted(case: AnyCase) -> Verdict | None:
    """Before all else, whatever a grant rests on: an order outranks every relationship."""
    if not case.forbidding:
        return None
    return Verdict(
        rule="restricted",
        severity="critical",
        recommendation="revoke",
        sentence=f"{case.grant} is forbidden by {wording.orders(case)}.",
        blocked=True,
    )


def other_basis(case: AnyCase) -> Verdict | None:
    """Given on something v3 does not tell of, so v3 cannot contradict it."""
    if case.own_basis:
        return None
    kind = case.situation.basis_kind
    return Verdict(
        rule="other-basis",
        severity="info",
        recommendation="",
        sentence=f"{case.grant} rests on {wording.foundation(kind)}, "
        f"which {case.v}3 data does not judge.",
    )


def privilege_unmapped(case: AnyCase) -> Verdict | None:
    if case.situation.privilege_class in CLASSES:
        return None
    return Verdict(
        rule="privilege-unmapped",
        severity="medium",
        recommendation="hold",
        sentence="{privilege} belongs to no privilege class, so no policy can judge it.",
    )


def unchecked(case: Case) -> Verdict | None:
    """In the place of every rule that rests on absence, while absence proves nothing.

    A state of the match nobody named is taken for unknown too, never for absent.
    """
    missing = _unproven(case)
    if not missing:
        return None
    return Verdict(
        rule="unchecked",
        severity="info",
        recommendation="hold",
        sentence=f"{case.grant} was not checked: {missing}; "
        "repeat the import of v3 data.",
    )


def _unproven(case: Case) -> str:
    if case.situation.match not in KNOWN_MATCHES:
        return "v3 data is missing or incomplete"
    if case.situation.checked:
        return ""
    if case.situation.match in {"gone", "recreated"}:
        return "the v3 snapshot without this contact is incomplete"
    if case.relates and not case.entries:
        return "the v3 snapshot without this relationship is incomplete"
    return ""


def unknown_contact(case: AnyCase) -> Verdict | None:
    if case.situation.match != "unknown-contact":
        return None
    return Verdict(
        rule="unknown-contact",
        severity="high",
        recommendation="hold",
        sentence=f"{case.grant} names a contact that no stored {case.v}2 or {case.v}3 "
        "data holds.",
    )


def contact_ambiguous(case: Case) -> Verdict | None:
    if case.situation.match != "ambiguous":
        return None
    return Verdict(
        rule="contact-ambiguous",
        severity=case.grade("critical", "medium"),
        recommendation="hold",
        sentence=f"{case.grant} cannot be tied to one person: "
        "several v3 contacts could be this contact.",
    )


def contact_recreated(case: Case) -> Verdict | None:
    """Without a SIS id Clever gives a contact a new id at any edit."""
    if case.situation.match != "recreated" or not case.situation.checked:
        return None
    return Verdict(
        rule="contact-recreated",
        severity=case.grade("high", "medium"),
        recommendation="rebind",
        sentence=f"{wording.rests_on(case)}; v3 no longer has this contact, "
        "but one new contact looks like the same person.",
    )


def contact_gone(case: Case) -> Verdict | None:
    if case.situation.match != "gone" or not case.situation.checked:
        return None
    return Verdict(
        rule="contact-gone",
        severity=case.grade("high", "low"),
        recommendation=case.revoke_on_absence,
        sentence=f"{wording.rests_on(case)}; v3 no longer has this contact.",
    )


def student_unresolved(case: Case) -> Verdict | None:
    if case.situation.subject != "unresolved":
        return None
    return Verdict(
        rule="student-unresolved",
        severity=case.grade("high", "low"),
        recommendation="hold",
        sentence="{privilege} is for {student}, a student that no stored v2 or v3 data "
        "holds.",
    )


def contact_wide(case: Case) -> Verdict | None:
    if not case.contact_wide:
        return None
    several = "several students" if case.situation.several_students else "its students"
    return Verdict(
        rule="contact-wide",
        severity=case.grade("critical", "medium"),
        recommendation="narrow",
        sentence=f"{wording.rests_on(case)}, one label for {several}; "
        "v3 tells a relationship for each.",
    )
