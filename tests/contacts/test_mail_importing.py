import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from contacts import (
    api_errors,
    connecting,
    evidence,
    importing,
    intake,
    jobs,
    loading,
    mail_importing,
    merging,
    offers,
    slicing,
    working,
)
from contacts.models import (
    Contact,
    CustomField,
    Job,
    LegacyConsent,
    LegacyContact,
    LegacyList,
    LegacyMembership,
    MailAccount,
    MailingList,
    Match,
    QuarantinedRow,
    Snapshot,
    SnapshotPage,
    UploadedXref,
)
from tests.contacts import facts, mail_facts
from tests.contacts.constant_contact import payloads
from tests.factories import MailSourceFactory, SourceFactory, uuid

pytestmark = pytest.mark.django_db

# The migration guide's example of V2's answer, as printed.
PUBLISHED = payloads.SEED_V2_PAGE.decode() + "\n"


@pytest.fixture(autouse=True)
def small_steps(monkeypatch):
    """Pages of two records and merges of three, so that little data has many steps."""
    monkeypatch.setattr(slicing, "PAGE_ROWS", 2)
    monkeypatch.setattr(intake, "SLICE_ROWS", 3)


@pytest.fixture
def source():
    return MailSourceFactory(name="News", token="let-me-in")


@pytest.fixture
def account(source, monkeypatch):
    """An account of five contacts, two lists and a custom field, all known to V2 too."""
    told = mail_facts.Account(source)
    told.people = [mail_facts.contact(number, 1) for number in range(1, 6)]
    told.mailing_lists = [
        {"list_id": mail_facts.v3_list(number), "name": f"List {number}"}
        for number in (1, 2)
    ]
    told.fields = [{"custom_field_id": uuid(5), "label": "Hobby", "name": "hobby"}]
    told.legacy_people = [mail_facts.legacy(number, 1) for number in range(1, 6)]
    told.legacy_lists = [{"id": "1", "name": "List 1", "status": "ACTIVE"}]
    told.xrefs = {mail_facts.v2_id(n): mail_facts.v3_id(n) for n in range(1, 6)}
    told.known_lists = {"1": mail_facts.v3_list(1)}
    monkeypatch.setattr(connecting, "mail", mail_facts.opening(told))
    monkeypatch.setattr(connecting, "legacy_mail", mail_facts.opening(told.legacy))
    return told


@pytest.fixture
def stored(tmp_path):
    """A file of five V2 contacts, a broken line, and one of them again."""
    people = [mail_facts.legacy(number, 1) for number in range(1, 6)]
    return facts.ndjson(tmp_path / "v2.ndjson", *people, "{broken", people[0])


def imported(start, **told):
    return working.run_here(start(by=None, **told))


def from_files(source, *paths):
    return imported(importing.start_legacy_files, source=source, paths=paths)


def current(source):
    return imported(importing.start_current, source=source)


def uploaded(source, path):
    return imported(mail_importing.start_crosswalk, source=source, path=path)


def crosswalk_of(path, *rows, header="contact_v2_id,contact_v3_id"):
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def last(kind):
    return Snapshot.objects.filter(kind=kind).latest("pk")


# --- Stored V2 contacts --------------------------------------------------------------


@pytest.mark.parametrize(
    ("record", "field"),
    [
        ({"foo": 1}, "id"),
        ({"data": {"id": "5f1", "students": ["s1"]}}, "id"),
        (mail_facts.contact(1), "id"),
    ],
)
def test_a_file_without_one_v2_contact_is_refused(source, tmp_path, record, field):
    path = facts.ndjson(tmp_path / "legacy.json", *[record] * 3)

    job = from_files(source, path)

    assert job.state == Job.State.FAILED
    assert job.error == (
        f"legacy.json: none of its 3 rows is a V2 contact (line 1: {field} is missing)."
        " Choose the file that holds the stored V2 contacts."
    )
    assert not LegacyContact.objects.exists()
    assert not SnapshotPage.objects.exists()
    assert last("legacy_contacts").state == "failed"


def test_one_row_alone_is_told_as_one(source, tmp_path):
    path = tmp_path / "legacy.json"
    path.write_text('{"foo": 1}')

    job = from_files(source, path)

    assert job.error.startswith(
        "legacy.json: its only row is not a V2 contact (line 1:"
    )


