"""How the SQL puts grants of mail in situations: ids, consent, candidates, lists, orders."""

from datetime import timedelta

import pytest
from django.utils import timezone

from audits.models import Finding
from contacts.models import (
    Consent,
    LegacyContact,
    LegacyList,
    ListXref,
    MailingList,
    Membership,
    Snapshot,
)
from tests import factories
from tests.audits.mailing import Account

pytestmark = pytest.mark.django_db

Kind, State = Snapshot.Kind, Snapshot.State
IMPLICIT = ["implicit", "off", "Account", "", False]


@pytest.fixture
def account():
    return Account()


def restrict(subscriber, **told):
    return factories.RestrictionFactory(
        source=subscriber.grant.source,
        **{"contact_ref": subscriber.legacy.external_id, **told},
    )


def test_a_situation_holds_what_both_versions_tell(account):
    account.subscriber(
        "unsubscribed",
        v2={
            "status": "OPTOUT",
            "email_status": "ACTIVE",
            "opt_out_source": "ACTION_BY_VISITOR",
        },
        v3={"opt_out_source": "Account"},
    )

    assert account.situation() == {
        "privilege_class": "mailing",
        "basis_kind": "consent",
        "status": "OPTOUT",
        "email_status": "ACTIVE",
        "confirm_status": "NO_CONFIRMATION_REQUIRED",
        "opt_in_source": "ACTION_BY_OWNER",
        "opt_out_source": "ACTION_BY_VISITOR",
        "supported": "unsubscribed",
        "match": "matched",
        "subject": "present",
        "on_list": True,
        "entries": [["unsubscribed", "off", "Account", "Account", False]],
        "restrictions": [],
        "checked": True,
    }


# --- Who -------------------------------------------------------------------------


@pytest.mark.parametrize("spelt", [str.lower, str.upper])
def test_a_grant_may_name_the_contact_by_the_v3_id_in_capitals_too(account, spelt):
    subscriber = account.subscriber("unsubscribed")
    subscriber.grant.contact_ref = spelt(subscriber.contact.external_id)
    subscriber.grant.save()

    account.scan()

    assert subscriber.rule() == "opted-out"
    assert subscriber.finding().contact_v2_id == subscriber.legacy.external_id


def test_an_id_that_nothing_holds_is_unknown(account):
    account.grant("4711", list_ref="")

    assert account.situation()["match"] == "unknown-contact"
    finding = Finding.objects.get()
    assert (finding.rule, finding.contact_v2_id) == ("unknown-contact", "4711")


def test_a_contact_that_only_v3_knows_has_no_support_of_v2(account):
    contact = account.current()
    account.grant(contact.external_id)

    body = account.situation()

    assert (body["match"], body["status"], body["supported"]) == ("matched", "", "")
    finding = Finding.objects.get()
    assert finding.rule == "permission-raised"
    assert "V2 tells nothing of this contact" in finding.situation.sentence
    assert (finding.contact_v2_id, finding.contact_v3_id) == ("", contact.external_id)


def test_a_contact_that_v3_remembers_only_is_deleted(account):
    account.subscriber(v3={"deleted_at": "2023-09-14"})

    body = account.situation()

    assert body["match"] == "deleted"
    assert body["entries"] == [["implicit", "off", "Account", "", True]]


def test_an_id_that_was_asked_and_not_answered_is_missing(account):
    legacy = account.stored()
    account.crossed(legacy, None)
    account.grant(legacy.external_id)

    body = account.situation()

    assert (body["match"], body["entries"], body["checked"]) == ("missing", [], True)
    assert Finding.objects.get().match_state == "missing"


def test_an_id_that_nobody_asked_for_is_unchecked(account):
    legacy = account.stored()
    account.grant(legacy.external_id)

    body = account.situation()

    assert body["match"] == "unchecked"
    assert Finding.objects.get().rule == "unchecked"


def test_the_v3_id_of_a_contact_that_v3_data_lacks_is_the_legacy_contacts(account):
    legacy = account.stored()
    factories.ContactXrefFactory(
        source=account.source, external_id=legacy.external_id, ref=factories.uuid(7)
    )
    grant = account.grant(factories.uuid(7).upper())

    account.scan()

    finding = Finding.objects.get(grant=grant)
    assert (finding.rule, finding.contact_v2_id) == ("no-crosswalk", legacy.external_id)


