import json

import pytest
import responses

from contacts import api_errors, http, pacing, prefetch, records
from contacts.clever import client, parsing
from tests.contacts.clever.payloads import contact, encode, item, object_id, page

ROOT = "https://api.clever.com"
FIRST = "/v3.0/users?role=contact&limit=2"


def next_link(number):
    return f"{FIRST}&starting_after={object_id(number)}"


@pytest.fixture
def clever():
    with responses.RequestsMock() as mock:
        yield mock


@pytest.fixture
def reader():
    clock = pacing.Clock(sleep=lambda _: None)
    with http.Session(ROOT, "token", clock=clock) as session:
        yield client.Client(session, page_size=2)


def answers(clever, link, body, **told):
    clever.get(
        ROOT + link,
        body=body,
        content_type="application/json",
        match=[responses.matchers.query_string_matcher(link.partition("?")[2])],
        **told,
    )


def test_pages_go_on_to_a_page_without_a_next_link(clever, reader):
    answers(clever, FIRST, page(contact(1), contact(2), following=next_link(2)))
    answers(clever, next_link(2), page(contact(3), contact(4), following=next_link(4)))
    answers(clever, next_link(4), page(contact(5)))

    pages = list(reader.pages("contacts"))

    assert [len(read.page.items) for read in pages] == [2, 2, 1]
    assert [read.number for read in pages] == [1, 2, 3]
    assert [read.url_path for read in pages] == [FIRST, next_link(2), next_link(4)]
    assert [read.next for read in pages] == [next_link(2), next_link(4), ""]
    assert pages[0].body == page(contact(1), contact(2), following=next_link(2))
    assert [parsing.parse_contact(raw).external_id for raw in pages[2].page.items] == [
        object_id(5)
    ]


def test_pages_take_an_absolute_link_to_the_same_host(clever, reader):
    answers(clever, FIRST, page(contact(1), following=ROOT + next_link(1)))
    answers(clever, next_link(1), page(contact(2)))

    assert [read.next for read in reader.pages("contacts")] == [next_link(1), ""]


def test_pages_start_where_the_last_run_ended(clever, reader):
    answers(clever, next_link(2), page(contact(3)))

    (read,) = reader.pages("contacts", start=next_link(2))

    assert read.url_path == next_link(2)


def test_pages_start_after_an_id(clever, reader):
    answers(clever, next_link(2), page(contact(3)))

    (read,) = reader.pages("contacts", after=object_id(2))

    assert read.url_path == next_link(2)


def test_pages_of_an_empty_district_are_one(clever, reader):
    answers(clever, FIRST, page())

    (read,) = reader.pages("contacts")

    assert read.page.items == []


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/v3.0/users?starting_after=9",
        "//evil.example/v3.0/users",
        "http://api.clever.com/v3.0/users?starting_after=9",
        "/v3.0/events?starting_after=9",
        "/v3.0/users/1?starting_after=9",
        "/oauth/tokens",
        "/v3.0/users/../events",
    ],
)
def test_pages_refuse_a_next_link_that_leads_away(clever, reader, link):
    answers(clever, FIRST, page(contact(1), following=link))

    with pytest.raises(api_errors.Refused):
        list(reader.pages("contacts"))

    assert len(clever.calls) == 1


def test_pages_notice_a_next_link_to_the_same_page(clever, reader):
    answers(clever, FIRST, page(contact(1), following=FIRST))

    with pytest.raises(api_errors.PagingLoop, match="paging loop at page 1"):
        list(reader.pages("contacts"))


def test_pages_notice_a_next_link_that_goes_back(clever, reader):
    answers(clever, FIRST, page(contact(5), following=next_link(5)))
    answers(clever, next_link(5), page(contact(6), following=next_link(3)))

    with pytest.raises(api_errors.PagingLoop, match="leads back"):
        list(reader.pages("contacts"))

    assert len(clever.calls) == 2


@pytest.mark.parametrize("again", [(1, 2), (2, 3), (1, 9)])
def test_pages_notice_a_page_that_came_before(clever, reader, again):
    answers(clever, FIRST, page(contact(1), contact(2), following=next_link(2)))
    repeated = page(*map(contact, again), following=next_link(4))
    answers(clever, next_link(2), repeated)

    with pytest.raises(api_errors.PagingLoop, match="paging loop at page"):
        list(reader.pages("contacts"))


def test_pages_notice_ids_that_do_not_ascend(clever, reader):
    answers(clever, FIRST, page(contact(2), contact(1)))

    with pytest.raises(api_errors.PagingLoop, match="do not ascend"):
        list(reader.pages("contacts"))


def test_pages_keep_the_pages_before_a_loop(clever, reader):
    answers(clever, FIRST, page(contact(1), following=next_link(1)))
    answers(clever, next_link(1), page(contact(1), following=next_link(2)))
    kept = []

    with pytest.raises(api_errors.PagingLoop):
        kept.extend(read.number for read in reader.pages("contacts"))

    assert kept == [1]


def test_pages_notice_repeated_ids_of_another_form(clever, reader):
    answers(clever, FIRST, page({"id": "b"}, {"id": "a"}, following=f"{FIRST}&p=2"))
    answers(clever, f"{FIRST}&p=2", page({"id": "b"}, {"id": "c"}))

    with pytest.raises(api_errors.PagingLoop, match="came again"):
        list(reader.pages("contacts"))


