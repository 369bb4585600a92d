from itertools import pairwise

import pytest
import requests

from contacts.sandbox import scenarios
from contacts.sandbox.server import Sandbox, serving
from contacts.sandbox.serving import running

TOKEN = "make-believe"


@pytest.fixture(scope="module")
def sandbox(small_district):
    with serving(small_district, token=TOKEN) as url, requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {TOKEN}"

        def get(path):
            return session.get(url + path, timeout=5)

        yield get


@pytest.fixture
def get_v2(small_district):
    """Ask a sandbox for v2 contacts that are in the given state."""

    def ask(state):
        with serving(small_district, token=TOKEN, v2=state) as url:
            return requests.get(
                f"{url}/v2.1/contacts",
                headers={"Authorization": f"Bearer {TOKEN}"},
                timeout=5,
            )

    return ask


def _links(answer):
    return {link["rel"]: link["uri"] for link in answer.json()["links"]}


def _walk(get, path, rel="next"):
    while path:
        answer = get(path)
        yield answer
        path = _links(answer).get(rel)


def _ids(answer):
    return [item["data"]["id"] for item in answer.json()["data"]]


def test_pages_to_the_end_give_every_contact_once(sandbox, small_district):
    pages = list(_walk(sandbox, "/v3.0/users?role=contact&limit=60"))

    ids = [each for page in pages for each in _ids(page)]
    assert ids == [each["id"] for each in small_district.contacts]
    assert [len(_ids(page)) for page in pages] == [60, 60, 60, 60, 10]


def test_first_page_has_no_prev_and_last_page_no_next(sandbox):
    pages = list(_walk(sandbox, "/v3.0/users?role=contact&limit=125"))

    assert [set(_links(page)) for page in pages] == [
        {"self", "next"},
        {"self", "prev"},
    ]


def test_prev_leads_back_over_the_same_records(sandbox):
    forward = list(_walk(sandbox, "/v3.0/users?role=contact&limit=100"))

    back = list(_walk(sandbox, _links(forward[-1])["prev"], rel="prev"))

    assert _ids(back[0]) == _ids(forward[-2])
    assert _ids(back[-1])[0] == _ids(forward[0])[0]


def test_links_keep_role_and_limit_and_name_no_host(sandbox):
    first = sandbox("/v3.0/users?role=student&limit=50")

    last = _ids(first)[-1]
    assert _links(first)["next"] == (
        f"/v3.0/users?role=student&limit=50&starting_after={last}"
    )


def test_default_page_holds_a_hundred(sandbox):
    assert len(_ids(sandbox("/v3.0/users?role=contact"))) == 100


def test_ending_before_last_gives_the_newest(sandbox, small_district):
    answer = sandbox("/v3.0/users?role=contact&limit=1&ending_before=last")

    assert _ids(answer) == [small_district.contacts[-1]["id"]]


def test_users_without_a_role_are_all_of_them_in_order(sandbox, small_district):
    ids = _ids(sandbox("/v3.0/users?limit=10000"))

    people = small_district.contacts + small_district.students
    assert ids == sorted(each["id"] for each in people)


def test_item_has_the_recorded_envelope(sandbox):
    answer = sandbox(f"/v3.0/users/{scenarios.EXAMPLE_CONTACT}")

    data = answer.json()["data"]
    role = data["roles"]["contact"]
    assert set(answer.json()) == {"data", "links"}
    assert data["name"] == {"last": "Aaron Collins"}
    assert role["legacy_id"] == scenarios.EXAMPLE_LEGACY
    assert data["created"].endswith("Z")
    assert _links(answer)["myStudents"] == (
        f"/v3.0/users/{scenarios.EXAMPLE_CONTACT}/myStudents"
    )


def test_list_item_names_its_uri(sandbox):
    item = sandbox("/v3.0/users?role=contact&limit=1").json()["data"][0]

    assert item["uri"] == f"/v3.0/users/{item['data']['id']}"


def test_student_bears_no_legacy_id(sandbox):
    student = sandbox("/v3.0/users?role=student&limit=1").json()["data"][0]["data"]

    assert list(student["roles"]) == ["student"]
    assert "legacy_id" not in student["roles"]["student"]


@pytest.mark.parametrize("spelling", ["mystudents", "myStudents"])
def test_students_of_a_contact(sandbox, spelling):
    answer = sandbox(f"/v3.0/users/{scenarios.EXAMPLE_CONTACT}/{spelling}")

    assert set(_ids(answer)) == {scenarios.EXAMPLE_CHILD, *scenarios.EXAMPLE_NEPHEWS}


