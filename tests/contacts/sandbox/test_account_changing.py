from urllib.parse import urlsplit

import pytest
import requests

from contacts.sandbox.account_server import serving
from contacts.sandbox.faults import Fault, Faults, Kind

TOKEN = "make-believe"
PARTS = "custom_fields,list_memberships,phone_numbers,street_addresses,taggings,notes"


class Api:
    """V3, as a program sees it."""

    def __init__(self, url, faults):
        self.url = url
        self.faults = faults
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {TOKEN}"

    def get(self, contact_id):
        path = f"{self.url}/v3/contacts/{contact_id}?include={PARTS}"
        return self.session.get(path, timeout=5).json()

    def put(self, contact_id, body):
        path = f"{self.url}/v3/contacts/{contact_id}"
        return self.session.put(path, json=body, timeout=5)

    def post(self, body):
        return self.session.post(f"{self.url}/v3/contacts", json=body, timeout=5)


@pytest.fixture
def api(small_account):
    faults = Faults()
    with serving(small_account, token=TOKEN, faults=faults, per_second=0) as url:
        api = Api(url, faults)
        yield api
        api.session.close()


@pytest.fixture
def person(small_account):
    """A contact with a company, a telephone, a list and an implicit permission."""
    return next(
        each
        for each in small_account.contacts
        if each.get("company_name")
        and each["phone_numbers"]
        and each["list_memberships"]
        and each["email_address"]["permission_to_send"] == "implicit"
        and "deleted_at" not in each
    )


@pytest.fixture
def deleted(small_account):
    return next(each for each in small_account.contacts if "deleted_at" in each)


def _email(contact, **changes):
    told = contact["email_address"]
    return {
        "address": told["address"],
        "permission_to_send": told["permission_to_send"],
    } | changes


def _error(answer):
    return answer.json()[0]


# --- PUT ----------------------------------------------------------------------------


def test_put_empties_core_that_is_left_out_and_keeps_parts(api, person):
    body = {
        "update_source": "Account",
        "email_address": _email(person),
        "first_name": "Anew",
    }

    answer = api.put(person["contact_id"], body)

    after = api.get(person["contact_id"])
    assert answer.status_code == 200
    assert answer.json() == after
    assert after["first_name"] == "Anew"
    assert "last_name" not in after
    assert "company_name" not in after
    assert after["phone_numbers"] == person["phone_numbers"]
    assert after["list_memberships"] == person["list_memberships"]
    assert after["created_at"] == person["created_at"]
    assert after["updated_at"] > person["updated_at"]


def test_put_without_an_address_loses_the_address(api, person):
    api.put(person["contact_id"], {"update_source": "Account", "first_name": "Anew"})

    assert "email_address" not in api.get(person["contact_id"])


def test_put_replaces_a_part_that_is_sent(api, person):
    body = {
        "update_source": "Contact",
        "email_address": _email(person),
        "phone_numbers": [{"kind": "mobile", "phone_number": "305-555-0101"}],
        "notes": [{"content": "called"}],
        "list_memberships": [],
    }

    after = api.put(person["contact_id"], body).json()

    phone = after["phone_numbers"][0]
    assert [each["phone_number"] for each in after["phone_numbers"]] == ["305-555-0101"]
    assert phone["update_source"] == "Contact"
    assert {"phone_number_id", "created_at", "updated_at"} <= set(phone)
    assert after["notes"][0]["content"] == "called"
    assert after["list_memberships"] == []


def test_put_keeps_a_permission_that_is_not_sent(api, person):
    body = {
        "update_source": "Account",
        "email_address": {"address": person["email_address"]["address"]},
    }

    email = api.put(person["contact_id"], body).json()["email_address"]

    assert email["permission_to_send"] == "implicit"
    assert email["opt_in_date"] == person["email_address"]["opt_in_date"]


def test_unsubscribing_is_dated_signed_and_leaves_every_list(api, person):
    email = _email(person, permission_to_send="unsubscribed", opt_out_reason="asked")

    after = api.put(
        person["contact_id"], {"update_source": "Contact", "email_address": email}
    ).json()

    told = after["email_address"]
    assert told["permission_to_send"] == "unsubscribed"
    assert told["opt_out_source"] == "Contact"
    assert told["opt_out_reason"] == "asked"
    assert told["opt_out_date"] == after["updated_at"]
    assert after["list_memberships"] == []


def test_subscribing_again_takes_the_opt_out_away(api, person):
    out = _email(person, permission_to_send="unsubscribed")
    back = _email(person, permission_to_send="explicit")
    api.put(person["contact_id"], {"update_source": "Account", "email_address": out})

    after = api.put(
        person["contact_id"], {"update_source": "Contact", "email_address": back}
    ).json()

    told = after["email_address"]
    assert told["opt_in_source"] == "Contact"
    assert not {"opt_out_source", "opt_out_date", "opt_out_reason"} & set(told)


def test_put_brings_a_deleted_contact_back(api, deleted):
    body = {"update_source": "Account", "email_address": _email(deleted)}

    api.put(deleted["contact_id"], body)

    assert "deleted_at" not in api.get(deleted["contact_id"])


def test_put_on_an_address_of_another_is_a_conflict_that_names_it(api, person, deleted):
    body = {
        "update_source": "Account",
        "email_address": _email(person, address=deleted["email_address"]["address"]),
    }

    answer = api.put(person["contact_id"], body)

    assert answer.status_code == 409
    assert _error(answer)["error_key"] == "contacts.api.conflict"
    assert deleted["contact_id"] in _error(answer)["error_message"]
    assert api.get(person["contact_id"]) == person


