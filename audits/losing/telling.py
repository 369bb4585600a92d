"""What a slice of legacy contacts loses, told row by row as it is filed.

What people decided is not looked at: a value has no place whether or not somebody has
said where it shall go.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from hashlib import sha256

from audits.rules import losses as cards
from audits.surveying import slices
from contacts import mail_kinds
from contacts.constant_contact import mapping
from contacts.models import LegacyConsent, Source

UNMAPPED = "custom-field-unmapped"
COLUMNS = {
    "fingerprint": "TEXT",
    "evidence": "TEXT",
    "rule": "TEXT",
    "severity": "INTEGER",
    "field": "TEXT",
    "field_kind": "TEXT",
    "match_id": "BIGINT",
    "contact_v2_id": "TEXT",
    "contact_v3_id": "TEXT",
    "v2_value": "TEXT",
    "v3_value": "TEXT",
}
_FIELD_LIMIT = 100
Told = tuple[object, ...]


def rows(
    source: Source, account: mapping.Account, part: slices.Slice, slots: Counter[int]
) -> Iterator[Told]:
    """Map contact by contact; ``slots`` counts those that use a slot without a name."""
    account = replace(account, places={})
    consents = LegacyConsent.objects.filter(
        legacy_contact__source=source, pk__gte=part.low, pk__lt=part.high
    ).values_list(
        "body",
        "legacy_contact__matches",
        "legacy_contact__matches__contact__external_id",
    )
    seen: set[object] = set()
    for body, match, ref in consents.iterator():
        legacy = mail_kinds.legacy_record(body)
        mapped = mapping.map_contact(legacy, account)
        slots.update(_unnamed(mapped.unmapped_slots, account))
        for loss in mapped.losses:
            row = _row(loss, legacy.external_id, match, ref)
            if row[0] not in seen:
                seen.add(row[0])
                yield row


def _unnamed(used: Iterable[int], account: mapping.Account) -> Iterator[int]:
    """Leave out the slots whose values a person chose to leave behind."""
    return (slot for slot in used if account.slots.get(slot) != "")


def fingerprint(loss: mapping.Loss, contact: str) -> str:
    """Say what a loss is about: the rule, the field and the contact."""
    return f"{loss.rule}:{loss.field}:{contact}"


def _row(loss: mapping.Loss, contact: str, match: int | None, ref: str | None) -> Told:
    return (
        fingerprint(loss, contact),
        _evidence(loss.v2_value, loss.v3_value),
        loss.rule,
        cards.rank(loss.rule),
        loss.field[:_FIELD_LIMIT],
        loss.field_kind,
        match or 0,
        contact,
        ref or "",
        loss.v2_value,
        loss.v3_value,
    )


def slot_row(slot: int, contacts: int) -> Told:
    told = f"{contacts:,} contact{'' if contacts == 1 else 's'}"
    field = f"custom_fields.{slot}"
    loss = mapping.Loss(UNMAPPED, field, field, told, "")
    return _row(loss, "", None, "")


def _evidence(*values: str) -> str:
    return sha256("\x1f".join(values).encode(errors="replace")).hexdigest()
