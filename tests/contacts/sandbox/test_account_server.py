from urllib.parse import urlsplit

import pytest
import requests

from contacts.sandbox import published_contacts
from contacts.sandbox.account_server import API_KEY, serving
from contacts.sandbox.faults import Fault, Faults, Kind

TOKEN = "make-believe"
KEY = f"api_key={API_KEY}"
PARTS = "custom_fields,list_memberships,phone_numbers,street_addresses,taggings,notes"
ALL = f"/v3/contacts?status=all&include={PARTS}"


@pytest.fixture(scope="module")
def sandbox(small_account):
    with (
        serving(small_account, token=TOKEN, per_second=0) as url,
        requests.Session() as session,
    ):
        session.headers["Authorization"] = f"Bearer {TOKEN}"

        def get(path):
            return session.get(url + path, timeout=5)

        yield get


@pytest.fixture
def ask(small_account):
    """Ask a sandbox of its own, which behaves as told, for one path."""

    def asked(path, *, token=TOKEN, times=1, **behaviour):
        settings = {"per_second": 0, **behaviour}
        headers = {"Authorization": f"Bearer {token}"}
        with serving(small_account, token=TOKEN, **settings) as url:
            return [
                requests.get(url + path, headers=headers, timeout=5)
                for _ in range(times)
            ]

    return asked


def _walk(get, path, key):
    while path:
        answer = get(path)
        yield answer.json()[key]
        path = _next(answer)


def _next(answer):
    return answer.json().get("_links", {}).get("next", {}).get("href")


# --- V3 ---------------------------------------------------------------------------


def test_pages_to_the_end_give_every_contact_once_and_whole(sandbox, small_account):
    pages = list(_walk(sandbox, f"{ALL}&limit=70", "contacts"))

    assert [each for page in pages for each in page] == small_account.contacts
    assert {len(page) for page in pages[:-1]} == {70}


def test_link_is_relative_and_names_a_cursor_alone(sandbox):
    first = sandbox("/v3/contacts?limit=10")

    link = urlsplit(_next(first))
    assert (link.scheme, link.netloc, link.path) == ("", "", "/v3/contacts")
    assert link.query.startswith("cursor=")
    assert len(sandbox(_next(first)).json()["contacts"]) == 10


def test_last_page_has_no_links(sandbox):
    answer = sandbox("/v3/contacts?limit=500")

    assert set(answer.json()) == {"contacts"}


def test_default_page_holds_fifty(sandbox):
    assert len(sandbox("/v3/contacts").json()["contacts"]) == 50


def test_deleted_contacts_are_told_only_when_asked_for(sandbox, small_account):
    deleted = [each for each in small_account.contacts if "deleted_at" in each]

    plain = sandbox("/v3/contacts?limit=500").json()["contacts"]
    gone = sandbox("/v3/contacts?limit=500&status=deleted").json()["contacts"]

    assert len(plain) == len(small_account.contacts) - len(deleted)
    assert {each["contact_id"] for each in gone} == {
        each["contact_id"] for each in deleted
    }


@pytest.mark.parametrize("status", ["unsubscribed", "temp_hold", "not_set"])
def test_status_keeps_those_of_that_permission(sandbox, status):
    told = sandbox(f"/v3/contacts?limit=500&status={status}").json()["contacts"]

    assert {each["email_address"]["permission_to_send"] for each in told} == {status}


def test_parts_are_told_only_when_asked_for(sandbox):
    bare = sandbox("/v3/contacts?limit=1").json()["contacts"][0]
    with_lists = sandbox("/v3/contacts?limit=1&include=list_memberships").json()

    assert not set(bare) & set(PARTS.split(","))
    assert set(with_lists["contacts"][0]) - set(bare) == {"list_memberships"}


def test_contact_has_the_keys_of_the_reference(sandbox):
    contacts = sandbox(f"{ALL}&limit=500").json()["contacts"]

    told = {name for each in contacts for name in each}
    email = {name for each in contacts for name in each["email_address"]}
    assert told == {
        *("contact_id", "email_address", "first_name", "last_name", "job_title"),
        *("company_name", "birthday_month", "birthday_day", "anniversary"),
        *("update_source", "create_source", "created_at", "updated_at", "deleted_at"),
        *PARTS.split(","),
    }
    assert email == {
        *("address", "permission_to_send", "created_at", "updated_at"),
        *("opt_in_source", "opt_in_date", "opt_out_source", "opt_out_date"),
        *("opt_out_reason", "confirm_status"),
    }


