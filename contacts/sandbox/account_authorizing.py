"""The account's OAuth2: a page where a person consents, codes, and tokens that rotate.

As documented: authorization code with an optional PKCE challenge, codes good for five
minutes and one use, refresh tokens for one use where the application rotates them, and
no refresh token unless `offline_access` was asked for.

Tokens are signed instead of remembered, so that a connection outlives a restart.
"""

import base64
import binascii
import hashlib
import hmac
import html
import secrets
import threading
import time
from secrets import compare_digest
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

from contacts.sandbox.answers import HTML_TYPE, Answer, compact

AUTHORIZE_PATH = "/oauth2/default/v1/authorize"
TOKEN_PATH = "/oauth2/default/v1/token"  # noqa: S105  # where tokens are asked for
CODE_SECONDS = 300
TOKEN_SECONDS = 86_400
ASKED = (
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
)
Fields = dict[str, str]


class Code(NamedTuple):
    """What a person consented to."""

    redirect_uri: str
    scope: str
    challenge: str
    method: str
    until: float


class Authority:
    """Gives tokens for one application; `token` is good besides, for ever."""

    def __init__(
        self,
        *,
        token: str,
        client_id: str,
        client_secret: str,
        token_seconds: float = TOKEN_SECONDS,
    ) -> None:
        self._pasted = token
        self._key = token.encode()
        self._client_id = client_id
        self._client = f"{client_id}:{client_secret}"
        self._seconds = token_seconds
        self._lock = threading.Lock()
        self._codes: dict[str, Code] = {}
        self._spent: set[str] = set()

    def accepts(self, header: str) -> bool:
        """Say whether an Authorization header bears a token that is good now."""
        kind, _, given = header.partition(" ")
        if kind != "Bearer":
            return False
        until = self._read("access", given)
        if until is not None:
            return float(until) > time.time()
        return compare_digest(given.encode(), self._pasted.encode())

    # What a person sees

    def page(self, target: str) -> Answer:
        """Ask the person whether the application may have access."""
        asked = dict(parse_qsl(urlsplit(target).query))
        if refusal := self._refusal(asked):
            return refusal
        hidden = "".join(
            f'<input type="hidden" name="{name}" value="{html.escape(asked[name])}">'
            for name in ASKED
            if name in asked
        )
        return _html(
            200,
            f"<h1>Allow access?</h1><p>An application asks for: "
            f"{html.escape(asked.get('scope', ''))}</p>"
            f'<form method="post" action="{AUTHORIZE_PATH}">{hidden}'
            '<input type="hidden" name="response_type" value="code">'
            '<button name="decision" value="allow">Allow</button> '
            '<button name="decision" value="deny">Deny</button></form>',
        )

    def decide(self, body: bytes) -> Answer:
        """Send the person back, with a code if access was allowed."""
        asked = _form(body)
        if refusal := self._refusal(asked):
            return refusal
        state = {"state": asked["state"]} if "state" in asked else {}
        if asked.get("decision") != "allow":
            return _redirect(asked["redirect_uri"], {"error": "access_denied", **state})
        return _redirect(asked["redirect_uri"], {"code": self._code(asked), **state})

    def _refusal(self, asked: Fields) -> Answer | None:
        if asked.get("client_id") != self._client_id:
            return _html(400, "<h1>Unknown application</h1>")
        if asked.get("response_type") != "code":
            return _html(400, "<h1>Unsupported response type</h1>")
        if urlsplit(asked.get("redirect_uri", "")).scheme not in {"http", "https"}:
            return _html(400, "<h1>The redirect address is invalid</h1>")
        return None

    def _code(self, asked: Fields) -> str:
        code = secrets.token_urlsafe(24)
        consent = Code(
            asked["redirect_uri"],
            asked.get("scope", ""),
            asked.get("code_challenge", ""),
            asked.get("code_challenge_method", "plain"),
            time.time() + CODE_SECONDS,
        )
        with self._lock:
            self._codes[code] = consent
        return code

    # What the application asks

    def token(self, body: bytes, header: str) -> Answer:
        """Give tokens for a code or for a refresh token, each good once."""
        if not self._is_client(header):
            return _refused(401, "invalid_client", "Client authentication failed.")
        asked = _form(body)
        kind = asked.get("grant_type")
        if kind == "authorization_code":
            return self._for_code(asked)
        if kind == "refresh_token":
            return self._for_refresh(asked)
        return _refused(400, "unsupported_grant_type", "The grant type is unknown.")

    def _is_client(self, header: str) -> bool:
        kind, _, given = header.partition(" ")
        try:
            told = base64.b64decode(given, validate=True)
        except (binascii.Error, ValueError):
            return False
        return kind == "Basic" and compare_digest(told, self._client.encode())

    def _for_code(self, asked: Fields) -> Answer:
        with self._lock:
            code = self._codes.pop(asked.get("code", ""), None)
        if code is None or code.until < time.time():
            return _refused(
                400, "invalid_grant", "The authorization code is invalid or expired."
            )
        if code.redirect_uri != asked.get("redirect_uri"):
            return _refused(400, "invalid_grant", "The redirect address differs.")
        if code.challenge and not _proves(asked.get("code_verifier", ""), code):
            return _refused(400, "invalid_grant", "PKCE verification failed.")
        return self._tokens(code.scope)

    def _for_refresh(self, asked: Fields) -> Answer:
        given = asked.get("refresh_token", "")
        scope = self._read("refresh", given)
        with self._lock:
            is_good = scope is not None and given not in self._spent
            self._spent.add(given)
        if not is_good:
            return _refused(
                400, "invalid_grant", "The refresh token is invalid or expired."
            )
        return self._tokens(scope or "")

    def _tokens(self, scope: str) -> Answer:
        told = {
            "token_type": "Bearer",
            "expires_in": int(self._seconds),
            "access_token": self._write("access", str(time.time() + self._seconds)),
            "scope": scope,
        }
        if "offline_access" in scope.split():
            told["refresh_token"] = self._write("refresh", scope)
        return Answer(200, compact(told))

    def _write(self, kind: str, says: str) -> str:
        """Make a token that says something, is like no other, and is signed."""
        nonce = secrets.token_urlsafe(12)
        body = base64.urlsafe_b64encode(f"{kind}|{nonce}|{says}".encode()).decode()
        return f"{body}.{self._signature(body)}"

    def _read(self, kind: str, token: str) -> str | None:
        """Give what a token of this kind says; None if we did not make it."""
        body, _, signature = token.partition(".")
        if not compare_digest(signature.encode(), self._signature(body).encode()):
            return None
        told = base64.urlsafe_b64decode(body).decode().split("|", 2)
        return told[2] if told[0] == kind else None

    def _signature(self, body: str) -> str:
        return hmac.new(self._key, body.encode(), hashlib.sha256).hexdigest()


def _proves(verifier: str, code: Code) -> bool:
    """Say whether the verifier is what the challenge was made of."""
    made = verifier
    if code.method == "S256":
        digest = hashlib.sha256(verifier.encode()).digest()
        made = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    return compare_digest(made.encode(), code.challenge.encode())


def _form(body: bytes) -> Fields:
    return dict(parse_qsl(body.decode(errors="replace")))


def _refused(status: int, error: str, text: str) -> Answer:
    return Answer(status, compact({"error": error, "error_description": text}))


def _redirect(uri: str, told: Fields) -> Answer:
    glue = "&" if urlsplit(uri).query else "?"
    return Answer(302, b"", headers=(("Location", f"{uri}{glue}{urlencode(told)}"),))


def _html(status: int, body: str) -> Answer:
    head = (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        "<title>Make-believe Constant Contact</title></head><body>"
    )
    return Answer(status, f"{head}{body}</body></html>".encode(), HTML_TYPE)
