import csv
import io

import pytest
from django.urls import reverse

from audits.models import Event
from tests.factories import EventFactory, FindingFactory, SourceFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def source():
    return SourceFactory(slug="lakeview")


@pytest.fixture
def auditor(client, source):
    user = UserFactory(roles=["auditor"], sources=[source])
    client.force_login(user)
    return user


def take(client, name, **query):
    return client.get(
        reverse("audits:download", args=["lakeview", f"{name}.csv"]), query
    )


def rows_of(answer):
    text = b"".join(answer.streaming_content).decode()
    return list(csv.DictReader(io.StringIO(text)))


def test_download_list_says_what_a_row_of_each_is(client, auditor):
    page = client.get(reverse("audits:download-list", args=["lakeview"]))

    names = [offer.name for offer, _, _ in page.context["offers"]]
    assert names == [
        "findings",
        "decisions",
        "relationships",
        "crosswalk",
        "population",
        "events",
    ]
    assert b"One row is a finding." in page.content


def test_download_list_leaves_out_events_for_who_may_not_see_them(client, source):
    client.force_login(UserFactory(roles=["reviewer"], sources=[source]))

    page = client.get(reverse("audits:download-list", args=["lakeview"]))

    assert b"events.csv" not in page.content


def test_download_streams_a_csv_under_a_telling_name(client, auditor, source):
    finding = FindingFactory(source=source)
    FindingFactory()

    answer = take(client, "findings")

    assert answer.streaming
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert 'filename="lakeview-findings-' in answer.headers["Content-Disposition"]
    assert [row["finding_id"] for row in rows_of(answer)] == [str(finding.pk)]


def test_download_narrows_by_state(client, auditor, source):
    FindingFactory(source=source)

    assert rows_of(take(client, "findings", state="approved")) == []
    assert len(rows_of(take(client, "findings", state="open"))) == 1


def test_download_is_an_event_before_its_first_byte(client, auditor):
    take(client, "crosswalk")

    event = Event.objects.get(action="export.downloaded")
    assert (event.actor, event.object_id) == (auditor.username, "crosswalk")


def test_download_asked_for_its_headers_alone_is_no_event(client, auditor):
    client.head(reverse("audits:download", args=["lakeview", "crosswalk.csv"]))

    assert not Event.objects.exists()


def test_download_of_an_unknown_csv_is_not_here(client, auditor):
    assert take(client, "passwords").status_code == 404


def test_download_says_what_it_cannot_be_narrowed_by(client, auditor):
    answer = take(client, "relationships", state="open")

    assert answer.status_code == 400
    assert b"cannot be narrowed by state" in answer.content
    assert not Event.objects.exists()


def test_download_keeps_events_from_who_may_not_see_them(client, source):
    EventFactory(source="lakeview")
    client.force_login(UserFactory(roles=["reviewer"], sources=[source]))

    assert take(client, "events").status_code == 404
