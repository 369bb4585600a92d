"""The list of persons, one person, and asking Clever."""

import pytest
import responses
from django.urls import reverse

from contacts import paging
from contacts.models import Match
from tests import reviewing
from tests.factories import (
    ContactFactory,
    LegacyContactFactory,
    MatchFactory,
    SourceFactory,
)

pytestmark = pytest.mark.django_db

API = "https://api.clever.com"
HTMX = {"HX-Request": "true"}
HOSTILE = '<script>alert("x")</script>\u202e' + "W" * 200


@pytest.fixture
def family():
    return reviewing.family()


@pytest.fixture
def reader(family):
    return reviewing.logged_in(reviewing.person("viewer", family.source))


def address(name, family, *args):
    return reverse(f"contacts:{name}", args=[family.source.slug, *args])


class TestContactList:
    def test_shows_both_ids_both_labels_and_what_is_open(self, family, reader):
        page = reader.get(address("contact-list", family)).content.decode()

        assert "Ana Diaz" in page
        assert family.match.legacy_contact.external_id in page
        assert family.match.contact.external_id in page
        assert "Aunt/Uncle (Family)" in page
        assert "critical" in page

    def test_masks_the_address(self, family, reader):
        page = reader.get(address("contact-list", family)).content.decode()

        assert family.match.contact.email not in page
        assert f"{family.match.contact.email[0]}•••@example.org" in page

    def test_filters_by_state_label_and_open_findings(self, family, reader):
        gone = LegacyContactFactory(
            source=family.source, name="Bea Gone", relationship="Sibling"
        )
        MatchFactory(
            source=family.source,
            legacy_contact=gone,
            contact=None,
            state=Match.State.GONE,
            method="",
        )
        home = address("contact-list", family)

        for query, shown, hidden in (
            ("match=gone", "Bea Gone", "Ana Diaz"),
            ("label=Sibling", "Bea Gone", "Ana Diaz"),
            ("open=1", "Ana Diaz", "Bea Gone"),
        ):
            page = reader.get(f"{home}?{query}").content.decode()
            assert shown in page
            assert hidden not in page

    def test_says_that_nothing_fits(self, family, reader):
        page = reader.get(f"{address('contact-list', family)}?match=ambiguous")

        assert "No contact fits" in page.content.decode()

    def test_a_search_is_kept_out_of_the_address(self, family, reader):
        there = reader.post(address("contact-search", family), {"words": "ana d"})

        assert "ana" not in there.url
        assert "Ana Diaz" in reader.get(there.url).content.decode()

    def test_a_search_that_finds_nobody_finds_nobody(self, family, reader):
        there = reader.post(address("contact-search", family), {"words": "zoe"})

        assert "Ana Diaz" not in reader.get(there.url).content.decode()

    def test_an_empty_search_leads_back_to_the_whole_list(self, family, reader):
        there = reader.post(address("contact-search", family), {"words": " "})

        assert there.url == address("contact-list", family)

    def test_leads_on_to_the_next_page(self, family, reader):
        for contact in ContactFactory.create_batch(
            paging.PAGE_SIZE, source=family.source, name="Zoe"
        ):
            MatchFactory(
                source=family.source,
                legacy_contact=None,
                contact=contact,
                state=Match.State.UNMATCHED,
                method="",
            )

        first = reader.get(address("contact-list", family))
        after = first.context["page"].after
        second = reader.get(address("contact-list", family), {"cursor": after})

        assert "Ana Diaz" in first.content.decode()
        assert [row.name for row in second.context["rows"]] == ["Zoe"]

    def test_htmx_gets_the_table_alone(self, family, reader):
        page = reader.get(address("contact-list", family), headers=HTMX)

        assert "<html" not in page.content.decode()

    def test_takes_no_more_than_twelve_statements(
        self, family, reader, django_assert_max_num_queries
    ):
        for _ in range(10):
            legacy = LegacyContactFactory(source=family.source, students=["5f00"])
            MatchFactory(
                source=family.source,
                legacy_contact=legacy,
                contact=None,
                state=Match.State.GONE,
                method="",
            )

        with django_assert_max_num_queries(12):
            reader.get(address("contact-list", family))


class TestContactDetail:
    def test_is_whole_in_one_answer(self, family, reader):
        page = reader.get(address("contact-detail", family, family.match.pk))

        told = page.content.decode()
        assert "Students and privileges" in told
        assert "Leo Diaz" in told
        assert "Mia Lopez" in told
        assert "v2 beside v3" in told
        assert "rests on v2 ‘Parent’" in told
        assert (
            reverse(
                "audits:contact-timeline", args=[family.source.slug, family.match.pk]
            )
            in told
        )

    def test_marks_differences_in_words(self, family, reader):
        page = reader.get(address("contact-detail", family, family.match.pk))

        assert "differs" in page.content.decode()

    def test_a_hostile_name_is_text_and_isolated(self, family, reader):
        family.match.contact.name = HOSTILE
        family.match.contact.save()

        page = reader.get(address("contact-detail", family, family.match.pk))

        told = page.content.decode()
        assert "<script>alert" not in told
        assert "<bdi>&lt;script&gt;" in told

    @pytest.mark.parametrize("state", ["gone", "ambiguous"])
    def test_a_person_without_v3_record_is_shown(self, family, reader, state):
        legacy = LegacyContactFactory(source=family.source, name="Bea Gone")
        match = MatchFactory(
            source=family.source,
            legacy_contact=legacy,
            contact=None,
            state=state,
            method="",
        )

        page = reader.get(address("contact-detail", family, match.pk))

        assert "Bea Gone" in page.content.decode()
        assert "Check with Clever now" not in page.content.decode()

    def test_takes_no_more_than_twelve_statements(
        self, family, reader, django_assert_max_num_queries
    ):
        with django_assert_max_num_queries(12):
            reader.get(address("contact-detail", family, family.match.pk))

    def test_a_person_of_another_source_does_not_exist(self, family, reader):
        other = reviewing.family()

        page = reader.get(address("contact-detail", family, other.match.pk))

        assert page.status_code == 404


