"""A small district by hand: one family at a time, then scanned."""

from dataclasses import dataclass, field
from typing import Any

from audits import scanning
from audits.models import Finding
from contacts import working
from contacts.models import Job, Snapshot
from tests import factories

PARENT = ("Parent", "Parent/Guardian")
AUNT = ("Aunt/Uncle", "Family")


@dataclass
class Family:
    """A contact in both versions, its student, and a grant."""

    legacy: Any
    contact: Any
    student: Any
    grant: Any

    def finding(self) -> Finding | None:
        """Give the grant's finding as it stands now."""
        return Finding.objects.filter(grant=self.grant).first()


@dataclass
class District:
    """A source with complete v3 data."""

    source: Any = field(default_factory=factories.SourceFactory)

    def __post_init__(self) -> None:
        self.import_v3()

    def import_v3(self, state=Snapshot.State.COMPLETE):
        """Say how the newest import of v3 contacts ended."""
        return factories.SnapshotFactory(source=self.source, state=state)

    def family(self, *, v2=PARENT, v3=(PARENT,), **grant) -> Family:
        """Make a contact with this v2 label and these v3 entries; None: gone from v3."""
        student = factories.StudentFactory(source=self.source)
        legacy = factories.LegacyContactFactory(
            source=self.source,
            relationship=v2[0],
            type=v2[1],
            students=[student.external_id],
        )
        contact = None
        if v3 is not None:
            contact = factories.ContactFactory(
                source=self.source,
                legacy_id=legacy.external_id,
                entries=[(student.external_id, *entry) for entry in v3],
            )
        told = {
            "contact_ref": legacy.external_id,
            "student_ref": student.external_id,
            **grant,
        }
        given = factories.GrantFactory(source=self.source, **told)
        return Family(legacy, contact, student, given)

    def grant(self, family: Family, privilege: str, **told):
        """Give one more privilege to a family's contact."""
        named = {
            "contact_ref": family.legacy.external_id,
            "student_ref": family.student.external_id,
            **told,
        }
        return factories.GrantFactory(source=self.source, privilege=privilege, **named)

    def scan(self) -> Any:
        """Scan to the end and give the counts."""
        job = working.run_here(scanning.start(source=self.source, by=None))
        assert job.state == Job.State.DONE, job.error
        return job.result

    def rules(self) -> list[str]:
        """List the rules of what is not closed, proposals with the others."""
        found = Finding.objects.filter(source=self.source).exclude(state="closed")
        return sorted(found.values_list("rule", flat=True))