def test_in_a_conflict_every_candidate_is_told(account):
    legacy = account.stored(told_ref=factories.uuid(1))
    by_xref = account.current("implicit")
    told = account.current("unsubscribed")
    legacy.consent.told_ref = told.external_id
    legacy.consent.save()
    account.crossed(legacy, by_xref)
    account.grant(legacy.external_id)

    body = account.situation()

    assert body["match"] == "conflict"
    assert body["entries"] == [IMPLICIT, ["unsubscribed", "off", "Account", "", False]]
    assert Finding.objects.get().rule == "opted-out"


@pytest.mark.parametrize(
    ("stored", "told"),
    [
        ("0016633325", "16633325"),
        ("16633325", "0016633325"),
        ("0016633325", "0016633325"),
    ],
)
@pytest.mark.parametrize(
    "answer", [factories.ContactXrefFactory, factories.UploadedXrefFactory]
)
def test_a_candidate_may_be_told_with_other_zeros_in_front(
    account, stored, told, answer
):
    named, other = account.current("unsubscribed"), account.current()
    legacy = account.stored(told_ref=other.external_id)
    LegacyContact.objects.filter(pk=legacy.pk).update(external_id=stored)
    answer(source=account.source, external_id=told, ref=named.external_id)
    account.grant(stored)

    body = account.situation()

    assert body["match"] == "conflict"
    assert [entry[0] for entry in body["entries"]] == ["implicit", "unsubscribed"]


def test_two_v2_contacts_of_one_v3_contact_are_a_conflict_of_all_three(account):
    shared = account.current()
    olds = [account.stored(), account.stored(status="UNCONFIRMED")]
    for old in olds:
        account.crossed(old, shared)
        account.grant(old.external_id)
    account.grant(shared.external_id)

    account.scan()

    found = Finding.objects.order_by("pk")
    assert [one.rule for one in found] == ["crosswalk-conflict"] * 3
    assert {one.v3_entries for one in found} == {"implicit/off"}
    assert found[2].contact_v3_id == shared.external_id


def test_a_candidate_that_v3_no_longer_tells_is_none(account):
    legacy = account.stored()
    gone = account.current("explicit")
    gone.missing_at = timezone.now()
    gone.save()
    here = account.current()
    legacy.consent.told_ref = gone.external_id
    legacy.consent.save()
    account.crossed(legacy, here)
    account.grant(legacy.external_id)

    assert account.situation()["entries"] == [IMPLICIT]


def test_another_accounts_crosswalk_says_nothing(account):
    other = Account()
    legacy = account.stored()
    account.grant(legacy.external_id)
    factories.ContactXrefFactory(
        source=other.source,
        external_id=legacy.external_id,
        ref=other.current().external_id,
    )

    assert account.situation()["match"] == "unchecked"


# --- What V2 supports ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("explicit", "supported", "rule"),
    [(False, "implicit", "permission-raised"), (True, "explicit", "")],
)
def test_the_accounts_own_setting_says_what_a_visitor_consented_to(
    account, explicit, supported, rule
):
    factories.MailAccountFactory(source=account.source, visitor_is_explicit=explicit)
    subscriber = account.subscriber(
        "explicit", v2={"opt_in_source": "ACTION_BY_VISITOR"}
    )

    assert account.situation()["supported"] == supported
    assert subscriber.rule() == rule


def test_a_changed_setting_counts_at_the_next_scan(account):
    setting = factories.MailAccountFactory(source=account.source)
    subscriber = account.subscriber(
        "explicit", v2={"opt_in_source": "ACTION_BY_VISITOR"}
    )
    account.scan()
    setting.visitor_is_explicit = True
    setting.save()

    result = account.scan()

    assert (result["confirmed"], result["closed"]) == (1, 1)
    assert subscriber.finding().state == "closed"


