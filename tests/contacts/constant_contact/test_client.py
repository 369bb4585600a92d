import logging
from contextlib import contextmanager
from datetime import date

import pytest
import responses
from responses import matchers

from contacts import api_errors, http, pacing, reading, records
from contacts.constant_contact import client, endpoints, parsing
from contacts.sandbox import account_server
from contacts.sandbox.account import make_account
from tests.contacts.constant_contact.payloads import (
    SEED_V2_PAGE,
    SEED_XREFS,
    contact,
    email,
    encode,
    legacy,
    legacy_page,
    page,
    uuid,
    xrefs,
)

ROOT = "https://api.cc.email"
OLD_ROOT = "https://api.constantcontact.com"
CANARY = "canary-5f3c9a"
INCLUDE = "custom_fields,list_memberships,phone_numbers,street_addresses,taggings,notes"
FIRST = f"/v3/contacts?status=all&include={INCLUDE}&limit=2"
CURSOR = "/v3/contacts?cursor=bGltaXQ9Mg=="
OLD_FIRST = "/v2/contacts?include_contact_id=true&status=ALL&limit=2"
OLD_NEXT = "/v2/contacts?next=c3RhcnRBdD0z"
REFERENCE, GUIDE = endpoints.CONTACT_XREFS


@pytest.fixture
def provider():
    with responses.RequestsMock() as mock:
        yield mock


def connect(root, **told):
    clock = pacing.Clock(sleep=lambda _: None)
    return http.Session(root, CANARY, clock=clock, **told)


@pytest.fixture
def reader():
    with connect(ROOT) as session:
        yield client.Client(session, page_size=2)


@pytest.fixture
def old_reader():
    with connect(OLD_ROOT) as session:
        yield client.LegacyClient(session, api_key=f"key-{CANARY}", page_size=2)


def answers(provider, link, body, *, root=ROOT, method="GET", **told):
    path, _, query = link.partition("?")
    provider.add(
        method,
        root + path,
        body=body,
        content_type="application/json",
        match=[matchers.query_string_matcher(query)] if query else [],
        **told,
    )


def old_answers(provider, link, body, **told):
    keyed = f"{link}&api_key=key-{CANARY}"
    answers(provider, keyed, body, root=OLD_ROOT, **told)


# --- V3 lists ----------------------------------------------------------------------


def test_contacts_go_on_to_a_page_without_a_next_link(provider, reader):
    first = page("contacts", contact(1), contact(2), following=CURSOR)
    answers(provider, FIRST, first)
    answers(provider, CURSOR, page("contacts", contact(3)))

    pages = list(reader.contacts())

    assert [read.number for read in pages] == [1, 2]
    assert [read.url_path for read in pages] == [FIRST, CURSOR]
    assert [read.next for read in pages] == [CURSOR, ""]
    assert pages[0].body == first
    assert pages[0].items == [encode(contact(1)), encode(contact(2))]


@pytest.mark.parametrize(
    "link", [CURSOR, CURSOR.removeprefix("/v3"), ROOT + CURSOR, f"{ROOT}:443{CURSOR}"]
)
def test_contacts_follow_a_next_link_in_every_form(provider, reader, link):
    answers(provider, FIRST, page("contacts", contact(1), following=link))
    answers(provider, CURSOR, encode({"contacts": [contact(2)]}))

    assert [read.next for read in reader.contacts()] == [CURSOR, ""]


def test_contacts_start_where_the_last_run_ended(provider, reader):
    answers(provider, CURSOR, page("contacts", contact(3)))

    (read,) = reader.contacts(start=CURSOR)

    assert read.url_path == CURSOR


@pytest.mark.parametrize(
    ("ask", "key", "first"),
    [
        ("lists", "lists", "/v3/contact_lists?limit=2"),
        ("custom_fields", "custom_fields", "/v3/contact_custom_fields?limit=2"),
    ],
)
def test_other_lists_are_read_to_their_ends(provider, reader, ask, key, first):
    following = f"{first.partition('?')[0]}?cursor=x"
    answers(provider, first, page(key, {"a": 1}, {"a": 2}, following=following))
    answers(provider, following, page(key, {"a": 3}))

    pages = list(getattr(reader, ask)())

    assert [len(read.items) for read in pages] == [2, 1]


def test_custom_fields_are_asked_for_by_the_hundred(provider):
    answers(provider, "/v3/contact_custom_fields?limit=100", page("custom_fields"))

    with connect(ROOT) as session:
        (read,) = client.Client(session).custom_fields()

    assert read.items == []


