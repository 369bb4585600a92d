"""The provider's cross-reference: who is asked for, in which calls, and what it proves."""

import pytest

from contacts import (
    api_errors,
    connecting,
    cross_referencing,
    evidence,
    importing,
    loading,
    mail_importing,
    working,
)
from contacts.constant_contact import client
from contacts.models import (
    ContactXref,
    Job,
    LegacyContact,
    ListXref,
    Match,
    QuarantinedRow,
    Snapshot,
)
from tests.contacts import facts, mail_facts
from tests.factories import (
    LegacyConsentFactory,
    LegacyListFactory,
    LegacyMailFactory,
    LegacyMembershipFactory,
    MailSourceFactory,
    SnapshotFactory,
    UploadedXrefFactory,
    uuid,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def source():
    return MailSourceFactory(name="News", token="let-me-in")


@pytest.fixture
def account(source, monkeypatch):
    """An account without people of V3, so that the calls are all about ids."""
    told = mail_facts.Account(source)
    monkeypatch.setattr(connecting, "mail", mail_facts.opening(told))
    return told


@pytest.fixture
def few(monkeypatch):
    """Two ids a call in the first turn, and two calls in the second."""
    monkeypatch.setattr(cross_referencing, "MOST_IDS", 2)
    monkeypatch.setattr(cross_referencing, "SECOND_CALLS", 2)


def stored(source, count, first=1):
    """Store V2 contacts; give their ids."""
    snapshot = SnapshotFactory(source=source, kind="legacy_contacts")
    ids = [mail_facts.v2_id(number) for number in range(first, first + count)]
    LegacyContact.objects.bulk_create(
        LegacyMailFactory.build(
            source=source, snapshot=snapshot, external_id=external_id
        )
        for external_id in ids
    )
    return ids


def known(account, ids):
    account.xrefs |= {each: uuid(int(each)) for each in ids}


def current(source):
    return working.run_here(importing.start_current(source=source, by=None))


def last(kind="crosswalk"):
    return Snapshot.objects.filter(kind=kind).latest("pk")


def answers(model=ContactXref):
    return dict(model.objects.order_by("pk").values_list("external_id", "ref"))


# --- Calls -------------------------------------------------------------------------------


def test_1201_ids_that_all_come_back_make_exactly_three_calls(source, account):
    ids = stored(source, 1_201)
    known(account, ids)

    current(source)

    calls = account.asked("contact_id")
    assert [len(call) for call in calls] == [500, 500, 201]
    assert [each for call in calls for each in call] == ids
    assert last().state == "complete"
    assert facts.counts(last()) == {
        "pages": 3,
        "rows_in": 1_201,
        "imported": 1_201,
        "unchanged": 0,
        "duplicates": 0,
        "quarantined": 0,
    }


def test_ids_that_did_not_come_back_are_asked_once_more_each_alone(source, account):
    ids = stored(source, 5)
    known(account, ids[:3])

    current(source)

    assert account.asked("contact_id") == [tuple(ids), (ids[3],), (ids[4],)]
    assert answers() == {each: account.xrefs.get(each, "") for each in ids}
    assert facts.counts(last())["rows_in"] == 5
    assert mail_facts.states(source)[ids[4]] == ("missing", "")


def test_an_id_that_comes_back_the_second_time_is_not_missing(source, account):
    ids = stored(source, 3)
    known(account, ids)
    first = account.contact_xrefs

    def forgetful(asked):
        account.xrefs.pop(ids[1], None) if len(asked) > 1 else known(account, ids)
        return first(asked)

    account.contact_xrefs = forgetful

    current(source)

    assert answers() == {each: uuid(int(each)) for each in ids}


@pytest.mark.parametrize(
    ("absent", "calls"), [(1, [1]), (2, [1, 1]), (3, [2, 1]), (5, [2, 2, 1])]
)
def test_the_second_turn_batches_where_calls_would_be_many(
    source, account, few, absent, calls
):
    ids = stored(source, 6)
    known(account, ids[absent:])

    current(source)

    asked = [len(call) for call in account.asked("contact_id")]
    assert asked == [2, 2, 2, *calls]
    assert list(answers().values()).count("") == absent


def test_201_missing_ids_take_at_most_200_calls(source, account):
    stored(source, 201)

    current(source)

    asked = [len(call) for call in account.asked("contact_id")]
    assert asked == [201, *[2] * 100, 1]
    assert Match.objects.filter(state="missing").count() == 201


def test_nothing_to_ask_makes_no_call_and_no_snapshot(source, account):
    current(source)

    assert not account.asked("contact_id")
    assert not account.asked("list_id")
    assert not Snapshot.objects.filter(kind__contains="crosswalk").exists()


def test_what_was_answered_is_not_asked_again_and_what_is_new_is(source, account):
    old = stored(source, 2)
    known(account, old)
    current(source)
    account.calls.clear()
    new = stored(source, 2, first=10)
    known(account, new)

    current(source)

    assert account.asked("contact_id") == [tuple(new)]
    assert facts.counts(last())["imported"] == 2


def test_an_id_that_had_no_answer_is_asked_anew_by_the_next_import(source, account):
    ids = stored(source, 3)
    known(account, ids[:1])
    current(source)
    account.calls.clear()
    known(account, ids[:2])

    current(source)

    assert account.asked("contact_id") == [(ids[1], ids[2]), (ids[2],)]
    assert answers() == {**account.xrefs, ids[2]: ""}
    assert facts.counts(last()) == {
        "pages": 2,
        "rows_in": 2,
        "imported": 1,
        "unchanged": 1,
        "duplicates": 0,
        "quarantined": 0,
    }


def test_where_every_id_has_its_answer_nothing_is_asked(source, account):
    known(account, stored(source, 3))
    current(source)
    runs = Snapshot.objects.filter(kind="crosswalk").count()
    account.calls.clear()

    current(source)

    assert not account.asked("contact_id")
    assert Snapshot.objects.filter(kind="crosswalk").count() == runs


def test_an_id_once_answered_with_none_needs_no_other_source(source, account):
    stored(source, 1)
    current(source)
    account.calls.clear()
    account.failures["contact_id", 1] = GONE

    job = current(source)

    assert job.state == Job.State.DONE
    assert job.result["note"].startswith("Constant Contact has withdrawn")


def test_a_run_that_asks_only_for_what_is_new_is_no_warning(source, account):
    known(account, stored(source, 4))
    current(source)
    known(account, stored(source, 1, first=10))

    current(source)

    assert (last().rows_in, last().error) == (1, "")


def test_an_id_of_another_kind_is_not_asked_for(source, account):
    LegacyMailFactory(source=source, external_id=uuid(1))

    current(source)

    assert not account.asked("contact_id")
    assert mail_facts.states(source) == {uuid(1): ("unchecked", "")}


# --- Answers -----------------------------------------------------------------------------


@pytest.mark.parametrize("bare", [True, False])
def test_the_guides_array_and_the_references_object_are_both_understood(
    source, account, bare
):
    """The guide's example answer, as printed."""
    for each in ("12345678", "23456789", "34567891"):
        LegacyMailFactory(source=source, external_id=each)
    account.bare = bare
    account.xrefs = {
        "12345678": "77777777-9999-1111-907f-888888888888",
        "23456789": "88888888-9999-1111-9f7f-888888888888",
        "34567891": "88888888-9999-1111-4444-888888888888",
    }

    current(source)

    assert answers() == account.xrefs
    assert len(account.asked("contact_id")) == 1


@pytest.mark.parametrize(
    ("asked", "printed"),
    [
        ("0016633325", "16633325"),
        ("16633325", "0016633325"),
        ("0016633325", "0016633325"),
    ],
)
def test_an_answer_may_print_an_id_with_other_zeros(source, account, asked, printed):
    LegacyMailFactory(source=source, external_id=asked)
    account.xrefs = {printed: uuid(1)}

    current(source)

    assert account.asked("contact_id") == [(asked,)]
    assert answers() == {asked: uuid(1)}


def test_an_answer_that_nobody_asked_for_is_quarantined_with_its_place(
    source, account, monkeypatch
):
    ids = stored(source, 2)
    known(account, ids)
    answer = account.contact_xrefs

    def stranger(asked):
        account.xrefs = {"999": uuid(999), **account.xrefs}
        return answer([*asked, "999"])

    account.contact_xrefs = stranger

    current(source)

    row = QuarantinedRow.objects.get()
    assert (row.page, row.line, row.field) == (1, 3, "sequence_id")
    assert row.reason == "was not asked for"
    assert facts.counts(last()) == {
        "pages": 1,
        "rows_in": 3,
        "imported": 2,
        "unchanged": 0,
        "duplicates": 0,
        "quarantined": 1,
    }


def test_an_answer_without_a_uuid_is_quarantined_and_makes_nobody_missing(
    source, account
):
    ids = stored(source, 2)
    account.xrefs = {ids[0]: uuid(1), ids[1]: "8888888-4444-4444-4444-012345678910"}

    current(source)

    assert answers() == {ids[0]: uuid(1)}
    assert mail_facts.states(source)[ids[1]] == ("unchecked", "")
    rows = QuarantinedRow.objects.order_by("page").values_list("page", "line", "field")
    assert list(rows) == [(1, 2, "contact_id"), (2, 1, "contact_id")]


def test_a_pair_told_twice_counts_once(source, account):
    ids = stored(source, 1)
    known(account, ids)
    answer = account.contact_xrefs
    account.contact_xrefs = lambda asked: answer([*asked, *asked])

    current(source)

    assert facts.counts(last())["duplicates"] == 1
    assert answers() == account.xrefs


def test_the_ids_own_spelling_outranks_another_in_one_answer(source, account):
    ids = stored(source, 1)
    account.xrefs = {ids[0].lstrip("0"): uuid(2), ids[0]: uuid(1)}

    current(source)

    assert answers() == {ids[0]: uuid(1)}
    assert facts.counts(last())["quarantined"] == 1


# --- Evidence ----------------------------------------------------------------------------


def test_an_answer_is_proved_by_its_page_and_an_absence_says_so(source, account):
    ids = stored(source, 2)
    known(account, ids[:1])
    current(source)

    there, absent = evidence.of_rows(ContactXref.objects.order_by("pk"))

    assert (there.intact, there.is_absence) == (True, False)
    assert ids[0].encode() in there.raw
    assert (absent.intact, absent.is_absence, absent.raw) == (True, True, b"")
    assert absent.text == "The provider was asked twice and did not name this id."


# --- Ends --------------------------------------------------------------------------------


@pytest.mark.parametrize("at", [1, 2, 3, 4, 5])
def test_a_failed_call_makes_nobody_missing_and_is_gone_on_with(
    source, account, few, at
):
    ids = stored(source, 6)
    known(account, ids[:4])
    account.failures["contact_id", at] = api_errors.Unavailable("GET: 503")

    job = current(source)

    assert job.state == Job.State.FAILED
    assert last().state in {"incomplete", "failed"}
    assert "" not in list(answers().values()) or at == 5
    assert sorted(answers()) == ids[: max(0, 2 * (min(at, 3) - 1))] + ids[4:5] * (
        at > 4
    )

    account.failures = {}
    again = current(source)

    assert again.state == Job.State.DONE
    asked = account.asked("contact_id")
    assert asked[at - 1] == asked[at]
    assert len(asked) == 6
    assert last().state == "complete"
    assert facts.counts(last())["rows_in"] == 6
    assert answers() == {each: account.xrefs.get(each, "") for each in ids}


class Killed(BaseException):
    """The worker is gone: nothing answers this."""


@pytest.mark.parametrize("at", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("before", [True, False])
def test_a_killed_run_asks_for_the_page_in_hand_at_most(
    source, account, few, monkeypatch, at, before
):
    ids = stored(source, 6)
    known(account, ids[:4])
    job = importing.start_current(source=source, by=None)
    store, pages = loading.store_page, {"left": at}

    def kill(*, snapshot, kind, page):
        pages["left"] -= kind.name == "crosswalk"
        if pages["left"] == 0 and kind.name == "crosswalk":
            pages["left"] = -1
            if not before:
                store(snapshot=snapshot, kind=kind, page=page)
            raise Killed
        store(snapshot=snapshot, kind=kind, page=page)

    monkeypatch.setattr(loading, "store_page", kill)
    with pytest.raises(Killed):
        mail_importing.import_mail_current(facts.lease(job))

    mail_importing.import_mail_current(facts.lease(job))

    asked = account.asked("contact_id")
    assert len(asked) == 6
    assert asked[at - 1] == asked[at]
    assert len(set(asked)) == 5
    assert answers() == {each: account.xrefs.get(each, "") for each in ids}
    assert facts.counts(last())["rows_in"] == 6


def test_a_run_cut_into_slices_asks_for_no_page_twice(source, account, few):
    ids = stored(source, 6)
    known(account, ids[:4])
    job = importing.start_current(source=source, by=None)

    while True:
        try:
            mail_importing.import_mail_current(facts.lease(job, slice_seconds=0))
            break
        except working.SliceOver:
            continue

    assert len(account.asked("contact_id")) == 5
    assert answers() == {each: account.xrefs.get(each, "") for each in ids}


def test_ids_stored_after_a_run_began_are_asked_twice_before_they_are_missing(
    source, account, few
):
    ids = stored(source, 4)
    known(account, ids[:3])
    account.failures["contact_id", 3] = api_errors.Unavailable("GET: 503")
    current(source)
    (new,) = stored(source, 1, first=0)
    account.failures = {}

    current(source)

    calls = account.asked("contact_id")[3:]
    assert [new in call for call in calls].count(True) == 2
    assert answers()[new] == ""


# --- Withdrawn ---------------------------------------------------------------------------

GONE = client.XrefGone("404")


def test_a_withdrawn_cross_reference_ends_the_job_in_words(source, account):
    ids = stored(source, 2)
    account.people = [mail_facts.contact(1)]
    account.failures["contact_id", 1] = GONE

    job = current(source)

    assert job.state == Job.State.FAILED
    assert job.error == (
        "Constant Contact has withdrawn its cross-reference of contact ids. Import V2"
        " from its API, with include_contact_id, or upload a crosswalk CSV instead."
    )
    assert mail_facts.states(source) == {
        mail_facts.v3_id(1): ("unmatched", ""),
        ids[0]: ("unchecked", ""),
        ids[1]: ("unchecked", ""),
    }


def test_it_is_a_note_where_every_id_is_told_otherwise(source, account):
    first, second = stored(source, 2)
    LegacyConsentFactory(
        legacy_contact=LegacyContact.objects.get(external_id=first), told_ref=uuid(1)
    )
    UploadedXrefFactory(source=source, external_id=second.lstrip("0"), ref=uuid(2))
    account.failures["contact_id", 1] = GONE

    job = current(source)

    assert job.state == Job.State.DONE
    assert job.result["note"].startswith("Constant Contact has withdrawn")
    assert job.result["snapshots"] == list(
        Snapshot.objects.filter(kind__in=["lists", "custom_fields", "contacts"])
        .order_by("pk")
        .values_list("pk", flat=True)
    )


def test_a_job_started_again_asks_again(source, account):
    ids = stored(source, 1)
    known(account, ids)
    account.failures["contact_id", 1] = GONE
    former = current(source)

    job = current(source)

    assert job == former
    assert job.state == Job.State.DONE
    assert mail_facts.states(source)[ids[0]] == ("missing", "xref")


def test_contacts_are_asked_for_where_lists_are_withdrawn(source, account):
    ids = stored(source, 1)
    known(account, ids)
    LegacyListFactory(source=source, external_id="7")
    account.failures["list_id", 1] = GONE

    job = current(source)

    assert job.state == Job.State.FAILED
    assert "cross-reference of list ids" in job.error
    assert answers() == account.xrefs


def test_a_withdrawn_cross_reference_is_asked_once_in_a_job_of_many_slices(
    source, account, few
):
    known(account, stored(source, 4))
    LegacyListFactory(source=source, external_id="7", told_ref=uuid(7))
    account.failures["list_id", 1] = GONE
    job = importing.start_current(source=source, by=None)

    while True:
        try:
            result = mail_importing.import_mail_current(
                facts.lease(job, slice_seconds=0)
            )
            break
        except working.SliceOver:
            continue

    assert len(account.asked("list_id")) == 1
    assert "list ids" in result["note"]


# --- Lists -------------------------------------------------------------------------------


def test_lists_of_v2_and_of_its_contacts_are_asked_for(source, account):
    LegacyListFactory(source=source, external_id="7")
    person = LegacyMailFactory(source=source, external_id="0016633325")
    for ref in ("7", "8", "9"):
        LegacyMembershipFactory(legacy_contact=person, list_ref=ref)
    account.known_lists = {"7": uuid(7), "0000000008": uuid(8)}

    current(source)

    assert account.asked("list_id") == [("7", "8", "9"), ("9",)]
    assert answers(ListXref) == {"7": uuid(7), "8": uuid(8), "9": ""}
    assert last("list_crosswalk").state == "complete"
    account.calls.clear()
    current(source)
    assert account.asked("list_id") == [("9",), ("9",)]
