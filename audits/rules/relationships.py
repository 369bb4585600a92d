"""Rules on what v3 tells of this contact and this student, in the order of `clever.RULES`."""

from audits.rules import wording
from audits.rules.case import Case
from audits.situations import Verdict


def not_related(case: Case) -> Verdict | None:
    if not case.relates or case.entries or not case.situation.checked:
        return None
    return Verdict(
        rule="not-related",
        severity=case.grade("critical", "medium"),
        recommendation=case.revoke_on_absence,
        sentence=f"{wording.rests_on(case)}; "
        "v3 does not relate this contact to this student.",
    )


def entries_conflict(case: Case) -> Verdict | None:
    if len(case.outcomes) < 2:
        return None
    return Verdict(
        rule="entries-conflict",
        severity=case.grade("high", "medium"),
        recommendation="hold",
        sentence=wording.entries(
            case,
            before=f"{case.grant} cannot be judged: v3 says ",
            after=", and policy answers differently.",
        ),
    )


def relationship_empty(case: Case) -> Verdict | None:
    telling = next((e for e in case.entries if case.gap_decides(e)), None)
    if telling is None:
        return None
    return Verdict(
        rule="relationship-empty",
        severity=case.grade("high", "low"),
        recommendation="hold",
        sentence=f"{wording.rests_on(case)}; v3 says {wording.label(telling)}, "
        "and what is missing decides.",
    )


def relationship_unrecognised(case: Case) -> Verdict | None:
    """Whatever policy says: nobody has said yet what the value means."""
    value = next(filter(None, map(case.outside, case.entries)), "")
    if not value:
        return None
    return Verdict(
        rule="relationship-unrecognised",
        severity=case.grade("medium", "low"),
        recommendation="hold",
        sentence=f"{wording.rests_on(case)}; v3 says ‘{wording.value(value)}’, "
        "a value outside the vocabulary.",
    )


def self_for_another(case: Case) -> Verdict | None:
    if not any(map(case.is_strangers_self, case.entries)):
        return None
    return Verdict(
        rule="self-for-another",
        severity=case.grade("critical", "medium"),
        recommendation="revoke",
        sentence=f"{wording.rests_on(case)}; v3 says Self, "
        "but the contact's name is not the student's.",
    )


def relationship_weaker(case: Case) -> Verdict | None:
    if case.agreed not in {"hold", "revoke"} or case.basis_verdict != "keep":
        return None
    return Verdict(
        rule="relationship-weaker",
        severity=case.grade("critical", "medium"),
        recommendation=case.agreed,
        sentence=wording.entries(
            case,
            before=f"{wording.rests_on(case)}; v3 says ",
            after=" for this student.",
        ),
    )


def never_supported(case: Case) -> Verdict | None:
    if case.agreed not in {"hold", "revoke"} or case.basis_verdict == "keep":
        return None
    return Verdict(
        rule="never-supported",
        severity=case.grade("high", "low"),
        recommendation=case.agreed,
        sentence=wording.entries(
            case,
            before=f"{wording.rests_on(case)}; v3 says ",
            after="; policy supports neither.",
        ),
    )


def relationship_differs(case: Case) -> Verdict | None:
    if case.agreed != "keep" or case.same_label is not None:
        return None
    return Verdict(
        rule="relationship-differs",
        severity=case.grade("low", "info"),
        recommendation="keep",
        sentence=wording.entries(
            case,
            before=f"{wording.rests_on(case)}; v3 says ",
            after=", which supports it too.",
        ),
        retied_to=case.entries[0],
    )


def confirmed(case: Case) -> Verdict | None:
    if case.agreed != "keep" or case.same_label is None:
        return None
    return Verdict(
        rule="confirmed",
        severity="info",
        recommendation="",
        sentence=f"{wording.rests_on(case)}; v3 says the same for this student.",
        retied_to=case.same_label,
    )