def test_one_good_row_of_several_files_lets_the_run_go_on(source, tmp_path):
    bad = facts.ndjson(tmp_path / "a.json", *[{"foo": 1}] * 5)
    good = facts.ndjson(tmp_path / "b.json", mail_facts.legacy(1))

    job = from_files(source, bad, good)

    assert job.state == Job.State.DONE
    assert (job.result["imported"], job.result["quarantined"]) == (1, 5)


def test_an_empty_list_is_complete(source, tmp_path):
    path = tmp_path / "legacy.json"
    path.write_text('{"results": []}')

    job = from_files(source, path)

    assert (job.state, job.result["rows_in"]) == (Job.State.DONE, 0)


def test_a_file_goes_in_with_counts_that_add_up(source, stored):
    job = from_files(source, stored)

    assert job.state == Job.State.DONE
    assert {name: job.result[name] for name in facts.COUNTS} == {
        "pages": 4,
        "rows_in": 7,
        "imported": 5,
        "unchanged": 0,
        "duplicates": 1,
        "quarantined": 1,
    }
    assert QuarantinedRow.objects.get().line == 6
    assert LegacyMembership.objects.count() == 5
    assert set(mail_facts.states(source).values()) == {("unchecked", "")}


def test_the_same_file_again_writes_nothing_and_says_so(source, stored):
    from_files(source, stored)
    before = mail_facts.rows()

    job = from_files(source, stored)

    assert (job.result["imported"], job.result["unchanged"]) == (0, 5)
    assert mail_facts.rows() == before
    assert not mail_facts.staged()


@pytest.mark.parametrize("odd", ["12a", "", "-1", "1.6e9"])
def test_an_id_that_is_no_number_and_no_uuid_is_quarantined_with_its_line(
    source, tmp_path, odd
):
    people = [mail_facts.legacy(1), mail_facts.legacy(2, id=odd), mail_facts.legacy(3)]
    path = facts.ndjson(tmp_path / "v2.ndjson", *people)

    job = from_files(source, path)

    row = QuarantinedRow.objects.get()
    assert (row.line, row.field) == (2, "id")
    assert odd == "" or odd not in row.reason
    assert (job.result["imported"], job.result["quarantined"]) == (2, 1)


def test_numbers_in_old_recordings_become_text(source, tmp_path):
    person = {**mail_facts.legacy(1), "id": 16633325}

    from_files(source, facts.ndjson(tmp_path / "v2.json", person))

    assert LegacyContact.objects.get().external_id == "16633325"


def test_the_published_example_goes_in_as_printed(source, tmp_path):
    """Its ``contact_id`` has 35 characters: it is no id, and the contact goes in."""
    path = tmp_path / "v2.json"
    path.write_text(PUBLISHED)

    job = from_files(source, path)

    assert (job.result["imported"], job.result["quarantined"]) == (1, 0)
    person = LegacyContact.objects.get()
    assert (person.external_id, person.name) == ("111111111", "Riccardo Marcuccilli")
    assert person.consent.told_ref == ""
    assert "8888888-4444-4444-4444-012345678910" in person.consent.body
    assert mail_facts.states(source) == {"111111111": ("unchecked", "")}


def test_a_table_goes_in_with_dotted_columns(source, tmp_path):
    path = tmp_path / "v2.csv"
    path.write_text(
        "id,status,last_name,email_addresses.0.email_address,"
        "email_addresses.0.status,lists\n"
        "0016633325,OPTOUT,Diaz,ana@example.org,OPTOUT,1;2\n"
    )

    from_files(source, path)

    person = LegacyContact.objects.get()
    assert (person.external_id, person.email) == ("0016633325", "ana@example.org")
    assert (person.consent.status, person.consent.email_status) == ("OPTOUT", "OPTOUT")
    assert sorted(person.memberships.values_list("list_ref", flat=True)) == ["1", "2"]


def test_a_table_without_lists_goes_in(source, tmp_path):
    path = tmp_path / "v2.csv"
    path.write_text("id,status\n0016633325,ACTIVE\n")

    assert from_files(source, path).result["imported"] == 1


def test_zeros_last_through_to_the_match(source, account, tmp_path):
    person = {**mail_facts.legacy(1), "id": "0016633325"}
    from_files(source, facts.ndjson(tmp_path / "v2.json", person))
    account.xrefs = {"0016633325": mail_facts.v3_id(1)}

    current(source)

    match = Match.objects.get(state="matched")
    assert match.legacy_contact.external_id == "0016633325"
    assert match.contact.external_id == mail_facts.v3_id(1)


