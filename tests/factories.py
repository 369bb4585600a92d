"""Rows for tests: each factory makes the least that the constraints accept.

What belongs together stays together: a row's parts are made in the row's own source.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from django.contrib.auth.models import Group, User
from factory import declarations as declare
from factory import helpers
from factory.django import DjangoModelFactory, Password

from audits.models import (
    Batch,
    Decision,
    Event,
    Finding,
    Grant,
    JudgedSituation,
    Loss,
    LossDecision,
    PolicyVersion,
    Restriction,
    Scan,
    SituationTally,
    StagedGrant,
    StagedRestriction,
    WriteItem,
    WriteRun,
)
from contacts import mail_records, records
from contacts.models import (
    ApiBudget,
    Consent,
    Contact,
    ContactXref,
    CustomField,
    Job,
    LegacyConsent,
    LegacyContact,
    LegacyList,
    LegacyMembership,
    LegacyStudent,
    ListXref,
    MailAccount,
    MailingList,
    Match,
    Membership,
    QuarantinedRow,
    RelationshipEntry,
    SlotName,
    Snapshot,
    SnapshotPage,
    Source,
    StagedContact,
    StagedCustomField,
    StagedEntry,
    StagedLegacyContact,
    StagedLegacyList,
    StagedLegacyMail,
    StagedLegacyMembership,
    StagedMail,
    StagedMailingList,
    StagedMembership,
    StagedStudent,
    StagedXref,
    Student,
    UploadedXref,
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
    needs_second_look = False
    second_due_at = declare.LazyAttribute(
        lambda row: AT + timedelta(days=3) if row.needs_second_look else None
    )
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


# --- Constant Contact ------------------------------------------------------------


def uuid(number: int) -> str:
    """Return an id as V3 of Constant Contact writes them."""
    return f"00000000-0000-4000-8000-{number:012x}"


class MailSourceFactory(SourceFactory):
    """A Constant Contact account."""

    slug = declare.Sequence(lambda n: f"account-{n}")
    provider = Source.Provider.CONSTANT_CONTACT
    name = declare.Sequence(lambda n: f"Account {n}")
    external_id = declare.Sequence(lambda n: f"a{n:011d}")


def _told_by(kind: Snapshot.Kind) -> Any:
    """Return the snapshot of a row's own source that tells rows of this kind."""
    return declare.SubFactory(
        SnapshotFactory, source=declare.SelfAttribute("..source"), kind=kind
    )


class MailAccountFactory(DjangoModelFactory):
    """What is set for an account; ``v2_key`` and such are the test's to give."""

    class Meta:
        model = MailAccount

    source = declare.SubFactory(MailSourceFactory)


class ApiBudgetFactory(DjangoModelFactory):
    """The budget of one key, unused."""

    class Meta:
        model = ApiBudget

    key_hash = declare.Sequence(lambda n: f"{n:064x}")
    day = AT.date()
    next_at = AT


class SlotNameFactory(DjangoModelFactory):
    """What a person said of a slot: its values go to a V3 field."""

    class Meta:
        model = SlotName

    source = declare.SubFactory(MailSourceFactory)
    slot = declare.Sequence(lambda n: n % 15 + 1)
    field_ref = declare.Sequence(lambda n: uuid(0xF000000 + n))


class LegacyMailFactory(LegacyContactFactory):
    """A stored V2 contact of an account, without its consent."""

    source = declare.SubFactory(MailSourceFactory)
    snapshot = _told_by(Snapshot.Kind.LEGACY_CONTACTS)
    external_id = declare.Sequence(lambda n: f"{1600000000 + n}")
    relationship = ""
    type = ""
    phone = declare.Sequence(lambda n: "")
    phone_type = ""


class MailFactory(ContactFactory):
    """A V3 contact of an account, without its consent."""

    source = declare.SubFactory(MailSourceFactory)
    external_id = declare.Sequence(lambda n: uuid(0xC000000 + n))
    legacy_id = declare.Sequence(lambda n: "")
    phone = declare.Sequence(lambda n: "")
    phone_type = ""


def _legacy_body(row: Any) -> str:
    """Return the record that a consent's columns were taken from."""
    person = row.legacy_contact
    email = mail_records.LegacyEmail(
        address=person.email,
        status=row.email_status,
        confirm_status=row.confirm_status,
        opt_in_source=row.opt_in_source,
        opt_in_date=row.opt_in_date,
        opt_out_source=getattr(row, "opt_out_source", ""),
        opt_out_date=getattr(row, "opt_out_date", ""),
    )
    record = mail_records.LegacyContact(
        person.external_id,
        status=row.status,
        contact_id=getattr(row, "told_ref", ""),
        first_name=person.name,
        emails=(email,),
    )
    return msgspec.json.encode(record).decode()


def _current_body(row: Any) -> str:
    """Return the record that a consent's columns were taken from."""
    person = row.contact
    record = mail_records.Contact(
        person.external_id,
        address=person.email,
        permission_to_send=row.permission,
        confirm_status=row.confirm_status,
        opt_in_source=row.opt_in_source,
        opt_in_date=row.opt_in_date,
        opt_out_source=getattr(row, "opt_out_source", ""),
        opt_out_date=getattr(row, "opt_out_date", ""),
        first_name=person.name,
        deleted_at=getattr(row, "deleted_at", ""),
    )
    return msgspec.json.encode(record).decode()


