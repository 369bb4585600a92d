from types import SimpleNamespace

import pytest
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.storage.cookie import CookieStorage
from django.test import RequestFactory
from django_htmx.middleware import HtmxDetails

from contacts.rendering import render_page, wants_fragment


def request_with(**headers):
    request = RequestFactory().get("/", headers=headers)
    request.htmx = HtmxDetails(request)
    request.user = AnonymousUser()
    request.resolver_match = SimpleNamespace(url_name="")
    request._messages = CookieStorage(request)
    return request


def rendered(request, **options):
    return render_page(
        request,
        "404.html",
        {"title": "Nothing"},
        fragment="_empty.html",
        **options,
    ).content.decode()


@pytest.mark.parametrize(
    ("headers", "wanted"),
    [
        ({}, False),
        ({"HX-Request": "true"}, True),
        ({"HX-Request": "true", "HX-Boosted": "true"}, False),
        ({"HX-Request": "true", "HX-History-Restore-Request": "true"}, False),
    ],
)
def test_wants_fragment_only_for_a_part_of_a_page(headers, wanted):
    assert wants_fragment(request_with(**headers)) is wanted


def test_render_page_gives_the_fragment_alone():
    body = rendered(request_with(**{"HX-Request": "true"}))

    assert "Nothing" in body
    assert "<html" not in body
    assert "hx-swap-oob" not in body


def test_render_page_sends_messages_and_an_announcement_beside_the_fragment():
    request = request_with(**{"HX-Request": "true"})
    messages.success(request, "<b>kept</b>")

    body = rendered(request, announce="1 row <left>")

    assert '<div id="messages" hx-swap-oob="true">' in body
    assert "&lt;b&gt;kept" in body
    assert '<div id="live" hx-swap-oob="innerHTML">1 row &lt;left&gt;</div>' in body


def test_render_page_varies_by_what_it_looks_at():
    response = render_page(request_with(), "_empty.html", {}, status=422)

    assert response.status_code == 422
    assert "HX-Request" in response.headers["Vary"]
    assert "HX-Boosted" in response.headers["Vary"]