def test_contacts_of_a_student(sandbox):
    answer = sandbox(f"/v3.0/users/{scenarios.EXAMPLE_CHILD}/mycontacts")

    assert _ids(answer) == [scenarios.EXAMPLE_CONTACT]


def test_district_of_a_contact(sandbox, small_district):
    answer = sandbox(f"/v3.0/users/{scenarios.EXAMPLE_CONTACT}/district")

    assert answer.json()["data"]["id"] == small_district.id


def test_districts_lists_the_one_of_the_token(sandbox, small_district):
    assert _ids(sandbox("/v3.0/districts")) == [small_district.id]


def test_legacy_id_is_no_key_of_v3(sandbox):
    answer = sandbox(f"/v3.0/users/{scenarios.EXAMPLE_LEGACY}")

    assert answer.status_code == 404
    assert answer.json() == {"message": "Resource not found"}


def test_unknown_path_is_answered_in_html(sandbox):
    answer = sandbox("/v3.0/resources?x=<b>")

    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "Cannot GET /v3.0/resources" in answer.text


def test_limit_over_ten_thousand_is_refused(sandbox):
    assert sandbox("/v3.0/users?limit=10000").status_code == 200
    assert sandbox("/v3.0/users?limit=10001").status_code == 413


@pytest.mark.parametrize("query", ["limit=0", "limit=-1", "limit=ten", "role=parent"])
def test_senseless_query_is_refused_in_words(sandbox, query):
    answer = sandbox(f"/v3.0/users?{query}")

    assert answer.status_code == 400
    assert answer.json()["message"]


def test_every_answer_tells_the_rate_limit(sandbox):
    answers = [sandbox("/v3.0/districts"), sandbox("/v3.0/users/none")]

    for answer in answers:
        assert answer.headers["X-RateLimit-Limit"] == "1200"
        assert int(answer.headers["X-RateLimit-Reset"]) % 60 == 0
        assert answer.headers["X-RateLimit-Bucket"] == "bearer"
    left = [int(answer.headers["X-RateLimit-Remaining"]) for answer in answers]
    assert all(after != before for before, after in pairwise(left))


def test_over_the_rate_limit_the_answer_is_an_empty_429(small_district):
    sandbox = Sandbox(small_district, token=TOKEN, rate_limit=0)
    with running(sandbox):
        answer = requests.get(
            f"{sandbox.url}/v3.0/districts",
            headers={"Authorization": f"Bearer {TOKEN}"},
            timeout=5,
        )

    assert (answer.status_code, answer.content) == (429, b"")
    assert answer.headers["X-RateLimit-Remaining"] == "0"


@pytest.mark.parametrize("header", [None, "Bearer wrong", "Basic bWFrZQ=="])
def test_wrong_token_is_refused(small_district, header):
    headers = {"Authorization": header} if header else {}
    with serving(small_district, token=TOKEN) as url:
        answer = requests.get(f"{url}/v3.0/users", headers=headers, timeout=5)

    assert answer.status_code == 401
    assert answer.json()["message"]


def test_v2_contacts_are_served_while_alive(sandbox, small_district):
    pages = list(_walk(sandbox, "/v2.1/contacts?limit=200"))

    told = [item["data"] for page in pages for item in page.json()["data"]]
    assert told == small_district.legacy_contacts


def test_one_v2_contact_is_served_while_alive(sandbox):
    answer = sandbox(f"/v2.1/contacts/{scenarios.EXAMPLE_LEGACY}")

    assert answer.json()["data"]["relationship"] == "Parent"


@pytest.mark.parametrize("status", [404, 410, 501])
def test_v2_contacts_can_be_gone(get_v2, status):
    assert get_v2(str(status)).status_code == status


def test_v2_contacts_can_be_empty(get_v2):
    answer = get_v2("empty")

    assert answer.status_code == 200
    assert answer.json()["data"] == []


def test_log_counts_requests_per_path(small_district):
    with serving(small_district, token=TOKEN) as url, requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {TOKEN}"
        session.get(f"{url}/v3.0/districts", timeout=5)
        session.get(f"{url}/v3.0/users?limit=5", timeout=5)
        session.get(f"{url}/v3.0/users?limit=5", timeout=5)

        log = session.get(f"{url}/_sandbox/log", timeout=5).json()

    assert log["requests"] == 3
    assert log["paths"] == {"/v3.0/districts": 1, "/v3.0/users?limit=5": 2}
    assert log["statuses"] == {"200": 3}