class LegacyConsentFactory(DjangoModelFactory):
    """The consent of a V2 contact that signed up itself and confirmed.

    ``legacy_contact__source=source`` puts it into an account.
    """

    class Meta:
        model = LegacyConsent

    legacy_contact = declare.SubFactory(LegacyMailFactory)
    status = "ACTIVE"
    email_status = "ACTIVE"
    confirm_status = "CONFIRMED"
    opt_in_source = "ACTION_BY_VISITOR"
    opt_in_date = "2019-03-02T09:30:00.000Z"
    body = declare.LazyAttribute(_legacy_body)


class ConsentFactory(DjangoModelFactory):
    """The consent of a V3 contact that may be written to."""

    class Meta:
        model = Consent

    contact = declare.SubFactory(MailFactory)
    permission = "explicit"
    confirm_status = "confirmed"
    opt_in_source = "Contact"
    opt_in_date = "2019-03-02T09:30:00Z"
    body = declare.LazyAttribute(_current_body)


class MailMatchFactory(MatchFactory):
    """A V2 contact matched with a V3 contact by the cross-reference."""

    source = declare.SubFactory(MailSourceFactory)
    legacy_contact = declare.SubFactory(
        LegacyMailFactory, source=declare.SelfAttribute("..source")
    )
    contact = declare.SubFactory(MailFactory, source=declare.SelfAttribute("..source"))
    method = Match.Method.XREF
    methods = Match.Method.XREF


class LegacyMembershipFactory(DjangoModelFactory):
    """A list that a V2 contact is on."""

    class Meta:
        model = LegacyMembership

    legacy_contact = declare.SubFactory(LegacyMailFactory)
    list_ref = declare.Sequence(lambda n: f"{1000000000 + n}")
    status = "ACTIVE"


class MembershipFactory(DjangoModelFactory):
    """A list that a V3 contact is on."""

    class Meta:
        model = Membership

    contact = declare.SubFactory(MailFactory)
    list_ref = declare.Sequence(lambda n: uuid(0xB000000 + n))


class _OfAccountFactory(_ImportedFactory):
    """A fact about an account."""

    class Meta:
        abstract = True

    source = declare.SubFactory(MailSourceFactory)


class LegacyListFactory(_OfAccountFactory):
    """A list of V2."""

    class Meta:
        model = LegacyList

    snapshot = _told_by(Snapshot.Kind.LEGACY_LISTS)
    external_id = declare.Sequence(lambda n: f"{1000000000 + n}")
    name = declare.Sequence(lambda n: f"News {n}")
    status = "ACTIVE"


class MailingListFactory(_OfAccountFactory):
    """A list of V3."""

    class Meta:
        model = MailingList

    snapshot = _told_by(Snapshot.Kind.LISTS)
    external_id = declare.Sequence(lambda n: uuid(0xB000000 + n))
    name = declare.Sequence(lambda n: f"News {n}")


class CustomFieldFactory(_OfAccountFactory):
    """A custom field of V3."""

    class Meta:
        model = CustomField

    snapshot = _told_by(Snapshot.Kind.CUSTOM_FIELDS)
    external_id = declare.Sequence(lambda n: uuid(0xF000000 + n))
    label = declare.Sequence(lambda n: f"Hobby {n}")
    name = declare.LazyAttribute(lambda row: row.label.replace(" ", "_").lower())
    type = "string"


class _XrefFactory(_OfAccountFactory):
    """An answer for a V2 id; ``ref=""`` says that there was none."""

    class Meta:
        abstract = True

    external_id = declare.Sequence(lambda n: f"{1600000000 + n}")
    ref = declare.Sequence(lambda n: uuid(0xC000000 + n))


class ContactXrefFactory(_XrefFactory):
    """What the cross-reference said of a contact."""

    class Meta:
        model = ContactXref

    snapshot = _told_by(Snapshot.Kind.CROSSWALK)


class UploadedXrefFactory(_XrefFactory):
    """What an uploaded crosswalk says of a contact."""

    class Meta:
        model = UploadedXref

    snapshot = _told_by(Snapshot.Kind.UPLOADED_CROSSWALK)


class ListXrefFactory(_XrefFactory):
    """What the cross-reference said of a list."""

    class Meta:
        model = ListXref

    snapshot = _told_by(Snapshot.Kind.LIST_CROSSWALK)
    external_id = declare.Sequence(lambda n: f"{1000000000 + n}")
    ref = declare.Sequence(lambda n: uuid(0xB000000 + n))


class _StagedMailFactory(_StagedFactory, _PersonFactory):
    """A staged person of an account, who has no telephone of one's own here."""

    class Meta:
        abstract = True


class StagedLegacyMailFactory(_StagedMailFactory):
    """A staged V2 contact."""

    class Meta:
        model = StagedLegacyMail

    external_id = declare.Sequence(lambda n: f"{1600000000 + n}")