def test_email_finds_one_contact_whatever_its_case(sandbox, small_account):
    wanted = small_account.contacts[3]
    address = wanted["email_address"]["address"].upper()

    told = sandbox(f"/v3/contacts?status=all&email={address}").json()["contacts"]

    assert [each["contact_id"] for each in told] == [wanted["contact_id"]]


def test_email_of_a_deleted_contact_is_found_only_among_all(sandbox, small_account):
    gone = next(each for each in small_account.contacts if "deleted_at" in each)
    path = f"/v3/contacts?email={gone['email_address']['address']}"

    assert sandbox(path).json()["contacts"] == []
    assert len(sandbox(f"{path}&status=all").json()["contacts"]) == 1


def test_updated_after_keeps_later_ones(sandbox, small_account):
    since = sorted(each["updated_at"] for each in small_account.contacts)[-20]

    told = sandbox(f"/v3/contacts?status=all&limit=500&updated_after={since}").json()

    assert len(told["contacts"]) == 19


def test_one_contact_is_told_with_the_parts_asked_for(sandbox, small_account):
    wanted = small_account.contacts[5]

    answer = sandbox(f"/v3/contacts/{wanted['contact_id']}?include={PARTS}")

    assert answer.json() == wanted


@pytest.mark.parametrize("contact_id", ["1234", "00000000-0000-4000-a000-000000000000"])
def test_unknown_contact_is_answered_with_an_array(sandbox, contact_id):
    answer = sandbox(f"/v3/contacts/{contact_id}")

    assert answer.status_code == 404
    assert answer.json()[0]["error_key"] == "contacts.api.not_found"


def test_lists_and_fields_come_by_cursor(sandbox, small_account):
    lists = list(_walk(sandbox, "/v3/contact_lists?limit=30", "lists"))
    fields = list(_walk(sandbox, "/v3/contact_custom_fields?limit=5", "custom_fields"))

    assert [each for page in lists for each in page] == small_account.lists
    assert [each for page in fields for each in page] == small_account.custom_fields
    assert len(fields) == 2


@pytest.mark.parametrize(
    "path",
    [
        "/v3/contacts?limit=501",
        "/v3/contacts?limit=0",
        "/v3/contacts?limit=ten",
        "/v3/contacts?status=REMOVED",
        "/v3/contacts?include=everything",
        "/v3/contacts?cursor=!",
        "/v3/contacts?cursor=",
        "/v3/contacts?cursor=c3RhcnQ9eA==",
        "/v3/contact_custom_fields?limit=101",
        f"/v2/contacts?{KEY}&limit=501",
        f"/v2/contacts?{KEY}&status=GONE",
    ],
)
def test_senseless_query_is_refused_in_words(sandbox, path):
    answer = sandbox(path)

    assert answer.status_code == 400
    assert set(answer.json()[0]) == {"error_key", "error_message"}


# --- The crosswalk ------------------------------------------------------------------


def _xrefs(get, ids, path="contact_id_xrefs"):
    return get(f"/v3/contacts/{path}?sequence_ids={','.join(ids)}")


def test_xref_gives_what_is_known_in_order_and_the_rest_is_just_not_there(
    sandbox, small_account
):
    known = sorted(small_account.xrefs)[:40]

    answer = _xrefs(sandbox, [*reversed(known), "5", published_contacts.ZEROS_ID])

    told = answer.json()["xrefs"]
    assert [each["sequence_id"] for each in told] == sorted(
        {*known, published_contacts.ZEROS_ID}
    )
    assert all(small_account.xrefs[each["sequence_id"]] for each in told)
    assert all(set(each) == {"sequence_id", "contact_id"} for each in told)


def test_an_id_without_its_zeros_is_another_id(sandbox):
    answer = _xrefs(sandbox, [published_contacts.ZEROS_ID.lstrip("0")])

    assert answer.json() == {"xrefs": []}


def test_xref_takes_five_hundred_ids_and_no_more(sandbox):
    ids = [str(each) for each in range(501)]

    assert _xrefs(sandbox, ids[:500]).status_code == 200
    assert _xrefs(sandbox, ids).status_code == 400
    assert _xrefs(sandbox, []).status_code == 400