class Killed(BaseException):
    """The worker is gone: nothing answers this."""


def dies(monkeypatch, module, name, at):
    """Let a function kill its worker at its call of this number, once."""
    work, calls = getattr(module, name), {"left": at}

    def kill(*args, **told):
        calls["left"] -= 1
        outcome = work(*args, **told)
        if calls["left"] == 0:
            raise Killed
        return outcome

    monkeypatch.setattr(module, name, kill)


def without_keys(rows):
    """Facts without what depends on which source and run they are of."""
    keys = {"id", "source_id", "snapshot_id", "legacy_contact_id", "contact_id"}
    return [
        sorted(repr({k: v for k, v in row.items() if k not in keys}) for row in table)
        for table in rows
    ]


@pytest.mark.parametrize(
    ("step", "at"),
    [
        ("store_page", 1),
        ("store_page", 3),
        ("weed_twins", 1),
        ("merge", 1),
        ("merge", 2),
        ("count", 1),
    ],
)
def test_a_killed_import_ends_as_an_undisturbed_one(
    source, stored, monkeypatch, step, at
):
    from_files(source, stored)
    expected = without_keys(mail_facts.rows())
    source.delete()
    source = MailSourceFactory()
    job = importing.start_legacy_files(source=source, paths=[stored], by=None)
    module = loading if step == "store_page" else merging
    with monkeypatch.context() as patch:
        dies(patch, module, step, at)
        with pytest.raises(Killed):
            mail_importing.import_mail_legacy(facts.lease(job))

    mail_importing.import_mail_legacy(facts.lease(job))

    assert without_keys(mail_facts.rows()) == expected
    assert facts.counts(Snapshot.objects.get(source=source))["imported"] == 5


# --- Stored V2 lists -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("lists.json", '[{"id": "1", "name": "News", "status": "HIDDEN"}]'),
        ("lists.csv", "id,name,status\n1,News,HIDDEN\n"),
    ],
)
def test_stored_lists_go_in(source, tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text)

    job = imported(mail_importing.start_lists, source=source, paths=[path])

    assert job.result["imported"] == 1
    told = LegacyList.objects.get()
    assert (told.external_id, told.name, told.status) == ("1", "News", "HIDDEN")


# --- V2's API --------------------------------------------------------------------------


def test_v2_tells_lists_and_contacts_with_their_v3_ids(source, account):
    MailAccount.objects.create(source=source, v2_key="key")
    for number, person in enumerate(account.legacy_people, 1):
        person["contact_id"] = mail_facts.v3_id(number).upper()
    account.legacy_lists[0]["list_id"] = mail_facts.v3_list(1)

    job = imported(importing.start_legacy_api, source=source)

    assert job.state == Job.State.DONE
    assert LegacyList.objects.get().told_ref == mail_facts.v3_list(1)
    told = LegacyConsent.objects.order_by("pk").values_list("told_ref", flat=True)
    assert list(told) == [mail_facts.v3_id(number) for number in range(1, 6)]
    assert set(mail_facts.states(source).values()) == {
        ("unchecked", "include_contact_id")
    }


def test_a_v2_that_is_gone_names_the_way_from_a_file(source, account):
    MailAccount.objects.create(source=source, v2_key="key")
    account.failures["/v2/lists", 1] = api_errors.Gone("GET /v2/lists: 410")

    job = imported(importing.start_legacy_api, source=source)

    assert job.state == Job.State.FAILED
    assert job.error.startswith("Constant Contact's V2 does not answer any more.")
    assert "from a file" in job.error
    assert not SnapshotPage.objects.exists()


def test_without_a_key_v2_cannot_be_asked(source):
    with pytest.raises(importing.CannotStart, match="has no V2 API key"):
        importing.start_legacy_api(source=source, by=None)


# --- V3's API --------------------------------------------------------------------------


