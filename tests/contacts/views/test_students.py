"""The list of students, and who may do what for one."""

import pytest
from django.urls import reverse

from tests import reviewing
from tests.factories import GrantFactory, RestrictionFactory, SourceFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def family():
    return reviewing.family()


@pytest.fixture
def reader(family):
    return reviewing.logged_in(reviewing.person("viewer", family.source))


def address(name, family, *args):
    return reverse(f"contacts:{name}", args=[family.source.slug, *args])


def test_the_list_tells_how_many_contacts_a_student_has(family, reader):
    page = reader.get(address("student-list", family)).content.decode()

    assert "Leo Diaz" in page
    assert '<td data-label="Contacts" class="num">1</td>' in page


def test_the_list_of_another_source_is_not_mixed_in(family, reader):
    other = reviewing.family()
    other.leo.name = "Sam Elsewhere"
    other.leo.save()

    page = reader.get(address("student-list", family)).content.decode()

    assert "Sam Elsewhere" not in page


def test_a_search_is_kept_out_of_the_address(family, reader):
    there = reader.post(address("student-search", family), {"words": "mia"})

    page = reader.get(there.url).content.decode()

    assert "mia" not in there.url
    assert "Mia Lopez" in page
    assert "Leo Diaz" not in page


def test_a_search_for_nobody_says_so(family, reader):
    there = reader.post(address("student-search", family), {"words": "zoe"})

    assert "No student fits" in reader.get(there.url).content.decode()


def test_a_student_shows_who_may_do_what(family, reader):
    GrantFactory(
        source=family.source,
        match=family.match,
        student_ref=family.leo.external_id,
        student_key=family.leo.external_id,
        privilege="pick_up",
        basis="court_order",
    )
    RestrictionFactory(
        source=family.source, match=family.match, student_key=family.leo.external_id
    )

    page = reader.get(address("student-detail", family, family.leo.pk))

    told = page.content.decode()
    assert "Ana Diaz" in told
    assert "<code>pick_up</code>" in told
    assert "other basis, not judged" in told
    assert "critical: revoke" in told
    assert "Court order: everything" in told
    assert "May pick up" in told


@pytest.mark.parametrize("name", ["student-list", "student-detail"])
class TestEveryPage:
    def args(self, name, family):
        return [family.leo.pk] if name == "student-detail" else []

    def test_takes_no_more_than_twelve_statements(
        self, family, reader, name, django_assert_max_num_queries
    ):
        with django_assert_max_num_queries(12):
            reader.get(address(name, family, *self.args(name, family)))

    def test_another_method_is_refused(self, family, reader, name):
        there = reader.post(address(name, family, *self.args(name, family)))

        assert there.status_code == 405

    def test_nobody_without_a_role_gets_in(self, family, name):
        reader = reviewing.logged_in(reviewing.UserFactory(sources=[family.source]))
        there = reader.get(address(name, family, *self.args(name, family)))

        assert there.status_code == 403

    def test_a_stranger_finds_nothing(self, family, name):
        reader = reviewing.logged_in(reviewing.person("approver", SourceFactory()))
        there = reader.get(address(name, family, *self.args(name, family)))

        assert there.status_code == 404


def test_a_student_of_another_source_does_not_exist(family, reader):
    other = reviewing.family()

    there = reader.get(address("student-detail", family, other.leo.pk))

    assert there.status_code == 404
