"""Why people decide as they do: reasons to choose from, and what kind each is."""

from __future__ import annotations

from audits.models import Decision
from contacts.models import Source

Code = Decision.ReasonCode
# The reasons that are offered, each with what kind of reason it is.
QUICK_REASONS = {
    "v3 tells another relationship for this student": Code.V3_SAYS,
    "Not related to this student any more": Code.NOT_RELATED,
    "The school confirmed it by telephone": Code.CONFIRMED,
    "A paper on file says so": Code.PAPER,
    "Asked the district; waiting for the answer": Code.ASKED,
    "The SIS record is wrong and will be corrected": Code.RECORD_WRONG,
}
MAIL_QUICK_REASONS = {
    "The contact opted out": Code.V3_SAYS,
    "V3 holds the consent that counts": Code.V3_SAYS,
    "The contact confirmed it in writing": Code.CONFIRMED,
    "A signed form on file says so": Code.PAPER,
    "Asked the contact; waiting for the answer": Code.ASKED,
    "The list was merged or renamed": Code.NOT_RELATED,
}


def quick_reasons(source: Source) -> tuple[str, ...]:
    """Give the reasons that are offered to choose from, in the provider's words."""
    return tuple(QUICK_REASONS if source.is_clever else MAIL_QUICK_REASONS)


def code_of(reason: str) -> str:
    """Give the kind of a reason that was offered; one in own words has none."""
    offered = QUICK_REASONS | MAIL_QUICK_REASONS
    return str(offered.get(reason.strip(), Code.NONE))


def codes(source: Source) -> list[tuple[str, str]]:
    """Give the kinds of reason with their words, in those of the provider."""
    return [(code.value, word_of(code, source)) for code in Code if code != Code.NONE]


def word_of(code: str, source: Source) -> str:
    """Say what kind of reason a code is."""
    known = _CLEVER_WORDS if source.is_clever else _MAIL_WORDS
    return known.get(Code(code)) or str(Code(code).label)


_CLEVER_WORDS = {
    Code.V3_SAYS: "v3 tells another relationship",
    Code.NOT_RELATED: "No longer related",
}
_MAIL_WORDS = {
    Code.V3_SAYS: "V3 tells another consent",
    Code.NOT_RELATED: "No longer on the list",
}