def test_v3_goes_in_list_after_list_and_is_matched(source, account, stored):
    from_files(source, stored)

    job = current(source)

    assert job.state == Job.State.DONE
    kinds = Snapshot.objects.filter(pk__in=job.result["snapshots"]).order_by("pk")
    assert list(kinds.values_list("kind", flat=True)) == [
        "lists",
        "custom_fields",
        "contacts",
        "list_crosswalk",
        "crosswalk",
    ]
    assert (MailingList.objects.count(), CustomField.objects.count()) == (2, 1)
    assert set(mail_facts.states(source).values()) == {("matched", "xref")}
    assert (job.result["rows_in"], job.result["imported"]) == (14, 14)


def test_the_same_again_writes_nothing_and_asks_for_no_id(source, account, stored):
    from_files(source, stored)
    current(source)
    before, asked = mail_facts.rows(), len(account.asked("contact_id"))

    job = current(source)

    assert (job.result["imported"], job.result["unchanged"]) == (0, 8)
    assert mail_facts.rows() == before
    assert len(account.asked("contact_id")) == asked
    assert Snapshot.objects.filter(kind="crosswalk").count() == 1


@pytest.mark.parametrize(
    "order", ["vcu", "cvu", "uvc", "ucv", "cuv", "vuc"], ids=lambda order: order
)
def test_the_order_of_imports_does_not_matter(source, account, stored, tmp_path, order):
    """V2 from a file (v), V3 from the API (c), an uploaded crosswalk (u)."""
    account.xrefs.pop(mail_facts.v2_id(4))
    account.people.pop(4)
    path = crosswalk_of(
        tmp_path / "own.csv",
        f"1,{mail_facts.v3_id(1)}",
        f"{mail_facts.v2_id(2)},{mail_facts.v3_id(3)}",
    )
    steps = {
        "v": lambda: from_files(source, stored),
        "c": lambda: current(source),
        "u": lambda: uploaded(source, path),
    }

    for step in order:
        steps[step]()
    current(source)

    assert mail_facts.states(source) == {
        mail_facts.v2_id(1): ("matched", "xref;upload"),
        mail_facts.v2_id(2): ("conflict", "xref;upload"),
        mail_facts.v2_id(3): ("conflict", "xref"),
        mail_facts.v2_id(4): ("missing", ""),
        mail_facts.v2_id(5): ("missing", "xref"),
        mail_facts.v3_id(2): ("conflict", ""),
        mail_facts.v3_id(3): ("conflict", ""),
        mail_facts.v3_id(4): ("unmatched", ""),
    }


def test_a_deleted_contact_is_told_apart(source, account, stored):
    from_files(source, stored)
    account.people[0] = mail_facts.contact(1, deleted_at="2025-01-31")

    current(source)

    assert mail_facts.states(source)[mail_facts.v2_id(1)] == ("deleted", "xref")


def test_a_contact_absent_from_the_whole_list_is_missing_until_it_returns(
    source, account, stored
):
    from_files(source, stored)
    current(source)
    gone = account.people.pop(0)

    job = current(source)

    assert job.result["closed"] == 1
    assert mail_facts.states(source)[mail_facts.v2_id(1)] == ("missing", "xref")

    account.people.insert(0, gone)
    current(source)
    assert mail_facts.states(source)[mail_facts.v2_id(1)] == ("matched", "xref")
    assert not Contact.objects.exclude(missing_at=None).exists()


def test_a_list_that_ends_early_is_matched_and_gone_on_with(source, account, stored):
    from_files(source, stored)
    account.failures["/v3/contacts", 2] = api_errors.Unavailable("GET: 503")

    job = current(source)

    assert job.state == Job.State.FAILED
    assert "Constant Contact's answer could not be used" in job.error
    assert "Clever" not in job.error
    assert last("contacts").state == "incomplete"
    assert Match.objects.filter(state="unmatched").count() == 2

    account.failures = {}
    again = current(source)

    assert again == job
    assert again.state == Job.State.DONE
    assert account.asked("/v3/contacts") == [("0",), ("2",), ("2",), ("4",)]
    assert set(mail_facts.states(source).values()) == {("matched", "xref")}


def test_a_refused_token_pauses_the_job_with_the_way_back(source, account):
    account.failures["/v3/contacts", 1] = api_errors.Unauthorized("GET: 401")

    job = current(source)

    assert job.state == Job.State.PAUSED
    assert job.error == (
        "Constant Contact refused the token of News. Reconnect it on the source's page."
    )
    assert MailingList.objects.count() == 2


