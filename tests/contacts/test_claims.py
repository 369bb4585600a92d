"""What each source says of a V2 contact's V3 id."""

import pytest
from django.db import connection

from contacts import claims
from contacts.mail_matching import CLAIMS
from contacts.models import Match
from tests import mail_reviewing
from tests.factories import (
    ContactXrefFactory,
    LegacyConsentFactory,
    LegacyMailFactory,
    MailMatchFactory,
    MailSourceFactory,
    UploadedXrefFactory,
    uuid,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def source():
    return MailSourceFactory()


def said(source, legacy):
    return [(claim.method, claim.ref) for claim in claims.of(source, legacy)]


def test_every_source_is_told_in_the_order_they_count():
    ana = mail_reviewing.subscriber()
    UploadedXrefFactory(
        source=ana.source, external_id=ana.legacy.external_id, ref=uuid(9)
    )

    assert said(ana.source, ana.legacy) == [
        (Match.Method.XREF, ana.contact.external_id),
        (Match.Method.UPLOAD, uuid(9)),
        (Match.Method.INCLUDE_CONTACT_ID, ana.contact.external_id),
    ]


def test_a_contact_of_v3_alone_was_asked_of_nobody(source):
    assert claims.of(source, None) == []


def test_an_answer_without_an_id_is_a_claim_too(source):
    legacy = LegacyMailFactory(source=source)
    ContactXrefFactory(source=source, external_id=legacy.external_id, ref="")

    assert said(source, legacy) == [(Match.Method.XREF, "")]


@pytest.mark.parametrize("spelt", ["16633325", "0016633325"])
def test_zeros_in_front_may_come_and_go(source, spelt):
    for told in ("16633325", "0016633325"):
        legacy = LegacyMailFactory(source=source, external_id=told)
        answer = ContactXrefFactory(source=source, external_id=spelt)

        assert said(source, legacy) == [(Match.Method.XREF, answer.ref)]
        answer.delete()
        legacy.delete()


def test_the_id_to_the_letter_goes_before_one_without_zeros(source):
    legacy = LegacyMailFactory(source=source, external_id="0016633325")
    ContactXrefFactory(source=source, external_id="16633325")
    exact = ContactXrefFactory(source=source, external_id="0016633325")

    assert said(source, legacy) == [(Match.Method.XREF, exact.ref)]


def test_an_answer_for_another_contact_s_own_id_is_that_one_s(source):
    padded = LegacyMailFactory(source=source, external_id="0016633325")
    bare = LegacyMailFactory(source=source, external_id="16633325")
    answer = ContactXrefFactory(source=source, external_id="16633325")
    UploadedXrefFactory(source=source, external_id="016633325", ref=uuid(9))

    # As the crosswalk counts: to the letter first, another spelling for both.
    assert said(source, bare) == [
        (Match.Method.XREF, answer.ref),
        (Match.Method.UPLOAD, uuid(9)),
    ]
    assert said(source, padded) == [(Match.Method.UPLOAD, uuid(9))]


@pytest.mark.parametrize("own", [[], ["16633325"], ["0016633325"]])
@pytest.mark.parametrize("other", [[], ["16633325"], ["016633325", "16633325"]])
@pytest.mark.parametrize("told", [["16633325"], ["0016633325"], ["016633325"]])
def test_the_page_says_what_the_crosswalk_counts(source, own, other, told):
    people = [
        LegacyMailFactory(source=source, external_id=ref)
        for ref in sorted({*own, *other, "0016633325"})
    ]
    for number, ref in enumerate(told):
        ContactXrefFactory(source=source, external_id=ref, ref=uuid(number + 1))

    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT legacy_contact_id, method, contact_ref FROM ({CLAIMS}) AS k",
            {"source": source.pk},
        )
        counted = set(cursor.fetchall())

    assert counted == {
        (person.pk, method, ref)
        for person in people
        for method, ref in said(source, person)
    }


def test_answers_of_another_account_say_nothing(source):
    legacy = LegacyMailFactory(source=source)
    ContactXrefFactory(external_id=legacy.external_id)

    assert claims.of(source, legacy) == []


def test_the_row_of_the_v3_contact_named_is_found(source):
    match = MailMatchFactory(source=source)
    legacy = LegacyMailFactory(source=source)
    ContactXrefFactory(
        source=source,
        external_id=legacy.external_id,
        ref=match.contact.external_id,
    )

    (claim,) = claims.of(source, legacy)

    assert claim.match == match


class TestRivals:
    def rivals(self, source, legacy):
        return claims.rivals(source, legacy, claims.of(source, legacy))

    def test_whoever_is_told_the_same_v3_id_by_anybody_is_one(self, source):
        one, other, third = (
            MailMatchFactory(source=source, contact=None, state=Match.State.CONFLICT)
            for _ in range(3)
        )
        MailMatchFactory(source=source)
        for match in (one, other):
            ContactXrefFactory(
                source=source, external_id=match.legacy_contact.external_id, ref=uuid(7)
            )
        LegacyConsentFactory(legacy_contact=third.legacy_contact, told_ref=uuid(7))

        assert set(self.rivals(source, one.legacy_contact)) == {other, third}

    def test_of_another_account_nobody_is(self, source):
        mine = MailMatchFactory(source=source)
        for where, match in ((source, mine), (None, MailMatchFactory())):
            ContactXrefFactory(
                source=where or match.source,
                external_id=match.legacy_contact.external_id,
                ref=uuid(7),
            )

        assert self.rivals(source, mine.legacy_contact) == []

    def test_those_without_an_id_claim_nothing_together(self, source):
        one, other = MailMatchFactory.create_batch(2, source=source)
        for match in (one, other):
            ContactXrefFactory(
                source=source, external_id=match.legacy_contact.external_id, ref=""
            )

        assert self.rivals(source, one.legacy_contact) == []
