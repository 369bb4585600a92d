"""The queue, one finding and the judged parts of a contact, in the words of mailing."""

import pytest
from django.urls import reverse

from audits.models import Decision, Finding
from tests import mail_reviewing
from tests.factories import (
    AT,
    DecisionFactory,
    FindingFactory,
    GrantFactory,
    LegacyMailFactory,
    MailMatchFactory,
    RestrictionFactory,
)

pytestmark = pytest.mark.django_db

CLEVERS_WORDS = ("Clever", "tudent", "elationship", "v2 ", "v3 ", "v2<", "v3<")


@pytest.fixture
def ana():
    return mail_reviewing.subscriber()


@pytest.fixture
def rita(ana):
    return mail_reviewing.person("reviewer", ana.source)


@pytest.fixture
def reader(rita):
    return mail_reviewing.logged_in(rita)


def address(name, ana, *args):
    return reverse(f"audits:{name}", args=[ana.source.slug, *args])


def told(response):
    return " ".join(response.content.decode().split())


def main(response):
    return told(response).partition("<main")[2].partition("</main>")[0]


def cleverly(page):
    return [word for word in CLEVERS_WORDS if word in page]


class TestQueue:
    def test_shows_the_list_both_sides_and_why(self, ana, reader):
        page = main(reader.get(address("finding-list", ana)))

        (row,) = reader.get(address("finding-list", ana)).context["rows"]
        assert (row.old, row.new) == ("active", "explicit")
        assert (row.person, row.subject) == ("Ana Diaz", "News")
        assert row.title == "More than V2 supports"
        assert "send_email on ‘News’ rests on V2 ‘ACTIVE’; V3 permits more." in page
        assert cleverly(page) == []

    def test_a_grant_without_a_list_is_for_any_mail(self, ana, reader):
        ana.finding.list_ref = ana.finding.list_name = ""
        ana.finding.save()

        assert "any mail" in main(reader.get(address("finding-list", ana)))

    def test_somebody_without_a_name_is_shown_by_the_address(self, ana, reader):
        ana.finding.contact_name = ""
        ana.finding.save()

        (row,) = reader.get(address("finding-list", ana)).context["rows"]

        assert row.person == "ana@example.org"

    def test_somebody_unknown_is_shown_by_the_id(self, ana, reader):
        unknown = FindingFactory(
            source=ana.source,
            match=None,
            contact_name="",
            contact_v2_id="0042",
            situation=ana.finding.situation,
        )

        rows = reader.get(address("finding-list", ana)).context["rows"]

        assert {row.person for row in rows if row.finding == unknown} == {"0042"}

    def test_facets_hold_what_mailing_has(self, ana, reader):
        facets = reader.get(address("finding-list", ana)).context["facets"]

        offered = {
            facet.name: [option.label for option in facet.options] for facet in facets
        }
        assert offered["rule"] == ["More than V2 supports"]
        assert offered["privilege_class"] == ["Mailing"]

    @pytest.mark.parametrize("state", ["missing", "conflict", "deleted"])
    def test_the_new_states_of_a_match_narrow_it(self, ana, reader, state):
        Finding.objects.update(match_state=state)

        page = reader.get(address("finding-list", ana), {"match": state})

        assert len(page.context["rows"]) == 1
        (chosen,) = [
            option
            for facet in page.context["facets"]
            for option in facet.options
            if option.chosen
        ]
        assert chosen.value == state

    def test_is_decided_in_place(self, ana, reader):
        sent = {
            "kind": "hold",
            "reason": "Asked the contact",
            "version": ana.finding.version,
            "evidence": ana.finding.evidence,
        }

        reader.post(address("finding-decide", ana, ana.finding.pk), sent)

        assert Decision.objects.get().kind == "hold"

    def test_reasons_are_those_of_mailing(self, ana, reader):
        page = main(reader.get(address("finding-list", ana)))

        assert "The contact opted out" in page
        assert "The school" not in page

    def test_takes_as_many_statements_for_many_as_for_one(
        self, ana, reader, django_assert_max_num_queries
    ):
        for _ in range(10):
            FindingFactory(
                source=ana.source,
                match=MailMatchFactory(source=ana.source),
                contact_name="",
                situation=ana.finding.situation,
            )

        with django_assert_max_num_queries(12):
            reader.get(address("finding-list", ana))


