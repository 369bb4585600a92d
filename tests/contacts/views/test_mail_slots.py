"""The table of V2's fifteen custom fields."""

import pytest
from django.urls import reverse

from contacts import slots
from contacts.models import SlotName
from tests import reviewing
from tests.contacts.test_slots import store
from tests.factories import CustomFieldFactory, MailSourceFactory, SourceFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def account():
    return MailSourceFactory()


@pytest.fixture
def hobby(account):
    return CustomFieldFactory(source=account, label="Hobby")


@pytest.fixture
def viewer(account):
    return reviewing.logged_in(reviewing.person("viewer", account))


@pytest.fixture
def operator(account):
    return reviewing.logged_in(reviewing.person("operator", account))


def address(account, name="slot-list"):
    return reverse(f"contacts:{name}", args=[account.slug])


def told(response):
    return " ".join(response.content.decode().split())


def save(client, account, **sent):
    posted = {f"seen-{name[1:]}": "" for name in sent} | {
        f"slot-{name[1:]}": value for name, value in sent.items()
    }
    return client.post(address(account, "slot-save"), posted)


def test_shows_fifteen_slots_with_counts_and_examples(account, hobby, viewer):
    store(account, s7="Chess", s3="<b>bold</b>")

    page = told(viewer.get(address(account)))

    assert page.count("Custom field ") == 15
    assert '<bdi class="clamp">Chess</bdi>' in page
    assert "&lt;b&gt;bold&lt;/b&gt;" in page
    assert "2 of 2 custom fields in use have no V3 field yet" in page


def test_a_viewer_is_offered_nothing_to_save(account, hobby, viewer):
    page = told(viewer.get(address(account)))

    assert "<select" not in page
    assert "An operator says where the values go." in page


def test_an_operator_chooses_among_the_accounts_fields(account, hobby, operator):
    page = told(operator.get(address(account)))

    assert page.count(f'<option value="{hobby.external_id}"') == 15
    assert page.count("Leave behind") == 15


def test_saving_is_kept_and_says_that_losses_wait_for_a_scan(account, hobby, operator):
    there = save(operator, account, s7=hobby.external_id, s8="leave")

    assert there.url == address(account)
    assert slots.names(account) == {7: hobby.external_id, 8: ""}
    page = told(operator.get(there.url))
    assert "2 custom fields are saved. Scan again" in page


def test_saving_nothing_new_says_so(account, hobby, operator):
    there = save(operator, account, s7="")

    assert "Nothing was changed." in told(operator.get(there.url))


def test_what_is_refused_stays_chosen_and_is_told(account, hobby, operator):
    answer = save(operator, account, s7=hobby.external_id, s8=hobby.external_id)

    assert answer.status_code == 422
    page = told(answer)
    assert "Custom fields 7 and 8 cannot go to the same V3 field" in page
    assert page.count(f'<option value="{hobby.external_id}" selected>') == 2
    assert not SlotName.objects.exists()


def test_whoever_is_second_is_told_and_sees_what_stands(account, hobby, operator):
    save(operator, account, s7="leave")

    answer = save(operator, account, s7=hobby.external_id)

    assert answer.status_code == 409
    assert "Somebody named custom field 7 in the meantime" in told(answer)
    assert slots.names(account) == {7: ""}


def test_a_viewer_cannot_save(account, hobby, viewer):
    assert save(viewer, account, s7="leave").status_code == 403
    assert not SlotName.objects.exists()


def test_reading_is_no_way_to_save(account, operator):
    assert operator.get(address(account, "slot-save")).status_code == 405


@pytest.mark.parametrize("name", ["slot-list", "slot-save"])
def test_a_stranger_finds_nothing(account, name):
    stranger = reviewing.logged_in(reviewing.person("operator", MailSourceFactory()))

    client = stranger.post if name == "slot-save" else stranger.get
    assert client(address(account, name)).status_code == 404


def test_a_district_has_no_slots():
    district = SourceFactory()
    reader = reviewing.logged_in(reviewing.person("operator", district))

    assert reader.get(address(district)).status_code == 404


def test_says_where_fields_come_from_where_there_are_none(account, viewer):
    assert "No custom field of V3 is known here" in told(viewer.get(address(account)))


def test_takes_as_many_statements_for_many_contacts_as_for_one(
    account, hobby, viewer, django_assert_max_num_queries
):
    for number in range(20):
        store(account, s7=f"Hobby {number}")

    with django_assert_max_num_queries(10):
        viewer.get(address(account))
