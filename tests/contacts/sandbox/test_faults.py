import time

import pytest
import requests

from contacts.sandbox import faults
from contacts.sandbox.faults import Fault, Faults, FaultUnreadable, Kind
from contacts.sandbox.server import serving

TOKEN = "make-believe"
CONTACTS = "/v3.0/users?role=contact&limit=100"


@pytest.fixture(scope="module")
def set_faults():
    return Faults()


@pytest.fixture(scope="module")
def served(small_district, set_faults):
    with (
        serving(small_district, token=TOKEN, faults=set_faults) as url,
        requests.Session() as session,
    ):
        session.headers["Authorization"] = f"Bearer {TOKEN}"
        yield session, url


@pytest.fixture
def get(served, set_faults):
    """Ask for a path while the given faults are set."""
    session, url = served

    def ask(path, *wanted):
        if wanted:
            set_faults.set(wanted)
        return session.get(url + path, timeout=5)

    yield ask
    set_faults.set([])


def _ids(answer):
    return [item["data"]["id"] for item in answer.json()["data"]]


def _next(answer):
    links = {link["rel"]: link["uri"] for link in answer.json()["links"]}
    return links.get("next")


@pytest.mark.parametrize("status", [401, 500, 502, 503, 504])
def test_status_is_answered_with_a_message(get, status):
    answer = get(CONTACTS, Fault(Kind.STATUS, status=status))

    assert answer.status_code == status
    assert answer.json()["message"]


def test_429_has_no_body_and_tells_when_to_come_back(get):
    answer = get(CONTACTS, Fault(Kind.STATUS, status=429, seconds=2))

    assert (answer.status_code, answer.content) == (429, b"")
    assert answer.headers["X-RateLimit-Remaining"] == "0"
    assert 0 < int(answer.headers["X-RateLimit-Reset"]) - time.time() <= 4


def test_fault_strikes_as_often_as_told_and_then_never_again(get):
    first = get(CONTACTS, Fault(Kind.STATUS, times=2))
    later = [get(CONTACTS), get(CONTACTS)]

    statuses = [answer.status_code for answer in (first, *later)]
    assert statuses == [503, 503, 200]


def test_fault_without_end_strikes_for_ever(get):
    first = get(CONTACTS, Fault(Kind.STATUS, times=0))

    assert [first.status_code, get(CONTACTS).status_code] == [503, 503]


def test_fault_strikes_the_request_of_its_number(get):
    first = get(CONTACTS, Fault(Kind.STATUS, at=2))
    second, third = get(CONTACTS), get(CONTACTS)

    assert [each.status_code for each in (first, second, third)] == [200, 503, 200]


def test_fault_strikes_the_page_of_its_number(get):
    first = get(CONTACTS, Fault(Kind.STATUS, page=2))
    second = get(_next(first))
    again = get(_next(first))

    assert [each.status_code for each in (first, second, again)] == [200, 503, 200]


def test_fault_strikes_only_under_its_path(get):
    districts = get("/v3.0/districts", Fault(Kind.STATUS, path="role=contact"))
    contacts = get(CONTACTS)

    assert [districts.status_code, contacts.status_code] == [200, 503]


def test_truncated_body_ends_before_its_promised_length(get):
    with pytest.raises(requests.exceptions.ChunkedEncodingError) as caught:
        get(CONTACTS, Fault(Kind.TRUNCATED))

    assert "IncompleteRead" in str(caught.value)


def test_broken_chunk_cannot_be_read(get):
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        get(CONTACTS, Fault(Kind.BROKEN_CHUNK))


def test_disconnect_gives_no_answer(get):
    with pytest.raises(requests.exceptions.ConnectionError):
        get(CONTACTS, Fault(Kind.DISCONNECT))


def test_html_comes_with_status_200(get):
    answer = get(CONTACTS, Fault(Kind.HTML))

    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "<html>" in answer.text


def test_empty_body_comes_with_status_200(get):
    answer = get(CONTACTS, Fault(Kind.EMPTY))

    assert (answer.status_code, answer.content) == (200, b"")


def test_slow_answer_lets_wait(get):
    began = time.monotonic()

    answer = get(CONTACTS, Fault(Kind.SLOW, seconds=0.2))

    assert answer.status_code == 200
    assert time.monotonic() - began >= 0.2


def test_dripping_answer_comes_whole_but_in_pieces(get):
    plain = get("/v3.0/districts")
    began = time.monotonic()

    answer = get("/v3.0/districts", Fault(Kind.DRIP, seconds=0.01))

    assert answer.content == plain.content
    assert time.monotonic() - began >= 0.01 * (len(plain.content) // 16)


def test_next_can_lead_to_another_host(get):
    answer = get(CONTACTS, Fault(Kind.NEXT_ELSEWHERE, url="https://evil.example"))

    assert _next(answer).startswith("https://evil.example/v3.0/users?")


def test_next_can_loop(get):
    answer = get(CONTACTS, Fault(Kind.NEXT_LOOP))

    assert _next(answer) == CONTACTS.replace("&limit=100", "")


def test_next_can_be_missing_half_way(get):
    whole = get(CONTACTS)

    answer = get(CONTACTS, Fault(Kind.NEXT_MISSING))

    assert _next(whole)
    assert _next(answer) is None
    assert _ids(answer) == _ids(whole)


def test_page_can_repeat_the_one_before(get):
    first = get(CONTACTS)

    second = get(_next(first), Fault(Kind.REPEATED_PAGE))

    assert _ids(second) == _ids(first)
    assert _next(second) != _next(first)


def test_ids_can_descend(get):
    answer = get(CONTACTS, Fault(Kind.DESCENDING))

    assert _ids(answer) == sorted(_ids(answer), reverse=True)


def test_faults_are_set_over_http_with_the_token(served):
    session, url = served
    wanted = {"faults": [{"kind": "status", "status": 502, "page": 2, "times": 1}]}

    told = session.post(f"{url}/_sandbox/faults", json=wanted, timeout=5)
    first = session.get(url + CONTACTS, timeout=5)
    second = session.get(url + _next(first), timeout=5)

    assert told.json() == {"faults": 1}
    assert [first.status_code, second.status_code] == [200, 502]


def test_faults_are_not_set_without_the_token(served):
    _, url = served

    answer = requests.post(f"{url}/_sandbox/faults", json={"faults": []}, timeout=5)

    assert answer.status_code == 401


@pytest.mark.parametrize(
    "body", [b"{", b"{}", b'{"faults":[{"kind":"rain"}]}', b'{"faults":[{"colour":1}]}']
)
def test_unreadable_faults_are_refused_in_words(served, body):
    session, url = served

    answer = session.post(f"{url}/_sandbox/faults", data=body, timeout=5)

    assert answer.status_code == 400
    assert "cannot read the faults" in answer.json()["message"]


def test_parse_reads_a_fault_as_typed():
    fault = faults.parse("status:status=429,page=3,times=2,seconds=1.5")

    assert fault == Fault(Kind.STATUS, status=429, page=3, times=2, seconds=1.5)


@pytest.mark.parametrize("text", ["", "rain", "status:page=two", "status:colour=red"])
def test_parse_refuses_what_it_cannot_read(text):
    with pytest.raises(FaultUnreadable):
        faults.parse(text)
