from itertools import permutations

import pytest
from django.db import connection

from contacts import mail_matching, matching
from contacts.models import LegacyConsent, Match, UploadedXref
from tests.factories import (
    AT,
    ConsentFactory,
    ContactXrefFactory,
    LegacyConsentFactory,
    LegacyMailFactory,
    MailFactory,
    MailSourceFactory,
    SnapshotFactory,
    UploadedXrefFactory,
    uuid,
)

pytestmark = pytest.mark.django_db

HERS, HIS = uuid(0xC1), uuid(0xC2)


@pytest.fixture
def source():
    """An account whose V3 contacts were once listed as a whole."""
    source = MailSourceFactory()
    SnapshotFactory(source=source, kind="contacts")
    return source


def legacy(source, external_id="16633325", told="", **changes):
    """A V2 contact, with the V3 id that V2 told of it."""
    person = LegacyMailFactory(source=source, external_id=external_id, **changes)
    LegacyConsentFactory(legacy_contact=person, told_ref=told)
    return person


def current(source, external_id=HERS, deleted_at="", **changes):
    """A V3 contact."""
    person = MailFactory(source=source, external_id=external_id, **changes)
    ConsentFactory(contact=person, deleted_at=deleted_at)
    return person


def answered(source, external_id, ref):
    return ContactXrefFactory(source=source, external_id=external_id, ref=ref)


def uploaded(source, external_id, ref):
    return UploadedXrefFactory(source=source, external_id=external_id, ref=ref)


def crosswalk(source):
    matching.match(source)
    return {
        (match.legacy_contact_id, match.contact_id): (match.state, match.methods)
        for match in Match.objects.filter(source=source)
    }


# --- States --------------------------------------------------------------------


def test_the_contact_that_the_cross_reference_names_is_the_match(source):
    person, contact = legacy(source), current(source, name="ANA Diaz")
    answered(source, person.external_id, HERS)

    matching.match(source)

    match = Match.objects.get()
    assert (match.legacy_contact, match.contact) == (person, contact)
    assert (match.state, match.method, match.methods) == ("matched", "xref", "xref")
    assert match.folded_name == "ana diaz"


def test_a_contact_that_v3_only_remembers_is_deleted(source):
    person, contact = legacy(source), current(source, deleted_at="2025-01-31")
    answered(source, person.external_id, HERS)

    assert crosswalk(source) == {(person.pk, contact.pk): ("deleted", "xref")}


def test_an_id_that_was_asked_and_not_answered_is_missing(source):
    person = legacy(source)
    answered(source, person.external_id, "")

    assert crosswalk(source) == {(person.pk, None): ("missing", "")}


def test_an_id_that_nobody_asked_for_is_unchecked(source):
    person = legacy(source)

    assert crosswalk(source) == {(person.pk, None): ("unchecked", "")}


def test_a_v3_contact_that_a_whole_list_lacks_leaves_its_legacy_contact_missing(source):
    person = legacy(source)
    answered(source, person.external_id, HERS)

    assert crosswalk(source) == {(person.pk, None): ("missing", "xref")}


def test_before_v3_was_listed_nobody_is_missing_from_it():
    source = MailSourceFactory()
    SnapshotFactory(source=source, kind="contacts", state="incomplete")
    person = legacy(source)
    answered(source, person.external_id, HERS)

    assert crosswalk(source) == {(person.pk, None): ("unchecked", "xref")}


def test_a_contact_that_v3_no_longer_tells_is_spoken_for_by_its_legacy_contact(source):
    person = legacy(source)
    current(source, missing_at=AT)
    answered(source, person.external_id, HERS)

    assert crosswalk(source) == {(person.pk, None): ("missing", "xref")}


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({}, "unmatched"),
        ({"deleted_at": "2025-01-31"}, "deleted"),
        ({"missing_at": AT}, "missing"),
    ],
)
def test_a_contact_of_v3_alone_has_a_row_of_its_own(source, changes, state):
    contact = current(source, **changes)

    assert crosswalk(source) == {(None, contact.pk): (state, "")}


