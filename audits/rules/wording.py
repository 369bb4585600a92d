"""The words of the rules' sentences.

A sentence is a template with two open places, `{privilege}` and `{student}` (for mailing,
`{list}`); all else comes from the situation, so that the same situation always reads the
same.
"""

from audits.policy import Entry, fold
from audits.rules.case import AnyCase, Case
from audits.situations import printable, shortened

# With its two open places. Leaves 50 of 200 characters and more to the names put there.
TEMPLATE_LIMIT = 170
VALUE_LIMIT = 24

_KINDS = {
    "court_order": "a court order",
    "protection_order": "a protection order",
    "release_ban": "a release ban",
    "district_instruction": "a district instruction",
    "district_form": "a district form",
    "manual": "a manual decision",
    "consent": "a consent",
    "v2_relationship": "a v2 relationship",
}


def value(raw: str) -> str:
    """A provider's value, cut to one short printable piece that no template reads."""
    text = shortened(printable(raw), VALUE_LIMIT) or "?"
    return text.replace("{", "{{").replace("}", "}}")


def label(entry: Entry) -> str:
    """`Aunt/Uncle (Family)`; what is missing is said, not left out."""
    relationship, kind = entry
    kin = value(relationship) if fold(relationship) else "no relationship"
    return f"{kin} ({value(kind) if fold(kind) else 'no type'})"


def basis(case: Case) -> str:
    """v2's label; its type only where the relationship alone would not tell it apart."""
    relationship, kind = case.situation.basis
    if not fold(relationship):
        return f"v2 type ‘{value(kind)}’" if fold(kind) else "an empty v2 label"
    if fold(relationship) in {fold(entry[0]) for entry in case.entries}:
        return f"v2 ‘{label(case.situation.basis)}’"
    return f"v2 ‘{value(relationship)}’"


def rests_on(case: Case) -> str:
    return f"{case.grant} rests on {basis(case)}"


def entries(case: Case, *, before: str, after: str) -> str:
    """A whole sentence that names all entries, or as many as fit and the number left."""
    room = TEMPLATE_LIMIT - len(before) - len(after)
    return before + listed([label(entry) for entry in case.entries], room) + after


def listed(labels: list[str], room: int) -> str:
    """`A, B and C`, or `A and 2 more`; always at least one."""
    for shown in range(len(labels), 1, -1):
        text = _joined([*labels[:shown], *_rest(len(labels) - shown)])
        if len(text) <= room:
            return text
    return _joined([*labels[:1], *_rest(len(labels) - 1)])


def _rest(number: int) -> list[str]:
    return [f"{number} more"] if number else []


def _joined(parts: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(parts[:-1]), parts[-1]]))


def orders(case: AnyCase) -> str:
    """The kinds of order that forbid, and how far the widest of them reaches."""
    kinds = sorted({foundation(order.kind) for order in case.forbidding})
    return listed(kinds, 60) + _reach(case)


def _reach(case: AnyCase) -> str:
    if any(order.scope == "everywhere" for order in case.forbidding):
        return " that holds everywhere"
    return case.reach


def foundation(kind: str) -> str:
    """A paper or decision outside the provider's data, by its kind."""
    return _KINDS.get(fold(kind), f"‘{value(kind)}’")
