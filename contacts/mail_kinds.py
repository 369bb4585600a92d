"""The kinds of facts about an account: people who may be mailed, lists, fields, ids.

A person goes into the table that all providers share, and what only a mailing provider
tells goes beside it: consent in a row of its own, a row for each list. ``body`` keeps the
record as parsed, from which the contact is mapped.
"""

from __future__ import annotations

import msgspec
from django.db.backends.utils import CursorWrapper

from contacts import mail_records, mail_values
from contacts.loading import CHANGED, IN_SLICE, Kind, Side, Slice
from contacts.models import Snapshot

legacy_record = msgspec.json.Decoder(mail_records.LegacyContact).decode
"""Give the V2 record that a ``body`` holds."""

contact_record = msgspec.json.Decoder(mail_records.Contact).decode
"""Give the V3 record that a ``body`` holds."""


# --- What depends on them --------------------------------------------------------

_LEGACY = CHANGED.format(
    staged="contacts_stagedlegacymail", target="contacts_legacycontact"
)
_CURRENT = CHANGED.format(staged="contacts_stagedmail", target="contacts_contact")
_OF_ROW = """m.snapshot_id = s.snapshot_id AND m.contact_ref = s.external_id
     AND m.page = s.page AND m.place = s.place"""


def _consent_sql(table: str, owner: str, columns: tuple[str, ...], changed: str) -> str:
    """SQL that gives changed people the consent that was told with them."""
    return f"""
        INSERT INTO {table} ({owner}, {", ".join(columns)})
        SELECT t.id, {", ".join(f"s.{name}" for name in columns)}
        FROM {changed} WHERE {IN_SLICE}
        ON CONFLICT ({owner}) DO UPDATE
          SET {", ".join(f"{name} = excluded.{name}" for name in columns)}"""  # noqa: S608  # constants


_SET_LEGACY_CONSENT = _consent_sql(
    "contacts_legacyconsent", "legacy_contact_id", mail_values.LEGACY_CONSENT, _LEGACY
)
_SET_CONSENT = _consent_sql(
    "contacts_consent", "contact_id", mail_values.CONSENT, _CURRENT
)

_DROP_LEGACY_MEMBERSHIPS = f"""
    DELETE FROM contacts_legacymembership WHERE id IN (
      SELECT o.id FROM {_LEGACY}
      JOIN contacts_legacymembership AS o ON o.legacy_contact_id = t.id
      WHERE {IN_SLICE} AND NOT EXISTS (
        SELECT 1 FROM contacts_stagedlegacymembership AS m
        WHERE {_OF_ROW} AND m.list_ref = o.list_ref))"""  # noqa: S608  # constants
_SET_LEGACY_MEMBERSHIPS = f"""
    INSERT INTO contacts_legacymembership (legacy_contact_id, list_ref, status)
    SELECT t.id, m.list_ref, m.status
    FROM {_LEGACY} JOIN contacts_stagedlegacymembership AS m ON {_OF_ROW}
    WHERE {IN_SLICE}
    ON CONFLICT (legacy_contact_id, list_ref) DO UPDATE SET status = excluded.status
      WHERE contacts_legacymembership.status <> excluded.status"""  # noqa: S608  # constants

_END_MEMBERSHIPS = f"""
    UPDATE contacts_membership AS o SET ended_at = %(at)s
    FROM {_CURRENT}
    WHERE {IN_SLICE} AND o.contact_id = t.id AND o.ended_at IS NULL
      AND NOT EXISTS (
        SELECT 1 FROM contacts_stagedmembership AS m
        WHERE {_OF_ROW} AND m.list_ref = o.list_ref)"""  # noqa: S608  # constants
_SET_MEMBERSHIPS = f"""
    INSERT INTO contacts_membership (contact_id, list_ref)
    SELECT t.id, m.list_ref
    FROM {_CURRENT} JOIN contacts_stagedmembership AS m ON {_OF_ROW}
    WHERE {IN_SLICE}
    ON CONFLICT (contact_id, list_ref) DO UPDATE SET ended_at = NULL
      WHERE contacts_membership.ended_at IS NOT NULL"""  # noqa: S608  # constants