@pytest.mark.parametrize(
    ("name", "with_pk"),
    [("contact-list", False), ("contact-detail", True)],
)
class TestReading:
    def test_another_method_is_refused(self, family, reader, name, with_pk):
        args = [family.match.pk] if with_pk else []

        assert reader.post(address(name, family, *args)).status_code == 405

    def test_nobody_without_a_role_gets_in(self, family, name, with_pk):
        args = [family.match.pk] if with_pk else []
        reader = reviewing.logged_in(reviewing.UserFactory(sources=[family.source]))

        assert reader.get(address(name, family, *args)).status_code == 403

    def test_a_stranger_finds_nothing(self, family, name, with_pk):
        args = [family.match.pk] if with_pk else []
        reader = reviewing.logged_in(reviewing.person("approver", SourceFactory()))

        assert reader.get(address(name, family, *args)).status_code == 404


def told_user(family, **role):
    contact = family.match.contact
    entries = contact.entries.filter(ended_at__isnull=True)
    facts = {
        "legacy_id": contact.legacy_id,
        "phone": contact.phone,
        "phone_type": contact.phone_type,
        "student_relationships": [
            {"student": e.student_ref, "relationship": e.relationship, "type": e.type}
            for e in entries
        ],
    }
    return {
        "id": contact.external_id,
        "email": contact.email,
        "name": {"last": contact.name},
        "roles": {"contact": {**facts, **role}},
    }


def answer(path, data):
    responses.get(f"{API}/v3.0{path}", json={"data": data})


def answer_all(family, user, *, district=None, students=None):
    contact = family.match.contact.external_id
    told = [family.leo, family.mia] if students is None else students
    listed = [
        {"data": {"id": one.external_id, "roles": {"student": {}}}} for one in told
    ]
    answer(f"/users/{contact}", user)
    answer(f"/users/{contact}/mystudents", sorted(listed, key=str))
    answer(
        f"/users/{contact}/district",
        {"id": district or family.source.external_id, "name": "Maple"},
    )


class TestContactCheck:
    @pytest.fixture(autouse=True)
    def _token(self, family):
        family.source.token = "a" * 40
        family.source.save()

    def check(self, reader, family, **options):
        return reader.post(
            address("contact-check", family, family.match.pk), **options
        ).content.decode()

    @responses.activate
    def test_says_when_nothing_has_changed(self, family, reader):
        answer_all(family, told_user(family))

        assert "Clever says exactly what is stored." in self.check(reader, family)

    @responses.activate
    def test_shows_what_has_changed_and_writes_no_fact(self, family, reader):
        answer_all(family, told_user(family, phone="(330) 555-9999"))

        page = self.check(reader, family)

        assert "Clever says something else now in 1 field." in page
        assert "(330) 555-9999" in page
        family.match.contact.refresh_from_db()
        assert family.match.contact.phone != "(330) 555-9999"

    @responses.activate
    def test_tells_of_another_district(self, family, reader):
        answer_all(family, told_user(family), district="6f" * 12)

        assert "belongs to another district" in self.check(reader, family)

    @responses.activate
    def test_tells_of_students_that_do_not_agree(self, family, reader):
        answer_all(family, told_user(family), students=[family.leo])

        assert "Clever lists 1 student now, and the contact" in self.check(
            reader, family
        )

    @responses.activate
    def test_says_when_the_contact_is_gone(self, family, reader):
        contact = family.match.contact.external_id
        responses.get(f"{API}/v3.0/users/{contact}", status=404)

        assert "no contact with this id now" in self.check(reader, family)

    @responses.activate
    def test_says_that_the_token_was_refused(self, family, reader):
        contact = family.match.contact.external_id
        responses.get(f"{API}/v3.0/users/{contact}", status=401)

        page = self.check(reader, family)

        assert "Clever refused the token of" in page
        assert "a" * 40 not in page

    @responses.activate
    def test_an_answer_that_is_none_is_told_in_words(self, family, reader):
        contact = family.match.contact.external_id
        responses.get(f"{API}/v3.0/users/{contact}", body=b"<html>", status=200)

        assert "Clever could not be asked" in self.check(reader, family)

    def test_says_that_there_is_no_token(self, family, reader):
        family.source.token = ""
        family.source.save()

        assert "has no token" in self.check(reader, family)

    @responses.activate
    def test_htmx_gets_the_part_and_a_spoken_sentence(self, family, reader):
        answer_all(family, told_user(family))

        page = self.check(reader, family, headers=HTMX)

        assert "<html" not in page
        assert 'id="live"' in page

    def test_reading_is_no_way_to_ask(self, family, reader):
        there = reader.get(address("contact-check", family, family.match.pk))

        assert there.status_code == 405

    def test_a_stranger_cannot_ask(self, family):
        reader = reviewing.logged_in(reviewing.person("approver", SourceFactory()))

        there = reader.post(address("contact-check", family, family.match.pk))

        assert there.status_code == 404