class TestSides:
    @pytest.mark.parametrize(
        ("changes", "old", "new"),
        [
            ({}, "active", "explicit"),
            (
                {"confirm_status": "CONFIRMED", "status": "ACTIVE"},
                "active, confirmed",
                "explicit",
            ),
            ({"email_status": "OPTOUT"}, "active, address opted out", "explicit"),
            ({"status": "", "email_status": ""}, "not in V2", "explicit"),
            ({"on_list": False}, "active", "explicit, not on the list"),
            ({"subject": "unmapped"}, "active", "explicit, no V3 list"),
            ({"subject": "none", "on_list": False}, "active", "explicit"),
            ({"entries": []}, "active", "not in V3"),
            (
                {"entries": [["implicit", "off", "Account", "", True]]},
                "active",
                "implicit, deleted",
            ),
            (
                {
                    "entries": [
                        ["explicit", "", "", "", False],
                        ["unsubscribed", "", "", "Account", False],
                    ]
                },
                "active",
                "explicit or unsubscribed",
            ),
        ],
    )
    def test_both_sides_in_few_words(self, ana, reader, changes, old, new):
        body = mail_reviewing.situation_body(**changes)
        if not (body["status"] or body["email_status"]):
            body["confirm_status"] = ""
        ana.finding.situation.body = body
        ana.finding.situation.save()

        (row,) = reader.get(address("finding-list", ana)).context["rows"]

        assert (row.old, row.new) == (old, new)

    def test_what_was_not_looked_up_is_not_called_absent(self, ana, reader):
        ana.finding.situation.body = mail_reviewing.situation_body(entries=[])
        ana.finding.situation.save()
        ana.finding.match_state = "unchecked"
        ana.finding.save()

        (row,) = reader.get(address("finding-list", ana)).context["rows"]

        assert row.new == "not looked up"

    def test_another_basis_is_named(self, ana, reader):
        ana.finding.basis = "manual"
        ana.finding.save()

        (row,) = reader.get(address("finding-list", ana)).context["rows"]

        assert row.old == "Manual"


class TestDetail:
    def test_tells_the_situation_and_every_record_behind_it(self, ana, reader):
        page = reader.get(address("finding-detail", ana, ana.finding.pk))

        titles = [shown.title for shown in page.context["records"]]
        assert titles == ["V2 record", "V3 record", "Cross-reference answer", "Grant"]
        facts = dict(page.context["situation"])
        assert facts["V2 supports"] == "implicit"
        assert facts["V3 data"] == "complete"
        assert cleverly(main(page)) == []

    def test_names_the_list_as_the_grant_does(self, ana, reader):
        page = main(reader.get(address("finding-detail", ana, ana.finding.pk)))

        assert mail_reviewing.V2_LIST in page
        assert "Mail rests on a consent that the migration made up." in page

    def test_takes_few_statements(self, ana, reader, django_assert_max_num_queries):
        with django_assert_max_num_queries(16):
            reader.get(address("finding-detail", ana, ana.finding.pk))