def test_contacts_of_an_empty_account_are_one_page(provider, reader):
    answers(provider, FIRST, page("contacts"))

    (read,) = reader.contacts()

    assert (read.items, read.next) == ([], "")


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/v3/contacts?cursor=9",
        "//evil.example/v3/contacts",
        "http://api.cc.email/v3/contacts?cursor=9",
        "https://api.cc.email@evil.example/v3/contacts",
        "/v3/contact_lists?cursor=9",
        "/v3/contacts/1?cursor=9",
        "/contact_lists?cursor=9",
        "/v3/contacts/../account",
        "?cursor=9",
        "v3/contacts?cursor=9",
    ],
)
def test_contacts_refuse_a_next_link_that_leads_away(provider, reader, link):
    answers(provider, FIRST, page("contacts", contact(1), following=link))

    with pytest.raises(api_errors.Refused):
        list(reader.contacts())

    assert len(provider.calls) == 1


def test_contacts_notice_a_next_link_that_leads_back(provider, reader):
    answers(provider, FIRST, page("contacts", contact(1), following=CURSOR))
    answers(provider, CURSOR, page("contacts", contact(2), following=FIRST))

    with pytest.raises(api_errors.PagingLoop, match="paging loop at page 2"):
        list(reader.contacts())


def test_contacts_notice_a_page_that_came_before(provider, reader):
    answers(provider, FIRST, page("contacts", contact(1), following=CURSOR))
    answers(provider, CURSOR, page("contacts", contact(1), following=CURSOR + "x"))
    kept = []

    with pytest.raises(api_errors.PagingLoop, match="a page came again"):
        kept.extend(read.number for read in reader.contacts())

    assert kept == [1]


@pytest.mark.parametrize(
    "body", [b"{}", b"[]", b'{"contacts":null}', b'{"contacts":[],"_links":[]}']
)
def test_contacts_refuse_an_answer_that_is_no_list(provider, reader, body):
    answers(provider, FIRST, body)

    with pytest.raises(api_errors.BadPayload, match="GET /v3/contacts: a page that is"):
        list(reader.contacts())


def test_a_broken_body_ends_the_list_after_three_tries(provider, reader):
    answers(provider, FIRST, b'{"contacts":[{"contact_id"')

    with pytest.raises(api_errors.BadPayload, match="not well-formed JSON"):
        list(reader.contacts())

    assert len(provider.calls) == 3


@pytest.mark.parametrize("size", [0, -1, 501])
def test_a_page_size_out_of_range_is_refused(size):
    with connect(ROOT) as session, pytest.raises(ValueError, match="1 to 500"):
        client.Client(session, page_size=size)


# --- Cross-references --------------------------------------------------------------


@pytest.mark.parametrize("body", [SEED_XREFS, b'{"xrefs":' + SEED_XREFS + b"}"])
def test_contact_xrefs_read_both_forms_of_the_answer(provider, reader, body):
    link = f"{REFERENCE}?sequence_ids=12345678,23456789,34567891"
    answers(provider, link, body)

    answer = reader.contact_xrefs(["12345678", "23456789", "34567891"])

    assert (answer.url_path, answer.body) == (link, body)
    read = [parsing.parse_contact_xref(raw) for raw in answer.items]
    assert [each.external_id for each in read] == ["12345678", "23456789", "34567891"]


def test_contact_xrefs_keep_the_zeros_of_an_id(provider, reader):
    answers(provider, f"{REFERENCE}?sequence_ids=0016633325", xrefs())

    reader.contact_xrefs(["0016633325"])

    assert provider.calls[0].request.url.endswith("?sequence_ids=0016633325")


def test_contact_xrefs_fall_back_on_the_other_spelling_and_remember_it(
    provider, reader
):
    answers(provider, REFERENCE, b"[]", status=404)
    answers(provider, GUIDE, xrefs(("1", uuid(1))))
    answers(provider, GUIDE, xrefs(("2", uuid(2))))

    answer = reader.contact_xrefs(["1"])
    reader.contact_xrefs(["2"])

    assert answer.url_path == f"{GUIDE}?sequence_ids=1"
    paths = [call.request.path_url.partition("?")[0] for call in provider.calls]
    assert paths == [REFERENCE, GUIDE, GUIDE]


@pytest.mark.parametrize(
    "setting", ["contacts/x_refs", "/contacts/x_refs", "/v3/contacts/x_refs/"]
)
def test_contact_xrefs_ask_under_the_path_that_is_set_alone(provider, setting):
    answers(provider, "/v3/contacts/x_refs", b"", status=404)

    with connect(ROOT) as session, pytest.raises(client.XrefGone):
        client.Client(session, xref_path=setting).contact_xrefs(["1"])

    assert len(provider.calls) == 1


