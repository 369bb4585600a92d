"""A whole make-believe account over real HTTP: the crosswalk is what is true of it."""

from datetime import date

import pytest

from contacts import evidence, importing, working
from contacts.models import (
    Consent,
    ContactXref,
    Job,
    LegacyConsent,
    LegacyContact,
    LegacyList,
    ListXref,
    MailAccount,
    Match,
    Snapshot,
)
from contacts.sandbox import account_writing
from contacts.sandbox.account import make_account
from contacts.sandbox.account_server import API_KEY, serving
from tests.contacts import mail_facts
from tests.factories import MailSourceFactory

pytestmark = pytest.mark.django_db

TOKEN = "sandbox"


@pytest.fixture(scope="module")
def account():
    return make_account(seed=3, contacts=320, today=date(2026, 3, 2))


@pytest.fixture
def source(account, settings):
    settings.CONSTANT_CONTACT_PER_SECOND = 10**6
    with serving(account, token=TOKEN, per_second=1e6, per_day=10**9) as url:
        source = MailSourceFactory(external_id=account.id, api_url=url, token=TOKEN)
        yield source


def done(start, source, **told):
    job = working.run_here(start(source=source, by=None, **told))
    assert job.state == Job.State.DONE, job.error
    return job.result


def stored(account, source, folder, kind):
    account_writing.write_files(account, folder)
    path = folder / f"legacy_contacts.{kind}"
    return done(importing.start_legacy_files, source, paths=[path])


def states(source):
    matches = Match.objects.filter(source=source, legacy_contact__isnull=False)
    return dict(matches.values_list("legacy_contact__external_id", "state"))


@pytest.mark.parametrize("kind", ["json", "ndjson", "csv"])
def test_every_form_of_stored_contacts_tells_the_same_people(
    account, source, tmp_path, kind
):
    result = stored(account, source, tmp_path, kind)

    assert result["imported"] == len(account.legacy_contacts)
    assert set(LegacyContact.objects.values_list("external_id", flat=True)) == set(
        account.match_states
    )
    assert LegacyConsent.objects.count() == result["imported"]


@pytest.mark.parametrize("legacy_first", [True, False])
def test_the_crosswalk_is_true_whatever_came_first(
    account, source, tmp_path, legacy_first
):
    if legacy_first:
        stored(account, source, tmp_path, "json")
    done(importing.start_current, source)
    if not legacy_first:
        stored(account, source, tmp_path, "json")
        done(importing.start_current, source)

    assert states(source) == account.match_states


def test_all_of_it_again_writes_nothing(account, source, tmp_path):
    MailAccount.objects.create(source=source, v2_key=API_KEY)
    starts = (importing.start_legacy_api, importing.start_current)
    for start in starts:
        done(start, source)
    before = mail_facts.rows()

    results = [done(start, source) for start in starts]

    assert [result["imported"] for result in results] == [0, 0]
    assert mail_facts.rows() == before


def test_the_api_and_its_stored_pages_tell_the_same(account, source, tmp_path):
    MailAccount.objects.create(source=source, v2_key=API_KEY)
    done(importing.start_legacy_api, source)

    result = stored(account, source, tmp_path, "json")

    assert (result["imported"], result["unchanged"]) == (0, result["rows_in"])


def test_every_answer_is_proved_by_its_page(account, source, tmp_path):
    stored(account, source, tmp_path, "json")
    done(importing.start_current, source)

    found = evidence.of_rows([*ContactXref.objects.all(), *ListXref.objects.all()])
    found += evidence.of_rows(each.contact for each in Consent.objects.all()[:100])

    assert found
    assert all(each.intact for each in found)
    assert Snapshot.objects.filter(kind="crosswalk").get().state == "complete"


def test_lists_come_with_the_v3_ids_that_v2_tells(account, source):
    MailAccount.objects.create(source=source, v2_key=API_KEY)
    done(importing.start_legacy_api, source)

    told = LegacyList.objects.exclude(told_ref="").values_list(
        "external_id", "told_ref"
    )

    assert told
    assert set(told) <= set(account.list_xrefs.items())
