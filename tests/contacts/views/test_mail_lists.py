"""The crosswalk of lists, as a page."""

import pytest
from django.urls import reverse

from contacts import paging
from contacts.models import Snapshot
from tests import reviewing
from tests.factories import (
    LegacyListFactory,
    LegacyMembershipFactory,
    ListXrefFactory,
    MailingListFactory,
    MailSourceFactory,
    MembershipFactory,
    SnapshotFactory,
    SourceFactory,
)

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@pytest.fixture
def account():
    return MailSourceFactory()


@pytest.fixture
def reader(account):
    return reviewing.logged_in(reviewing.person("viewer", account))


def address(account):
    return reverse("contacts:list-crosswalk", args=[account.slug])


def told(response):
    return " ".join(response.content.decode().split())


def crossed(account, legacy_id="0016633325", name="News"):
    current = MailingListFactory(source=account, name=f"{name} in V3")
    LegacyListFactory(
        source=account,
        external_id=legacy_id,
        name=name,
        status="HIDDEN",
        told_ref=current.external_id,
    )
    ListXrefFactory(source=account, external_id=legacy_id, ref=current.external_id)
    return current


def test_shows_both_sides_how_it_is_known_and_who_is_on_it(account, reader):
    current = crossed(account)
    LegacyMembershipFactory.create_batch(
        3, legacy_contact__source=account, list_ref="0016633325"
    )
    MembershipFactory(contact__source=account, list_ref=current.external_id)

    (row,) = reader.get(address(account)).context["rows"]
    page = told(reader.get(address(account)))

    assert (row.legacy_members, row.current_members) == (3, 1)
    for words in (
        "0016633325",
        current.external_id,
        "News in V3",
        "hidden",
        "Cross-reference",
        "Told with the V2 list",
        "Matched",
    ):
        assert words in page


def test_the_state_narrows_and_is_counted(account, reader):
    crossed(account)
    LegacyListFactory(source=account, name="Orphans")

    page = reader.get(address(account), {"match": "unchecked"})

    assert [row.crossing.name for row in page.context["rows"]] == ["Orphans"]
    counted = {value: count for value, _, count, _ in page.context["states"]}
    assert counted == {"": 2, "matched": 1, "unchecked": 1}


def test_says_that_nobody_asked_yet(account, reader):
    LegacyListFactory(source=account)
    assert "was not asked yet" in told(reader.get(address(account)))

    SnapshotFactory(source=account, kind=Snapshot.Kind.LIST_CROSSWALK)

    assert "was not asked yet" not in told(reader.get(address(account)))


def test_leads_on_page_by_page_and_back(account, reader):
    for number in range(paging.PAGE_SIZE + 1):
        LegacyListFactory(source=account, name=f"List {number:03d}")

    first = reader.get(address(account)).context
    second = reader.get(address(account), {"cursor": first["page"].after}).context
    back = reader.get(address(account), {"cursor": second["page"].before}).context

    assert len(first["rows"]) == paging.PAGE_SIZE
    assert first["page"].before == ""
    assert [row.crossing.name for row in second["rows"]] == ["List 050"]
    assert second["page"].after == ""
    assert back["rows"] == first["rows"]


def test_a_forged_cursor_opens_the_list_at_its_beginning(account, reader):
    LegacyListFactory(source=account)

    assert len(reader.get(address(account), {"cursor": "x"}).context["rows"]) == 1


def test_an_account_without_lists_says_where_they_come_from(account, reader):
    page = told(reader.get(address(account)))

    assert "No list yet" in page
    assert "An operator starts the import." in page


def test_says_that_no_list_is_in_a_state(account, reader):
    LegacyListFactory(source=account)

    assert "No list fits" in told(reader.get(address(account), {"match": "conflict"}))


def test_htmx_gets_the_table_alone(account, reader):
    assert "<html" not in told(reader.get(address(account), headers=HTMX))


def test_takes_as_many_statements_for_many_lists_as_for_one(
    account, reader, django_assert_max_num_queries
):
    for number in range(20):
        crossed(account, legacy_id=str(number), name=f"List {number}")

    with django_assert_max_num_queries(14):
        reader.get(address(account))


def test_a_district_has_no_lists():
    district = SourceFactory()
    reader = reviewing.logged_in(reviewing.person("viewer", district))

    assert reader.get(address(district)).status_code == 404


def test_the_tabs_are_those_of_the_provider(account, reader):
    page = told(reader.get(address(account)))

    assert ">Lists</a>" in page
    assert ">Custom fields</a>" in page
    assert "Students" not in page


def test_a_district_keeps_its_tabs():
    district = SourceFactory()
    reader = reviewing.logged_in(reviewing.person("viewer", district))

    page = told(reader.get(reverse("contacts:student-list", args=[district.slug])))

    assert ">Students</a>" in page
    assert "Custom fields" not in page
