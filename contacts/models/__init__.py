"""The tables of facts."""

from contacts.models.contact import (
    Contact,
    RelationshipEntry,
    StagedContact,
    StagedEntry,
)
from contacts.models.crosswalk import Match
from contacts.models.job import Job
from contacts.models.legacy import LegacyContact, LegacyStudent, StagedLegacyContact
from contacts.models.snapshot import QuarantinedRow, Snapshot, SnapshotPage
from contacts.models.source import Source
from contacts.models.student import StagedStudent, Student

__all__ = [
    "Contact",
    "Job",
    "LegacyContact",
    "LegacyStudent",
    "Match",
    "QuarantinedRow",
    "RelationshipEntry",
    "Snapshot",
    "SnapshotPage",
    "Source",
    "StagedContact",
    "StagedEntry",
    "StagedLegacyContact",
    "StagedStudent",
    "Student",
]
