"""The tables of facts."""

from contacts.models.account import ApiBudget, MailAccount, SlotName
from contacts.models.consent import (
    Consent,
    LegacyConsent,
    LegacyMembership,
    Membership,
    StagedLegacyMail,
    StagedLegacyMembership,
    StagedMail,
    StagedMembership,
)
from contacts.models.contact import (
    Contact,
    RelationshipEntry,
    StagedContact,
    StagedEntry,
)
from contacts.models.crosswalk import Match
from contacts.models.job import Job
from contacts.models.legacy import LegacyContact, LegacyStudent, StagedLegacyContact
from contacts.models.mailing import (
    ContactXref,
    CustomField,
    LegacyList,
    ListXref,
    MailingList,
    StagedCustomField,
    StagedLegacyList,
    StagedMailingList,
    StagedXref,
    UploadedXref,
)
from contacts.models.snapshot import QuarantinedRow, Snapshot, SnapshotPage
from contacts.models.source import Source
from contacts.models.student import StagedStudent, Student

__all__ = [
    "ApiBudget",
    "Consent",
    "Contact",
    "ContactXref",
    "CustomField",
    "Job",
    "LegacyConsent",
    "LegacyContact",
    "LegacyList",
    "LegacyMembership",
    "LegacyStudent",
    "ListXref",
    "MailAccount",
    "MailingList",
    "Match",
    "Membership",
    "QuarantinedRow",
    "RelationshipEntry",
    "SlotName",
    "Snapshot",
    "SnapshotPage",
    "Source",
    "StagedContact",
    "StagedCustomField",
    "StagedEntry",
    "StagedLegacyContact",
    "StagedLegacyList",
    "StagedLegacyMail",
    "StagedLegacyMembership",
    "StagedMail",
    "StagedMailingList",
    "StagedMembership",
    "StagedStudent",
    "StagedXref",
    "Student",
    "UploadedXref",
]
