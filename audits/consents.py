"""What a finding of a mailing account says of consent: V2's side and V3's, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from audits.models import Finding, Grant
from contacts.constant_contact import wording

_BASES = dict(Grant.Basis.choices)


def old_side(finding: Finding) -> str:
    """Say what V2 told of mailing this contact."""
    if finding.basis and finding.basis != Grant.Basis.CONSENT:
        return _BASES.get(finding.basis, finding.basis)
    body = finding.situation.body
    said = [*_status_words(body), *_word_of(body.get("confirm_status"))]
    return ", ".join(said) or "not in V2"


def new_side(finding: Finding) -> str:
    """Say what V3 permits now, and whether the contact is on the list."""
    body = finding.situation.body
    said = [_permission_words(entry) for entry in body.get("entries", ())]
    if not said:
        return "not in V3" if finding.match_state != "unchecked" else "not looked up"
    return f"{' or '.join(dict.fromkeys(said))}{_on_list(body)}"


def legacy_words(body: Mapping[str, Any]) -> str:
    """Write V2's status, that of the address where it is another, and the confirmation."""
    confirmation = wording.confirmation(body.get("confirm_status") or "")
    return ", ".join(filter(None, (*_status_words(body), confirmation)))


def current_words(body: Mapping[str, Any]) -> str:
    """Write V3's permission; of candidates each other's."""
    said = []
    for entry in body.get("entries", ()):
        told = (_permission_words(entry), wording.confirmation(entry[1]))
        said.append(", ".join(filter(None, told)))
    return " or ".join(dict.fromkeys(said))


def _status_words(body: Mapping[str, Any]) -> list[str]:
    told = (body.get("status") or "", body.get("email_status") or "")
    status, email = map(wording.status, told)
    if status and email and email != status:
        return [status, f"address {email}"]
    return [one for one in (status or email,) if one]


def _word_of(confirm_status: str | None) -> list[str]:
    """Say whether the address was confirmed, where a confirmation was asked for at all."""
    word = wording.confirmation(confirm_status or "")
    return [word] if word in {"confirmed", "not confirmed"} else []


def _permission_words(entry: Sequence[Any]) -> str:
    """Write the permission of one contact of V3; its last part says that it is deleted."""
    permission = wording.permission(entry[0]) or "no permission told"
    return f"{permission}, deleted" if entry[-1] else permission


def _on_list(body: Mapping[str, Any]) -> str:
    if body.get("subject") == "unmapped":
        return ", no V3 list"
    off = body.get("subject") == "present" and not body.get("on_list")
    return ", not on the list" if off else ""
