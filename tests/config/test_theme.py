import pytest
from django.test import RequestFactory
from django.urls import reverse

from config import theme

LOGIN = reverse("account_login")


def asked_with(cookie):
    request = RequestFactory().get("/")
    request.COOKIES["theme"] = cookie
    return request


@pytest.mark.parametrize(
    ("cookie", "theme_shown"),
    [("dark", "dark"), ("light", "light"), ("", ""), ('"><script>', "")],
)
def test_chosen_knows_two_themes_and_takes_all_else_as_the_system_s(
    cookie, theme_shown
):
    assert theme.chosen(asked_with(cookie)) == theme_shown


def test_choose_keeps_the_choice_and_goes_back(client):
    answer = client.post(reverse("theme"), {"theme": "dark", "next": "/rules/?a=1"})

    assert answer.url == "/rules/?a=1"
    assert answer.cookies["theme"].value == "dark"
    assert answer.cookies["theme"]["samesite"] == "Lax"


def test_choose_forgets_the_choice_for_the_system_s(client):
    client.cookies["theme"] = "dark"

    answer = client.post(reverse("theme"), {"theme": ""})

    assert answer.cookies["theme"]["max-age"] == 0


@pytest.mark.parametrize(
    "back",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x"],
)
def test_choose_goes_nowhere_else(client, back):
    answer = client.post(reverse("theme"), {"theme": "dark", "next": back})

    assert answer.url == "/"


def test_choose_takes_no_get(client):
    assert client.get(reverse("theme")).status_code == 405


@pytest.mark.django_db
def test_a_page_is_rendered_in_the_chosen_theme(client):
    client.cookies["theme"] = "dark"

    assert b'data-bs-theme="dark"' in client.get(LOGIN).content


@pytest.mark.django_db
def test_a_page_follows_the_system_where_nothing_is_chosen(client):
    assert b"data-bs-theme" not in client.get(LOGIN).content
