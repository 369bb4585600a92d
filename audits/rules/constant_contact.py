"""The rules for a Constant Contact account, in order of precedence: the first that fires is
the verdict.

Every rule asks: may this contact still be mailed? None answers with more than both V2 and
V3 allow; what either of them forbids is not kept.
"""

from collections.abc import Callable

from audits.policy import Policy
from audits.rules import mailing, precedence, standing
from audits.rules.mail_case import MailCase
from audits.situations import MailSituation, Verdict

Rule = Callable[[MailCase], Verdict | None]

KNOWN_MATCHES = frozenset(
    {"matched", "missing", "conflict", "deleted", "unknown-contact"}
)


def judge(situation: MailSituation, policy: Policy) -> Verdict:
    """The first rule that fires, with the codes of the others that fire too.

    Together the rules leave no situation out.
    """
    case = MailCase(situation, policy)
    return precedence.verdict(RULES if case.own_basis else _ANY_BASIS, case)


# --- What nobody may be mailed against ----------------------------------------


def opt_out_lost(case: MailCase) -> Verdict | None:
    """Before the opt-out itself: here the next mail really goes out."""
    if not case.is_opted_out_in_v2 or not case.sendable:
        return None
    return Verdict(
        rule="opt-out-lost",
        severity="critical",
        recommendation="revoke",
        sentence=f"{case.grant} would go out: V2 says OPTOUT, but V3 "
        f"{mailing.told(case.sendable)}; set it to unsubscribed.",
        blocked=True,
    )


def opted_out(case: MailCase) -> Verdict | None:
    if not case.is_opted_out_in_v2 and not case.is_unsubscribed:
        return None
    return Verdict(
        rule="opted-out",
        severity="critical",
        recommendation="revoke",
        sentence=f"{case.grant} is against the contact's will: {_who_says_so(case)}.",
        blocked=True,
    )


def _who_says_so(case: MailCase) -> str:
    """Whoever says so; a person's own opt-out that V3 takes for the account's is weaker."""
    says = (
        "V2 says OPTOUT" if case.is_opted_out_in_v2 else "",
        "V3 says unsubscribed" if case.is_unsubscribed else "",
    )
    told = " and ".join(filter(None, says))
    if case.is_weakened:
        told += "; V2 says by the visitor, V3 by the account"
    return told


def removed(case: MailCase) -> Verdict | None:
    """V2's REMOVED is on no list, which is no opt-out and no consent either."""
    says = (
        "V2 says REMOVED" if case.is_removed_in_v2 else "",
        "V3 has deleted it" if case.is_deleted_in_v3 else "",
    )
    if not any(says):
        return None
    return Verdict(
        rule="removed",
        severity="high",
        recommendation="revoke",
        sentence=f"{case.grant} is for a contact that is gone from the account: "
        f"{' and '.join(filter(None, says))}.",
        blocked=True,
    )


# --- Whose it is --------------------------------------------------------------


def unchecked(case: MailCase) -> Verdict | None:
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
        sentence=f"{case.grant} was not checked: {missing}.",
    )


def _unproven(case: MailCase) -> str:
    match = case.situation.match
    if match not in KNOWN_MATCHES:
        return "this contact was not looked up in V3; repeat the import of V3 data"
    if case.situation.checked:
        return ""
    if match == "missing":
        return "the crosswalk without this contact is incomplete; import it again"
    if case.is_unmapped:
        return "the lists or their crosswalk are incomplete; import them again"
    if case.is_unlisted:
        return "the V3 snapshot without this membership is incomplete; import it again"
    return ""


def no_crosswalk(case: MailCase) -> Verdict | None:
    if case.situation.match != "missing" or not case.situation.checked:
        return None
    return Verdict(
        rule="no-crosswalk",
        severity="high",
        recommendation="hold",
        sentence=f"{mailing.rests_on(case)}; the crosswalk leads to no V3 contact.",
    )


def crosswalk_conflict(case: MailCase) -> Verdict | None:
    if case.situation.match != "conflict":
        return None
    says = f"; V3 says {mailing.told(case.permissions)}" if case.permissions else ""
    return Verdict(
        rule="crosswalk-conflict",
        severity="high",
        recommendation="hold",
        sentence=f"{case.grant} cannot be tied to one contact: the crosswalk "
        f"contradicts itself{says}.",
    )


# --- Which list ---------------------------------------------------------------


def list_unmapped(case: MailCase) -> Verdict | None:
    if not case.is_unmapped or not case.situation.checked:
        return None
    return Verdict(
        rule="list-unmapped",
        severity="high",
        recommendation="hold",
        sentence=f"{case.grant} names a list that has no counterpart in V3.",
    )


def not_on_list(case: MailCase) -> Verdict | None:
    if not case.is_unlisted or not case.situation.checked:
        return None
    return Verdict(
        rule="not-on-list",
        severity="medium",
        recommendation="hold",
        sentence=f"{mailing.rests_on(case)}; V3 does not have this contact on the list.",
    )


# --- What V3 permits ----------------------------------------------------------


def permission_unrecognised(case: MailCase) -> Verdict | None:
    """A contact of whose consent V3 tells nothing is mailable to nobody's knowledge."""
    named = tuple(value for value in case.unrecognised if value.strip())
    if named:
        says = f"says {mailing.told(named)}, a value nobody documents"
    elif case.unrecognised or (case.is_matched and not case.entries):
        says = "tells no permission"
    else:
        return None
    return Verdict(
        rule="permission-unrecognised",
        severity="medium",
        recommendation="hold",
        sentence=f"{mailing.rests_on(case)}; V3 {says}.",
    )


def not_sendable(case: MailCase) -> Verdict | None:
    """Whatever V2 said."""
    if not case.unsendable:
        return None
    return Verdict(
        rule="not-sendable",
        severity="high",
        recommendation="revoke",
        sentence=f"{mailing.rests_on(case)}; V3 says {mailing.told(case.unsendable)}, "
        "which permits no mail.",
    )


def permission_raised(case: MailCase) -> Verdict | None:
    if not case.raised:
        return None
    why = mailing.support(case.support, silent=case.is_silent)
    return Verdict(
        rule="permission-raised",
        severity="high",
        recommendation="hold",
        sentence=f"{case.grant} would rest on more than was given: "
        f"V3 says {mailing.told(case.raised)}, {why}.",
    )


def confirmed(case: MailCase) -> Verdict | None:
    if not case.is_matched or not case.sendable:
        return None
    return Verdict(
        rule="confirmed",
        severity="info",
        recommendation="",
        sentence=f"{mailing.rests_on(case)}; V3 says {mailing.told(case.sendable)}, "
        "which V2 supports.",
    )


RULES: tuple[Rule, ...] = (
    standing.restricted,
    standing.other_basis,
    standing.privilege_unmapped,
    standing.unknown_contact,
    opt_out_lost,
    opted_out,
    removed,
    unchecked,
    no_crosswalk,
    crosswalk_conflict,
    list_unmapped,
    not_on_list,
    permission_unrecognised,
    not_sendable,
    permission_raised,
    confirmed,
)

# What is asked of a grant that the provider's data cannot judge.
_ANY_BASIS: tuple[Rule, ...] = (standing.restricted, standing.other_basis)