@pytest.mark.parametrize("status", [404, 410])
def test_contact_xrefs_say_plainly_that_they_are_gone(provider, reader, status):
    answers(provider, REFERENCE, b"", status=404)
    answers(provider, GUIDE, b"", status=status)

    with pytest.raises(client.XrefGone, match="include_contact_id") as caught:
        reader.contact_xrefs(["1"])

    assert isinstance(caught.value, api_errors.Gone)
    assert f"answered {status}" in str(caught.value)


def test_a_404_beside_a_known_id_means_that_none_is_known(provider, reader):
    known = xrefs(("1", uuid(1)))
    answers(provider, f"{REFERENCE}?sequence_ids=1,7", known)
    answers(provider, f"{REFERENCE}?sequence_ids=2,3", b"", status=404)
    answers(provider, f"{REFERENCE}?sequence_ids=1", known)
    reader.contact_xrefs(["1", "7"])

    answer = reader.contact_xrefs(["2", "3"])

    assert answer == client.Answer(f"{REFERENCE}?sequence_ids=1", known, [])


def test_a_cross_reference_withdrawn_meanwhile_is_gone(provider, reader):
    answers(provider, f"{REFERENCE}?sequence_ids=1", xrefs(("1", uuid(1))))
    answers(provider, f"{REFERENCE}?sequence_ids=1", b"", status=404)
    answers(provider, f"{REFERENCE}?sequence_ids=2", b"", status=404)
    reader.contact_xrefs(["1"])
    with pytest.raises(client.XrefGone):
        reader.contact_xrefs(["2"])


def test_a_path_that_answered_nothing_yet_can_be_gone(provider, reader):
    answers(provider, f"{REFERENCE}?sequence_ids=1", xrefs())
    answers(provider, f"{REFERENCE}?sequence_ids=2", b"", status=404)
    reader.contact_xrefs(["1"])

    with pytest.raises(client.XrefGone):
        reader.contact_xrefs(["2"])

    assert len(provider.calls) == 2


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, api_errors.Invalid),
        (401, api_errors.Unauthorized),
        (403, api_errors.Forbidden),
        (503, api_errors.Unavailable),
    ],
)
def test_contact_xrefs_fall_back_on_nothing_else(provider, reader, status, error):
    answers(provider, REFERENCE, b"", status=status)

    with pytest.raises(error):
        reader.contact_xrefs(["1"])


@pytest.mark.parametrize("body", [b"{}", b'{"xrefs":null}', b"null"])
def test_contact_xrefs_never_take_a_strange_answer_for_unknown(provider, reader, body):
    answers(provider, REFERENCE, body)

    with pytest.raises(api_errors.BadPayload, match=f"GET {REFERENCE}: a cross-ref"):
        reader.contact_xrefs(["1"])


def test_xrefs_take_500_ids_and_no_more(provider, reader):
    answers(provider, REFERENCE, xrefs())
    ids = [str(number) for number in range(501)]

    reader.contact_xrefs(ids[:500])

    for ask in (reader.contact_xrefs, reader.list_xrefs):
        for wrong in (ids, []):
            with pytest.raises(ValueError, match="1 to 500 ids"):
                ask(wrong)


def test_list_xrefs_have_a_path_of_their_own(provider, reader):
    body = xrefs(("3", uuid(3)), key="list_id")
    answers(provider, f"{endpoints.LIST_XREFS[0]}?sequence_ids=3", body)

    (raw,) = reader.list_xrefs(["3"]).items

    assert parsing.parse_list_xref(raw).ref == uuid(3)


def test_list_xrefs_can_be_gone_without_those_of_contacts(provider, reader):
    answers(provider, endpoints.LIST_XREFS[0], b"", status=404)
    answers(provider, REFERENCE, xrefs())

    with pytest.raises(client.XrefGone):
        reader.list_xrefs(["3"])

    assert reader.contact_xrefs(["3"]).items == []


# --- One contact ---------------------------------------------------------------------


def test_contact_is_read_with_all_that_is_its(provider, reader):
    answers(provider, f"/v3/contacts/{uuid(1)}?include={INCLUDE}", encode(contact(1)))

    assert reader.contact(uuid(1)) == encode(contact(1))


def test_contact_is_none_where_there_is_none(provider, reader):
    answers(provider, f"/v3/contacts/{uuid(1)}", b"", status=404)

    assert reader.contact(uuid(1)) is None