def test_a_request_that_is_forbidden_says_what_may_be_lacking(source, account):
    account.failures["/v3/contacts", 1] = api_errors.Forbidden("GET: 403")

    job = current(source)

    assert job.state == Job.State.PAUSED
    assert job.error == (
        "Constant Contact refused this request: the token lacks a scope or its user a"
        " privilege, or the application is deactivated. Check these, then reconnect."
    )


def test_a_client_that_cannot_be_opened_pauses_the_job(source, monkeypatch):
    def refuse(source):
        raise api_errors.GrantExpired("The connection has ended. Reconnect it.")

    monkeypatch.setattr(connecting, "mail", refuse)

    job = current(source)

    assert job.state == Job.State.PAUSED
    assert job.error == "The connection has ended. Reconnect it."


@pytest.mark.parametrize(
    ("error", "words", "spread"),
    [
        (
            api_errors.QuotaExceeded,
            "The day's requests to Constant Contact are used up.",
            (60, 300),
        ),
        (api_errors.Throttled, "Constant Contact asked to wait until ", (0, 0)),
    ],
)
def test_a_spent_budget_puts_the_job_off(source, account, error, words, spread):
    until = timezone.now() + timedelta(hours=3)
    account.failures["/v3/contacts", 2] = error("GET: 429", until)
    job = importing.start_current(source=source, by=None)

    working.work(job.pk)

    job.refresh_from_db()
    assert job.state == Job.State.QUEUED
    assert spread[0] <= (job.not_before - until).total_seconds() <= spread[1]
    assert job.error.startswith(words)
    assert last("contacts").state == "running"


def test_an_import_cut_into_slices_ends_as_a_whole_one(source, account, stored):
    from_files(source, stored)
    job = importing.start_current(source=source, by=None)

    slices = 0
    while True:
        try:
            mail_importing.import_mail_current(facts.lease(job, slice_seconds=0))
            break
        except working.SliceOver:
            slices += 1

    assert slices >= 8
    assert set(mail_facts.states(source).values()) == {("matched", "xref")}
    assert len(account.asked("/v3/contacts")) == 3
    assert len(account.asked("contact_id")) == 1


def test_an_account_that_is_not_connected_is_told_so():
    source = MailSourceFactory(name="News")

    with pytest.raises(importing.CannotStart, match="News is not connected"):
        importing.start_current(source=source, by=None)


def test_an_account_whose_token_can_be_renewed_is_connected():
    source = MailSourceFactory()
    MailAccount.objects.create(source=source, refresh_token="again")

    assert importing.start_current(source=source, by=None).kind == "import_mail_current"


# --- An uploaded crosswalk -------------------------------------------------------------


def test_our_own_crosswalk_is_fed_back(source, stored, tmp_path):
    from_files(source, stored)
    path = crosswalk_of(
        tmp_path / "crosswalk.csv",
        f"{mail_facts.v2_id(1)},{mail_facts.v3_id(1)},xref,matched,Ana,ana@x.org,",
        f"'{mail_facts.v2_id(2)},'{mail_facts.v3_id(2).upper()},,unchecked,'=Ana,,"
        "contact_v2_id; contact_v3_id;contact_name",
        f"{mail_facts.v2_id(3)},,,unchecked,Ana,,",
        f",{uuid(7)},,unmatched,Ana,,",
        header="contact_v2_id,contact_v3_id,method,state,contact_name,email,neutralised",
    )

    job = uploaded(source, path)

    assert {name: job.result[name] for name in ("rows_in", "imported")} == {
        "rows_in": 3,
        "imported": 3,
    }
    assert sorted(UploadedXref.objects.values_list("external_id", "ref")) == [
        (mail_facts.v2_id(1), mail_facts.v3_id(1)),
        (mail_facts.v2_id(2), mail_facts.v3_id(2)),
        (mail_facts.v2_id(3), ""),
    ]
    assert mail_facts.states(source)[mail_facts.v2_id(1)] == ("unchecked", "upload")
    assert mail_facts.states(source)[mail_facts.v2_id(3)] == ("unchecked", "")


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ("1.6633325E7,", "contact_v2_id"),
        ("'1,", "contact_v2_id"),
        ("1,8888888-4444-4444-4444-012345678910", "contact_v3_id"),
        (",", "contact_v2_id"),
    ],
)
def test_a_row_that_is_no_pair_of_ids_is_quarantined(source, tmp_path, row, field):
    path = crosswalk_of(tmp_path / "own.csv", f"1,{uuid(1)}", row)

    job = uploaded(source, path)

    assert (job.result["imported"], job.result["quarantined"]) == (1, 1)
    told = QuarantinedRow.objects.get()
    assert (told.line, told.field) == (3, field)


