import pytest
from django.urls import reverse

from audits.views import events
from tests.factories import EventFactory, SourceFactory, UserFactory

pytestmark = pytest.mark.django_db

URL = "/sources/lakeview/events/"


@pytest.fixture
def source():
    return SourceFactory(slug="lakeview")


@pytest.fixture
def auditor(client, source):
    user = UserFactory(roles=["auditor"], sources=[source])
    client.force_login(user)
    return user


def shown(client, **query):
    return client.get(URL, query).context["page"].rows


def test_event_list_shows_the_newest_first_and_only_the_source_s(client, auditor):
    first = EventFactory(seq=1, source="lakeview")
    second = EventFactory(seq=2, source="lakeview")
    EventFactory(seq=3, source="elsewhere")

    assert shown(client) == [second, first]


def test_event_list_narrows_by_action_and_by_actor(client, auditor):
    decided = EventFactory(seq=1, source="lakeview", actor="rita")
    added = EventFactory(seq=2, source="lakeview", actor="olga", action="source.added")

    assert shown(client, action="source.added") == [added]
    assert shown(client, actor="rita") == [decided]
    assert shown(client, action="source.added", actor="rita") == []
    assert shown(client, action="no.such") == [added, decided]


def test_event_list_shows_before_and_after(client, auditor):
    EventFactory(
        seq=1,
        source="lakeview",
        before={"state": "open"},
        after={"state": "decided"},
        reason="v3 says otherwise",
    )

    page = client.get(URL)

    assert b"<del>open</del>" in page.content
    assert b"<ins>decided</ins>" in page.content
    assert "v3 says otherwise" in page.content.decode()


def test_event_list_shows_hostile_text_as_text(client, auditor):
    EventFactory(seq=1, source="lakeview", reason="<script>alert(1)</script>")

    assert b"<script>alert" not in client.get(URL).content


def test_event_list_answers_htmx_with_the_table(client, auditor):
    part = client.get(URL, headers={"HX-Request": "true"})

    assert b"<html" not in part.content
    assert b'id="event-table"' in part.content


def test_event_list_pages_by_number_and_takes_few_queries(
    client, auditor, django_assert_max_num_queries
):
    made = [EventFactory(seq=n, source="lakeview") for n in range(1, 121)]

    with django_assert_max_num_queries(12):
        first = client.get(URL).context["page"]
    second = client.get(URL, {"cursor": first.after}).context["page"]

    assert first.rows + second.rows == made[:19:-1]


def test_event_list_links_keep_the_filters(client, auditor):
    for number in range(1, 60):
        EventFactory(seq=number, source="lakeview", actor="rita")

    page = client.get(URL, {"actor": "rita"})

    assert b"?actor=rita&amp;cursor=" in page.content


def test_changes_leave_out_what_stayed():
    event = EventFactory.build(
        before={"rule": "restricted", "state": "open"},
        after={"rule": "restricted", "state": "decided"},
    )

    assert events.changes(event) == [events.Change("state", "open", "decided")]


def test_changes_write_nested_values_in_one_line():
    event = EventFactory.build(
        after={
            "counts": {"grants": 3, "by": {"x": 1}},
            "people": ["a", "b"],
            "set": True,
        }
    )

    assert [change.after for change in events.changes(event)] == [
        "grants 3, by x 1",
        "a, b",
        "yes",
    ]


def test_event_list_is_linked_in_the_navigation(client, auditor):
    page = client.get(reverse("audits:event-list", args=["lakeview"]))

    assert b'aria-current="page">Events' in page.content