@pytest.mark.parametrize(
    ("xref", "answers"),
    [
        ("both", [200, 200]),
        ("reference-spelling", [200, 404]),
        ("guide-spelling", [404, 200]),
        ("gone", [404, 404]),
    ],
)
def test_xref_can_be_spelt_in_two_ways(ask, xref, answers):
    paths = ("contact_id_xrefs", "contacts_id_xrefs")

    told = [ask(f"/v3/contacts/{each}?sequence_ids=1", xref=xref)[0] for each in paths]

    assert [each.status_code for each in told] == answers


def test_xref_can_be_a_bare_array(ask, small_account):
    path = f"/v3/contacts/contact_id_xrefs?sequence_ids={published_contacts.ZEROS_ID}"

    answer = ask(path, xref_shape="array")[0]

    assert answer.json() == [
        {
            "sequence_id": published_contacts.ZEROS_ID,
            "contact_id": small_account.xrefs[published_contacts.ZEROS_ID],
        }
    ]


def test_list_xref_gives_lists(sandbox, small_account):
    ids = [each["id"] for each in small_account.legacy_lists]

    answer = sandbox(f"/v3/contact_lists/list_id_xrefs?sequence_ids={','.join(ids)}")

    told = {each["sequence_id"]: each["list_id"] for each in answer.json()["xrefs"]}
    assert told == small_account.list_xrefs


# --- V2 -----------------------------------------------------------------------------


def _legacy_pages(get, path):
    while path:
        answer = get(path).json()
        yield answer
        link = answer["meta"]["pagination"].get("next_link")
        path = f"{link}&{KEY}" if link else None


def test_v2_pages_hold_every_contact_with_its_v3_id(sandbox, small_account):
    path = f"/v2/contacts?{KEY}&include_contact_id=true&status=ALL&limit=90"

    pages = list(_legacy_pages(sandbox, path))

    told = [each for page in pages for each in page["results"]]
    assert told == small_account.legacy_contacts
    assert pages[-1]["meta"] == {"pagination": {}}


def test_v2_link_is_relative_and_has_no_key(sandbox):
    answer = sandbox(f"/v2/contacts?{KEY}&limit=10").json()

    link = answer["meta"]["pagination"]["next_link"]
    assert link.startswith("/v2/contacts?next=")
    assert API_KEY not in link
    assert "api_key" not in link


def test_v2_keeps_the_v3_id_to_itself_unless_asked(sandbox):
    told = sandbox(f"/v2/contacts?{KEY}&limit=500").json()["results"]

    assert not any("contact_id" in each for each in told)


def test_v2_contact_has_the_keys_of_the_published_example(sandbox):
    told = sandbox(f"/v2/contacts?{KEY}&limit=500&include_contact_id=true").json()
    example = published_contacts.EXAMPLE

    assert example in told["results"]
    for each in told["results"]:
        assert set(example) - set(each) <= {"contact_id"}
        for address in each["addresses"]:
            assert set(example["addresses"][0]) <= set(address)
        for email in each["email_addresses"]:
            assert set(example["email_addresses"][0]) <= set(email)


def test_v2_lists_are_a_bare_array(sandbox, small_account):
    plain = sandbox(f"/v2/lists?{KEY}").json()
    with_ids = sandbox(f"/v2/lists?{KEY}&include_list_id=true").json()

    assert with_ids == small_account.legacy_lists
    assert not any("list_id" in each for each in plain)


@pytest.mark.parametrize("query", ["", "?api_key=", "?api_key=another"])
def test_v2_wants_its_key_besides_the_token(sandbox, query):
    answer = sandbox(f"/v2/lists{query}")

    assert answer.status_code == 403
    assert answer.json()["error_key"] == "mashery.not.authorized.inactive"


@pytest.mark.parametrize("status", [404, 410, 501])
def test_v2_can_be_gone(ask, status):
    assert ask(f"/v2/contacts?{KEY}", v2=str(status))[0].status_code == status


def test_v2_can_be_empty(ask):
    assert ask(f"/v2/contacts?{KEY}", v2="empty")[0].json()["results"] == []


# --- Access, budgets, faults --------------------------------------------------------


def test_wrong_token_is_refused_with_one_object(ask):
    answer = ask("/v3/contacts", token="another")[0]

    assert answer.status_code == 401
    assert answer.json()["error_key"] == "unauthorized"


def test_fifth_request_of_a_second_is_throttled(ask):
    answers = ask("/v3/contact_lists", times=8, per_second=4)

    statuses = [each.status_code for each in answers]
    assert statuses[:4] == [200] * 4
    assert 429 in statuses
    told = next(each.json() for each in answers if each.status_code == 429)
    assert told["error_key"] == "throttled"


