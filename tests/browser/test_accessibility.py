"""Every page, in light and dark, wide and narrow: WCAG 2.2 AA as far as axe can see."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

DEMO = "/sources/demo"
MAIL = "/sources/demo-mail"
RULES = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    }
}
PAGES = [
    "/",
    "/sources/",
    "/sources/add/",
    "/rules/",
    f"{DEMO}/",
    f"{DEMO}/edit/",
    f"{DEMO}/overview/",
    f"{DEMO}/findings/",
    f"{DEMO}/second-look/",
    f"{DEMO}/holds/",
    f"{DEMO}/contacts/",
    f"{DEMO}/students/",
    f"{DEMO}/import/",
    f"{DEMO}/snapshots/",
    f"{DEMO}/jobs/",
    f"{DEMO}/downloads/",
    f"{DEMO}/events/",
    f"{MAIL}/overview/",
    f"{MAIL}/findings/",
    f"{MAIL}/contacts/",
    f"{MAIL}/contacts/?match=conflict",
    f"{MAIL}/lists/",
    f"{MAIL}/custom-fields/",
    f"{MAIL}/rules/",
    "/accounts/logout/",
    "/accounts/password/change/",
    "/accounts/sessions/",
]
# A page reached from a list: the list, and what the address of its first row looks like.
FIRST_OF = {
    f"{DEMO}/findings/": rf"{DEMO}/findings/\d+/$",
    f"{DEMO}/contacts/": rf"{DEMO}/contacts/\d+/$",
    f"{DEMO}/students/": rf"{DEMO}/students/\d+/$",
    f"{DEMO}/snapshots/": rf"{DEMO}/snapshots/\d+/$",
    f"{DEMO}/jobs/": rf"{DEMO}/jobs/\d+/$",
    f"{MAIL}/findings/": rf"{MAIL}/findings/\d+/$",
    f"{MAIL}/contacts/?match=matched": rf"{MAIL}/contacts/\d+/$",
    f"{MAIL}/contacts/?match=missing": rf"{MAIL}/contacts/\d+/$",
    f"{MAIL}/contacts/?match=conflict": rf"{MAIL}/contacts/\d+/$",
    f"{MAIL}/contacts/?match=deleted": rf"{MAIL}/contacts/\d+/$",
    f"{MAIL}/contacts/?match=unmatched": rf"{MAIL}/contacts/\d+/$",
}
LOOKS = [
    pytest.param(theme, width, id=f"{theme}-{width}")
    for theme in ("light", "dark")
    for width in (1280, 390)
]


def open_look(open_as, site, name, theme, width):
    page = open_as(
        name,
        color_scheme=theme,
        viewport={"width": width, "height": 900},
        reduced_motion="reduce",
    )
    page.context.add_cookies([{"name": "theme", "value": theme, "url": site.url}])
    return page


def troubles_of(page, path):
    """Let axe read a page, and see that nothing is wider than the window."""
    answer = page.goto(path)
    expect(page.locator(".htmx-request, .htmx-swapping")).to_have_count(0)
    violations = Axe().run(page, options=RULES).response["violations"]
    told = [
        (path, each["id"], node["target"], node["failureSummary"])
        for each in violations
        for node in each["nodes"]
    ]
    too_wide = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    if too_wide > 0:
        told.append((path, "is too wide", too_wide))
    if answer is not None and answer.status != 200:
        told.append((path, "answered", answer.status))
    return told


def first_of(page, path):
    """Give the address that the first row of a list leads to."""
    page.goto(path)
    addresses = page.eval_on_selector_all("a[href]", "all => all.map(a => a.pathname)")
    return next(each for each in addresses if re.search(FIRST_OF[path], each))


@pytest.mark.parametrize(("theme", "width"), LOOKS)
def test_every_page_is_accessible(theme, width, open_as, site):
    page = open_look(open_as, site, "admin", theme, width)
    paths = [*PAGES, *(first_of(page, path) for path in FIRST_OF)]

    troubles = [trouble for path in paths for trouble in troubles_of(page, path)]

    assert troubles == []


@pytest.mark.parametrize(("theme", "width"), LOOKS)
def test_the_log_in_page_is_accessible(theme, width, open_as, site):
    page = open_look(open_as, site, None, theme, width)

    assert troubles_of(page, "/accounts/login/") == []


def test_the_keyboard_reaches_the_content_first(open_as):
    page = open_as("viewer")
    page.goto(f"{DEMO}/findings/")

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    assert page.evaluate("document.activeElement.id") == "main"
