"""The rules as staff read them: what each means, and what harm lies on either side."""

from dataclasses import dataclass

from audits.policy import is_sensitive

_KEEP_OR_LOWER = ("keep", "hold", "revoke")


@dataclass(frozen=True, slots=True)
class RuleCard:
    """`batchable`: may be decided with many others in one act. `decisions`: what a person
    may choose, none where there is nothing to decide."""

    code: str
    title: str
    sentence: str
    severity: str
    recommendation: str
    harm_if_kept: str
    harm_if_revoked: str
    version: int = 1
    batchable: bool = True
    decisions: tuple[str, ...] = _KEEP_OR_LOWER


_CRITICAL = "critical for sensitive classes, else medium"
_HIGH = "high for sensitive classes, else medium"
_HIGH_OR_LOW = "high for sensitive classes, else low"

_CARDS = (
    RuleCard(
        code="restricted",
        title="An order forbids it",
        sentence="An active order or instruction covers this contact, student and class of privileges.",
        severity="critical",
        recommendation="revoke; it cannot be kept",
        harm_if_kept="A person whom an order keeps away from a student can act for or learn of that student.",
        harm_if_revoked="If the order is wrong or out of date, somebody entitled is shut out until the office corrects it.",
        batchable=False,
        decisions=("revoke", "hold"),
    ),
    RuleCard(
        code="other-basis",
        title="Given on something else",
        sentence="The grant rests on a court order, a form or a person's decision, which the provider's data does not judge.",
        severity="info",
        recommendation="none: it is counted and shown, not a finding",
        harm_if_kept="If the paper behind it has lapsed, nobody here will notice.",
        harm_if_revoked="A right given on purpose would be lost because of data that says nothing about it.",
        batchable=False,
        decisions=(),
    ),
    RuleCard(
        code="privilege-unmapped",
        title="Privilege of no class",
        sentence="The privilege belongs to no class, so no policy can judge it.",
        severity="medium",
        recommendation="hold, and name its class in the policy",
        harm_if_kept="Nobody knows whether it opens records or only a newsletter.",
        harm_if_revoked="A harmless privilege may be taken away because it was never described.",
    ),
    RuleCard(
        code="unchecked",
        title="Could not be checked",
        sentence="The v3 snapshot is missing or incomplete, so that something is not in it proves nothing.",
        severity="info",
        recommendation="repeat the import of v3 data; until then hold",
        harm_if_kept="A grant that v3 no longer supports stays until the import is repeated.",
        harm_if_revoked="A rightful grant would be lost to a broken import.",
        decisions=("hold",),
    ),
    RuleCard(
        code="unknown-contact",
        title="Contact nobody knows",
        sentence="The grant names a contact that no stored v2 or v3 data holds.",
        severity="high",
        recommendation="hold",
        harm_if_kept="An account that nobody can put a name to keeps its privileges.",
        harm_if_revoked="The person may exist, and only the stored data or the id may be incomplete.",
    ),
    RuleCard(
        code="contact-ambiguous",
        title="Several contacts could be meant",
        sentence="Several v3 contacts claim this v2 contact, or could be its successor.",
        severity=_CRITICAL,
        recommendation="hold",
        harm_if_kept="One person may see or do what was granted to another.",
        harm_if_revoked="The rightful one among them loses the privilege until the record is cleared up.",
        batchable=False,
    ),
    RuleCard(
        code="contact-recreated",
        title="Contact came back under a new id",
        sentence="The contact is gone from v3, and exactly one new contact has the same name, student and e-mail or phone.",
        severity=_HIGH,
        recommendation="rebind to the new contact, held until decided",
        harm_if_kept="The grant hangs on an id that no longer leads to anybody.",
        harm_if_revoked="A parent is shut out only because the school edited the record.",
        batchable=False,
        decisions=("rebind", *_KEEP_OR_LOWER),
    ),
    RuleCard(
        code="contact-gone",
        title="Contact is gone",
        sentence="v3 no longer has this contact, and nobody new looks like the same person.",
        severity=_HIGH_OR_LOW,
        recommendation="revoke; hold for emergency",
        harm_if_kept="Somebody the school has removed keeps access.",
        harm_if_revoked="If the school removed the record by mistake, a parent is shut out, and may not be called in an emergency.",
    ),
    RuleCard(
        code="student-unresolved",
        title="Student nobody knows",
        sentence="The grant names a student that no stored v2 or v3 data holds.",
        severity=_HIGH_OR_LOW,
        recommendation="hold",
        harm_if_kept="The grant may open the records of a student nobody can name.",
        harm_if_revoked="The student may exist under another id, and the parent loses access.",
    ),
    RuleCard(
        code="contact-wide",
        title="Covers all students at once",
        sentence="The grant names no student, while v3 tells a relationship for each.",
        severity=_CRITICAL,
        recommendation="narrow into one grant for each student that v3 and policy support",
        harm_if_kept="A parent of one student has a parent's rights over a niece or a neighbour's child, now and for every student added later.",
        harm_if_revoked="The contact loses the rightful privileges for the own child too.",
        decisions=("narrow", *_KEEP_OR_LOWER),
    ),
    RuleCard(
        code="not-related",
        title="Not related in v3",
        sentence="v3 has no relationship between this contact and this student.",
        severity=_CRITICAL,
        recommendation="revoke; hold for emergency",
        harm_if_kept="A stranger to the student keeps access to that student.",
        harm_if_revoked="If the school's record is incomplete, a relative is shut out, and may not be called in an emergency.",
    ),
    RuleCard(
        code="entries-conflict",
        title="v3 contradicts itself",
        sentence="v3 tells several relationships for this contact and student, and policy answers them differently.",
        severity=_HIGH,
        recommendation="hold",
        harm_if_kept="The weaker relationship may be the true one, and the access then has no ground.",
        harm_if_revoked="The stronger relationship may be the true one, and a parent is shut out.",
        batchable=False,
    ),
    RuleCard(
        code="relationship-empty",
        title="Relationship left empty",
        sentence="v3 leaves the relationship or its type empty, and what is missing would decide.",
        severity=_HIGH_OR_LOW,
        recommendation="hold",
        harm_if_kept="The access may rest on a relationship that never was.",
        harm_if_revoked="A parent is shut out because the office left a field empty.",
    ),
    RuleCard(
        code="relationship-unrecognised",
        title="Relationship in unknown words",
        sentence="v3 tells a relationship or a type that is outside the provider's published vocabulary.",
        severity="medium for sensitive classes, else low",
        recommendation="hold, and say in the policy what the value means",
        harm_if_kept="Nobody has said yet what this word entitles to.",
        harm_if_revoked="A guardian whom the school calls by its own word is shut out.",
    ),
    RuleCard(
        code="self-for-another",
        title="“Self” on another's record",
        sentence="v3 says the contact is the student, but their names differ.",
        severity=_CRITICAL,
        recommendation="revoke",
        harm_if_kept="Somebody passes as the student and sees and does what only the student may.",
        harm_if_revoked="If a name was only written differently, a student loses access to the own record.",
        batchable=False,
    ),
    RuleCard(
        code="relationship-weaker",
        title="Weaker than v2 told",
        sentence="Policy supported the v2 relationship, and does not support the one v3 tells for this student.",
        severity=_CRITICAL,
        recommendation="what policy says of the v3 relationship: hold or revoke",
        harm_if_kept="An aunt has a parent's rights over a nephew because she is a parent of another student.",
        harm_if_revoked="If the school has entered the relationship wrongly, a parent is shut out.",
    ),
    RuleCard(
        code="never-supported",
        title="Never supported",
        sentence="Policy supports neither the v2 relationship nor the one v3 tells.",
        severity=_HIGH_OR_LOW,
        recommendation="what policy says of the v3 relationship: hold or revoke",
        harm_if_kept="A privilege that no relationship ever supported goes on.",
        harm_if_revoked="It may have been given on purpose for a reason written nowhere.",
    ),
    RuleCard(
        code="relationship-differs",
        title="Differs, and is still supported",
        sentence="v3 tells another relationship than v2 did, and policy supports it too.",
        severity="low for sensitive classes, else info",
        recommendation="keep, tied to the v3 relationship from now on",
        harm_if_kept="Little: the privilege is right, only its ground has changed.",
        harm_if_revoked="A parent or relative entitled to it is shut out.",
    ),
    RuleCard(
        code="confirmed",
        title="Confirmed",
        sentence="v3 tells the same relationship as v2 did, and policy supports it.",
        severity="info",
        recommendation="none: it is counted, and tied to the v3 relationship",
        harm_if_kept="None that this data could tell.",
        harm_if_revoked="Somebody entitled to it is shut out.",
        batchable=False,
        decisions=(),
    ),
    RuleCard(
        code="grant-missing",
        title="Entitled, and never given",
        sentence="v3 tells a relationship that policy supports, while v2's single label hid it and nothing was granted.",
        severity="medium for sensitive classes, else low",
        recommendation="grant, never by itself",
        harm_if_kept="If it is left as it is, a parent goes without what parents are entitled to.",
        harm_if_revoked="Nothing is taken away here; a grant given wrongly opens a student's record to somebody who should not see it.",
        decisions=("grant", "hold"),
    ),
)

CARDS = {card.code: card for card in _CARDS}


def allowed_decisions(rule: str) -> tuple[str, ...]:
    """What a person may decide of a finding of this rule; nothing for an unknown code.

    To `hold` a proposal leaves everything as it is. To rebind an ambiguous contact one
    would have to choose between persons first, so that is not offered.
    """
    card = CARDS.get(rule)
    return card.decisions if card else ()


def needs_second_look(
    *,
    severity: str,
    recommendation: str,
    decision: str,
    privilege_class: str,
    restricted: bool,
) -> bool:
    """Whether this single decision waits for another person's confirmation."""
    kept_against_advice = decision == "keep" and recommendation == "revoke"
    return (
        severity == "critical"
        or restricted
        or (kept_against_advice and is_sensitive(privilege_class))
    )
