"""What a finding of a mailing account says of consent: V2's side and V3's, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from audits.models import Finding, Grant
from contacts.constant_contact import wording

_BASES = dict(Grant.Basis.choices)


def old_side(finding: Finding) -> str:
    """Say what V2 told of mailing this contact."""
    if finding.basis and finding.basis != Grant.Basis.CONSENT:
        return _BASES.get(finding.basis, finding.basis)
    return legacy_words(finding.situation.body) or "not in V2"


def new_side(finding: Finding) -> str:
    """Say what V3 permits now, and whether the contact is on the list."""
    body = finding.situation.body
    told = current_words(body)
    if not told:
        return "not in V3" if finding.match_state != "unchecked" else "not looked up"
    return f"{told}{_on_list(body)}"


def legacy_words(body: Mapping[str, Any]) -> str:
    """Write V2's status, that of the address where it is another, and the confirmation."""
    status, email = (wording.status(body.get(name) or "") for name in _STATUSES)
    parts = [status or email]
    if status and email and email != status:
        parts.append(f"address {email}")
    parts.append(wording.confirmation(body.get("confirm_status") or ""))
    return ", ".join(filter(None, parts))


def current_words(body: Mapping[str, Any]) -> str:
    """Write V3's permission; of candidates each other's."""
    said = []
    for permission, confirmation, *_, deleted in body.get("entries", ()):
        told = [wording.permission(permission) or "no permission told"]
        told.append(wording.confirmation(confirmation))
        told += ["deleted"] * bool(deleted)
        said.append(", ".join(filter(None, told)))
    return " or ".join(dict.fromkeys(said))


_STATUSES = ("status", "email_status")


def _on_list(body: Mapping[str, Any]) -> str:
    if body.get("subject") == "unmapped":
        return ", no V3 list"
    off = body.get("subject") == "present" and not body.get("on_list")
    return ", not on the list" if off else ""