@pytest.mark.parametrize(
    "wrong",
    [
        {"update_source": ""},
        {"update_source": "Owner"},
        {"first_name": "x" * 51},
        {"email_address": {"address": "nobody"}},
        {"email_address": "nobody@example.com"},
        {"email_address": {"address": "a@b.example", "permission_to_send": "always"}},
        {"phone_numbers": [{"kind": "fax", "phone_number": "1"}]},
        {"phone_numbers": [{"kind": "home", "phone_number": "1" * 26}]},
        {"phone_numbers": [{"kind": "home", "phone_number": "1"}] * 4},
        {"street_addresses": [{"kind": "mobile"}]},
        {"street_addresses": [{"kind": "home", "street": "x" * 256}]},
        {"list_memberships": ["00000000-0000-4000-a000-000000000000"]},
        {"list_memberships": "all"},
        {"custom_fields": [{"custom_field_id": "1", "value": "x"}]},
        {"notes": [{"content": "x" * 2001}]},
    ],
)
def test_what_v3_does_not_take_is_refused_and_changes_nothing(api, person, wrong):
    answer = api.put(person["contact_id"], {"update_source": "Account"} | wrong)

    assert answer.status_code == 400
    assert _error(answer)["error_key"] == "contacts.api.validation.error"
    assert api.get(person["contact_id"]) == person


@pytest.mark.parametrize("contact_id", ["12", "00000000-0000-4000-a000-000000000000"])
def test_put_on_nobody_is_not_found(api, contact_id):
    assert api.put(contact_id, {"update_source": "Account"}).status_code == 404


@pytest.mark.parametrize("body", [b"{", b"[]", b""])
def test_a_body_that_is_no_object_is_refused(api, person, body):
    answer = api.session.put(
        f"{api.url}/v3/contacts/{person['contact_id']}",
        data=body,
        headers={"Content-Type": "application/json"},
        timeout=5,
    )

    assert answer.status_code == 400


def test_a_body_of_another_type_is_refused(api, person):
    answer = api.session.put(
        f"{api.url}/v3/contacts/{person['contact_id']}", data="x", timeout=5
    )

    assert answer.status_code == 415


# --- POST ---------------------------------------------------------------------------

NEW = {
    "create_source": "Account",
    "first_name": "Nova",
    "email_address": {
        "address": "nova@example.com",
        "permission_to_send": "implicit",
    },
}


def test_post_makes_a_contact_that_is_then_told(api, small_account):
    answer = api.post(NEW)

    made = answer.json()
    listed = api.session.get(
        f"{api.url}/v3/contacts?status=all&email=NOVA@example.com&include={PARTS}",
        timeout=5,
    ).json()
    assert answer.status_code == 201
    assert listed["contacts"] == [made] == [api.get(made["contact_id"])]
    assert made["create_source"] == "Account"
    assert made["email_address"]["opt_in_source"] == "Account"


def test_post_of_a_known_address_is_a_conflict_even_if_deleted(api, deleted):
    address = deleted["email_address"]["address"].upper()

    answer = api.post(NEW | {"email_address": {"address": address}})

    assert answer.status_code == 409
    assert _error(answer)["error_message"] == (
        f"Validation failed: Email already exists for contact {deleted['contact_id']}"
    )


def test_post_twice_ends_in_a_conflict(api):
    first = api.post(NEW)

    assert first.json()["contact_id"] in _error(api.post(NEW))["error_message"]


@pytest.mark.parametrize(
    "body", [{**NEW, "create_source": None}, {"create_source": "Account"}]
)
def test_post_needs_who_and_whom(api, body):
    assert api.post(body).status_code == 400


def test_a_new_contact_comes_last_so_that_paging_meets_each_once(api, small_account):
    path = f"{api.url}/v3/contacts?status=all&limit=100"
    first = api.session.get(path, timeout=5).json()
    made = api.post(NEW).json()["contact_id"]

    told, link = first["contacts"], first["_links"]["next"]["href"]
    while link:
        page = api.session.get(api.url + link, timeout=5).json()
        told += page["contacts"]
        link = page.get("_links", {}).get("next", {}).get("href")

    ids = [each["contact_id"] for each in told]
    assert ids == [*(each["contact_id"] for each in small_account.contacts), made]


# --- Faults -------------------------------------------------------------------------


def test_a_refusal_changes_nothing(api, person):
    api.faults.set([Fault(Kind.STATUS, status=503)])

    answer = api.put(
        person["contact_id"],
        {"update_source": "Account", "email_address": _email(person)},
    )

    assert answer.status_code == 503
    assert api.get(person["contact_id"]) == person


def test_an_answer_that_is_lost_was_a_change_all_the_same(api):
    api.faults.set([Fault(Kind.DISCONNECT)])

    with pytest.raises(requests.exceptions.ConnectionError):
        api.post(NEW)

    assert api.post(NEW).status_code == 409


def test_writing_needs_the_token_and_counts_as_a_request(api, person):
    stranger = requests.put(
        f"{api.url}/v3/contacts/{person['contact_id']}", json={}, timeout=5
    )
    api.put(person["contact_id"], {})

    log = api.session.get(f"{api.url}/_sandbox/log", timeout=5).json()
    assert stranger.status_code == 401
    assert log["paths"] == {f"/v3/contacts/{person['contact_id']}": 1}


def test_other_paths_take_nothing(api):
    answers = [
        api.session.put(f"{api.url}/v3/contact_lists", json={}, timeout=5),
        api.session.post(f"{api.url}/v3/contact_lists", json={}, timeout=5),
    ]

    assert [each.status_code for each in answers] == [404, 404]
    assert urlsplit(api.url).hostname == "127.0.0.1"