class StagedMailFactory(_StagedMailFactory):
    """A staged V3 contact."""

    class Meta:
        model = StagedMail

    external_id = declare.Sequence(lambda n: uuid(0xC000000 + n))


class _StagedOnListFactory(DjangoModelFactory):
    """A staged membership."""

    class Meta:
        abstract = True

    snapshot = declare.SubFactory(SnapshotFactory, running=True)
    page = 1
    place = 0


class StagedLegacyMembershipFactory(_StagedOnListFactory):
    """A staged list of a V2 contact."""

    class Meta:
        model = StagedLegacyMembership

    contact_ref = declare.Sequence(lambda n: f"{1600000000 + n}")
    list_ref = declare.Sequence(lambda n: f"{1000000000 + n}")


class StagedMembershipFactory(_StagedOnListFactory):
    """A staged list of a V3 contact."""

    class Meta:
        model = StagedMembership

    contact_ref = declare.Sequence(lambda n: uuid(0xC000000 + n))
    list_ref = declare.Sequence(lambda n: uuid(0xB000000 + n))


class StagedLegacyListFactory(_StagedFactory):
    """A staged V2 list."""

    class Meta:
        model = StagedLegacyList

    external_id = declare.Sequence(lambda n: f"{1000000000 + n}")


class StagedMailingListFactory(_StagedFactory):
    """A staged V3 list."""

    class Meta:
        model = StagedMailingList

    external_id = declare.Sequence(lambda n: uuid(0xB000000 + n))


class StagedCustomFieldFactory(_StagedFactory):
    """A staged V3 custom field."""

    class Meta:
        model = StagedCustomField

    external_id = declare.Sequence(lambda n: uuid(0xF000000 + n))


class StagedXrefFactory(_StagedFactory):
    """A staged answer."""

    class Meta:
        model = StagedXref

    external_id = declare.Sequence(lambda n: f"{1600000000 + n}")
    ref = declare.Sequence(lambda n: uuid(0xC000000 + n))


# --- Losses and writes -----------------------------------------------------------


class LossFactory(DjangoModelFactory):
    """An open loss of a V2 contact: a second address."""

    class Meta:
        model = Loss

    source = declare.SubFactory(MailSourceFactory)
    fingerprint = declare.LazyAttribute(
        lambda row: f"{row.rule}:{row.field}:{row.contact_v2_id}"
    )
    evidence = declare.Sequence(lambda n: f"{n:064x}")
    rule = "addresses-over-limit"
    severity = 3
    field = "addresses.1"
    field_kind = "addresses"
    contact_v2_id = declare.Sequence(lambda n: f"{1600000000 + n}")
    v2_value = "12 Elm St, Springfield"
    first_seen_at = AT


class LossDecisionFactory(DjangoModelFactory):
    """A standing decision of a kind; the losses' own state is the test's to set."""

    class Meta:
        model = LossDecision

    source = declare.SubFactory(MailSourceFactory)
    rule = "addresses-over-limit"
    field = "addresses"
    kind = LossDecision.Kind.LEAVE
    reason = "Nobody writes letters"
    losses = 1
    losses_sha256 = "0" * 64
    decided_by = declare.SubFactory(UserFactory)
    decided_at = AT


class WriteRunFactory(DjangoModelFactory):
    """A complete preview of one item."""

    class Meta:
        model = WriteRun

    source = declare.SubFactory(MailSourceFactory)
    items = 1
    sha256 = "a" * 64
    made_by = declare.SubFactory(UserFactory)
    made_at = AT


class WriteItemFactory(DjangoModelFactory):
    """A change that waits to be sent."""

    class Meta:
        model = WriteItem

    run = declare.SubFactory(WriteRunFactory)
    place = declare.Sequence(lambda n: n)
    match = declare.SubFactory(
        MailMatchFactory, source=declare.SelfAttribute("..run.source")
    )
    method = WriteItem.Method.PUT
    contact_v2_id = declare.SelfAttribute("match.legacy_contact.external_id")
    contact_v3_id = declare.SelfAttribute("match.contact.external_id")
    body = "{}"
    differences = declare.LazyFunction(lambda: [["job_title", "", "Clerk"]])


# --- The review desk ---------------------------------------------------------


class BatchFactory(DjangoModelFactory):
    """A batch that was decided."""

    class Meta:
        model = Batch

    source = declare.SubFactory(SourceFactory)
    kind = Decision.Kind.REVOKE
    reason = "v3 says otherwise"
    fingerprint = "0" * 64
    items = 1
    state = Batch.State.DONE
    decided_by = declare.SubFactory(UserFactory)
    decided_at = AT


class SituationTallyFactory(DjangoModelFactory):
    """What a situation comes to: one open finding."""

    class Meta:
        model = SituationTally

    situation = declare.SubFactory(JudgedSituationFactory)
    source = declare.SelfAttribute("situation.source")
    severity = Finding.Severity.CRITICAL
    open = 1
    contacts = 1
    subjects = 1
    oldest_at = AT