def test_budget_of_a_day_ends_in_other_words(ask):
    answers = ask("/v3/contact_lists", times=3, per_day=2)

    assert [each.status_code for each in answers] == [200, 200, 429]
    assert answers[-1].json()["error_key"] == "quota_exceeded"


@pytest.mark.parametrize("wrong", [{"v2": "1"}, {"xref": "none"}, {"xref_shape": "x"}])
def test_unknown_behaviour_is_refused(small_account, wrong):
    with (
        pytest.raises(ValueError, match="must be one of"),
        serving(small_account, token=TOKEN, **wrong),
    ):
        pass


@pytest.fixture
def spoilt(small_account):
    """Ask a sandbox with faults set."""
    faults = Faults()
    with serving(small_account, token=TOKEN, faults=faults, per_second=0) as url:

        def asked(path, *wanted):
            faults.set(wanted)
            headers = {"Authorization": f"Bearer {TOKEN}"}
            return requests.get(url + path, headers=headers, timeout=5)

        yield asked


@pytest.mark.parametrize(
    ("fault", "shape", "key"),
    [
        (Fault(Kind.STATUS, status=503), list, "contacts.api.service_unavailable"),
        (Fault(Kind.STATUS, status=401), dict, "unauthorized"),
        (Fault(Kind.STATUS, status=429), dict, "throttled"),
        (Fault(Kind.STATUS, status=429, key="quota_exceeded"), dict, "quota_exceeded"),
    ],
)
def test_status_is_answered_in_the_providers_shape(spoilt, fault, shape, key):
    answer = spoilt("/v3/contacts", fault)

    told = answer.json()
    assert answer.status_code == fault.status
    assert isinstance(told, shape)
    assert (told[0] if shape is list else told)["error_key"] == key


def test_fault_strikes_the_page_it_is_meant_for(spoilt):
    first = spoilt("/v3/contacts?limit=50", Fault(Kind.STATUS, page=2))
    second = spoilt(_next(first), Fault(Kind.STATUS, page=2))

    assert [first.status_code, second.status_code] == [200, 503]


def test_links_of_a_page_can_be_spoilt(spoilt):
    path = "/v3/contacts?limit=50"

    elsewhere = spoilt(path, Fault(Kind.NEXT_ELSEWHERE, url="https://evil.example"))
    missing = spoilt(path, Fault(Kind.NEXT_MISSING))
    looping = spoilt(path, Fault(Kind.NEXT_LOOP))

    assert _next(elsewhere).startswith("https://evil.example/v3/contacts?cursor=")
    assert _next(missing) is None
    assert spoilt(_next(looping)).json()["contacts"] == missing.json()["contacts"]


def test_page_can_repeat_the_one_before(spoilt):
    first = spoilt("/v3/contacts?limit=50")
    second = spoilt(_next(first), Fault(Kind.REPEATED_PAGE))
    third = spoilt(_next(second))

    assert second.json()["contacts"] == first.json()["contacts"]
    assert third.json()["contacts"] != first.json()["contacts"]


def test_v2_page_can_be_spoilt_too(spoilt):
    answer = spoilt(f"/v2/contacts?{KEY}", Fault(Kind.NEXT_MISSING)).json()

    assert answer["meta"] == {"pagination": {}}
    assert len(answer["results"]) == 50


def test_log_counts_requests_and_keeps_no_key(small_account):
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with serving(small_account, token=TOKEN, per_second=0) as url:
        requests.get(f"{url}/v2/lists?{KEY}&x=1", headers=headers, timeout=5)
        requests.get(f"{url}/v3/contact_lists", headers=headers, timeout=5)
        log = requests.get(f"{url}/_sandbox/log", headers=headers, timeout=5).json()

    assert log["paths"] == {"/v2/lists?api_key=…&x=1": 1, "/v3/contact_lists": 1}
    assert log["statuses"] == {"200": 2}


def test_faults_are_set_over_http(small_account):
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with serving(small_account, token=TOKEN, per_second=0) as url:
        told = [
            requests.post(
                f"{url}/_sandbox/faults", json=body, headers=headers, timeout=5
            )
            for body in ({"faults": [{"kind": "status"}]}, {"faults": [{"kind": "x"}]})
        ]
        answer = requests.get(f"{url}/v3/contacts", headers=headers, timeout=5)

    assert [each.status_code for each in told] == [200, 400]
    assert answer.status_code == 503
