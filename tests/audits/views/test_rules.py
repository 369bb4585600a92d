import pytest
from django.urls import reverse

from audits.rules import losses
from audits.rules.catalogue import CARDS
from tests.factories import MailSourceFactory, SourceFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def source():
    return SourceFactory(slug="lakeview")


@pytest.fixture
def viewer(client, source):
    user = UserFactory(roles=["viewer"], sources=[source])
    client.force_login(user)
    return user


def test_rule_list_has_an_anchor_for_every_rule(client, viewer):
    page = client.get(reverse("audits:rule-list"))

    for code in CARDS:
        assert f'id="{code}"'.encode() in page.content


def test_rule_list_says_both_harms(client, viewer):
    page = client.get(reverse("audits:rule-list")).content.decode()

    card = CARDS["restricted"]
    assert card.harm_if_kept in page
    assert card.harm_if_revoked in page


def test_rule_list_of_a_source_leads_to_its_findings(client, viewer):
    page = client.get(reverse("audits:rule-list", args=["lakeview"]))

    queue = reverse("audits:finding-list", args=["lakeview"])
    assert f"{queue}?rule=restricted".encode() in page.content


def test_rule_list_of_another_s_source_is_not_here(client, viewer):
    SourceFactory(slug="elsewhere")

    answer = client.get(reverse("audits:rule-list", args=["elsewhere"]))

    assert answer.status_code == 404


def test_rule_list_takes_few_queries(client, viewer, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        client.get(reverse("audits:rule-list", args=["lakeview"]))


def test_rule_list_tells_what_may_be_lost(client, viewer):
    source = MailSourceFactory(slug="acme")
    source.people.add(viewer)

    whole = client.get(reverse("audits:rule-list")).content.decode()
    page = client.get(reverse("audits:rule-list", args=["acme"])).content.decode()

    for code, card in losses.CARDS.items():
        assert f'id="loss-{code}"' in whole
        assert card.harm in page


def test_rule_list_of_a_district_has_no_losses(client, viewer):
    page = client.get(reverse("audits:rule-list", args=["lakeview"])).content.decode()

    assert "loss-" not in page
