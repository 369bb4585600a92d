"""A person's name: V3 has a first and a last one, and nothing else."""

from __future__ import annotations

from contacts.constant_contact.losing import Ledger, PlaceKind
from contacts.mail_records import LegacyContact

_RULE = "name-part-dropped"


def first_name(legacy: LegacyContact, ledger: Ledger) -> str:
    """Give V3's first name; tell of each part of the name that has no place.

    A department has none either, and never is part of a name. A part that would make the
    name too long is not joined: a cut name is worse than a missing title.
    """
    name = legacy.first_name.strip()
    prefix, middle = legacy.prefix_name.strip(), legacy.middle_name.strip()
    if not (prefix or middle or legacy.department_name):
        return name
    has_middle = bool(middle) and _joins(f"{name} {middle}", "middle_name", ledger)
    name = f"{name} {middle}".strip() if has_middle else name
    has_prefix = bool(prefix) and _joins(f"{prefix} {name}", "prefix_name", ledger)
    name = f"{prefix} {name}".strip() if has_prefix else name
    if prefix:
        ledger.lose(_RULE, "prefix_name", prefix, got=name if has_prefix else "")
    if middle:
        ledger.lose(_RULE, "middle_name", middle, got=name if has_middle else "")
    if legacy.department_name.strip():
        ledger.lose(_RULE, "department_name", legacy.department_name)
    return name


def _joins(whole: str, part: str, ledger: Ledger) -> bool:
    wanted = ledger.decided(_RULE, part) == PlaceKind.JOIN_NAME
    return wanted and len(whole.strip()) <= ledger.limits.name
