from datetime import timedelta

import pytest
from django.utils import timezone

from contacts import (
    importing,
    intake,
    jobs,
    kinds,
    loading,
    merging,
    slicing,
    working,
)
from contacts.models import (
    Contact,
    Job,
    LegacyContact,
    Match,
    QuarantinedRow,
    RelationshipEntry,
    Snapshot,
    SnapshotPage,
    StagedContact,
    StagedEntry,
    Student,
)
from contacts.sandbox.faults import Fault, Kind
from tests.contacts import facts
from tests.factories import SourceFactory, object_id

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def small_pages(settings, monkeypatch):
    """Pages of two records and merges of three, so that little data has many steps."""
    settings.CLEVER_PAGE_SIZE = 2
    monkeypatch.setattr(slicing, "PAGE_ROWS", 2)
    monkeypatch.setattr(intake, "SLICE_ROWS", 3)


@pytest.fixture
def provider():
    """A district of seven contacts of five students."""
    provider = facts.Provider(SourceFactory(name="Juniper Valley"))
    provider.contacts = [facts.contact(number) for number in range(1, 8)]
    provider.students = [facts.student(number) for number in range(1, 6)]
    provider.legacy_contacts = [facts.legacy(number) for number in range(1, 8)]
    return provider


@pytest.fixture
def stored(tmp_path):
    """A file of five v2 contacts, a broken line, and one of them again."""
    records = [facts.legacy(number) for number in range(1, 6)]
    return facts.ndjson(tmp_path / "v2.ndjson", *records, "{broken", records[0])


def imported(start, **told):
    return working.run_here(start(by=None, **told))


def fetched(provider):
    with provider.serving():
        return imported(importing.start_current, source=provider.source)


def last(kind=Snapshot.Kind.CONTACTS):
    return Snapshot.objects.filter(kind=kind).latest("pk")


# --- Stored files ------------------------------------------------------------


def test_a_file_goes_in_with_counts_that_add_up(stored):
    job = imported(importing.start_legacy_files, source=SourceFactory(), paths=[stored])

    assert job.state == Job.State.DONE
    assert job.result["state"] == "complete"
    assert {name: job.result[name] for name in facts.COUNTS} == {
        "pages": 4,
        "rows_in": 7,
        "imported": 5,
        "unchanged": 0,
        "duplicates": 1,
        "quarantined": 1,
    }
    assert QuarantinedRow.objects.get().line == 6


def test_the_same_file_again_changes_nothing_and_says_so(stored):
    source = SourceFactory()
    imported(importing.start_legacy_files, source=source, paths=[stored])
    before = LegacyContact.objects.order_by("pk").values()
    former = list(before)

    job = imported(importing.start_legacy_files, source=source, paths=[stored])

    assert (job.result["imported"], job.result["unchanged"]) == (0, 5)
    assert list(before.all()) == former


def test_several_files_are_one_snapshot(tmp_path):
    one = facts.ndjson(tmp_path / "one.json", facts.legacy(1))
    two = facts.ndjson(tmp_path / "two.json", facts.legacy(2), facts.legacy(3))

    imported(importing.start_legacy_files, source=SourceFactory(), paths=[one, two])

    snapshot = Snapshot.objects.get()
    assert (snapshot.rows_in, snapshot.pages) == (3, 2)
    paths = SnapshotPage.objects.order_by("number").values_list("path", flat=True)
    assert list(paths) == ["one.json", "two.json"]


def test_a_wrong_file_ends_in_one_sentence_and_nothing_goes_in(tmp_path):
    good = facts.ndjson(tmp_path / "good.json", facts.legacy(1))
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("name;relationship\nAna;Parent\n")

    job = imported(
        importing.start_legacy_files, source=SourceFactory(), paths=[good, wrong]
    )

    assert job.state == Job.State.FAILED
    assert job.error.startswith("wrong.csv: Line 1, column 1: ")
    assert not LegacyContact.objects.exists()
    assert not SnapshotPage.objects.exists()
    assert Snapshot.objects.get().state == Snapshot.State.FAILED
    assert Snapshot.objects.latest_of(job.source, "legacy_contacts") is None