def test_a_grants_own_label_never_stands_for_what_v2_says(account):
    subscriber = account.subscriber(
        v2={"status": "OPTOUT"},
        basis_relationship="ACTIVE",
        basis_type="CONFIRMED/ACTION_BY_VISITOR",
    )

    account.scan()

    assert subscriber.rule() == "opt-out-lost"
    assert subscriber.finding().basis_relationship == "OPTOUT"


# --- Which list ----------------------------------------------------------------------


def subject(account):
    body = account.situation()
    return body["subject"], body["on_list"], body["checked"]


def test_a_grant_without_a_list_is_for_any_mail(account):
    account.subscriber(list_ref="")

    assert subject(account) == ("none", False, True)


def test_a_list_may_be_named_by_the_v3_id_in_capitals(account):
    subscriber = account.subscriber(list_ref=account.news.external_id.upper())

    assert subject(account) == ("present", True, True)
    assert subscriber.rule() == ""


def test_a_list_may_be_named_by_the_v2_id(account):
    account.subscriber(list_ref=account.legacy_news.external_id)

    assert subject(account) == ("present", True, True)


def test_a_v2_list_may_have_come_with_its_v3_id(account):
    old = factories.LegacyListFactory(
        source=account.source, told_ref=account.news.external_id.upper()
    )
    account.subscriber(list_ref=old.external_id)

    assert subject(account) == ("present", True, True)


def test_a_v2_list_that_two_sources_tell_differently_is_none(account):
    other = factories.MailingListFactory(source=account.source)
    LegacyList.objects.update(told_ref=other.external_id)
    subscriber = account.subscriber(list_ref=account.legacy_news.external_id)

    assert subject(account) == ("unmapped", False, True)
    assert subscriber.rule() == "list-unmapped"


def test_a_v2_list_that_was_asked_and_not_answered_is_unmapped(account):
    ListXref.objects.update(ref="")
    subscriber = account.subscriber(list_ref=account.legacy_news.external_id)

    assert subject(account) == ("unmapped", False, True)
    assert subscriber.finding().list_name == "Old newsletter"


def test_a_v2_list_that_nobody_asked_for_is_unchecked(account):
    ListXref.objects.all().delete()
    subscriber = account.subscriber(list_ref=account.legacy_news.external_id)

    assert subject(account) == ("unmapped", False, False)
    assert subscriber.rule() == "unchecked"


def test_a_v2_list_that_only_a_contact_names_is_known_too(account):
    subscriber = account.subscriber(list_ref="1234567")
    factories.LegacyMembershipFactory(
        legacy_contact=subscriber.legacy, list_ref="1234567"
    )

    assert subject(account) == ("unmapped", False, False)


def test_a_list_that_nobody_knows_is_unmapped(account):
    subscriber = account.subscriber(list_ref=factories.uuid(99))

    assert subject(account) == ("unmapped", False, True)
    assert subscriber.finding().list_name == ""


def test_a_list_that_v3_dropped_is_unmapped(account):
    subscriber = account.subscriber()
    MailingList.objects.update(missing_at=timezone.now())

    account.scan()

    assert subscriber.rule() == "list-unmapped"


def test_a_membership_that_ended_is_none(account):
    subscriber = account.subscriber()
    Membership.objects.update(ended_at=timezone.now())

    assert subject(account) == ("present", False, True)
    assert subscriber.rule() == "not-on-list"


def test_a_contact_is_on_its_own_lists_alone(account):
    subscriber = account.subscriber(v3={"lists": []})
    account.current()

    account.scan()

    assert subscriber.rule() == "not-on-list"


def test_a_finding_is_found_by_the_lists_name(account):
    subscriber = account.subscriber("pending_confirmation")

    account.scan()

    finding = subscriber.finding()
    assert finding.list_name == "Newsletter"
    assert finding.search_text == f"{subscriber.contact.folded_name} newsletter"


# --- Orders --------------------------------------------------------------------------


@pytest.mark.parametrize("student", ["", "5"])
def test_any_order_on_the_person_binds_its_mail(account, student):
    subscriber = account.subscriber()
    restrict(subscriber, student_ref=student)

    (order,) = account.situation()["restrictions"]

    assert order["scope"] == ("this" if student else "everywhere")
    assert subscriber.rule() == "restricted"