class TestPanels:
    def matrix(self, ana, reader):
        return reader.get(address("contact-matrix", ana, ana.match.pk)).context[
            "matrix"
        ]

    def cells(self, ana, reader):
        return {
            row.head.name: [
                (held.standing, held.old, held.new)
                for cell in row.cells
                for held in cell.held
            ]
            for row in self.matrix(ana, reader).rows
        }

    def test_has_a_row_for_any_mail_and_one_for_each_list(self, ana, reader):
        assert self.cells(ana, reader) == {
            "Any mail": [("confirmed", "implicit", "explicit")],
            "News": [("open", "implicit", "explicit")],
        }

    def test_both_ids_of_a_list_are_one_row(self, ana, reader):
        GrantFactory(
            source=ana.source,
            match=ana.match,
            contact_ref=ana.legacy.external_id,
            student_ref="",
            list_ref=ana.news.external_id.upper(),
            privilege="digest",
            basis="consent",
        )

        assert len(self.cells(ana, reader)["News"]) == 2

    def test_says_who_has_the_contact_on_a_list(self, ana, reader):
        def said():
            (news,) = [r for r in self.matrix(ana, reader).rows if r.head.key]
            return news.head.told

        assert said() == ("on it in V2 and V3",)
        ana.contact.memberships.update(ended_at=AT)
        assert said() == ("on it in V2, not in V3",)
        ana.legacy.memberships.all().delete()
        assert said() == ("on it in neither version",)

    def test_a_list_nobody_knows_has_a_row_of_its_own(self, ana, reader):
        GrantFactory(
            source=ana.source,
            match=ana.match,
            contact_ref=ana.legacy.external_id,
            student_ref="",
            list_ref="777",
            privilege="send_email",
            basis="consent",
        )

        (row,) = [
            row for row in self.matrix(ana, reader).rows if row.head.name == "777"
        ]

        assert row.head.told == ("in neither version’s lists",)

    def test_another_basis_is_not_judged(self, ana, reader):
        ana.any_mail.basis = "court_order"
        ana.any_mail.save()

        assert self.cells(ana, reader)["Any mail"] == [
            ("other_basis", "Court order", "explicit")
        ]

    def test_an_order_stands_beside_any_mail(self, ana, reader):
        RestrictionFactory(
            source=ana.source, match=ana.match, contact_ref=ana.legacy.external_id
        )

        assert "Court order: everything" in main(
            reader.get(address("contact-matrix", ana, ana.match.pk))
        )

    def test_somebody_in_conflict_is_not_called_absent(self, ana, reader):
        ana.match.state, ana.match.contact = "conflict", None
        ana.match.save()

        assert self.cells(ana, reader)["Any mail"][0][2] == "in doubt who it is in V3"

    def test_findings_stand_beside_it_to_be_decided(self, ana, reader):
        page = main(reader.get(address("contact-findings", ana, ana.match.pk)))

        assert f'id="finding-{ana.finding.pk}"' in page
        assert "List and privilege" in page
        assert cleverly(page) == []

    def test_somebody_without_a_grant_is_told_so(self, ana, reader):
        legacy = LegacyMailFactory(source=ana.source)
        match = MailMatchFactory(
            source=ana.source, legacy_contact=legacy, contact=None, state="missing"
        )

        page = main(reader.get(address("contact-matrix", ana, match.pk)))

        assert "Your product holds no grant to write to this contact." in page

    def test_the_timeline_speaks_of_lists(self, ana, reader):
        DecisionFactory(finding=ana.finding, reason="Asked her")

        page = main(reader.get(address("contact-timeline", ana, ana.match.pk)))

        assert "V2 record as it is now came in" in page
        assert "send_email on <bdi>News</bdi>" in page
        assert cleverly(page) == []

    @pytest.mark.parametrize("name", ["contact-findings", "contact-matrix"])
    def test_takes_as_many_statements_for_many_as_for_one(
        self, ana, reader, name, django_assert_max_num_queries
    ):
        for number in range(5):
            GrantFactory(
                source=ana.source,
                match=ana.match,
                contact_ref=ana.legacy.external_id,
                student_ref="",
                list_ref=f"{number}",
                privilege="send_email",
                basis="consent",
            )

        with django_assert_max_num_queries(18):
            reader.get(address(name, ana, ana.match.pk))
