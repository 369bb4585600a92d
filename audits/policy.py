"""Policy: which relationship supports which class of privileges.

A policy is data that a person signs: an ordered table in which the first match wins. Where it
says nothing the answer is `hold`, which can be taken back. No Django, no clock, no database.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import product
from types import MappingProxyType
from typing import Self

from audits.shipped_policy import SHIPPED, SHIPPED_PRIVILEGES

Entry = tuple[str, str]

CLASSES = (
    "records",
    "release",
    "act",
    "record_messages",
    "general_messages",
    "emergency",
    "mailing",
)
SENSITIVE = frozenset({"records", "release", "act", "record_messages"})
UNMAPPED = "unmapped"
SEVERITIES = ("critical", "high", "medium", "low", "info")
VERDICTS = ("keep", "hold", "revoke")
ANY, EMPTY, OUTSIDE = "*", "", "?"


class BadPolicy(ValueError):
    """The data is no policy; the message is one sentence that names the place."""


def fold(value: str | None) -> str:
    """The form in which values are compared: no outer blanks, no case, null as empty."""
    return (value or "").strip().casefold()


def is_sensitive(privilege_class: str) -> bool:
    """A class nobody named counts as sensitive until somebody says what it is."""
    return privilege_class in SENSITIVE or privilege_class not in CLASSES


@lru_cache(maxsize=1024)
def _folded(values: tuple[str, ...]) -> frozenset[str]:
    return frozenset(fold(value) for value in values)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The values a provider publishes for a relationship and its type.

    Live data has held others ("Guardian"): a value outside is a finding, never an error.
    """

    relationships: tuple[str, ...]
    types: tuple[str, ...]

    def knows_relationship(self, value: str) -> bool:
        return fold(value) in _folded(self.relationships)

    def knows_type(self, value: str) -> bool:
        return fold(value) in _folded(self.types)


# Clever's API definitions v2.0 to v3.1 list these six of each, and the empty string.
CLEVER = Vocabulary(
    relationships=("Parent", "Grandparent", "Self", "Aunt/Uncle", "Sibling", "Other"),
    types=("Parent/Guardian", "Emergency", "Primary", "Secondary", "Family", "Other"),
)


@dataclass(frozen=True, slots=True)
class PolicyRule:
    """One line of the table: for these relationships, types and classes, this verdict."""

    relationships: tuple[str, ...]
    types: tuple[str, ...]
    classes: tuple[str, ...]
    verdict: str

    def matches(self, entry: Entry, privilege_class: str, words: Vocabulary) -> bool:
        relationship, kind = entry
        return (
            (privilege_class in self.classes or ANY in self.classes)
            and _fits(relationship, self.relationships, words.relationships)
            and _fits(kind, self.types, words.types)
        )

    def to_data(self) -> dict[str, object]:
        return {
            "relationship": _shortest(self.relationships),
            "type": _shortest(self.types),
            "class": _shortest(self.classes),
            "verdict": self.verdict,
        }


def _fits(value: str, patterns: tuple[str, ...], known: tuple[str, ...]) -> bool:
    if ANY in patterns or fold(value) in _folded(patterns):
        return True
    return OUTSIDE in patterns and fold(value) not in _folded((*known, EMPTY))


def _shortest(values: tuple[str, ...]) -> str | list[str]:
    return values[0] if len(values) == 1 else list(values)


@dataclass(frozen=True)
class Policy:
    name: str
    privileges: Mapping[str, str] = field(hash=False)
    rules: tuple[PolicyRule, ...]

    @classmethod
    def parse(cls, data: object) -> Self:
        """The policy a policy file describes.

        Without `privileges` the shipped ones hold. Keys it does not know are left alone.
        Raises BadPolicy with one sentence that names the first wrong place.
        """
        table = _mapping(data, "The policy")
        privileges = table.get("privileges", SHIPPED_PRIVILEGES)
        return cls(
            name=_name(table.get("name")),
            privileges=MappingProxyType(_privileges(privileges)),
            rules=tuple(_rules(table.get("rules"))),
        )

    def to_data(self) -> dict[str, object]:
        return {
            "name": self.name,
            "privileges": dict(self.privileges),
            "rules": [rule.to_data() for rule in self.rules],
        }

    def verdict(
        self, entry: Entry, privilege_class: str, vocabulary: Vocabulary = CLEVER
    ) -> str:
        """`keep`, `hold` or `revoke`: what the first matching line says, else `hold`."""
        for rule in self.rules:
            if rule.matches(entry, privilege_class, vocabulary):
                return rule.verdict
        return "hold"

    def class_of(self, privilege: str) -> str:
        """The class a privilege belongs to, or `unmapped`.

        A class's own name is a privilege too, so a product that knows only classes can
        send those.
        """
        name = fold(privilege)
        return name if name in CLASSES else self.privileges.get(name, UNMAPPED)


