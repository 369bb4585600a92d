"""The judged parts of a person's and a student's page."""

import pytest
from django.urls import reverse

from audits import trail
from tests import reviewing
from tests.factories import AT, DecisionFactory, FindingFactory, SourceFactory

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
PANELS = ["contact-findings", "contact-matrix", "contact-timeline", "student-matrix"]


@pytest.fixture
def family():
    return reviewing.family()


@pytest.fixture
def reader(family):
    return reviewing.logged_in(reviewing.person("reviewer", family.source))


def address(name, family):
    pk = family.leo.pk if name == "student-matrix" else family.match.pk
    return reverse(f"audits:{name}", args=[family.source.slug, pk])


def test_the_matrix_tells_each_cell(family, reader):
    page = reader.get(address("contact-matrix", family)).content.decode()

    assert "critical: revoke" in page
    assert "confirmed" in page
    assert "Aunt/Uncle (Family)" in page


def test_findings_can_be_decided_beside_the_matrix(family, reader):
    page = reader.get(address("contact-findings", family)).content.decode()

    assert f'id="finding-{family.finding.pk}"' in page
    assert 'name="place" value="person"' in page
    assert "1 to decide" in page


def test_a_person_without_findings_has_nothing_to_decide(family, reader):
    family.finding.delete()

    page = reader.get(address("contact-findings", family)).content.decode()

    assert "Nothing to decide" in page


def test_a_proposal_leads_to_its_finding(family, reader):
    proposal = FindingFactory(
        source=family.source,
        grant=None,
        grant_ref="",
        match=family.match,
        privilege="",
        privilege_class="release",
        student_ref=family.mia.external_id,
        rule="grant-missing",
    )

    page = reader.get(address("contact-matrix", family)).content.decode()

    there = reverse("audits:finding-detail", args=[family.source.slug, proposal.pk])
    assert there in page
    assert "proposed: release" in page


def test_the_timeline_tells_imports_findings_decisions_and_events(family, reader):
    DecisionFactory(
        finding=family.finding,
        reason="The school called",
        withdrawn_by=reviewing.person("approver"),
        withdrawn_at=AT,
        second_by=reviewing.person("approver"),
        second_at=AT,
    )
    record_reopening(family)

    page = reader.get(address("contact-timeline", family)).content.decode()

    for told in (
        "v2 record as it is now came in",
        "v3 record as it is now came in",
        "1 finding found",
        "The school called",
        "Taken back: revoke",
        "Second look",
        "Opened again on new evidence",
    ):
        assert told in page


def record_reopening(family):
    trail.record(
        action="finding.reopened",
        object_type="finding",
        object_id=family.finding.pk,
        source=family.source,
        by=None,
        via="job",
    )


def test_the_timeline_of_another_person_is_left_out(family, reader):
    other = reviewing.family()
    DecisionFactory(finding=other.finding, reason="Somebody else's")

    page = reader.get(address("contact-timeline", family)).content.decode()

    assert "Somebody else" not in page


@pytest.mark.parametrize("name", PANELS)
class TestEveryPanel:
    def test_is_a_page_of_its_own(self, family, reader, name):
        page = reader.get(address(name, family))

        assert page.status_code == 200
        assert "<html" in page.content.decode()

    def test_is_a_part_for_htmx(self, family, reader, name):
        page = reader.get(address(name, family), headers=HTMX)

        assert "<html" not in page.content.decode()

    def test_takes_no_more_than_twelve_statements(
        self, family, reader, name, django_assert_max_num_queries
    ):
        for _ in range(5):
            finding = FindingFactory(source=family.source, match=family.match)
            DecisionFactory(finding=finding)

        with django_assert_max_num_queries(12):
            reader.get(address(name, family))

    def test_another_method_is_refused(self, family, reader, name):
        assert reader.post(address(name, family)).status_code == 405

    def test_nobody_without_a_role_gets_in(self, family, name):
        nobody = reviewing.logged_in(reviewing.UserFactory(sources=[family.source]))

        assert nobody.get(address(name, family)).status_code == 403

    def test_a_stranger_finds_nothing(self, family, name):
        stranger = reviewing.logged_in(reviewing.person("approver", SourceFactory()))

        assert stranger.get(address(name, family)).status_code == 404
