"""A situation of mailing laid open: both sides of the consent, and the list, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from audits import consents
from contacts.constant_contact import consent, wording

LISTS = {
    "present": "known in V3",
    "unmapped": "of no list of V3",
    "none": "any mail: the grant names no list",
}
Fact = tuple[str, str]


def is_about_mail(body: Mapping[str, Any]) -> bool:
    """Say whether a situation's body is one of mailing."""
    return "supported" in body


def facts(body: Mapping[str, Any]) -> list[Fact]:
    """Tell what only a situation of mailing has."""
    return [
        ("V2 says", _legacy(body)),
        ("V2 supports", wording.supported(consent.permission(body["supported"]))),
        ("V3 says", "; ".join(map(_entry, body["entries"])) or "nothing"),
        ("List", LISTS.get(body["subject"], body["subject"])),
        ("On the list", _membership(body)),
    ]


def _legacy(body: Mapping[str, Any]) -> str:
    told = (
        consents.legacy_words(body),
        _act("added", body["opt_in_source"]),
        _act("opted out", body["opt_out_source"]),
    )
    return ", ".join(filter(None, told)) or "nothing"


def _entry(entry: Sequence[Any]) -> str:
    _, _, opt_in_source, opt_out_source, _ = entry
    told = (
        consents.current_words({"entries": [entry]}),
        _act("added", opt_in_source),
        _act("opted out", opt_out_source),
    )
    return ", ".join(filter(None, told))


def _act(what: str, source: str) -> str:
    by = wording.actor(source)
    return f"{what} {by}" if by else ""


def _membership(body: Mapping[str, Any]) -> str:
    if body["subject"] != "present":
        return ""
    return "yes" if body["on_list"] else "no"
