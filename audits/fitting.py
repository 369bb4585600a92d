"""Which values that were given a custom field find no room in it after all.

A decision is refused where the values do not fit, but what V3 takes may change later: the
account's limits, or how many fields a contact fills. So the pages ask the mapping.
"""

from __future__ import annotations

from collections.abc import Sequence

from audits.losing import telling
from audits.models import Loss, LossDecision
from contacts import mail_kinds, mapped
from contacts.constant_contact import mapping
from contacts.models import LegacyConsent, Source

CUSTOM_FIELD = LossDecision.Kind.CUSTOM_FIELD


def without_room(source: Source, losses: Sequence[Loss]) -> set[str]:
    """Give the fingerprints of some losses whose decided field does not take them.

    ``losses`` are a page's, with their matches and decisions at hand.
    """
    given = [loss for loss in losses if _is_given_a_field(loss)]
    if not given:
        return set()
    account = mapped.account_without_duplicates(source)
    owners = {loss.match.legacy_contact_id for loss in given if loss.match}
    bodies = LegacyConsent.objects.filter(legacy_contact__in=owners)
    lost: dict[str, mapping.Loss] = {}
    for body in bodies.values_list("body", flat=True):
        legacy = mail_kinds.legacy_record(body)
        for told in mapping.map_contact(legacy, account).losses:
            lost[telling.fingerprint(told, legacy.external_id)] = told
    left_out = {name for name, told in lost.items() if _is_left_out(told, account)}
    return left_out & {loss.fingerprint for loss in given}


def _is_given_a_field(loss: Loss) -> bool:
    return loss.decision is not None and loss.decision.kind == CUSTOM_FIELD


def _is_left_out(told: mapping.Loss, account: mapping.Account) -> bool:
    """Say whether a field was named for the kind, and this value is not in it.

    While others of the kind are open no value goes anywhere, which is no want of room.
    """
    place = account.places.get((told.rule, told.field_kind))
    is_due = place is not None and place.kind == CUSTOM_FIELD
    return is_due and told.v3_value != told.v2_value
