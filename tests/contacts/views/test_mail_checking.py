"""Asking Constant Contact now."""

import pytest
import responses
from django.urls import reverse
from responses import matchers

from audits.models import Event
from contacts.models import ApiBudget, Consent
from tests import mail_reviewing
from tests.factories import MailMatchFactory, MailSourceFactory

pytestmark = pytest.mark.django_db

API = "https://api.cc.email"
TOKEN = "t" * 40
HTMX = {"HX-Request": "true"}


@pytest.fixture
def ana():
    ana = mail_reviewing.subscriber()
    ana.source.token = TOKEN
    ana.source.save()
    return ana


@pytest.fixture
def reader(ana):
    return mail_reviewing.logged_in(mail_reviewing.person("viewer", ana.source))


def ask(reader, ana, match=None, **options):
    args = [ana.source.slug, (match or ana.match).pk]
    there = reverse("contacts:contact-check", args=args)
    return " ".join(reader.post(there, **options).content.decode().split())


def told(ana, **email):
    """Give the V3 contact as the API tells it, the same as is stored."""
    return {
        "contact_id": ana.contact.external_id,
        "first_name": "Ana",
        "last_name": "Diaz",
        "job_title": "Head baker",
        "email_address": {
            "address": "ana@example.org",
            "permission_to_send": "explicit",
            "confirm_status": "confirmed",
            "opt_in_source": "Contact",
            "opt_in_date": "2021-05-01T00:00:00Z",
            **email,
        },
        "list_memberships": [ana.news.external_id],
        "custom_fields": [{"custom_field_id": ana.hobby.external_id, "value": "Chess"}],
    }


def answer(ana, json=None, **options):
    there = f"{API}/v3/contacts/{ana.contact.external_id}"
    every = matchers.query_param_matcher({}, strict_match=False)
    told = options if json is None else {"json": json, **options}
    responses.get(there, match=[every], **told)


@responses.activate
def test_says_when_nothing_has_changed(ana, reader):
    answer(ana, told(ana))

    page = ask(reader, ana)

    assert "Constant Contact says exactly what is stored." in page
    assert "Clever" not in page


@responses.activate
def test_shows_what_has_changed_and_writes_no_fact(ana, reader):
    answer(ana, told(ana, permission_to_send="unsubscribed"))

    page = ask(reader, ana)

    assert "Constant Contact says something else now in 1 field." in page
    assert "unsubscribed" in page
    assert Consent.objects.get(contact=ana.contact).permission == "explicit"


@responses.activate
def test_spends_one_request_of_the_day_and_says_so(ana, reader):
    answer(ana, told(ana))

    page = ask(reader, ana)

    assert ApiBudget.objects.get().used == 1
    assert "This was one of today&#x27;s requests; 9,999 are left." in page


@responses.activate
def test_stands_in_the_trail_without_a_value(ana, reader):
    answer(ana, told(ana, permission_to_send="unsubscribed"))

    ask(reader, ana)

    event = Event.objects.get(action="contact.checked")
    assert event.after["outcome"] == "differs"
    assert event.after["asked"] == [f"GET /v3/contacts/{ana.contact.external_id}"]
    assert "ana@" not in str(event.after)


@responses.activate
def test_says_when_the_contact_is_gone(ana, reader):
    answer(ana, status=404)

    assert "V3 has no contact with this id now." in ask(reader, ana)


@responses.activate
def test_says_that_the_token_was_refused(ana, reader):
    answer(ana, status=401)

    page = ask(reader, ana)

    assert "Connect the account again." in page
    assert TOKEN not in page


@responses.activate
def test_says_until_when_the_day_is_spent(ana, reader):
    answer(ana, {"error_key": "quota_exceeded", "error_message": "x"}, status=429)

    assert "takes no more questions until" in ask(reader, ana)


@responses.activate
def test_an_answer_that_is_none_is_told_in_words(ana, reader):
    answer(ana, body=b"<html>")

    assert "Constant Contact could not be asked" in ask(reader, ana)


def test_says_that_the_account_is_not_connected(ana, reader):
    ana.source.token = ""
    ana.source.save()

    assert "is not connected" in ask(reader, ana)


def test_somebody_without_a_v3_id_cannot_be_asked_for(ana, reader):
    alone = MailMatchFactory(
        source=ana.source, contact=None, state="missing", method="", methods=""
    )

    assert "there is none" in ask(reader, ana, alone)


@responses.activate
def test_htmx_gets_the_part_and_a_spoken_sentence(ana, reader):
    answer(ana, told(ana))

    page = ask(reader, ana, headers=HTMX)

    assert "<html" not in page
    assert 'id="live"' in page


def test_the_page_offers_it_with_its_price_where_it_can_be_asked(ana, reader):
    there = reverse("contacts:contact-detail", args=[ana.source.slug, ana.match.pk])
    page = " ".join(reader.get(there).content.decode().split())

    assert "Ask Constant Contact now" in page
    assert "uses 1 of 10,000 requests left today" in page

    ana.source.token = ""
    ana.source.save()
    assert "Ask Constant Contact now" not in reader.get(there).content.decode()


def test_a_stranger_cannot_ask(ana):
    stranger = mail_reviewing.logged_in(
        mail_reviewing.person("approver", MailSourceFactory())
    )
    there = reverse("contacts:contact-check", args=[ana.source.slug, ana.match.pk])

    assert stranger.post(there).status_code == 404
