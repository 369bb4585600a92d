"""Rows for tests: each factory makes the least that the constraints accept.

What belongs together stays together: a row's parts are made in the row's own source.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.models import Group, User
from factory import declarations as declare
from factory import helpers
from factory.django import DjangoModelFactory, Password

from audits.models import (
    Decision,
    Event,
    Finding,
    Grant,
    JudgedSituation,
    PolicyVersion,
    Restriction,
    Scan,
    StagedGrant,
    StagedRestriction,
)
from contacts import records
from contacts.models import (
    Contact,
    Job,
    LegacyContact,
    LegacyStudent,
    Match,
    QuarantinedRow,
    RelationshipEntry,
    Snapshot,
    SnapshotPage,
    Source,
    StagedContact,
    StagedEntry,
    StagedLegacyContact,
    StagedStudent,
    Student,
)

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
PASSWORD = "correct horse battery staple"


def object_id(number: int) -> str:
    """Return an id as Clever writes them: 24 hexadecimal characters."""
    return f"{number:024x}"


class SourceFactory(DjangoModelFactory):
    """A Clever district."""

    class Meta:
        model = Source

    slug = declare.Sequence(lambda n: f"district-{n}")
    provider = Source.Provider.CLEVER
    name = declare.Sequence(lambda n: f"District {n}")
    external_id = declare.Sequence(lambda n: object_id(0xD000 + n))


class UserFactory(DjangoModelFactory):
    """A person: ``UserFactory(roles=["reviewer"], sources=[source])``."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    username = declare.Sequence(lambda n: f"person-{n}")
    email = declare.LazyAttribute(lambda row: f"{row.username}@example.org")
    password = Password(PASSWORD)

    @helpers.post_generation
    def roles(self: User, create: bool, names: list[str] | None, **kwargs: Any) -> None:
        """Join the groups of these names."""
        for name in names or ():
            self.groups.add(Group.objects.get(name=name))

    @helpers.post_generation
    def sources(
        self: User, create: bool, sources: list[Source] | None, **kwargs: Any
    ) -> None:
        """Be let in to these sources."""
        for source in sources or ():
            source.people.add(self)


class SnapshotFactory(DjangoModelFactory):
    """A complete snapshot of one page without rows; ``running=True`` is not over."""

    class Meta:
        model = Snapshot

    class Params:
        running = declare.Trait(state=Snapshot.State.RUNNING, finished_at=None, pages=0)

    source = declare.SubFactory(SourceFactory)
    kind = Snapshot.Kind.CONTACTS
    version = "v3"
    origin = Snapshot.Origin.API
    origin_key = "api"
    state = Snapshot.State.COMPLETE
    pages = 1
    started_at = AT
    finished_at = AT


class SnapshotPageFactory(DjangoModelFactory):
    """A page of a snapshot; the body is not compressed for real."""

    class Meta:
        model = SnapshotPage

    snapshot = declare.SubFactory(SnapshotFactory)
    number = declare.Sequence(lambda n: n + 1)
    rows = 0
    sha256 = "0" * 64
    body = b""


class QuarantinedRowFactory(DjangoModelFactory):
    """A row that did not go in."""

    class Meta:
        model = QuarantinedRow

    snapshot = declare.SubFactory(SnapshotFactory)
    page = 1
    line = declare.Sequence(lambda n: n + 2)
    field = "id"
    reason = "is missing"


class JobFactory(DjangoModelFactory):
    """A job that waits for a worker."""

    class Meta:
        model = Job

    source = declare.SubFactory(SourceFactory)
    kind = "import_current"
    key = declare.LazyAttribute(lambda row: f"import:{row.source.pk}")
    title = declare.LazyAttribute(lambda row: f"Import {row.source.name}")


class _RowFactory(DjangoModelFactory):
    """What every row out of a page carries."""

    class Meta:
        abstract = True

    digest = declare.Sequence(lambda n: f"{n:032x}")
    sha256 = declare.Sequence(lambda n: f"{n:064x}")
    page = 1
    place = declare.Sequence(lambda n: n)


class _ImportedFactory(_RowFactory):
    """A fact, with the snapshot of its own source that told it."""

    class Meta:
        abstract = True

    source = declare.SubFactory(SourceFactory)
    snapshot = declare.SubFactory(
        SnapshotFactory, source=declare.SelfAttribute("..source")
    )


class _StagedFactory(_RowFactory):
    """A staged row of a running snapshot."""

    class Meta:
        abstract = True

    snapshot = declare.SubFactory(SnapshotFactory, running=True)
    line = declare.Sequence(lambda n: n + 1)


class _PersonFactory(DjangoModelFactory):
    """A person's values and their folded copies."""

    class Meta:
        abstract = True

    district = ""
    name = declare.Sequence(lambda n: f"Ana Diaz {n}")
    email = declare.Sequence(lambda n: f"ana{n}@example.org")
    folded_name = declare.LazyAttribute(lambda row: records.fold(row.name))
    folded_email = declare.LazyAttribute(lambda row: records.fold(row.email))