def test_a_file_that_is_not_there_cannot_be_started(tmp_path):
    with pytest.raises(slicing.CannotRead, match=r"nowhere\.json cannot be read"):
        importing.start_legacy_files(
            source=SourceFactory(), paths=[tmp_path / "nowhere.json"], by=None
        )

    assert not Job.objects.exists()


def test_an_uploaded_file_is_deleted_once_it_is_taken_in(settings, tmp_path):
    settings.UPLOAD_DIR = tmp_path
    upload = facts.ndjson(tmp_path / "upload", facts.legacy(1))

    imported(importing.start_legacy_files, source=SourceFactory(), paths=[upload])

    assert not upload.exists()


def test_a_file_of_ones_own_is_kept(stored):
    imported(importing.start_legacy_files, source=SourceFactory(), paths=[stored])

    assert stored.exists()


# --- Going on ----------------------------------------------------------------


def undisturbed(source, paths):
    imported(importing.start_legacy_files, source=source, paths=paths)
    return facts.facts(), facts.counts(Snapshot.objects.get(source=source))


class Killed(BaseException):
    """The worker is gone: nothing answers this."""


def deaths(monkeypatch, module, name, at):
    """Let a function kill its worker at its call of this number, once."""
    work = getattr(module, name)
    calls = {"left": at}

    def kill(*args, **told):
        calls["left"] -= 1
        outcome = work(*args, **told)
        if calls["left"] == 0:
            raise Killed
        return outcome

    monkeypatch.setattr(module, name, kill)


@pytest.mark.parametrize(
    ("step", "at"),
    [
        ("store_page", 1),
        ("store_page", 2),
        ("store_page", 3),
        ("store_page", 4),
        ("weed_twins", 1),
        ("merge", 1),
        ("merge", 2),
        ("count", 1),
    ],
)
def test_a_killed_file_import_ends_as_an_undisturbed_one(stored, monkeypatch, step, at):
    expected = undisturbed(SourceFactory(), [stored])
    LegacyContact.objects.all().delete()
    source = SourceFactory()
    job = importing.start_legacy_files(source=source, paths=[stored], by=None)
    module = loading if step == "store_page" else merging
    with monkeypatch.context() as patch:
        deaths(patch, module, step, at)
        with pytest.raises(Killed):
            importing.import_legacy(facts.lease(job))

    importing.import_legacy(facts.lease(job))

    assert facts.facts() == expected[0]
    assert facts.counts(Snapshot.objects.get(source=source)) == expected[1]


def test_an_import_cut_into_slices_ends_as_a_whole_one(stored):
    expected = undisturbed(SourceFactory(), [stored])
    LegacyContact.objects.all().delete()
    source = SourceFactory()
    job = importing.start_legacy_files(source=source, paths=[stored], by=None)

    slices = 0
    while job.state != Job.State.DONE:
        try:
            importing.import_legacy(facts.lease(job, slice_seconds=0))
            break
        except working.SliceOver:
            slices += 1

    assert slices >= 5
    assert facts.facts() == expected[0]
    assert facts.counts(Snapshot.objects.get(source=source)) == expected[1]


def test_the_next_job_goes_on_with_a_run_that_ended_early(provider):
    provider.faults = [Fault(Kind.STATUS, page=3, times=0, path="role=contact")]
    failed = fetched(provider)
    assert failed.state == Job.State.FAILED
    incomplete = last()
    assert (incomplete.state, incomplete.pages) == ("incomplete", 2)
    assert Contact.objects.count() == 4

    provider.faults = []
    job = fetched(provider)

    assert job.state == Job.State.DONE
    assert last() == incomplete
    assert facts.counts(incomplete)["imported"] == 7
    asked = [path for path in provider.paths if "role=contact" in path]
    assert len(asked) == 2
    assert not [path for path in provider.paths if "role=student" in path]