def _mapping(value: object, place: str) -> Mapping[object, object]:
    if not isinstance(value, Mapping):
        raise BadPolicy(f"{place}: {_shown(value)} is no JSON object.")
    return value


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:39]}…"


def _name(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise BadPolicy("name: the policy needs a name.")
    return value.strip()


def _privileges(value: object) -> dict[str, str]:
    privileges: dict[str, str] = {}
    for raw, privilege_class in _mapping(value, "privileges").items():
        name = fold(raw) if isinstance(raw, str) else ""
        place = f"privileges[{_shown(raw)}]"
        if not name:
            raise BadPolicy(f"{place}: a privilege needs a name.")
        chosen = _one_of(privilege_class, CLASSES, place)
        if name in privileges or (name in CLASSES and name != chosen):
            raise BadPolicy(f"{place}: this name already stands for another class.")
        privileges[name] = chosen
    return privileges


def _one_of(value: object, allowed: tuple[str, ...], place: str) -> str:
    if isinstance(value, str) and fold(value) in allowed:
        return fold(value)
    raise BadPolicy(f"{place}: {_shown(value)} is none of {', '.join(allowed)}.")


def _rules(value: object) -> Iterator[PolicyRule]:
    if not isinstance(value, list | tuple):
        raise BadPolicy(f"rules: {_shown(value)} is no list.")
    for number, line in enumerate(value):
        place = f"rules[{number}]"
        rule = _mapping(line, place)
        yield PolicyRule(
            relationships=_texts(rule, "relationship", place),
            types=_texts(rule, "type", place),
            classes=tuple(
                _one_of(name, (*CLASSES, ANY), f"{place}.class")
                for name in _texts(rule, "class", place)
            ),
            verdict=_one_of(rule.get("verdict"), VERDICTS, f"{place}.verdict"),
        )


def _texts(rule: Mapping[object, object], key: str, place: str) -> tuple[str, ...]:
    if key not in rule:
        raise BadPolicy(f"{place}.{key}: missing; write * for any.")
    value = rule[key]
    values = value if isinstance(value, list | tuple) else [value]
    if not values:
        raise BadPolicy(f"{place}.{key}: the list is empty; write * for any.")
    return tuple(_text(text, f"{place}.{key}") for text in values)


def _text(value: object, place: str) -> str:
    if not isinstance(value, str):
        raise BadPolicy(f"{place}: {_shown(value)} is no text.")
    return value.strip()


DEFAULT = Policy.parse(SHIPPED)


@dataclass(frozen=True, slots=True)
class Difference:
    """One answer two policies give differently; `where` says of what."""

    where: str
    old: str
    new: str


def compare(
    old: Policy, new: Policy, vocabulary: Vocabulary = CLEVER
) -> tuple[Difference, ...]:
    """What differs in effect, so lines moved or written otherwise are no difference.

    Every value of the vocabulary is asked, the empty one, one outside it, and each that
    either policy names.
    """
    return (
        *_different("name", old.name, new.name),
        *_privilege_differences(old, new),
        *_verdict_differences(old, new, vocabulary),
    )


def _different(where: str, old: str, new: str) -> tuple[Difference, ...]:
    return () if old == new else (Difference(where, old, new),)


def _privilege_differences(old: Policy, new: Policy) -> Iterator[Difference]:
    for name in sorted({*old.privileges, *new.privileges}):
        yield from _different(
            f"privilege {name}", old.class_of(name), new.class_of(name)
        )


def _verdict_differences(
    old: Policy, new: Policy, words: Vocabulary
) -> Iterator[Difference]:
    rules = (*old.rules, *new.rules)
    named_kin = [value for rule in rules for value in rule.relationships]
    named_types = [value for rule in rules for value in rule.types]
    for kin, kind, privilege_class in product(
        _asked(words.relationships, named_kin),
        _asked(words.types, named_types),
        CLASSES,
    ):
        entry = (kin, kind)
        yield from _different(
            f"{_told(kin)} + {_told(kind)}, {privilege_class}",
            old.verdict(entry, privilege_class, words),
            new.verdict(entry, privilege_class, words),
        )


def _asked(known: tuple[str, ...], named: list[str]) -> list[str]:
    """The values to ask about; `?` itself stands for one outside the vocabulary."""
    values = {fold(value): value for value in reversed([*known, *named])}
    outside = sorted(set(values) - _folded(known) - {ANY, EMPTY, OUTSIDE})
    return [*known, *(values[value] for value in outside), EMPTY, OUTSIDE]


def _told(value: str) -> str:
    return {EMPTY: "(empty)", OUTSIDE: "(unrecognised)"}.get(value, value)