class _CallableFactory(_PersonFactory):
    """A person with a telephone."""

    class Meta:
        abstract = True

    phone = declare.Sequence(lambda n: f"(330) 555-{n % 10000:04d}")
    folded_phone = declare.LazyAttribute(lambda row: records.fold_phone(row.phone))
    phone_type = "Cell"


class StudentFactory(_ImportedFactory, _PersonFactory):
    """A student of v3."""

    class Meta:
        model = Student

    external_id = declare.Sequence(lambda n: object_id(0x5000000 + n))
    name = declare.Sequence(lambda n: f"Leo Diaz {n}")
    grade = "3"
    school = object_id(0x5C)


class LegacyContactFactory(_ImportedFactory, _CallableFactory):
    """A stored v2 contact; ``students=["id", …]`` lists its students."""

    class Meta:
        model = LegacyContact
        skip_postgeneration_save = True

    external_id = declare.Sequence(lambda n: object_id(0x2000000 + n))
    relationship = "Parent"
    type = "Parent/Guardian"

    @helpers.post_generation
    def students(
        self: LegacyContact, create: bool, refs: list[str] | None, **kwargs: Any
    ) -> None:
        """List these students."""
        for ref in refs or ():
            LegacyStudent.objects.create(legacy_contact=self, student_ref=ref)


class LegacyStudentFactory(DjangoModelFactory):
    """A student of a legacy contact."""

    class Meta:
        model = LegacyStudent

    legacy_contact = declare.SubFactory(LegacyContactFactory)
    student_ref = declare.Sequence(lambda n: object_id(0x5000000 + n))


class ContactFactory(_ImportedFactory, _CallableFactory):
    """A v3 contact; ``entries=[("student", "Parent", "Family"), …]`` relates it."""

    class Meta:
        model = Contact
        skip_postgeneration_save = True

    external_id = declare.Sequence(lambda n: object_id(0x3000000 + n))
    legacy_id = declare.Sequence(lambda n: object_id(0x2A00000 + n))

    @helpers.post_generation
    def entries(
        self: Contact,
        create: bool,
        entries: list[tuple[str, str, str]] | None,
        **kwargs: Any,
    ) -> None:
        """Relate the contact to these students."""
        for student, relationship, kind in entries or ():
            RelationshipEntry.objects.create(
                contact=self, student_ref=student, relationship=relationship, type=kind
            )


class RelationshipEntryFactory(DjangoModelFactory):
    """One entry of a contact."""

    class Meta:
        model = RelationshipEntry

    contact = declare.SubFactory(ContactFactory)
    student_ref = declare.Sequence(lambda n: object_id(0x5000000 + n))
    relationship = "Parent"
    type = "Parent/Guardian"


class MatchFactory(DjangoModelFactory):
    """A legacy contact matched with a contact by its legacy id."""

    class Meta:
        model = Match

    source = declare.SubFactory(SourceFactory)
    legacy_contact = declare.SubFactory(
        LegacyContactFactory, source=declare.SelfAttribute("..source")
    )
    contact = declare.SubFactory(
        ContactFactory,
        source=declare.SelfAttribute("..source"),
        legacy_id=declare.LazyAttribute(
            lambda row: getattr(
                row.factory_parent.legacy_contact, "external_id", object_id(0x2F)
            )
        ),
    )
    state = Match.State.MATCHED
    method = Match.Method.LEGACY_ID
    folded_name = declare.LazyAttribute(
        lambda row: (row.contact or row.legacy_contact).folded_name
    )


class StagedLegacyContactFactory(_StagedFactory, _CallableFactory):
    """A staged v2 contact."""

    class Meta:
        model = StagedLegacyContact

    external_id = declare.Sequence(lambda n: object_id(0x2000000 + n))


class StagedContactFactory(_StagedFactory, _CallableFactory):
    """A staged v3 contact."""

    class Meta:
        model = StagedContact

    external_id = declare.Sequence(lambda n: object_id(0x3000000 + n))


class StagedEntryFactory(DjangoModelFactory):
    """A staged entry."""

    class Meta:
        model = StagedEntry

    snapshot = declare.SubFactory(SnapshotFactory, running=True)
    page = 1
    place = 0
    contact_ref = declare.Sequence(lambda n: object_id(0x3000000 + n))
    student_ref = declare.Sequence(lambda n: object_id(0x5000000 + n))


class StagedStudentFactory(_StagedFactory, _PersonFactory):
    """A staged student."""

    class Meta:
        model = StagedStudent

    external_id = declare.Sequence(lambda n: object_id(0x5000000 + n))


class GrantFactory(_ImportedFactory):
    """A grant on the v2 relationship."""

    class Meta:
        model = Grant

    external_id = declare.Sequence(lambda n: f"grant-{n}")
    contact_ref = declare.Sequence(lambda n: object_id(0x2000000 + n))
    student_ref = declare.Sequence(lambda n: object_id(0x5000000 + n))
    privilege = "view_grades"
    granted_at = "2024-09-01"
    granted_by = "office"
    basis = Grant.Basis.V2_RELATIONSHIP