def test_sources_of_people_do_not_mix(source):
    person = legacy(source)
    answered(MailSourceFactory(), person.external_id, HERS)
    stranger = current(MailSourceFactory())
    answered(source, person.external_id, stranger.external_id)

    assert crosswalk(source) == {(person.pk, None): ("missing", "xref")}


# --- Methods -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("xref", "upload", "told", "methods"),
    [
        (HERS, "", "", "xref"),
        ("", HERS, "", "upload"),
        ("", "", HERS, "include_contact_id"),
        (HERS, HERS, "", "xref;upload"),
        (HERS, "", HERS, "xref;include_contact_id"),
        ("", HERS, HERS, "upload;include_contact_id"),
        (HERS, HERS, HERS, "xref;upload;include_contact_id"),
    ],
)
def test_every_source_that_told_the_contact_is_named(
    source, xref, upload, told, methods
):
    person, contact = legacy(source, told=told), current(source)
    answered(source, person.external_id, xref)
    uploaded(source, person.external_id, upload)

    assert crosswalk(source) == {(person.pk, contact.pk): ("matched", methods)}
    assert Match.objects.get().method == methods.split(";")[0]


def test_an_id_of_v2_makes_up_for_an_answer_that_lacks_it(source):
    person, contact = legacy(source, told=HERS), current(source)
    answered(source, person.external_id, "")

    assert crosswalk(source) == {
        (person.pk, contact.pk): ("matched", "include_contact_id")
    }


def test_an_uploaded_row_without_a_v3_id_says_nothing(source):
    person = legacy(source)
    uploaded(source, person.external_id, "")

    assert crosswalk(source) == {(person.pk, None): ("unchecked", "")}


# --- Conflicts -----------------------------------------------------------------


def test_sources_that_disagree_are_a_conflict_of_all_three(source):
    person = legacy(source, told=HIS)
    one, other = current(source), current(source, HIS)
    answered(source, person.external_id, HERS)

    assert crosswalk(source) == {
        (person.pk, None): ("conflict", "xref;include_contact_id"),
        (None, one.pk): ("conflict", ""),
        (None, other.pk): ("conflict", ""),
    }


def test_sources_disagree_even_if_v3_knows_only_one_of_them(source):
    person, contact = legacy(source, told=HIS), current(source)
    answered(source, person.external_id, HERS)

    assert crosswalk(source) == {
        (person.pk, None): ("conflict", "xref;include_contact_id"),
        (None, contact.pk): ("conflict", ""),
    }


def test_two_legacy_contacts_of_one_contact_are_a_conflict(source):
    first, second = legacy(source, "1"), legacy(source, "2", told=HERS)
    contact = current(source)
    answered(source, "1", HERS)

    assert crosswalk(source) == {
        (first.pk, None): ("conflict", "xref"),
        (second.pk, None): ("conflict", "include_contact_id"),
        (None, contact.pk): ("conflict", ""),
    }


# --- Spellings of ids ----------------------------------------------------------


@pytest.mark.parametrize("source_of", [answered, uploaded])
@pytest.mark.parametrize(
    ("stored", "printed"),
    [("0016633325", "16633325"), ("16633325", "0016633325"), ("007", "07")],
)
def test_an_id_is_the_same_without_its_leading_zeros(
    source, source_of, stored, printed
):
    person, contact = legacy(source, stored), current(source)
    source_of(source, printed, HERS)

    matching.match(source)

    match = Match.objects.get()
    assert (match.state, match.legacy_contact.external_id) == ("matched", stored)
    assert (match.legacy_contact, match.contact) == (person, contact)


def test_an_id_with_its_own_spelling_is_not_anothers(source):
    padded, bare = legacy(source, "0016633325"), legacy(source, "16633325")
    hers, his = current(source), current(source, HIS)
    answered(source, "0016633325", HERS)
    answered(source, "16633325", HIS)

    assert crosswalk(source) == {
        (padded.pk, hers.pk): ("matched", "xref"),
        (bare.pk, his.pk): ("matched", "xref"),
    }


def test_an_answer_in_the_ids_own_spelling_outranks_another_spelling(source):
    person, contact = legacy(source, "0016633325"), current(source)
    answered(source, "0016633325", HERS)
    answered(source, "16633325", HIS)

    assert crosswalk(source) == {(person.pk, contact.pk): ("matched", "xref")}