def test_a_run_left_for_more_than_a_day_is_begun_anew(provider):
    provider.faults = [Fault(Kind.STATUS, page=3, times=0, path="role=contact")]
    fetched(provider)
    Snapshot.objects.update(started_at=timezone.now() - timedelta(hours=25))
    Job.objects.update(created_at=timezone.now() - timedelta(hours=25))

    provider.faults = []
    fetched(provider)

    old, new = Snapshot.objects.filter(kind="contacts").order_by("pk")
    assert (old.state, new.state) == ("incomplete", "complete")
    assert (facts.counts(new)["imported"], facts.counts(new)["unchanged"]) == (3, 4)
    assert not StagedContact.objects.exists()


def test_another_file_leaves_the_unfinished_run_behind(stored, tmp_path, monkeypatch):
    source = SourceFactory()
    job = importing.start_legacy_files(source=source, paths=[stored], by=None)
    deaths(monkeypatch, loading, "store_page", 2)
    with pytest.raises(Killed):
        importing.import_legacy(facts.lease(job))
    jobs.cancel(job, by=None)
    other = facts.ndjson(tmp_path / "other.json", facts.legacy(9))

    imported(importing.start_legacy_files, source=source, paths=[other])

    old, new = Snapshot.objects.order_by("pk")
    assert (old.state, old.rows_in, old.pages) == ("failed", 0, 0)
    assert new.state == "complete"
    assert LegacyContact.objects.count() == 1


def test_two_imports_of_one_source_do_not_meet(stored, provider):
    with provider.serving():
        importing.start_current(source=provider.source, by=None)

        with pytest.raises(jobs.AlreadyRunning) as other:
            importing.start_legacy_files(
                source=provider.source, paths=[stored], by=None
            )
        with pytest.raises(importing.SameRunning):
            importing.start_current(source=provider.source, by=None)

    assert not isinstance(other.value, importing.SameRunning)
    assert Job.objects.count() == 1


# --- The v3 API --------------------------------------------------------------


def test_current_takes_in_students_then_contacts(provider):
    job = fetched(provider)

    assert job.state == Job.State.DONE
    assert job.result["rows_in"] == job.result["imported"] == 12
    assert (Contact.objects.count(), Student.objects.count()) == (7, 5)
    kinds_told = Snapshot.objects.order_by("pk").values_list("kind", flat=True)
    assert list(kinds_told) == ["students", "contacts"]
    assert job.result["snapshots"] == list(
        Snapshot.objects.order_by("pk").values_list("pk", flat=True)
    )


def test_current_again_changes_nothing(provider):
    fetched(provider)
    rows = [
        model.objects.order_by("pk").values()
        for model in (Contact, Student, RelationshipEntry, Match)
    ]
    before = [list(each) for each in rows]

    job = fetched(provider)

    assert (job.result["imported"], job.result["unchanged"]) == (0, 12)
    assert [list(each.all()) for each in rows] == before
    assert not StagedContact.objects.exists()
    assert not StagedEntry.objects.exists()


def test_the_published_example_is_one_contact_with_three_entries(provider):
    provider.contacts = [
        {
            "created": "2022-11-28T18:46:36.819Z",
            "district": "6385008f69df036e83e984a3",
            "email": "aaron@example.org",
            "last_modified": "2024-11-04T21:05:06.631Z",
            "name": {"last": "Aaron Collins"},
            "id": "63850203bfb8460546071ef6",
            "roles": {
                "contact": {
                    "phone": "1-(330) 280-1898",
                    "phone_type": "Other",
                    "sis_id": "",
                    "student_relationships": [
                        {
                            "relationship": "Aunt/Uncle",
                            "student": "63850203bfb8460546071e62",
                            "type": "Family",
                        },
                        {
                            "relationship": "Aunt/Uncle",
                            "student": "672936fc65fc4500ced13260",
                            "type": "Family",
                        },
                        {
                            "relationship": "Parent",
                            "student": "63850203bfb8460546071e6e",
                            "type": "Parent/Guardian",
                        },
                    ],
                    "legacy_id": "63850203bfb8460546071e7e",
                }
            },
        }
    ]

    fetched(provider)

    aaron = Contact.objects.get()
    assert aaron.name == "Aaron Collins"
    assert aaron.legacy_id == "63850203bfb8460546071e7e"
    assert aaron.folded_phone == "3302801898"
    assert sorted(aaron.entries.values_list("student_ref", "relationship")) == [
        ("63850203bfb8460546071e62", "Aunt/Uncle"),
        ("63850203bfb8460546071e6e", "Parent"),
        ("672936fc65fc4500ced13260", "Aunt/Uncle"),
    ]


