import csv
import re

import pytest
from playwright.sync_api import expect

from contacts.sandbox import account, district
from tests.browser.conftest import HOSTILE

pytestmark = pytest.mark.browser

DEMO = "/sources/demo"


def first_open(page):
    """Give the first finding of the queue that one may decide, by its own id."""
    row = page.locator("tr.finding").filter(
        has=page.get_by_role("button", name="Revoke", exact=True)
    )
    return page.locator(f"#{row.first.get_attribute('id')}")


def test_logging_in_leads_home_and_a_wrong_password_does_not(open_as, site):
    page = open_as(None)
    page.goto("/")
    page.get_by_label("Username").fill("viewer")
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_text("not correct")).to_be_visible()

    page.get_by_label("Password").fill(site.password)
    page.get_by_role("button", name="Log in").click()

    expect(page).to_have_url(f"{site.url}/")
    sources = page.get_by_role("main")
    for name in (district.DISTRICT_NAME, account.ACCOUNT_NAME):
        expect(sources.get_by_text(name).first).to_be_visible()


def test_a_finding_is_decided_in_its_row_and_taken_back(open_as):
    page = open_as("reviewer")
    page.goto(f"{DEMO}/findings/")
    row = first_open(page)

    row.get_by_label("Reason").fill("v3 says otherwise")
    row.get_by_role("button", name="Revoke", exact=True).click()

    expect(row.get_by_text("Revoke", exact=True)).to_be_visible()
    expect(row.get_by_text("v3 says otherwise")).to_be_visible()
    assert page.url.endswith("/findings/")

    row.get_by_text("Take back").click()
    row.get_by_label("Reason for taking it back").fill("looked at the wrong one")
    row.get_by_role("button", name="Take the decision back").click()

    expect(row.get_by_role("button", name="Revoke", exact=True)).to_be_visible()


def test_the_queue_is_narrowed_by_a_filter_and_by_a_name(open_as):
    page = open_as("viewer")
    page.goto(f"{DEMO}/findings/")
    everything = page.locator("tr.finding").count()

    page.get_by_role("link", name=re.compile("^Critical")).click()

    expect(page).to_have_url(re.compile("severity=critical"))
    shown = page.locator("tr.finding")
    assert 0 < shown.count() <= everything
    assert all("critical" in text.lower() for text in shown.all_inner_texts())


def test_a_viewer_is_offered_no_decision(open_as):
    page = open_as("viewer")

    page.goto(f"{DEMO}/findings/")

    expect(page.locator("tr.finding").first).to_be_visible()
    expect(page.get_by_role("button", name="Revoke", exact=True)).to_have_count(0)


def test_a_finding_shows_its_evidence_from_both_versions(open_as):
    page = open_as("reviewer")
    page.goto(f"{DEMO}/findings/")

    page.locator("tr.finding td.why a").first.click()

    expect(page).to_have_url(re.compile(r"/findings/\d+/"))
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_text(re.compile(r"\b[0-9a-f]{64}\b")).first).to_be_attached()


def test_a_contact_shows_students_and_privileges(open_as):
    page = open_as("reviewer")
    page.goto(f"{DEMO}/findings/")

    page.locator("tr.finding td[data-label=Contact] a").first.click()

    expect(page).to_have_url(re.compile(r"/contacts/\d+/"))
    expect(page.get_by_role("table").first).to_be_visible()
    expect(page.locator("#timeline").get_by_role("listitem").first).to_be_visible()


def test_checking_with_clever_now_asks_the_sandbox(open_as):
    page = open_as("operator")
    page.goto(f"{DEMO}/contacts/")
    page.locator("table a").first.click()

    page.get_by_role("button", name="Check with Clever now").click()

    expect(page.locator("#contact-check")).not_to_be_empty()


def test_an_import_is_uploaded_and_watched_to_its_end(open_as, site):
    page = open_as("operator")
    page.goto(f"{DEMO}/import/")
    page.get_by_label("Stored v2 contacts").first.check()

    page.locator("input[type=file]").set_input_files(
        site.machine.var / "demo" / "legacy_contacts.ndjson"
    )
    page.get_by_role("button", name="Start the import").click()

    expect(page).to_have_url(re.compile(r"/jobs/\d+/"))
    progress = page.get_by_label("Progress")
    expect(progress.get_by_text("Done", exact=True)).to_be_visible(timeout=60_000)
    expect(progress.get_by_text("Unchanged")).to_be_visible()


def test_findings_are_downloaded_as_csv(open_as):
    page = open_as("auditor")
    page.goto(f"{DEMO}/downloads/")

    with page.expect_download() as started:
        page.get_by_role("button", name="Download findings.csv").click()

    with started.value.path().open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) > 500
    assert list(rows[0])[:3] == ["finding_id", "rule", "severity"]
    assert list(rows[0])[-1] == "neutralised"


def test_a_hostile_name_is_text_and_nothing_else(open_as):
    page = open_as("admin")

    page.goto("/sources/hostile/contacts/")

    expect(page.get_by_text(HOSTILE).first).to_be_visible()
    assert page.locator("img[src=x], svg[onload]").count() == 0
    page.get_by_role("link", name=HOSTILE).last.click()
    expect(page.get_by_role("heading", name=HOSTILE)).to_be_visible()
    assert page.locator("a[href^='javascript:']").count() == 0


def test_a_stranger_finds_no_source(open_as):
    page = open_as("viewer")

    answer = page.request.get("/sources/hostile/contacts/")

    assert answer.status == 404


def test_review_works_without_javascript(open_as):
    page = open_as("reviewer", java_script_enabled=False)
    page.goto(f"{DEMO}/findings/?severity=high")
    row = page.locator("tr.finding").filter(
        has=page.get_by_role("button", name="Hold", exact=True)
    )
    finding = row.first.get_attribute("id")

    row.first.get_by_label("Reason").fill("asked the school")
    row.first.get_by_role("button", name="Hold", exact=True).click()

    page.goto(f"{DEMO}/findings/{finding.removeprefix('finding-')}/")
    expect(page.get_by_text("asked the school").first).to_be_visible()
    page.locator("details.withdraw summary").first.click()
    page.get_by_label("Reason for taking it back").first.fill("not yet")
    page.get_by_role("button", name="Take the decision back").first.click()
    page.goto(f"{DEMO}/findings/{finding.removeprefix('finding-')}/")
    expect(page.get_by_role("button", name="Hold", exact=True).first).to_be_visible()


@pytest.mark.parametrize(
    "path",
    ["/", f"{DEMO}/findings/", f"{DEMO}/contacts/", f"{DEMO}/jobs/", f"{DEMO}/events/"],
)
def test_pages_are_whole_without_javascript(path, open_as):
    page = open_as("admin", java_script_enabled=False)

    answer = page.goto(path)

    assert answer.status == 200
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    main = page.get_by_role("navigation", name="Main")
    expect(main.get_by_role("link").first).to_be_visible()
