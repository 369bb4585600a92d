"""One reviewed contact of a mailing account: V2 supports less than V3 permits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from audits.models import Decision, Grant
from contacts import mail_records
from tests import reviewing
from tests.factories import (
    ConsentFactory,
    ContactXrefFactory,
    CustomFieldFactory,
    FindingFactory,
    GrantFactory,
    JudgedSituationFactory,
    LegacyConsentFactory,
    LegacyListFactory,
    LegacyMailFactory,
    LegacyMembershipFactory,
    ListXrefFactory,
    MailFactory,
    MailingListFactory,
    MailMatchFactory,
    MailSourceFactory,
    MembershipFactory,
    PolicyVersionFactory,
    SlotNameFactory,
)

SENTENCE = "{privilege} on ‘{list}’ rests on V2 ‘ACTIVE’; V3 permits more."
V2_LIST = "0016633325"
PRIVILEGES = {"send_email": "mailing"}

logged_in, person = reviewing.logged_in, reviewing.person


@dataclass
class Subscriber:
    """Ana, on the list News, with an open finding and a grant for any mail."""

    source: Any
    legacy: Any
    contact: Any
    match: Any
    news: Any
    hobby: Any
    grant: Any
    any_mail: Any
    finding: Any


def legacy_record(legacy: Any, **told: Any) -> mail_records.LegacyContact:
    """Give the V2 record of a contact who was added without a confirmation."""
    email = mail_records.LegacyEmail(
        address=legacy.email,
        status="ACTIVE",
        confirm_status="NO_CONFIRMATION_REQUIRED",
        opt_in_source="ACTION_BY_OWNER",
        opt_in_date="2019-03-02T09:30:00.000Z",
        opt_out_date="1969-12-31T19:00:00.000Z",
    )
    facts = {
        "status": "ACTIVE",
        "first_name": "Ana",
        "last_name": "Diaz",
        "prefix_name": "Dr.",
        "job_title": "Baker",
        "work_phone": "330 555 0100",
        "emails": (email,),
        "lists": (mail_records.LegacyMembership(V2_LIST, "ACTIVE"),),
        "custom_fields": (mail_records.LegacyCustomField(7, "Chess"),),
    }
    return mail_records.LegacyContact(legacy.external_id, **{**facts, **told})


def current_record(contact: Any, **told: Any) -> mail_records.Contact:
    """Give the V3 record of a contact who may be written to."""
    facts = {
        "address": contact.email,
        "permission_to_send": "explicit",
        "confirm_status": "confirmed",
        "opt_in_source": "Contact",
        "opt_in_date": "2021-05-01T00:00:00Z",
        "first_name": "Ana",
        "last_name": "Diaz",
        "job_title": "Head baker",
    }
    return mail_records.Contact(contact.external_id, **{**facts, **told})


def body(record: msgspec.Struct) -> str:
    """Write a record as its row keeps it."""
    return msgspec.json.encode(record).decode()


def subscriber(**finding_facts: object) -> Subscriber:
    """Make Ana in an account of her own."""
    source = MailSourceFactory()
    news = MailingListFactory(source=source, name="News")
    LegacyListFactory(source=source, external_id=V2_LIST, name="News of 2019")
    ListXrefFactory(source=source, external_id=V2_LIST, ref=news.external_id)
    hobby = CustomFieldFactory(source=source, label="Hobby")
    SlotNameFactory(source=source, slot=7, field_ref=hobby.external_id)
    match = _match(source, news, hobby)
    legacy, contact = match.legacy_contact, match.contact
    held = {
        "source": source,
        "match": match,
        "contact_ref": legacy.external_id,
        "student_ref": "",
        "privilege": "send_email",
        "basis": Grant.Basis.CONSENT,
    }
    policy = PolicyVersionFactory(
        source=source, body={"name": "p", "privileges": PRIVILEGES, "rules": []}
    )
    grant = GrantFactory(**held, list_ref=V2_LIST)
    any_mail = GrantFactory(**held, list_ref="")
    finding = FindingFactory(
        **{**_finding_facts(source, match, policy, grant), **finding_facts}
    )
    return Subscriber(
        source, legacy, contact, match, news, hobby, grant, any_mail, finding
    )


def _match(source: Any, news: Any, hobby: Any) -> Any:
    legacy = LegacyMailFactory(source=source, name="Ana Diaz", email="ana@example.org")
    contact = MailFactory(source=source, name="Ana Diaz", email="ana@example.org")
    LegacyConsentFactory(
        legacy_contact=legacy,
        confirm_status="NO_CONFIRMATION_REQUIRED",
        opt_in_source="ACTION_BY_OWNER",
        told_ref=contact.external_id,
        body=body(legacy_record(legacy, contact_id=contact.external_id)),
    )
    chess = mail_records.CustomValue(hobby.external_id, "Chess")
    record = current_record(contact, lists=(news.external_id,), custom_fields=(chess,))
    ConsentFactory(contact=contact, body=body(record))
    LegacyMembershipFactory(legacy_contact=legacy, list_ref=V2_LIST)
    MembershipFactory(contact=contact, list_ref=news.external_id)
    ContactXrefFactory(
        source=source, external_id=legacy.external_id, ref=contact.external_id
    )
    return MailMatchFactory(
        source=source,
        legacy_contact=legacy,
        contact=contact,
        methods="xref;include_contact_id",
    )


def _finding_facts(source: Any, match: Any, policy: Any, grant: Any) -> dict[str, Any]:
    situation = JudgedSituationFactory(
        source=source,
        policy=policy,
        rule="permission-raised",
        severity="high",
        recommendation=Decision.Kind.HOLD,
        sentence=SENTENCE,
        body=situation_body(),
    )
    return {
        "source": source,
        "grant": grant,
        "match": match,
        "situation": situation,
        "severity": 2,
        "privilege": "send_email",
        "privilege_class": "mailing",
        "contact_v3_id": match.contact.external_id,
        "student_ref": "",
        "student_name": "",
        "list_ref": V2_LIST,
        "list_name": "News",
        "basis": Grant.Basis.CONSENT,
        "basis_relationship": "ACTIVE",
        "basis_type": "NO_CONFIRMATION_REQUIRED/ACTION_BY_OWNER",
        "v3_entries": "explicit/confirmed",
        "search_text": "ana diaz news",
    }


def situation_body(**changes: object) -> dict[str, object]:
    """Give a situation of mailing as it is stored."""
    return {
        "privilege_class": "mailing",
        "basis_kind": "consent",
        "status": "ACTIVE",
        "email_status": "ACTIVE",
        "confirm_status": "NO_CONFIRMATION_REQUIRED",
        "opt_in_source": "ACTION_BY_OWNER",
        "opt_out_source": "",
        "supported": "implicit",
        "match": "matched",
        "subject": "present",
        "on_list": True,
        "entries": [["explicit", "confirmed", "Contact", "", False]],
        "restrictions": [],
        "checked": True,
        **changes,
    }