def test_a_contact_absent_from_a_complete_list_is_missing_until_it_returns(provider):
    fetched(provider)
    gone = provider.contacts.pop(2)

    job = fetched(provider)

    absent = Contact.objects.get(external_id=gone["id"])
    assert absent.missing_at is not None
    assert job.result["closed"] == 1
    assert Contact.objects.filter(missing_at=None).count() == 6

    provider.contacts.insert(2, gone)
    job = fetched(provider)

    absent.refresh_from_db()
    assert absent.missing_at is None
    assert job.result["imported"] == 1


def test_a_much_shorter_list_is_complete_with_a_warning(provider):
    fetched(provider)
    del provider.contacts[4:]

    fetched(provider)

    assert last().state == "complete"
    assert "much shorter than last time: 4 rows instead of 7" in last().error


def test_an_incomplete_list_makes_nobody_missing(provider):
    fetched(provider)
    provider.contacts[0]["email"] = "new@example.org"
    provider.faults = [Fault(Kind.TRUNCATED, page=2, times=0, path="role=contact")]

    job = fetched(provider)

    assert job.state == Job.State.FAILED
    assert "Start the import again to go on from there." in job.error
    assert last().state == "incomplete"
    assert last().error == job.error
    assert not Contact.objects.exclude(missing_at=None).exists()
    assert Contact.objects.filter(email="new@example.org").exists()
    assert facts.counts(last()) == {
        "pages": 1,
        "rows_in": 2,
        "imported": 1,
        "unchanged": 1,
        "duplicates": 0,
        "quarantined": 0,
    }


def test_an_unreadable_row_leaves_doubt_who_is_missing(provider):
    fetched(provider)
    provider.contacts[0]["roles"]["contact"]["phone_type"] = "x" * 300

    fetched(provider)

    assert facts.counts(last())["quarantined"] == 1
    assert last().state == "complete"
    assert not Contact.objects.exclude(missing_at=None).exists()


def test_a_broken_page_that_heals_is_no_trouble(provider):
    provider.faults = [Fault(Kind.BROKEN_CHUNK, page=2, times=1, path="role=contact")]

    job = fetched(provider)

    assert job.state == Job.State.DONE
    assert Contact.objects.count() == 7


@pytest.mark.parametrize(
    "kind", [Kind.NEXT_LOOP, Kind.REPEATED_PAGE, Kind.DESCENDING, Kind.NEXT_ELSEWHERE]
)
def test_a_list_that_leads_astray_is_never_complete(provider, kind):
    provider.faults = [Fault(kind, page=2, times=0, path="role=contact")]

    job = fetched(provider)

    assert job.state == Job.State.FAILED
    assert last().state == "incomplete"


def test_a_refused_token_pauses_the_job_and_is_not_tried_again(provider):
    provider.token = "another"
    with provider.serving():
        job = imported(importing.start_current, source=provider.source)

        assert job.state == Job.State.PAUSED
        assert job.error == (
            "Clever refused the token of Juniper Valley."
            " Enter a new one on the source's page."
        )

    provider.token = facts.TOKEN
    again = fetched(provider)

    assert again == job
    assert again.state == Job.State.DONE
    assert Contact.objects.count() == 7


