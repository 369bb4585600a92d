"""What the wire can do to a request; see also ``tests/contacts/test_http.py``."""

import gzip
import socket
import ssl
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from contacts import api_errors, http, pacing
from tests.faults.raw_server import RawServer, answer, drip, reset, say, silent

GOOD = answer(b'{"data":[]}')
CHUNKED = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n"
)
BROKEN_BODIES = {
    "truncated json": answer(b'{"data":[{"id":'),
    "shorter than its length": answer(b'{"data":[]}', length=1000),
    "broken chunk": say(CHUNKED + b"5\r\n{\"da\r\nzz\r\n"),
    "chunks without an end": say(CHUNKED + b"b\r\n{\"data\":[]}\r\n"),
    "no content type": answer(b"{}", headers=()),
    "html": answer(b"<html></html>", headers=["Content-Type: text/html"]),
    "html called json": answer(b"<html></html>"),
    "empty": answer(b""),
    "not utf-8": answer(b'{"data":["\xff"]}'),
    "broken gzip": answer(
        b"no gzip", headers=["Content-Type: application/json", "Content-Encoding: gzip"]
    ),
}  # fmt: skip


class Sleeper:
    """A clock whose sleeps take no time but are remembered."""

    def __init__(self):
        self.slept = []
        self.clock = pacing.Clock(sleep=self.slept.append)


@pytest.fixture
def sleeper():
    return Sleeper()


@pytest.fixture
def serve():
    servers = []

    def start(*scripts):
        servers.append(RawServer(*scripts))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def connect(sleeper):
    sessions = []

    def open_session(server, **limits):
        chosen = pacing.Limits(**({"read": 5.0, "total": 10.0} | limits))
        sessions.append(
            http.Session(
                server.url,
                "canary-token",
                allow_loopback=True,
                limits=chosen,
                clock=sleeper.clock,
            )
        )
        return sessions[-1]

    yield open_session
    for session in sessions:
        session.close()


def test_get_returns_a_whole_answer(serve, connect):
    server = serve(GOOD)

    response = connect(server).get("/v3.0/users?role=contact")

    assert response.body == b'{"data":[]}'
    assert server.requests[0].startswith(b"GET /v3.0/users?role=contact HTTP/1.1")
    assert b"Authorization: Bearer canary-token" in server.requests[0]


@pytest.mark.parametrize("fault", BROKEN_BODIES)
def test_get_asks_three_times_for_a_broken_body(serve, connect, fault):
    server = serve(BROKEN_BODIES[fault])

    with pytest.raises(api_errors.BadPayload):
        connect(server).get("/v3.0/users")

    assert len(server.requests) == 3


@pytest.mark.parametrize("fault", BROKEN_BODIES)
def test_get_is_cured_by_a_whole_body(serve, connect, sleeper, fault):
    server = serve(BROKEN_BODIES[fault], GOOD)

    response = connect(server).get("/v3.0/users")

    assert response.body == b'{"data":[]}'
    assert len(sleeper.slept) == 1


@pytest.mark.parametrize("status", ["500 No", "502 No", "503 No", "504 No"])
def test_get_asks_three_times_when_the_provider_fails(serve, connect, sleeper, status):
    server = serve(answer(b"", status=status))

    with pytest.raises(api_errors.Unavailable, match=status[:3]):
        connect(server).get("/v3.0/users")

    assert len(server.requests) == 3
    assert sum(sleeper.slept) < 10


@pytest.mark.parametrize("fault", [reset, say(b""), say(b"HTTP/1.1 banana\r\n\r\n")])
def test_get_asks_three_times_when_the_connection_breaks(serve, connect, fault):
    server = serve(fault)

    with pytest.raises(api_errors.Unavailable, match="connection failed"):
        connect(server).get("/v3.0/users")

    assert len(server.requests) == 3


def test_get_is_cured_after_two_resets(serve, connect):
    server = serve(reset, reset, GOOD)

    assert connect(server).get("/v3.0/users").status == 200


def test_get_says_so_when_nobody_listens(connect, sleeper):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    session = http.Session(
        f"http://127.0.0.1:{port}", "t", allow_loopback=True, clock=sleeper.clock
    )

    with session, pytest.raises(api_errors.Unavailable):
        session.get("/v3.0/users")

    assert len(sleeper.slept) == 2