def test_the_same_crosswalk_again_changes_nothing(source, tmp_path):
    path = crosswalk_of(tmp_path / "own.csv", f"1,{uuid(1)}", f"2,{uuid(2)}")
    uploaded(source, path)

    job = uploaded(source, path)

    assert (job.result["imported"], job.result["unchanged"]) == (0, 2)


def test_a_clever_district_has_no_use_for_lists(tmp_path):
    path = crosswalk_of(tmp_path / "own.csv")

    with pytest.raises(importing.CannotStart, match="is a Clever district"):
        mail_importing.start_lists(source=SourceFactory(), paths=[path], by=None)


# --- Where things stand ------------------------------------------------------------------


def test_every_fact_of_an_account_is_proved_by_its_page(source, account, stored):
    from_files(source, stored)
    MailAccount.objects.create(source=source, v2_key="key")
    current(source)
    imported(importing.start_legacy_api, source=source)

    told = [
        *LegacyContact.objects.all(),
        *LegacyList.objects.all(),
        *Contact.objects.all(),
        *MailingList.objects.all(),
        *CustomField.objects.all(),
    ]
    found = evidence.of_rows(told)

    assert len(found) == 14
    assert all(each.intact and each.raw for each in found)
    assert json.loads(found[-1].text)["label"] == "Hobby"


def test_every_way_of_importing_is_offered(source):
    mine = [offer.code for offer in offers.offered(source) if offer.only_for]

    assert mine == ["legacy", "current", "legacy-api", "crosswalk", "legacy-lists"]


@pytest.mark.parametrize(
    ("code", "kind"),
    [("crosswalk", "import_mail_crosswalk"), ("legacy-lists", "import_mail_lists")],
)
def test_an_offer_starts_its_job(source, tmp_path, code, kind):
    path = crosswalk_of(tmp_path / "own.csv")
    (offer,) = [each for each in offers.offered(source) if each.code == code]

    job = offer.start(source=source, paths=[path], complete=False, by=None)

    assert job.kind == kind


def test_two_imports_of_one_account_do_not_meet(source, account, tmp_path):
    importing.start_current(source=source, by=None)

    with pytest.raises(jobs.AlreadyRunning):
        mail_importing.start_crosswalk(
            source=source, path=crosswalk_of(tmp_path / "own.csv"), by=None
        )


def test_the_day_ends_at_midnight_utc_whatever_the_site_says(source, account):
    until = datetime(2999, 1, 2, tzinfo=UTC)
    account.failures["/v3/contact_lists", 1] = api_errors.QuotaExceeded("429", until)
    job = importing.start_current(source=source, by=None)

    working.work(job.pk)

    job.refresh_from_db()
    assert re.search(r"The work goes on at 00:0[1-5] UTC\.$", job.error)


# --- Commands ----------------------------------------------------------------------------


def told(capsys, name, *options):
    """What a command prints as JSON."""
    call_command(name, *map(str, options), "--json")
    return json.loads(capsys.readouterr().out.splitlines()[-1])


def test_commands_do_an_accounts_imports_and_tell_their_counts(
    source, account, stored, tmp_path, capsys
):
    source.slug = "news"
    source.save()
    own = crosswalk_of(tmp_path / "own.csv", f"1,{mail_facts.v3_id(1)}")
    lists = tmp_path / "lists.json"
    lists.write_text(json.dumps(account.legacy_lists))

    counts = {
        "import_legacy": told(capsys, "import_legacy", "news", stored),
        "import_lists": told(capsys, "import_lists", "news", lists),
        "import_crosswalk": told(capsys, "import_crosswalk", "news", own),
        "import_current": told(capsys, "import_current", "news"),
    }

    assert {name: each["imported"] for name, each in counts.items()} == {
        "import_legacy": 5,
        "import_lists": 1,
        "import_crosswalk": 1,
        "import_current": 14,
    }
    assert all(each["state"] == "complete" for each in counts.values())
    assert counts["import_current"]["note"] == ""