def test_a_spelling_that_two_legacy_contacts_could_mean_is_a_conflict(source):
    first, second = legacy(source, "0016633325"), legacy(source, "16633325")
    contact = current(source)
    uploaded(source, "016633325", HERS)

    assert crosswalk(source) == {
        (first.pk, None): ("conflict", "upload"),
        (second.pk, None): ("conflict", "upload"),
        (None, contact.pk): ("conflict", ""),
    }


# --- Through time --------------------------------------------------------------


def test_matching_again_writes_nothing(source):
    person = legacy(source, told=HIS)
    answered(source, person.external_id, HERS)
    answered(source, legacy(source, "2").external_id, "")
    for external_id in (HERS, HIS, uuid(0xC3)):
        current(source, external_id)
    matching.match(source)
    before = list(Match.objects.order_by("pk").values())

    matching.match(source)

    assert list(Match.objects.order_by("pk").values()) == before


def test_a_persons_row_keeps_its_id_through_every_change(source):
    person, contact = legacy(source), current(source)
    assert crosswalk(source)[person.pk, None] == ("unchecked", "")
    row = Match.objects.get(legacy_contact=person)

    answer = answered(source, person.external_id, "")
    assert crosswalk(source)[person.pk, None] == ("missing", "")
    answer.ref = HERS
    answer.save()
    assert crosswalk(source) == {(person.pk, contact.pk): ("matched", "xref")}
    uploaded(source, person.external_id, HIS)
    assert crosswalk(source) == {
        (person.pk, None): ("conflict", "xref;upload"),
        (None, contact.pk): ("conflict", ""),
    }
    UploadedXref.objects.all().delete()
    assert crosswalk(source) == {(person.pk, contact.pk): ("matched", "xref")}

    assert Match.objects.get() == row


def test_an_unmatched_contact_keeps_its_row_when_its_legacy_record_comes(source):
    contact = current(source)
    answered(source, "1", HERS)
    matching.match(source)
    row = Match.objects.get()

    person = legacy(source, "1")
    matching.match(source)

    row.refresh_from_db()
    assert Match.objects.count() == 1
    assert (row.legacy_contact, row.contact, row.state) == (person, contact, "matched")


@pytest.mark.parametrize("turn", list(permutations((0, 1, 2))))
def test_contacts_that_change_hands_change_rows(source, turn):
    people = [legacy(source, str(number)) for number in (1, 2, 3)]
    contacts = [current(source, uuid(0xC0 + number)) for number in range(3)]
    answers = [
        answered(source, person.external_id, contact.external_id)
        for person, contact in zip(people, contacts, strict=True)
    ]
    matching.match(source)
    for answer, place in zip(answers, turn, strict=True):
        answer.ref = contacts[place].external_id
        answer.save()

    assert crosswalk(source) == {
        (person.pk, contacts[place].pk): ("matched", "xref")
        for person, place in zip(people, turn, strict=True)
    }


def test_a_contact_passes_from_a_shared_claim_to_one_of_the_two(source):
    first, second = legacy(source, "1", told=HERS), legacy(source, "2", told=HERS)
    contact = current(source)
    matching.match(source)
    LegacyConsent.objects.filter(legacy_contact=first).update(told_ref="")

    assert crosswalk(source) == {
        (first.pk, None): ("unchecked", ""),
        (second.pk, contact.pk): ("matched", "include_contact_id"),
    }


# --- Claims, for others' statements ----------------------------------------------


def test_claims_stand_in_a_statement_of_others(source):
    person = legacy(source, "0016633325", told=HIS)
    answered(source, "16633325", HERS)
    uploaded(source, "0016633325", HERS)
    answered(source, legacy(source, "2").external_id, "")

    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT contact_ref, method, legacy_contact_id FROM"
            f" ({mail_matching.CLAIMS}) AS k ORDER BY method",
            {"source": source.pk},
        )
        rows = cursor.fetchall()

    assert rows == [
        (HIS, "include_contact_id", person.pk),
        (HERS, "upload", person.pk),
        (HERS, "xref", person.pk),
    ]
