"""Each truth that the database holds, and the row that would break it."""

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction

from contacts.models import Job, Match, Snapshot, Source
from tests.factories import (
    AT,
    ApiBudgetFactory,
    ContactFactory,
    ContactXrefFactory,
    CustomFieldFactory,
    JobFactory,
    LegacyContactFactory,
    LegacyListFactory,
    LegacyMailFactory,
    LegacyMembershipFactory,
    LegacyStudentFactory,
    ListXrefFactory,
    MailAccountFactory,
    MailFactory,
    MailingListFactory,
    MailSourceFactory,
    MatchFactory,
    MembershipFactory,
    RelationshipEntryFactory,
    SlotNameFactory,
    SnapshotFactory,
    SnapshotPageFactory,
    SourceFactory,
    StudentFactory,
    UploadedXrefFactory,
)

pytestmark = pytest.mark.django_db


def twice(factory, **told):
    factory(**told)
    return factory(**told)


def of_one_source(factory, **told):
    return twice(factory, source=SourceFactory(), **told)


def of_one_account(factory, **told):
    return twice(factory, source=MailSourceFactory(), **told)


def claimed_twice():
    match = MatchFactory()
    MatchFactory(source=match.source, contact=match.contact)


def twice_legacy():
    match = MatchFactory(state=Match.State.GONE, contact=None, method="")
    MatchFactory(
        source=match.source,
        legacy_contact=match.legacy_contact,
        state=Match.State.GONE,
        contact=None,
    )


def unclaimed_twice():
    contact = ContactFactory()
    for _ in range(2):
        MatchFactory(
            source=contact.source,
            contact=contact,
            legacy_contact=None,
            state=Match.State.UNMATCHED,
        )


BREAKS = {
    "source_slug_is_unique": lambda: twice(SourceFactory, slug="one"),
    "source_is_one_tenant": lambda: twice(SourceFactory, external_id="d1"),
    "source_provider_is_known": lambda: SourceFactory(provider="acme"),
    "snapshot_runs_once_a_kind": lambda: of_one_source(SnapshotFactory, running=True),
    "snapshot_state_is_known": lambda: SnapshotFactory(state="lost"),
    "snapshot_kind_is_known": lambda: SnapshotFactory(kind="schools"),
    "snapshot_counts_add_up": lambda: SnapshotFactory(rows_in=3, imported=1),
    "snapshot_ends_when_it_stops_running": lambda: SnapshotFactory(finished_at=None),
    "page_number_is_unique": lambda: twice(
        SnapshotPageFactory, snapshot=SnapshotFactory(), number=1
    ),
    "legacy_contact_id_is_unique": lambda: of_one_source(
        LegacyContactFactory, external_id="c1"
    ),
    "legacy_student_is_listed_once": lambda: twice(
        LegacyStudentFactory, legacy_contact=LegacyContactFactory(), student_ref="s1"
    ),
    "student_id_is_unique": lambda: of_one_source(StudentFactory, external_id="s1"),
    "contact_id_is_unique": lambda: of_one_source(ContactFactory, external_id="c1"),
    "entry_is_told_once": lambda: twice(
        RelationshipEntryFactory, contact=ContactFactory(), student_ref="s1"
    ),
    "match_legacy_contact_once": twice_legacy,
    "match_contact_to_one_legacy": claimed_twice,
    "match_unclaimed_contact_once": unclaimed_twice,
    "match_is_somebody": lambda: MatchFactory(
        legacy_contact=None, contact=None, state=Match.State.GONE, folded_name=""
    ),
    "match_state_is_known": lambda: MatchFactory(state="lost"),
    "match_joins_two_records": lambda: MatchFactory(contact=None),
    "legacy_membership_is_told_once": lambda: twice(
        LegacyMembershipFactory, legacy_contact=LegacyMailFactory(), list_ref="1"
    ),
    "membership_is_told_once": lambda: twice(
        MembershipFactory, contact=MailFactory(), list_ref="1"
    ),
    "legacy_list_id_is_unique": lambda: of_one_account(
        LegacyListFactory, external_id="1"
    ),
    "mailing_list_id_is_unique": lambda: of_one_account(
        MailingListFactory, external_id="1"
    ),
    "custom_field_id_is_unique": lambda: of_one_account(
        CustomFieldFactory, external_id="1"
    ),
    "contact_xref_is_unique": lambda: of_one_account(
        ContactXrefFactory, external_id="1"
    ),
    "uploaded_xref_is_unique": lambda: of_one_account(
        UploadedXrefFactory, external_id="1"
    ),
    "list_xref_is_unique": lambda: of_one_account(ListXrefFactory, external_id="1"),
    "mail_account_limits_are_known": lambda: MailAccountFactory(limits="endless"),
    "budget_is_one_a_key": lambda: twice(ApiBudgetFactory, key_hash="k"),
    "slot_is_named_once": lambda: of_one_account(SlotNameFactory, slot=3),
    "slot_is_one_of_fifteen": lambda: SlotNameFactory(slot=16),
    "job_key_is_unfinished_once": lambda: twice(JobFactory, key="import:1"),
    "job_state_is_known": lambda: JobFactory(state="lost"),
    "job_running_has_a_lease": lambda: JobFactory(state=Job.State.RUNNING),
}
UNNAMED = "UNIQUE constraint failed"  # SQLite names the columns of a plain one


@pytest.mark.parametrize("name", BREAKS)
def test_a_row_that_breaks_a_constraint_is_refused(name):
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        BREAKS[name]()

    told = str(refusal.value)
    assert name in told or told.startswith(UNNAMED)


def test_every_constraint_of_the_facts_is_broken_here():
    held = {
        constraint.name
        for model in apps.get_app_config("contacts").get_models()
        for constraint in model._meta.constraints
    }

    assert held == set(BREAKS)


def test_a_second_snapshot_may_run_once_the_first_has_ended():
    source = SourceFactory()
    first = SnapshotFactory(source=source, running=True)
    Snapshot.objects.filter(pk=first.pk).update(
        state=Snapshot.State.FAILED, finished_at=AT
    )

    SnapshotFactory(source=source, running=True)

    assert Snapshot.objects.filter(source=source).count() == 2


def test_the_tenant_of_one_provider_may_be_one_of_another():
    SourceFactory(external_id="d1")

    SourceFactory(external_id="d1", provider=Source.Provider.CONSTANT_CONTACT)

    assert Source.objects.count() == 2


def test_a_job_may_be_queued_again_once_the_former_has_ended():
    former = JobFactory(key="import:1", state=Job.State.DONE, finished_at=AT)

    JobFactory(source=former.source, key="import:1")

    assert Job.objects.count() == 2