def test_pages_leave_odd_records_to_the_parser(clever, reader):
    answers(clever, FIRST, page({"id": None}, "text", {"id": 7}))

    (read,) = reader.pages("contacts")

    assert len(read.page.items) == 3


@pytest.mark.parametrize("body", [b"{}", b'{"data": {}}', b"[]"])
def test_pages_refuse_an_answer_that_is_no_list(clever, reader, body):
    answers(clever, FIRST, body)

    with pytest.raises(
        api_errors.BadPayload, match=r"GET /v3\.0/users: a page that is no list"
    ):
        list(reader.pages("contacts"))


def test_pages_of_v3_say_what_a_404_says(clever, reader):
    answers(clever, FIRST, b"", status=404)

    with pytest.raises(api_errors.Gone) as caught:
        list(reader.pages("contacts"))

    assert not isinstance(caught.value, client.V2Gone)


@pytest.mark.parametrize("status", [404, 410, 501])
def test_pages_say_plainly_that_v2_is_gone(clever, reader, status):
    answers(clever, "/v2.1/contacts?limit=2", b"Cannot GET", status=status)

    with pytest.raises(
        client.V2Gone, match="import the v2 contacts you stored"
    ) as caught:
        list(reader.pages("legacy_contacts"))

    assert str(status) in str(caught.value)


def test_pages_take_an_empty_v2_list_for_gone(clever, reader):
    answers(clever, "/v2.1/contacts?limit=2", page())

    with pytest.raises(client.V2Gone, match="an empty list"):
        list(reader.pages("legacy_contacts"))


def test_pages_read_v2_where_it_still_answers(clever, reader):
    following = f"/v2.1/contacts?limit=2&starting_after={object_id(1)}"
    answers(
        clever,
        "/v2.1/contacts?limit=2",
        page({"id": object_id(1)}, following=following),
    )
    answers(clever, following, page())

    pages = list(reader.pages("legacy_contacts"))

    assert [len(read.page.items) for read in pages] == [1, 0]


def test_an_unauthorized_token_ends_the_list(clever, reader):
    answers(clever, FIRST, b'{"message": "no"}', status=401)

    with pytest.raises(api_errors.Unauthorized):
        list(reader.pages("contacts"))


@pytest.mark.parametrize("size", [0, -1, 10_001])
def test_a_page_size_out_of_range_is_refused(size):
    session = http.Session(ROOT, "token")

    with session, pytest.raises(ValueError, match="10,000"):
        client.Client(session, page_size=size)


def test_user_returns_the_record_as_it_is_now(clever, reader):
    answers(clever, "/v3.0/users/5f1", encode({"data": contact(1), "links": []}))

    raw = reader.user("5f1")

    assert parsing.parse_contact(raw).external_id == object_id(1)


def test_user_is_none_where_there_is_none(clever, reader):
    answers(clever, "/v3.0/users/5f1", b"", status=404)

    assert reader.user("5f1") is None


@pytest.mark.parametrize(
    ("ask", "path"),
    [
        ("my_students", "/v3.0/users/5f1/mystudents"),
        ("my_contacts", "/v3.0/users/5f1/mycontacts"),
    ],
)
def test_related_users_are_read_to_the_end(clever, reader, ask, path):
    following = f"{path}?limit=2&starting_after={object_id(2)}"
    answers(
        clever, f"{path}?limit=2", page(contact(1), contact(2), following=following)
    )
    answers(clever, following, page(contact(3)))

    found = getattr(reader, ask)("5f1")

    assert found == [encode(item(contact(number))) for number in (1, 2, 3)]


def test_nobody_is_related_to_a_user_that_is_gone(clever, reader):
    answers(clever, "/v3.0/users/5f1/mystudents?limit=2", b"", status=404)

    assert reader.my_students("5f1") == []


def test_district_of_a_user(clever, reader):
    body = encode({"data": {"id": "d", "name": "#DEMO"}, "links": []})
    answers(clever, "/v3.0/users/5f1/district", body)

    assert reader.district_of("5f1") == records.District("d", "#DEMO")


def test_district_of_nobody(clever, reader):
    answers(clever, "/v3.0/users/5f1/district", b"", status=404)

    assert reader.district_of("5f1") is None


def test_district_of_the_token(clever, reader):
    answers(clever, "/v3.0/districts", page({"id": "d", "name": "#DEMO"}))

    assert reader.district() == records.District("d", "#DEMO")


@pytest.mark.parametrize("body", [page(), page({"name": "#DEMO"}), b"{}"])
def test_district_refuses_an_answer_without_one(clever, reader, body):
    answers(clever, "/v3.0/districts", body)

    with pytest.raises(api_errors.BadPayload, match=r"GET /v3\.0/districts"):
        reader.district()


def test_pages_can_be_fetched_ahead(clever, reader):
    answers(clever, FIRST, page(contact(1), following=next_link(1)))
    answers(clever, next_link(1), page(contact(2)))

    pages = list(prefetch.ahead(reader.pages("contacts"), cut=lambda: None))

    assert [json.loads(read.body)["data"][0]["data"]["id"] for read in pages] == [
        object_id(1),
        object_id(2),
    ]
