import json
import logging

import pytest
import structlog
from django.test import RequestFactory

from config import logs


def redacted(**event):
    return logs.redact(None, "info", event)


@pytest.mark.parametrize(
    "key",
    [
        "token",
        "access_token",
        "refresh_token",
        "client_secret",
        "code_verifier",
        "api_key",
        "v2_key",
        "Authorization",
        "email",
    ],
)
def test_what_a_key_calls_a_secret_is_blanked(key):
    assert redacted(**{key: "canary"}) == {key: "[redacted]"}


def test_a_code_is_blanked_and_a_status_is_not():
    assert redacted(code="canary") == {"code": "[redacted]"}
    assert redacted(code=404) == {"code": 404}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Authorization: Bearer canary", "Authorization: [redacted]"),
        ("Basic Y2FuYXJ5OmNhbmFyeQ==", "[redacted]"),
        ("sent eyJraWQiOi.eyJzdWIi.c2lnbmF0 to", "sent [redacted] to"),
        ("mail to ana.diaz@example.org failed", "mail to [redacted] failed"),
        (
            "GET /connected/?code=canary-1&state=canary-2canary-2canary-2",
            "GET /connected/?code=[redacted]&state=[redacted]",
        ),
        (
            "https://api.example/v2/contacts?api_key=canary-3&limit=500",
            "https://api.example/v2/contacts?api_key=[redacted]&limit=500",
        ),
        (
            "grant_type=refresh_token&refresh_token=canary-4",
            "grant_type=refresh_token&refresh_token=[redacted]",
        ),
        ("GET /findings/?state=incomplete", "GET /findings/?state=incomplete"),
        ("answered 404, code=404", "answered 404, code=404"),
        ("job claimed", "job claimed"),
    ],
)
def test_what_looks_like_a_secret_is_blanked_within_a_text(text, told):
    assert redacted(event=text) == {"event": told}


def test_what_is_nested_is_blanked_too():
    event = redacted(
        args={"client_secret": "canary", "rows": 3},
        sent=["Bearer canary", ("token=canary-9", 1)],
    )

    assert event == {
        "args": {"client_secret": "[redacted]", "rows": 3},
        "sent": ["[redacted]", ["token=[redacted]", 1]],
    }


def test_a_request_is_told_without_what_its_address_asks():
    request = RequestFactory().get("/connected/?code=canary-1")

    assert redacted(request=request) == {
        "request": "<WSGIRequest: GET '/connected/?code=[redacted]'>"
    }


def test_what_is_no_secret_stays_what_it_is():
    plain = {"rows": 3, "share": 0.5, "done": True, "error": None, "_record": object}

    assert redacted(**plain) == plain


def test_a_line_of_the_standard_library_is_redacted_as_it_is_written():
    formatter = structlog.stdlib.ProcessorFormatter(
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(),
        ],
        foreign_pre_chain=logs.SHARED,
    )
    record = logging.LogRecord(
        "x", logging.INFO, "x.py", 1, "asked %s", ("?code=canary-1",), None
    )

    line = json.loads(formatter.format(record))

    assert line["event"] == "asked ?code=[redacted]"