def test_an_order_may_name_the_contact_by_the_v3_id_in_capitals(account):
    subscriber = account.subscriber()
    restrict(subscriber, contact_ref=subscriber.contact.external_id.upper())

    account.scan()

    assert subscriber.rule() == "restricted"


@pytest.mark.parametrize(
    "told",
    [
        {"privilege_classes": "records;emergency"},
        {"kind": "custody_document"},
        {"ends_on": timezone.now().date() - timedelta(days=1)},
        {"starts_on": timezone.now().date() + timedelta(days=1)},
    ],
)
def test_an_order_that_does_not_reach_mail_today_forbids_nothing(account, told):
    subscriber = account.subscriber()
    restrict(subscriber, **told)

    account.scan()

    assert subscriber.rule() == ""


# --- Unknown is not absent --------------------------------------------------------------


def test_without_any_v3_import_everything_is_unchecked_but_what_v2_forbids(account):
    grants = {
        status: account.grant(account.stored(status=status).external_id)
        for status in ("ACTIVE", "OPTOUT", "REMOVED")
    }
    stranger = account.grant("4711")
    Snapshot.objects.all().delete()

    account.scan()

    rules = dict(Finding.objects.values_list("grant_id", "rule"))
    assert rules == {
        grants["ACTIVE"].pk: "unchecked",
        grants["OPTOUT"].pk: "opted-out",
        grants["REMOVED"].pk: "removed",
        stranger.pk: "unchecked",
    }


def made_missing(account):
    legacy = account.stored()
    account.crossed(legacy, None)
    account.grant(legacy.external_id)


def made_gone(account):
    legacy = account.stored()
    factories.ContactXrefFactory(
        source=account.source, external_id=legacy.external_id, ref=factories.uuid(7)
    )
    account.grant(legacy.external_id)


def made_listless(account):
    account.subscriber(v3={"lists": []})


def made_unmapped(account):
    ListXref.objects.update(ref="")
    account.subscriber(list_ref=account.legacy_news.external_id)


def made_unknown(account):
    account.subscriber(list_ref=factories.uuid(99))


@pytest.mark.parametrize(
    ("make", "kind", "rule"),
    [
        (made_missing, Kind.CROSSWALK, "no-crosswalk"),
        (made_gone, Kind.CONTACTS, "no-crosswalk"),
        (made_listless, Kind.CONTACTS, "not-on-list"),
        (made_unmapped, Kind.LIST_CROSSWALK, "list-unmapped"),
        (made_unknown, Kind.LISTS, "list-unmapped"),
    ],
)
@pytest.mark.parametrize("state", [State.INCOMPLETE, State.FAILED, None])
def test_absence_proves_nothing_while_its_snapshot_is_not_complete(
    account, make, kind, rule, state
):
    make(account)
    if state:
        account.imported(kind, state)
    elif kind != Kind.CONTACTS:
        Snapshot.objects.filter(kind=kind).delete()

    account.scan()

    proven = state is None and kind == Kind.CONTACTS
    assert Finding.objects.get().rule == (rule if proven else "unchecked")

    account.imported(kind)
    account.scan()

    assert Finding.objects.get().rule == rule


@pytest.mark.parametrize("kind", [Kind.CROSSWALK, Kind.LISTS, Kind.LIST_CROSSWALK])
def test_what_was_seen_counts_whatever_else_is_incomplete(account, kind):
    subscriber = account.subscriber("not_set")
    account.imported(kind, State.INCOMPLETE)

    account.scan()

    assert subscriber.rule() == "not-sendable"


def test_without_v2_lists_an_unasked_crosswalk_of_lists_is_no_gap(account):
    Snapshot.objects.filter(kind=Kind.LIST_CROSSWALK).delete()
    LegacyList.objects.all().delete()
    subscriber = account.subscriber(list_ref=factories.uuid(99))

    account.scan()

    assert subscriber.rule() == "list-unmapped"


def test_consent_that_is_not_stored_is_no_consent(account):
    subscriber = account.subscriber()
    Consent.objects.all().delete()

    account.scan()

    assert subscriber.rule() == "permission-unrecognised"