def _renew_legacy(cursor: CursorWrapper, part: Slice, *, has_updates: bool) -> None:
    """Make consent and lists of changed V2 contacts what V2 told last."""
    cursor.execute(_SET_LEGACY_CONSENT, part.params())
    if has_updates:
        cursor.execute(_DROP_LEGACY_MEMBERSHIPS, part.params())
    cursor.execute(_SET_LEGACY_MEMBERSHIPS, part.params())


def _renew(cursor: CursorWrapper, part: Slice, *, has_updates: bool) -> None:
    """End the memberships that changed contacts no longer tell; take up what they do."""
    cursor.execute(_SET_CONSENT, part.params())
    if has_updates:
        cursor.execute(_END_MEMBERSHIPS, part.params())
    cursor.execute(_SET_MEMBERSHIPS, part.params())


# --- The kinds -------------------------------------------------------------------

LEGACY_CONTACTS = Kind(
    name=Snapshot.Kind.LEGACY_CONTACTS,
    target="contacts_legacycontact",
    staged="contacts_stagedlegacymail",
    columns=(*mail_values.PERSON, *mail_values.REACHED),
    staged_only=mail_values.LEGACY_CONSENT,
    values=mail_values.legacy_contact,
    defaults={"relationship": "", "type": ""},
    renew=_renew_legacy,
    dependent=("contacts_legacyconsent", "contacts_legacymembership"),
    side=Side(
        "contacts_stagedlegacymembership",
        ("contact_ref", "list_ref", "status"),
        mail_values.legacy_memberships,
    ),
)
CONTACTS = Kind(
    name=Snapshot.Kind.CONTACTS,
    target="contacts_contact",
    staged="contacts_stagedmail",
    columns=(*mail_values.PERSON, *mail_values.REACHED),
    staged_only=mail_values.CONSENT,
    values=mail_values.contact,
    key="contact_id",
    defaults={"legacy_id": "", "created": "", "last_modified": ""},
    absent="missing_at",
    renew=_renew,
    dependent=("contacts_consent", "contacts_membership"),
    side=Side(
        "contacts_stagedmembership",
        ("contact_ref", "list_ref"),
        mail_values.memberships,
    ),
)
LEGACY_LISTS = Kind(
    name=Snapshot.Kind.LEGACY_LISTS,
    target="contacts_legacylist",
    staged="contacts_stagedlegacylist",
    columns=("name", "status", "told_ref"),
    values=mail_values.legacy_list,
)
LISTS = Kind(
    name=Snapshot.Kind.LISTS,
    target="contacts_mailinglist",
    staged="contacts_stagedmailinglist",
    columns=("name", "description"),
    values=mail_values.mailing_list,
    key="list_id",
    absent="missing_at",
)
CUSTOM_FIELDS = Kind(
    name=Snapshot.Kind.CUSTOM_FIELDS,
    target="contacts_customfield",
    staged="contacts_stagedcustomfield",
    columns=("label", "name", "type"),
    values=mail_values.custom_field,
    key="custom_field_id",
    absent="missing_at",
)
CROSSWALK = Kind(
    name=Snapshot.Kind.CROSSWALK,
    target="contacts_contactxref",
    staged="contacts_stagedxref",
    columns=("ref",),
    values=mail_values.xref,
    key="sequence_id",
    is_whole=False,
)
LIST_CROSSWALK = Kind(
    name=Snapshot.Kind.LIST_CROSSWALK,
    target="contacts_listxref",
    staged="contacts_stagedxref",
    columns=("ref",),
    values=mail_values.xref,
    key="sequence_id",
    is_whole=False,
)
UPLOADED_CROSSWALK = Kind(
    name=Snapshot.Kind.UPLOADED_CROSSWALK,
    target="contacts_uploadedxref",
    staged="contacts_stagedxref",
    columns=("ref",),
    values=mail_values.xref,
    key="contact_v2_id",
)