def test_get_gives_a_silent_server_up(serve, connect):
    server = serve(silent)

    with pytest.raises(api_errors.Unavailable, match=r"no answer within 0\.2 seconds"):
        connect(server, read=0.2).get("/v3.0/users")

    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "script",
    [
        drip(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{"data":['),
        drip(b"HTTP/1.1 200 OK\r\nX-Slow: ", drop=b"a"),
        drip(CHUNKED, drop=b"1\r\n \r\n"),
    ],
    ids=["body", "headers", "chunks"],
)
def test_get_ends_a_drip_at_its_deadline(serve, connect, script):
    server = serve(script)
    started = time.monotonic()

    with pytest.raises(api_errors.Unavailable, match=r"within 0\.5 seconds"):
        connect(server, total=0.5).get("/v3.0/users")

    assert time.monotonic() - started < 3
    assert len(server.requests) == 1


def test_get_stops_in_the_middle_of_a_body_without_end(serve, connect):
    start = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"
    server = serve(drip(start, drop=b" " * 50_000, pause=0))

    with pytest.raises(api_errors.BadPayload, match="larger than the limit"):
        connect(server, body=1_000_000).get("/v3.0/users")

    assert len(server.requests) == 1


def test_get_counts_unpacked_bytes(serve, connect):
    bomb = gzip.compress(b" " * 40_000_000)
    headers = ["Content-Type: application/json", "Content-Encoding: gzip"]
    server = serve(answer(bomb, headers=headers))

    with pytest.raises(api_errors.BadPayload, match="larger than the limit"):
        connect(server).get("/v3.0/users")


def test_get_unpacks_gzip(serve, connect):
    headers = ["Content-Type: application/json", "Content-Encoding: gzip"]
    server = serve(answer(gzip.compress(b'{"data":[]}'), headers=headers))

    assert connect(server).get("/v3.0/users").body == b'{"data":[]}'


def test_get_does_not_wait_in_place_for_a_distant_retry(serve, connect, sleeper):
    headers = ["Content-Type: text/plain", "Retry-After: 120"]
    server = serve(answer(b"", status="503 No", headers=headers))
    before = datetime.now(UTC)  # noqa: TID251 - the server's word is real time

    with pytest.raises(api_errors.Unavailable) as caught:
        connect(server).get("/v3.0/users")

    assert sleeper.slept == []
    assert caught.value.until >= before + timedelta(seconds=115)


def test_get_honours_a_short_retry(serve, connect, sleeper):
    failing = answer(b"", status="503 No", headers=["Retry-After: 2"])
    server = serve(failing, GOOD)

    assert connect(server).get("/v3.0/users").status == 200
    assert sleeper.slept == [pytest.approx(2, abs=0.5)]


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_get_follows_no_redirect(serve, connect, code):
    elsewhere = serve(GOOD)
    location = f"Location: {elsewhere.url}/v3.0/users"
    server = serve(answer(b"", status=f"{code} Moved", headers=[location]))

    with pytest.raises(api_errors.Refused, match="redirect"):
        connect(server).get("/v3.0/users")

    assert elsewhere.requests == []


@pytest.mark.parametrize(
    "link",
    [
        "http://{other}/v3.0/users",
        "//{other}/v3.0/users",
        "http:///{other}/v3.0/users",
        "http://{home}@{other}/v3.0/users",
        "https://{home}/v3.0/users",
        "\\\\{other}/v3.0/users",
        "/\\{other}/v3.0/users",
        "@{other}/v3.0/users",
    ],
)
def test_get_sends_nothing_to_another_host(serve, connect, link):
    elsewhere, home = serve(GOOD), serve(GOOD)
    places = {"other": elsewhere.url[7:], "home": home.url[7:]}

    with pytest.raises(api_errors.Refused):
        connect(home).get(link.format(**places))

    assert elsewhere.requests == home.requests == []


def test_cut_ends_a_request_at_once(serve, connect):
    server = serve(silent)
    session = connect(server)
    failures = []

    def ask():
        try:
            session.get("/v3.0/users")
        except api_errors.ApiError as error:
            failures.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    while not server.requests:
        time.sleep(0.01)
    session.cut()
    thread.join(3)

    assert not thread.is_alive()
    assert len(failures) == 1
    assert len(server.requests) == 1


@pytest.fixture
def impostor(tmp_path):
    """A TLS server whose certificate nobody vouches for."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(tmp_path))
    listener = socket.create_server(("127.0.0.1", 0))
    seen = []

    def serve_once():
        try:
            connection, _ = listener.accept()
            with context.wrap_socket(connection, server_side=True) as encrypted:
                seen.append(encrypted.recv(4096))
        except OSError:
            seen.append(b"")

    thread = threading.Thread(target=serve_once, daemon=True)
    thread.start()
    yield f"https://localhost:{listener.getsockname()[1]}", seen
    thread.join(3)
    listener.close()


def self_signed(folder):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime(2026, 1, 1, tzinfo=UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=3650))
        .not_valid_after(now + timedelta(days=3650))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), False)
        .sign(key, hashes.SHA256())
    )
    form = serialization.Encoding.PEM
    private = key.private_bytes(
        form, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "server.pem"
    path.write_bytes(private + certificate.public_bytes(form))
    return path


def test_get_tells_an_impostor_nothing(impostor, sleeper):
    url, seen = impostor
    session = http.Session(
        url, "canary-token", allow_loopback=True, clock=sleeper.clock
    )

    with session, pytest.raises(api_errors.Untrusted, match="certificate"):
        session.get("/v3.0/users")

    assert sleeper.slept == []
    assert b"canary-token" not in b"".join(seen)
