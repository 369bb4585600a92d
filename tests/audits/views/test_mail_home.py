"""Home of a mailing account: its own first steps and its own warnings."""

import pytest
from django.urls import reverse

from contacts.models import Snapshot
from tests import reviewing
from tests.factories import MailSourceFactory, ScanFactory, SnapshotFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def source():
    return MailSourceFactory()


@pytest.fixture
def operator(source):
    return reviewing.logged_in(reviewing.person("operator", source))


def overview(source, operator):
    return operator.get(reverse("audits:overview", args=[source.slug]))


def main(response):
    told = " ".join(response.content.decode().split())
    return told.partition("<main")[2].partition("</main>")[0]


def test_the_first_steps_are_those_of_mailing(source, operator):
    page = main(overview(source, operator))

    assert "Import the stored V2 contacts" in page
    assert "Import V3 from Constant Contact" in page
    for word in ("Clever", "tudent", "relationship"):
        assert word not in page


def test_the_steps_go_on_where_the_account_is(source, operator):
    for kind in ("legacy_contacts", "contacts"):
        SnapshotFactory(source=source, kind=kind)

    steps = overview(source, operator).context["steps"]

    assert [step.code for step in steps if step.is_next] == ["grants"]


@pytest.mark.parametrize(
    ("kind", "rules"),
    [
        (Snapshot.Kind.CONTACTS, ("no-crosswalk", "not-on-list")),
        (Snapshot.Kind.CROSSWALK, ("no-crosswalk",)),
        (Snapshot.Kind.LISTS, ("list-unmapped",)),
        (Snapshot.Kind.LIST_CROSSWALK, ("list-unmapped",)),
        (Snapshot.Kind.GRANTS, ()),
    ],
)
def test_what_stopped_half_way_names_the_rules_that_rest_on_it(
    source, operator, kind, rules
):
    SnapshotFactory(source=source, kind=kind, state=Snapshot.State.INCOMPLETE)

    page = overview(source, operator)

    ((_, off),) = page.context["incomplete"]
    assert off == rules
    for code in rules:
        assert f"#{code}" in main(page)


def test_the_rules_page_holds_the_rules_of_mailing_alone(source, operator):
    page = main(operator.get(reverse("audits:rule-list", args=[source.slug])))

    assert 'id="opt-out-lost"' in page
    assert 'id="not-related"' not in page


def test_the_rules_of_both_stand_on_the_general_page(operator):
    page = main(operator.get(reverse("audits:rule-list")))

    for anchor in ("not-related", "opt-out-lost", "restricted"):
        assert page.count(f'id="{anchor}"') == 1
    assert 'id="constant_contact-restricted"' in page


def test_a_scanned_account_is_shown_in_its_own_words(source, operator):
    ScanFactory(source=source)

    assert "Confirmed by V3" in main(overview(source, operator))