class StagedGrantFactory(_StagedFactory):
    """A staged grant."""

    class Meta:
        model = StagedGrant

    external_id = declare.Sequence(lambda n: f"grant-{n}")
    contact_ref = declare.Sequence(lambda n: object_id(0x2000000 + n))
    privilege = "view_grades"
    basis = Grant.Basis.V2_RELATIONSHIP


class RestrictionFactory(_ImportedFactory):
    """A court order against a contact, everywhere."""

    class Meta:
        model = Restriction

    external_id = declare.Sequence(lambda n: f"order-{n}")
    contact_ref = declare.Sequence(lambda n: object_id(0x2000000 + n))
    kind = Restriction.Kind.COURT_ORDER


class StagedRestrictionFactory(_StagedFactory):
    """A staged restriction."""

    class Meta:
        model = StagedRestriction

    external_id = declare.Sequence(lambda n: f"order-{n}")
    contact_ref = declare.Sequence(lambda n: object_id(0x2000000 + n))
    kind = Restriction.Kind.COURT_ORDER


class PolicyVersionFactory(DjangoModelFactory):
    """A version of a policy without rules."""

    class Meta:
        model = PolicyVersion

    source = declare.SubFactory(SourceFactory)
    number = declare.Sequence(lambda n: n + 1)
    body = declare.LazyFunction(lambda: {"name": "", "privileges": {}, "rules": []})


class ScanFactory(DjangoModelFactory):
    """A finished scan."""

    class Meta:
        model = Scan

    source = declare.SubFactory(SourceFactory)
    policy = declare.SubFactory(
        PolicyVersionFactory, source=declare.SelfAttribute("..source")
    )
    started_at = AT
    finished_at = AT


class JudgedSituationFactory(DjangoModelFactory):
    """A situation judged weaker."""

    class Meta:
        model = JudgedSituation

    source = declare.SubFactory(SourceFactory)
    key = declare.Sequence(lambda n: f"{n:064x}")
    body = declare.LazyFunction(dict)
    policy = declare.SubFactory(
        PolicyVersionFactory, source=declare.SelfAttribute("..source")
    )
    rule = "relationship-weaker"
    severity = "critical"
    recommendation = Decision.Kind.REVOKE
    sentence = "v3 says Aunt/Uncle (Family) for this student."
    grants = 1


class FindingFactory(DjangoModelFactory):
    """An open finding about a grant."""

    class Meta:
        model = Finding

    source = declare.SubFactory(SourceFactory)
    fingerprint = declare.Sequence(lambda n: f"grant:{n}")
    evidence = declare.Sequence(lambda n: f"{n:064x}")
    grant = declare.SubFactory(GrantFactory, source=declare.SelfAttribute("..source"))
    situation = declare.SubFactory(
        JudgedSituationFactory, source=declare.SelfAttribute("..source")
    )
    policy = declare.SelfAttribute("situation.policy")
    rule = declare.SelfAttribute("situation.rule")
    severity = Finding.Severity.CRITICAL
    recommendation = declare.SelfAttribute("situation.recommendation")
    grant_ref = declare.LazyAttribute(
        lambda row: row.grant.external_id if row.grant else ""
    )
    privilege = "view_grades"
    privilege_class = "records"
    contact_v2_id = declare.LazyAttribute(
        lambda row: row.grant.contact_ref if row.grant else ""
    )
    contact_name = "Ana Diaz"
    student_ref = declare.LazyAttribute(
        lambda row: row.grant.student_ref if row.grant else ""
    )
    student_name = "Leo Diaz"
    basis = Grant.Basis.V2_RELATIONSHIP
    basis_relationship = "Parent"
    basis_type = "Parent/Guardian"
    v3_entries = "Aunt/Uncle/Family"
    match_state = "matched"
    search_text = "ana diaz leo diaz"
    first_seen_at = AT
    last_seen_at = AT


class DecisionFactory(DjangoModelFactory):
    """A standing decision; the finding's own state is the test's to set."""

    class Meta:
        model = Decision

    finding = declare.SubFactory(FindingFactory)
    kind = Decision.Kind.REVOKE
    reason = "v3 says otherwise"
    evidence = declare.SelfAttribute("finding.evidence")
    situation = declare.SelfAttribute("finding.situation")
    decided_by = declare.SubFactory(UserFactory)
    decided_at = AT


class EventFactory(DjangoModelFactory):
    """An event; the chain is not kept, for that is the trail's own work."""

    class Meta:
        model = Event

    seq = declare.Sequence(lambda n: n + 1)
    at = AT
    actor = "somebody"
    actor_kind = Event.ActorKind.USER
    via = "web"
    action = "finding.decided"
    object_type = "finding"
    object_id = "1"
