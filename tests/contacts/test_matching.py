import pytest

from contacts import matching
from contacts.models import LegacyStudent, Match, RelationshipEntry
from tests.factories import (
    AT,
    ContactFactory,
    LegacyContactFactory,
    SourceFactory,
    StudentFactory,
)

pytestmark = pytest.mark.django_db

STUDENT = "5a"


@pytest.fixture
def source():
    return SourceFactory()


@pytest.fixture
def gone(source):
    """A legacy contact that no contact claims."""
    return LegacyContactFactory(source=source, students=[STUDENT], **person())


def person(**changes):
    return {
        "name": "Ana Diaz",
        "email": "ana@example.org",
        "phone": "(330) 555-0100",
        **changes,
    }


def anew(source, *, students=(STUDENT,), **changes):
    """A contact of that name that claims no stored id."""
    entries = [(student, "Parent", "Family") for student in students]
    return ContactFactory(source=source, entries=entries, **person(**changes))


def crosswalk(source):
    matching.match(source)
    return {
        (match.legacy_contact_id, match.contact_id): match.state
        for match in Match.objects.filter(source=source)
    }


def claimed(source, legacy, **changes):
    return ContactFactory(source=source, legacy_id=legacy.external_id, **changes)


def test_the_one_contact_with_the_legacy_id_is_the_match(source):
    legacy = LegacyContactFactory(source=source)
    contact = claimed(source, legacy, name="ANA Diaz")

    matching.match(source)

    match = Match.objects.get()
    assert (match.legacy_contact, match.contact) == (legacy, contact)
    assert (match.state, match.method) == ("matched", "legacy_id")
    assert match.folded_name == "ana diaz"


def test_a_legacy_contact_without_a_contact_is_gone(source, gone):
    assert crosswalk(source) == {(gone.pk, None): "gone"}
    assert Match.objects.get().folded_name == "ana diaz"


def test_a_contact_without_a_legacy_one_is_unmatched(source):
    contact = ContactFactory(source=source)

    assert crosswalk(source) == {(None, contact.pk): "unmatched"}


def test_two_contacts_that_claim_one_id_are_ambiguous(source):
    legacy = LegacyContactFactory(source=source)
    one, other = claimed(source, legacy), claimed(source, legacy)

    assert crosswalk(source) == {
        (legacy.pk, None): "ambiguous",
        (None, one.pk): "ambiguous",
        (None, other.pk): "ambiguous",
    }


def test_two_contacts_with_one_unstored_legacy_id_are_ambiguous(source):
    one, other = (ContactFactory(source=source, legacy_id="2f") for _ in range(2))

    assert crosswalk(source) == {
        (None, one.pk): "ambiguous",
        (None, other.pk): "ambiguous",
    }


def test_a_missing_contact_claims_nothing(source):
    legacy = LegacyContactFactory(source=source)
    claimed(source, legacy, missing_at=AT)
    present = claimed(source, legacy)

    assert crosswalk(source) == {(legacy.pk, present.pk): "matched"}


def test_a_missing_contact_leaves_its_legacy_contact_gone(source):
    legacy = LegacyContactFactory(source=source)
    claimed(source, legacy, missing_at=AT)

    assert crosswalk(source) == {(legacy.pk, None): "gone"}


def test_a_missing_contact_without_a_legacy_one_is_gone_itself(source):
    contact = ContactFactory(source=source, missing_at=AT)

    assert crosswalk(source) == {(None, contact.pk): "gone"}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"phone": "999"},
        {"email": "other@example.org"},
        {"name": " ANA  diaz", "phone": "999", "email": "Ana@Example.org"},
        {"email": "", "phone": "1-330-555-0100"},
    ],
)
def test_one_that_resembles_is_the_contact_made_anew(source, gone, changes):
    contact = anew(source, **changes)

    assert crosswalk(source) == {(gone.pk, contact.pk): "recreated"}


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "Ana Dias"},
        {"email": "other@example.org", "phone": "999"},
        {"students": ["5b"]},
        {"students": []},
        {"missing_at": AT},
    ],
)
def test_one_that_resembles_less_is_a_stranger(source, gone, changes):
    anew(source, **changes)

    assert crosswalk(source)[gone.pk, None] == "gone"