@pytest.mark.parametrize("odd", ["../account", "a/b", "a?b", "a#b"])
def test_contact_asks_for_nothing_but_a_contact(provider, reader, odd):
    provider.assert_all_requests_are_fired = False

    with pytest.raises((api_errors.Refused, api_errors.Unavailable)):
        reader.contact(odd)

    asked = [call.request.path_url for call in provider.calls]
    assert all(path.startswith("/v3/contacts/") for path in asked)
    assert all(path.partition("?")[0].count("/") == 3 for path in asked)


def test_find_asks_for_deleted_and_unsubscribed_ones_too(provider, reader):
    found = contact(1, email_address=email(address="Ana+x@Example.com"))
    link = f"/v3/contacts?email=ana%2Bx%40example.com&status=all&include={INCLUDE}"
    answers(provider, link, page("contacts", found))

    assert reader.find("ana+x@example.com") == encode(found)


@pytest.mark.parametrize("told", [[], [contact(2)]])
def test_find_takes_nobody_else(provider, reader, told):
    answers(provider, "/v3/contacts", page("contacts", *told))

    assert reader.find("person1@example.com") is None


def test_find_refuses_what_it_cannot_read(provider, reader):
    answers(provider, "/v3/contacts", page("contacts", {"contact_id": "1"}))

    with pytest.raises(api_errors.BadPayload, match="GET /v3/contacts: contact_id"):
        reader.find("person1@example.com")


def test_put_sends_the_body_as_it_stands(provider, reader):
    answers(provider, f"/v3/contacts/{uuid(1)}", encode(contact(1)), method="PUT")

    assert reader.put(uuid(1), b'{"update_source": "Account"}') == encode(contact(1))
    assert provider.calls[0].request.body == b'{"update_source": "Account"}'


def test_post_adds_a_contact(provider, reader):
    answers(provider, "/v3/contacts", encode(contact(1)), method="POST", status=201)

    assert reader.post(b'{"create_source": "Account"}') == encode(contact(1))


def test_post_says_which_contact_is_there_already(provider, reader):
    told = f"Validation failed: Email already exists for contact {uuid(1)}"
    body = encode([{"error_key": "contacts.api.conflict", "error_message": told}])
    answers(provider, "/v3/contacts", body, method="POST", status=409)

    with pytest.raises(api_errors.Conflict) as caught:
        reader.post(b"{}")

    assert caught.value.contact_id == uuid(1)
    assert uuid(1) not in str(caught.value)


@pytest.mark.parametrize("status", [500, 503, 429])
def test_writing_is_never_tried_again(provider, reader, status):
    answers(provider, "/v3/contacts", b"", method="POST", status=status)

    with pytest.raises(api_errors.ApiError, match=r"^POST /v3/contacts answered"):
        reader.post(b"{}")

    assert len(provider.calls) == 1


# --- V2 ------------------------------------------------------------------------------


def test_legacy_contacts_go_on_to_an_empty_pagination(provider, old_reader):
    old_answers(provider, OLD_FIRST, legacy_page(legacy(1), following=OLD_NEXT))
    old_answers(provider, OLD_NEXT, legacy_page(legacy(2)))

    pages = list(old_reader.contacts())

    assert [read.url_path for read in pages] == [OLD_FIRST, OLD_NEXT]
    assert [read.next for read in pages] == [OLD_NEXT, ""]


@pytest.mark.parametrize(
    "link",
    [
        OLD_NEXT,
        OLD_NEXT.removeprefix("/v2"),
        OLD_ROOT + OLD_NEXT,
        f"{OLD_NEXT}&api_key={CANARY}",
        f"/v2/contacts?api_key={CANARY}&next=c3RhcnRBdD0z",
    ],
)
def test_legacy_contacts_keep_no_key_in_a_link(provider, old_reader, link):
    old_answers(provider, OLD_FIRST, legacy_page(legacy(1), following=link))
    old_answers(provider, OLD_NEXT, legacy_page(legacy(2)))

    pages = list(old_reader.contacts())

    assert CANARY not in "".join(read.url_path + read.next for read in pages)
    assert pages[0].next == OLD_NEXT


def test_legacy_contacts_start_where_the_last_run_ended(provider, old_reader):
    old_answers(provider, OLD_NEXT, legacy_page(legacy(2)))

    (read,) = old_reader.contacts(start=OLD_NEXT)

    assert read.url_path == OLD_NEXT


def test_legacy_contacts_read_the_published_example(provider, old_reader):
    old_answers(provider, OLD_FIRST, SEED_V2_PAGE)

    (read,) = old_reader.contacts()

    (raw,) = read.items
    assert parsing.parse_legacy_contact(raw).external_id == "111111111"