def test_a_token_refused_half_way_keeps_what_was_read(provider):
    provider.faults = [
        Fault(Kind.STATUS, page=3, times=0, status=401, path="role=contact")
    ]

    job = fetched(provider)

    assert job.state == Job.State.PAUSED
    assert last().state == "incomplete"
    assert Contact.objects.count() == 4
    assert Match.objects.count() == 4


def test_a_spent_budget_puts_the_job_off(provider):
    provider.faults = [
        Fault(
            Kind.STATUS, page=2, times=1, status=429, seconds=600, path="role=contact"
        )
    ]
    with provider.serving():
        job = importing.start_current(source=provider.source, by=None)

        working.work(job.pk)

    job.refresh_from_db()
    assert job.state == Job.State.QUEUED
    assert job.not_before > timezone.now()
    assert job.error.startswith("Clever asked to wait until ")
    assert last().state == "running"


def test_a_token_of_another_district_is_refused(provider):
    stranger = facts.Provider(SourceFactory())
    with stranger.serving():
        provider.source.api_url, provider.source.token = (
            stranger.source.api_url,
            facts.TOKEN,
        )
        provider.source.save()

        job = imported(importing.start_current, source=provider.source)

    assert job.state == Job.State.FAILED
    assert job.error.startswith("This token belongs to another district")
    assert not Snapshot.objects.exists()


def test_an_address_that_may_not_be_asked_ends_the_job(provider, settings):
    settings.ALLOW_LOOPBACK_PROVIDERS = False

    job = fetched(provider)

    assert job.state == Job.State.FAILED
    assert "on this machine" in job.error


def test_a_source_without_a_token_is_told_so():
    with pytest.raises(importing.CannotStart, match="has no token"):
        importing.start_current(source=SourceFactory(), by=None)


# --- The v2 API --------------------------------------------------------------


def test_the_v2_api_is_taken_in_where_it_answers(provider):
    with provider.serving():
        job = imported(importing.start_legacy_api, source=provider.source)

    assert job.state == Job.State.DONE
    assert LegacyContact.objects.count() == 7
    assert (last("legacy_contacts").version, last("legacy_contacts").origin) == (
        "v2",
        "api",
    )


@pytest.mark.parametrize("answer", ["404", "410", "501", "empty"])
def test_a_v2_api_that_is_gone_says_so_and_touches_nothing(provider, answer):
    with provider.serving():
        imported(importing.start_legacy_api, source=provider.source)
    before = facts.facts()
    provider.v2 = answer

    with provider.serving():
        job = imported(importing.start_legacy_api, source=provider.source)

    assert job.state == Job.State.FAILED
    assert "v2 contacts are gone" in job.error
    assert "from a file" in job.error
    assert facts.facts() == before


# --- Places ------------------------------------------------------------------


def test_every_fact_is_found_again_at_its_place(provider):
    fetched(provider)

    one = Contact.objects.get(external_id=object_id(0x3005))

    page = SnapshotPage.objects.get(snapshot=one.snapshot, number=one.page)
    assert (one.page, one.place) == (3, 0)
    assert page.path.startswith("/v3.0/users?role=contact")
    assert one.snapshot.kind == kinds.CONTACTS.name


def test_a_running_import_guesses_how_much_there_is(provider, stored):
    seen: list[tuple[int, int | None]] = []
    job = importing.start_legacy_files(source=SourceFactory(), paths=[stored], by=None)

    working.run_here(
        job, on_step=lambda job: seen.append((job.rows_done, job.rows_total))
    )

    guesses = [total for done, total in seen if done]
    assert guesses
    assert all(6 <= total <= 8 for total in guesses)


def test_an_import_from_the_api_expects_as_many_as_last_time(provider):
    fetched(provider)
    seen: list[int | None] = []
    with provider.serving():
        job = importing.start_current(source=provider.source, by=None)

        working.run_here(job, on_step=lambda job: seen.append(job.rows_total))

    assert set(seen) == {None, 5, 12}
