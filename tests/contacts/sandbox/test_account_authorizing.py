import base64
import hashlib
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from contacts.sandbox.account_authorizing import AUTHORIZE_PATH, TOKEN_PATH
from contacts.sandbox.account_server import CLIENT_ID, CLIENT_SECRET, serving
from contacts.sandbox.faults import Fault, Faults, Kind

BACK = "http://127.0.0.1:8000/connected/?source=demo"
SCOPE = "contact_data offline_access"
ASKED = {
    "response_type": "code",
    "client_id": CLIENT_ID,
    "redirect_uri": BACK,
    "scope": SCOPE,
    "state": 'a"<b>',
}


@pytest.fixture(scope="module")
def faults():
    return Faults()


@pytest.fixture(scope="module")
def url(small_account, faults):
    with serving(small_account, token="pasted", faults=faults, per_second=0) as url:
        yield url


def _decide(url, decision="allow", **changes):
    """Press a button of the consent page; gives what the browser is sent back with."""
    answer = requests.post(
        url + AUTHORIZE_PATH,
        data={**ASKED, "decision": decision, **changes},
        allow_redirects=False,
        timeout=5,
    )
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(f"{BACK}&")
    return parse_qs(urlsplit(answer.headers["Location"]).query)


def _token(url, *, secret=CLIENT_SECRET, **form):
    return requests.post(
        url + TOKEN_PATH, data=form, auth=(CLIENT_ID, secret), timeout=5
    )


def _for_code(url, code, **changes):
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK}
    return _token(url, **form | changes)


def _refresh(url, token):
    return _token(url, grant_type="refresh_token", refresh_token=token)


def _status(url, token):
    headers = {"Authorization": f"Bearer {token}"}
    answer = requests.get(f"{url}/v3/contact_lists", headers=headers, timeout=5)
    return answer.status_code


def test_page_asks_the_person_and_escapes_what_it_was_told(url):
    answer = requests.get(url + AUTHORIZE_PATH, params=ASKED, timeout=5)

    assert answer.status_code == 200
    assert "Allow</button>" in answer.text
    assert "<b>" not in answer.text
    assert 'name="state" value="a&quot;&lt;b&gt;"' in answer.text


@pytest.mark.parametrize(
    "wrong",
    [{"client_id": "x"}, {"response_type": "token"}, {"redirect_uri": "javascript:1"}],
)
def test_page_refuses_what_it_does_not_know_and_sends_nobody_back(url, wrong):
    asked = requests.get(url + AUTHORIZE_PATH, params=ASKED | wrong, timeout=5)
    decided = requests.post(
        url + AUTHORIZE_PATH, data={**ASKED, **wrong, "decision": "allow"}, timeout=5
    )

    assert [asked.status_code, decided.status_code] == [400, 400]


def test_allowed_access_gives_tokens_that_are_good(url):
    back = _decide(url)

    told = _for_code(url, back["code"][0]).json()

    assert back["state"] == [ASKED["state"]]
    assert told["token_type"] == "Bearer"
    assert told["expires_in"] == 86_400
    assert told["scope"] == SCOPE
    assert _status(url, told["access_token"]) == 200


def test_denied_access_gives_no_code(url):
    back = _decide(url, decision="deny")

    assert back["error"] == ["access_denied"]
    assert "code" not in back


def test_pasted_token_is_good_and_another_is_not(url):
    assert [_status(url, each) for each in ("pasted", "another", "")] == [200, 401, 401]


def test_a_code_is_good_once(url):
    code = _decide(url)["code"][0]

    first, second = _for_code(url, code), _for_code(url, code)

    assert first.status_code == 200
    assert (second.status_code, second.json()["error"]) == (400, "invalid_grant")


def test_a_code_is_good_for_the_same_redirect_address_alone(url):
    code = _decide(url)["code"][0]

    answer = _for_code(url, code, redirect_uri="http://127.0.0.1:8000/elsewhere")

    assert answer.json()["error"] == "invalid_grant"


def test_no_refresh_token_unless_offline_access_is_asked_for(url):
    code = _decide(url, scope="contact_data")["code"][0]

    assert "refresh_token" not in _for_code(url, code).json()


def test_refresh_token_rotates_and_is_good_once(url):
    told = _for_code(url, _decide(url)["code"][0]).json()

    anew = _refresh(url, told["refresh_token"])
    again = _refresh(url, told["refresh_token"])

    assert anew.json()["refresh_token"] != told["refresh_token"]
    assert _status(url, anew.json()["access_token"]) == 200
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert _refresh(url, anew.json()["refresh_token"]).status_code == 200


def test_application_must_know_its_secret(url):
    code = _decide(url)["code"][0]

    answer = _token(url, secret="wrong", grant_type="authorization_code", code=code)
    without = requests.post(url + TOKEN_PATH, data={}, timeout=5)

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert without.status_code == 401
    assert _for_code(url, code).status_code == 200


def test_other_kinds_of_grant_are_refused(url):
    answer = _token(url, grant_type="client_credentials")

    assert answer.json()["error"] == "unsupported_grant_type"


@pytest.mark.parametrize(
    ("verifier", "status"), [("v" * 43, 200), ("w" * 43, 400), ("", 400)]
)
def test_a_challenge_must_be_met(url, verifier, status):
    digest = hashlib.sha256(b"v" * 43).digest()
    challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    code = _decide(url, code_challenge=challenge, code_challenge_method="S256")

    answer = _for_code(url, code["code"][0], code_verifier=verifier)

    assert answer.status_code == status


def test_access_token_ends(small_account):
    with serving(small_account, token="pasted", token_seconds=0) as url:
        told = _for_code(url, _decide(url)["code"][0]).json()

        assert told["expires_in"] == 0
        assert _status(url, told["access_token"]) == 401
        assert _status(url, "pasted") == 200


def test_a_connection_outlives_a_restart(small_account):
    with serving(small_account, token="pasted", per_second=0) as url:
        told = _for_code(url, _decide(url)["code"][0]).json()

    with serving(small_account, token="pasted", per_second=0) as url:
        assert _status(url, told["access_token"]) == 200
        assert _refresh(url, told["refresh_token"]).status_code == 200
        assert _refresh(url, told["refresh_token"]).status_code == 400


def test_a_refresh_token_opens_no_door(url):
    told = _for_code(url, _decide(url)["code"][0]).json()

    forged = told["access_token"][:-1] + "x"
    assert _status(url, told["refresh_token"]) == 401
    assert _status(url, forged) == 401
    assert _refresh(url, told["access_token"]).status_code == 400


def test_token_endpoint_can_fail_too(url, faults):
    code = _decide(url)["code"][0]
    faults.set([Fault(Kind.STATUS, status=503, path=TOKEN_PATH)])

    assert _for_code(url, code).status_code == 503
    faults.set([])