def test_legacy_contacts_read_a_bare_array(provider, old_reader):
    old_answers(provider, OLD_FIRST, encode([legacy(1), legacy(2)]))

    (read,) = old_reader.contacts()

    assert (len(read.items), read.next) == (2, "")


@pytest.mark.parametrize(
    "link", ["/v2/lists?next=1", "https://evil.example/v2/contacts"]
)
def test_legacy_contacts_refuse_a_next_link_that_leads_away(provider, old_reader, link):
    old_answers(provider, OLD_FIRST, legacy_page(legacy(1), following=link))

    with pytest.raises(api_errors.Refused):
        list(old_reader.contacts())


@pytest.mark.parametrize("following", [OLD_FIRST, OLD_NEXT])
def test_legacy_contacts_notice_a_loop(provider, old_reader, following):
    old_answers(provider, OLD_FIRST, legacy_page(legacy(1), following=OLD_NEXT))
    old_answers(provider, OLD_NEXT, legacy_page(legacy(2), following=following))

    with pytest.raises(api_errors.PagingLoop, match="leads back"):
        list(old_reader.contacts())


def test_legacy_lists_are_a_bare_array(provider, old_reader):
    told = [{"id": "1", "name": "News", "status": "ACTIVE", "list_id": uuid(1)}]
    old_answers(provider, "/v2/lists?include_list_id=true", encode(told))

    (read,) = old_reader.lists()

    assert parsing.parse_legacy_list(read.items[0]).list_id == uuid(1)


@pytest.mark.parametrize("status", [401, 403, 404, 410, 429, 500])
def test_the_key_reaches_no_error_no_repr_and_no_log(
    provider, old_reader, caplog, status
):
    caplog.set_level(logging.DEBUG)
    old_answers(provider, OLD_FIRST, b'{"error_message": "canary"}', status=status)

    with pytest.raises(api_errors.ApiError) as caught:
        list(old_reader.contacts())

    error = caught.value
    told = [str(error), repr(error), repr(vars(error)), repr(old_reader)]
    assert error.__context__ is None
    assert CANARY not in "".join(told + caplog.messages)


def test_pages_and_answers_show_nobody():
    read = client.FetchedPage(1, "/v3/contacts", b"Ana", [b"Ana"], "")
    answer = client.Answer("/v3/contacts", b"Ana", [b"Ana"])

    assert "Ana" not in repr(read) + repr(answer)


# --- The sandbox, over real HTTP -----------------------------------------------------


@pytest.fixture(scope="module")
def account():
    return make_account(seed=7, contacts=300, today=date(2026, 3, 2))


@pytest.fixture
def opened(account):
    @contextmanager
    def opened(**behaviour):
        with (
            account_server.serving(
                account, token=CANARY, per_second=1000.0, **behaviour
            ) as url,
            http.Session(url, CANARY, allow_loopback=True) as session,
        ):
            yield session

    return opened


def rows_of(pages, parse):
    return [row for read in pages for row in reading.rows(read.items, parse)]


def test_a_sandbox_account_is_read_whole(account, opened):
    with opened() as session:
        new = client.Client(session, page_size=100)
        old = client.LegacyClient(
            session, api_key=account_server.API_KEY, page_size=100
        )
        read = {
            "contacts": rows_of(new.contacts(), parsing.parse_contact),
            "lists": rows_of(new.lists(), parsing.parse_list),
            "custom_fields": rows_of(new.custom_fields(), parsing.parse_custom_field),
            "legacy_contacts": rows_of(old.contacts(), parsing.parse_legacy_contact),
            "legacy_lists": rows_of(old.lists(), parsing.parse_legacy_list),
        }

    assert all(isinstance(row, records.Row) for rows in read.values() for row in rows)
    assert {name: len(rows) for name, rows in read.items()} == {
        name: len(getattr(account, name)) for name in read
    }


@pytest.mark.parametrize("spelling", ["both", "reference-spelling", "guide-spelling"])
@pytest.mark.parametrize("shape", ["object", "array"])
def test_a_sandbox_account_is_cross_referenced(account, opened, spelling, shape):
    with opened(xref=spelling, xref_shape=shape) as session:
        asker = client.Client(session)
        told = asker.contact_xrefs(["0016633325", "4711000000000"])

    read = [parsing.parse_contact_xref(raw) for raw in told.items]
    assert [each.external_id for each in read] == ["0016633325"]
    assert len(read[0].ref) == 36


def test_a_sandbox_without_its_cross_reference_says_so(opened):
    with opened(xref="gone") as session, pytest.raises(client.XrefGone):
        client.Client(session).contact_xrefs(["0016633325"])
