"""A small mailing account by hand: people as V2 and V3 tell them."""

from __future__ import annotations

from typing import Any

import msgspec

from audits.losing import filing
from audits.models import Finding
from audits.surveying import slices
from contacts import mail_records, mapped, records
from contacts.models import Consent, LegacyConsent, LegacyContact, Match
from tests import factories
from tests.factories import AT

WHOLE = slices.Slice(0, slices.END, 0)


def legacy_of(source: Any, record: mail_records.LegacyContact) -> LegacyContact:
    """Store a V2 record as an import would."""
    email = record.email
    legacy: LegacyContact = factories.LegacyMailFactory.create(
        source=source,
        external_id=record.external_id,
        name=record.name,
        email=email.address,
        digest=records.digest(record),
    )
    factories.LegacyConsentFactory(
        legacy_contact=legacy,
        status=record.status,
        email_status=email.status,
        confirm_status=email.confirm_status,
        body=msgspec.json.encode(record).decode(),
    )
    return legacy


def current_of(source: Any, record: mail_records.Contact) -> Any:
    """Store a V3 record as an import would."""
    contact = factories.MailFactory(
        source=source,
        external_id=record.external_id,
        name=record.name,
        email=record.address,
        digest=records.digest(record),
    )
    factories.ConsentFactory(
        contact=contact,
        permission=record.permission_to_send,
        body=msgspec.json.encode(record).decode(),
    )
    return contact


def legacy_record(number: int = 1, **told: Any) -> mail_records.LegacyContact:
    """Make a V2 record that loses nothing."""
    email = mail_records.LegacyEmail(
        address=told.pop("address", f"ana{number}@example.org"),
        status=told.get("status", "ACTIVE"),
        confirm_status="NO_CONFIRMATION_REQUIRED",
        opt_in_source="ACTION_BY_OWNER",
    )
    facts = {"status": "ACTIVE", "first_name": "Ana", "emails": (email,), **told}
    return mail_records.LegacyContact(f"16{number:08d}", **facts)


def contact_record(number: int = 1, **told: Any) -> mail_records.Contact:
    """Make a V3 record of the same person."""
    facts = {
        "address": f"ana{number}@example.org",
        "permission_to_send": "implicit",
        "first_name": "Ana",
        **told,
    }
    return mail_records.Contact(factories.uuid(number), **facts)


def pair(source: Any, legacy: Any, current: Any = None) -> Match:
    """Store one person in both versions, surely matched, or in V2 alone."""
    told: dict[str, Any] = {"contact": None, "state": "missing", "method": ""}
    if current is not None:
        told = {"contact": current_of(source, current)}
    match: Match = factories.MailMatchFactory.create(
        source=source, legacy_contact=legacy_of(source, legacy), **told
    )
    return match


def retell(legacy: LegacyContact, record: mail_records.LegacyContact) -> None:
    """Let V2 tell something else of a stored contact."""
    body = msgspec.json.encode(record).decode()
    LegacyConsent.objects.filter(legacy_contact=legacy).update(body=body)


def retell_current(contact: Any, record: mail_records.Contact) -> None:
    """Let V3 tell something else of a stored contact."""
    body = msgspec.json.encode(record).decode()
    Consent.objects.filter(contact=contact).update(body=body)
    type(contact).objects.filter(pk=contact.pk).update(digest=records.digest(record))


def file_losses(source: Any, *, at: Any = AT) -> filing.Outcome:
    """File the losses of a whole account at once, as a scan does slice by slice."""
    filing.follow(source)
    account = mapped.account_of(source, places={})
    filer = filing.Filer(source, account, at=at)
    outcome = filing.file_slice(filer, WHOLE)
    filing.file_slots(filer, outcome.slots)
    return outcome


def street(line1: str = "12 Elm St", **told: Any) -> mail_records.LegacyAddress:
    """Make a V2 address that loses nothing by itself."""
    return mail_records.LegacyAddress(
        kind=told.pop("kind", "PERSONAL"), line1=line1, **told
    )


def current_street(street: str = "12 Elm St", **told: Any) -> mail_records.Address:
    """Make a V3 address."""
    return mail_records.Address(kind="home", street=street, **told)


def keep(
    source: Any, match: Match, *, kind: str = "keep", state: str = "decided"
) -> Finding:
    """Let somebody have decided a finding about a contact."""
    finding: Finding = factories.FindingFactory.create(
        source=source, match=match, rule="permission-raised", privilege_class="mailing"
    )
    finding.decision = factories.DecisionFactory.create(finding=finding, kind=kind)
    finding.state = state
    finding.save()
    return finding
