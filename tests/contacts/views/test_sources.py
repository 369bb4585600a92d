import pytest
from django.urls import reverse

from audits.models import Event
from contacts.models import Source
from tests.factories import SnapshotFactory, SourceFactory, UserFactory

pytestmark = pytest.mark.django_db

TOKEN = "district-token-0b5c"


@pytest.fixture
def source():
    return SourceFactory(name="Lakeview", slug="lakeview", token=TOKEN)


@pytest.fixture
def operator(client, source):
    user = UserFactory(roles=["operator"], sources=[source])
    client.force_login(user)
    return user


def new_source(**changes):
    return {
        "name": "Northfield",
        "slug": "northfield",
        "provider": "clever",
        "external_id": "58da8c65d7dc0ca068abcdef",
        "api_url": "https://api.clever.com",
        "token": TOKEN,
        **changes,
    }


def test_source_list_shows_only_the_reader_s_sources(client, operator):
    SourceFactory(name="Elsewhere")

    page = client.get(reverse("contacts:source-list"))

    assert [row.name for row in page.context["page"].rows] == ["Lakeview"]
    assert b"Elsewhere" not in page.content


def test_source_list_says_what_to_do_when_there_is_none(client):
    client.force_login(UserFactory(roles=["operator"]))

    page = client.get(reverse("contacts:source-list"))

    assert b"No source yet" in page.content


def test_source_list_takes_few_queries(client, operator, django_assert_max_num_queries):
    for _ in range(60):
        SourceFactory().people.add(operator)

    with django_assert_max_num_queries(12):
        page = client.get(reverse("contacts:source-list"))

    assert len(page.context["page"].rows) == 50


def test_source_detail_says_that_a_token_is_set_and_never_which(client, operator):
    page = client.get(reverse("contacts:source-detail", args=["lakeview"]))

    assert page.context["has_token"]
    assert TOKEN.encode() not in page.content


def test_source_detail_shows_the_latest_snapshot_of_each_kind(client, operator, source):
    SnapshotFactory(source=source)
    latest = SnapshotFactory(source=source)

    page = client.get(reverse("contacts:source-detail", args=["lakeview"]))

    assert dict(page.context["latest"])["v3 contacts"] == latest
    assert dict(page.context["latest"])["Students"] is None


def test_source_add_makes_a_source_that_whoever_added_it_may_see(client, operator):
    answer = client.post(reverse("contacts:source-add"), new_source())

    source = Source.objects.get(slug="northfield")
    assert answer.url == reverse("contacts:source-detail", args=["northfield"])
    assert (source.token, source.api_url) == (TOKEN, "https://api.clever.com")
    assert list(source.people.all()) == [operator]


def test_source_add_is_an_event_without_the_token(client, operator):
    client.post(reverse("contacts:source-add"), new_source())

    event = Event.objects.get(action="source.added")
    assert event.actor == operator.username
    assert event.after["token_set"] is True
    assert TOKEN not in str(event.after)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"api_url": "http://api.clever.com"}, b"must start with https://"),
        ({"api_url": "https://api.clever.com/v3.0"}, b"without a path"),
        ({"api_url": "https://10.0.0.7"}, b"private network"),
        ({"slug": "lakeview"}, b"Another source has this short name"),
        ({"slug": "no blanks"}, b"valid"),
        ({"name": ""}, b"required"),
        ({"provider": "other"}, b"valid choice"),
    ],
)
def test_source_add_refuses_in_words(client, operator, changes, words):
    answer = client.post(reverse("contacts:source-add"), new_source(**changes))

    assert answer.status_code == 422
    assert words in answer.content
    assert Source.objects.count() == 1


def test_source_add_allows_loopback_only_where_that_is_set(client, operator, settings):
    settings.ALLOW_LOOPBACK_PROVIDERS = False

    answer = client.post(
        reverse("contacts:source-add"), new_source(api_url="http://127.0.0.1:8010")
    )

    assert answer.status_code == 422
    assert b"on this machine" in answer.content


def test_source_add_never_gives_a_token_back(client, operator):
    answer = client.post(reverse("contacts:source-add"), new_source(name=""))

    assert TOKEN.encode() not in answer.content


def edit(client, **changes):
    return client.post(
        reverse("contacts:source-edit", args=["lakeview"]),
        {"name": "Lakeview", "api_url": "", "token": "", **changes},
    )


def test_source_edit_keeps_the_token_when_none_is_given(client, operator, source):
    edit(client, name="Lakeview Unified", people=[operator.pk])

    source.refresh_from_db()
    assert (source.name, source.token) == ("Lakeview Unified", TOKEN)


def test_source_edit_replaces_the_token_and_says_so_in_an_event(
    client, operator, source
):
    edit(client, token=" another ", people=[operator.pk])

    source.refresh_from_db()
    assert source.token == "another"
    assert Event.objects.filter(action="source.changed").count() == 1


def test_source_edit_forgets_the_token_when_asked(client, operator, source):
    edit(client, forget_token="on", people=[operator.pk])

    source.refresh_from_db()
    assert source.token == ""


def test_source_edit_forgets_the_token_at_another_address_and_says_so(
    client, operator, source
):
    before = client.get(reverse("contacts:source-edit", args=["lakeview"]))

    answer = edit(client, api_url="https://elsewhere.example", people=[operator.pk])

    source.refresh_from_db()
    assert "Another address forgets the stored token" in before.text
    assert (source.api_url, source.token) == ("https://elsewhere.example", "")
    assert "The stored token was forgotten" in client.get(answer.url).text
    assert Event.objects.get(action="source.changed").after["token_set"] is False


def test_source_edit_keeps_a_token_that_is_entered_with_another_address(
    client, operator, source
):
    answer = edit(
        client, api_url="https://elsewhere.example", token="new", people=[operator.pk]
    )

    source.refresh_from_db()
    assert source.token == "new"
    assert "forgotten" not in client.get(answer.url).text


def test_source_edit_lets_people_in_and_out(client, operator, source):
    rita = UserFactory(username="rita")

    edit(client, people=[rita.pk])

    assert list(source.people.all()) == [rita]
    assert Event.objects.get(action="source.changed").after["people"] == ["rita"]


def test_source_edit_without_a_change_is_no_event(client, operator):
    edit(client, people=[operator.pk])

    assert not Event.objects.exists()


def test_source_edit_cannot_move_a_source_to_another_tenant(client, operator, source):
    edit(client, external_id="other", slug="other", provider="constant_contact")

    before = (source.external_id, source.slug, source.provider)
    source.refresh_from_db()
    assert (source.external_id, source.slug, source.provider) == before
