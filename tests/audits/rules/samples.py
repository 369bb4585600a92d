"""Situations to start from: a parent of one student, confirmed by v3 in every respect."""

from dataclasses import replace

from hypothesis import strategies as st

from audits.policy import CLASSES, CLEVER, Policy
from audits.situations import PairSituation, Restriction, Situation

PARENT = ("Parent", "Parent/Guardian")
AUNT = ("Aunt/Uncle", "Family")
SELF = ("Self", "Primary")

ORDINARY = Situation(
    privilege_class="records",
    basis_kind="v2_relationship",
    basis=PARENT,
    match="matched",
    own_record=False,
    subject="present",
    entries=(PARENT,),
    several_students=True,
    restrictions=(),
    checked=True,
)

HIDDEN_PARENT = PairSituation(
    match="matched",
    label=AUNT,
    entries=(PARENT,),
    held=frozenset(),
    own_record=False,
    restrictions=(),
)


def situation(**changes) -> Situation:
    return replace(ORDINARY, **changes)


def pair(**changes) -> PairSituation:
    return replace(HIDDEN_PARENT, **changes)


def forbids(*classes: str, kind="court_order", scope="this") -> tuple[Restriction, ...]:
    return (Restriction(kind=kind, scope=scope, classes=classes),)


def answering(verdict: str) -> Policy:
    """A policy with one answer to everything."""
    line = {"relationship": "*", "type": "*", "class": "*", "verdict": verdict}
    return Policy.parse({"name": f"Always {verdict}", "rules": [line]})


def _values(known: tuple[str, ...]) -> st.SearchStrategy[str]:
    """Published values, the same oddly written, and whatever text there is."""
    written = st.sampled_from([*known, *(f" {value.upper()} " for value in known), ""])
    return written | st.text(st.characters(codec=None), max_size=300)


entries = st.tuples(_values(CLEVER.relationships), _values(CLEVER.types))
restrictions = st.builds(
    Restriction,
    kind=_values(("court_order", "protection_order", "custody_document")),
    scope=st.sampled_from(["this", "everywhere"]),
    classes=st.lists(_values(CLASSES), max_size=2).map(tuple),
)
several_restrictions = st.lists(restrictions, max_size=3).map(tuple)
several_entries = st.lists(entries, max_size=4).map(tuple)
matches = _values(
    ("matched", "matched", "gone", "recreated", "ambiguous", "unknown-contact")
)
situations = st.builds(
    Situation,
    privilege_class=_values(CLASSES),
    basis_kind=_values(("v2_relationship", "v2_relationship", "court_order")),
    basis=entries,
    match=matches,
    own_record=st.booleans(),
    subject=_values(("present", "absent", "unresolved", "all")),
    entries=several_entries,
    several_students=st.booleans(),
    restrictions=several_restrictions,
    checked=st.booleans(),
)
pairs = st.builds(
    PairSituation,
    match=matches,
    label=st.none() | entries,
    entries=several_entries,
    held=st.frozensets(st.sampled_from(CLASSES)),
    own_record=st.booleans(),
    restrictions=several_restrictions,
    checked=st.booleans(),
)
lines = st.fixed_dictionaries(
    {
        "relationship": st.lists(
            _values((*CLEVER.relationships, "*", "?")), min_size=1
        ),
        "type": st.lists(_values((*CLEVER.types, "*", "?")), min_size=1),
        "class": st.lists(st.sampled_from([*CLASSES, "*"]), min_size=1),
        "verdict": st.sampled_from(["keep", "hold", "revoke"]),
    }
)
policies = st.lists(lines, max_size=6).map(
    lambda rules: Policy.parse({"name": "Any", "rules": rules})
)