@pytest.mark.parametrize(
    "empty",
    [{"email": "", "phone": ""}, {"name": ""}],
)
def test_what_is_empty_never_matches(source, empty):
    legacy = LegacyContactFactory(source=source, students=[STUDENT], **person(**empty))
    anew(source, **empty)

    assert crosswalk(source)[legacy.pk, None] == "gone"


def test_an_entry_that_ended_shares_no_student(source, gone):
    anew(source)
    RelationshipEntry.objects.update(ended_at=AT)

    assert crosswalk(source)[gone.pk, None] == "gone"


def test_a_student_is_the_same_under_its_legacy_id(source, gone):
    StudentFactory(source=source, external_id="5v3", legacy_id=STUDENT)
    contact = anew(source, students=["5v3"])

    assert crosswalk(source) == {(gone.pk, contact.pk): "recreated"}


def test_anothers_match_is_no_candidate(source, gone):
    other = LegacyContactFactory(source=source)
    taken = claimed(source, other, entries=[(STUDENT, "Parent", "")], **person())

    assert crosswalk(source) == {
        (gone.pk, None): "gone",
        (other.pk, taken.pk): "matched",
    }


def test_several_candidates_are_ambiguous(source, gone):
    one, other = anew(source), anew(source)

    assert crosswalk(source) == {
        (gone.pk, None): "ambiguous",
        (None, one.pk): "ambiguous",
        (None, other.pk): "ambiguous",
    }


def test_a_candidate_of_two_legacy_contacts_is_ambiguous(source, gone):
    same = LegacyContactFactory(source=source, students=[STUDENT], **person())
    contact = anew(source)

    assert crosswalk(source) == {
        (gone.pk, None): "ambiguous",
        (same.pk, None): "ambiguous",
        (None, contact.pk): "ambiguous",
    }


def test_sources_do_not_mix(source, gone):
    stranger = anew(SourceFactory())
    claimed(stranger.source, gone)

    assert crosswalk(source) == {(gone.pk, None): "gone"}


def test_matching_again_writes_nothing(source, gone):
    claimed(source, LegacyContactFactory(source=source))
    anew(source)
    ContactFactory(source=source)
    matching.match(source)
    before = list(Match.objects.order_by("pk").values())

    matching.match(source)

    assert list(Match.objects.order_by("pk").values()) == before


def test_a_persons_row_keeps_its_id_through_every_change(source):
    legacy = LegacyContactFactory(source=source, students=[STUDENT], **person())
    contact = claimed(source, legacy)
    matching.match(source)
    row = Match.objects.get()

    contact.missing_at = AT
    contact.save()
    assert crosswalk(source) == {(legacy.pk, None): "gone"}
    again = anew(source)
    assert crosswalk(source) == {(legacy.pk, again.pk): "recreated"}
    contact.missing_at = None
    contact.save()
    assert crosswalk(source) == {
        (legacy.pk, contact.pk): "matched",
        (None, again.pk): "unmatched",
    }

    row.refresh_from_db()
    assert (row.legacy_contact, row.contact) == (legacy, contact)


def test_an_unmatched_contact_keeps_its_row_when_its_legacy_record_comes(source):
    contact = ContactFactory(source=source)
    matching.match(source)
    row = Match.objects.get()
    legacy = LegacyContactFactory(source=source, external_id=contact.legacy_id)

    matching.match(source)

    row.refresh_from_db()
    assert Match.objects.count() == 1
    assert (row.legacy_contact, row.state) == (legacy, "matched")


def test_contacts_that_swap_their_legacy_ids_swap_their_rows(source):
    first, second = (LegacyContactFactory(source=source) for _ in range(2))
    one, other = claimed(source, first), claimed(source, second)
    matching.match(source)
    one.legacy_id, other.legacy_id = second.external_id, first.external_id
    one.save()
    other.save()

    assert crosswalk(source) == {
        (first.pk, other.pk): "matched",
        (second.pk, one.pk): "matched",
    }


def test_a_shared_student_must_be_listed_by_v2(source, gone):
    anew(source)
    LegacyStudent.objects.all().delete()

    assert crosswalk(source)[gone.pk, None] == "gone"
