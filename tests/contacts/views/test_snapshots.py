import pytest
from django.urls import reverse

from contacts.models import Snapshot
from tests.factories import (
    QuarantinedRowFactory,
    SnapshotFactory,
    SnapshotPageFactory,
    SourceFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def source():
    return SourceFactory(slug="lakeview")


@pytest.fixture
def viewer(client, source):
    user = UserFactory(roles=["viewer"], sources=[source])
    client.force_login(user)
    return user


@pytest.fixture
def snapshot(source):
    made = SnapshotFactory(
        source=source,
        rows_in=1_010,
        imported=900,
        unchanged=70,
        duplicates=30,
        quarantined=10,
    )
    SnapshotPageFactory(snapshot=made, number=1, rows=1_010, sha256="ab" * 32)
    return made


def detail(snapshot):
    return reverse("contacts:snapshot-detail", args=["lakeview", snapshot.pk])


def test_snapshot_list_shows_what_became_of_every_row(client, viewer, snapshot):
    page = client.get(reverse("contacts:snapshot-list", args=["lakeview"]))

    for count in [b"1,010", b"900", b"70", b"30", b"10"]:
        assert count in page.content


def test_snapshot_list_narrows_by_kind_and_ignores_an_unknown_one(
    client, viewer, source, snapshot
):
    grants = SnapshotFactory(source=source, kind=Snapshot.Kind.GRANTS)
    url = reverse("contacts:snapshot-list", args=["lakeview"])

    assert client.get(url, {"kind": "grants"}).context["page"].rows == [grants]
    assert client.get(url, {"kind": "x"}).context["page"].rows == [grants, snapshot]


def test_snapshot_list_answers_htmx_with_the_table(client, viewer, snapshot):
    part = client.get(
        reverse("contacts:snapshot-list", args=["lakeview"]),
        headers={"HX-Request": "true"},
    )

    assert b"<html" not in part.content
    assert b'id="snapshot-table"' in part.content


def test_snapshot_list_takes_few_queries(
    client, viewer, source, django_assert_max_num_queries
):
    for _ in range(60):
        SnapshotFactory(source=source, started_by=UserFactory())

    with django_assert_max_num_queries(12):
        page = client.get(reverse("contacts:snapshot-list", args=["lakeview"]))

    assert len(page.context["page"].rows) == 50


def test_snapshot_detail_shows_the_rows_that_did_not_go_in_first(
    client, viewer, snapshot
):
    QuarantinedRowFactory(
        snapshot=snapshot, line=17, field="privilege", reason="is empty"
    )

    page = client.get(detail(snapshot))

    assert page.context["rows"] == "quarantine"
    assert b"17" in page.content
    assert b"is empty" in page.content


def test_snapshot_detail_shows_each_page_with_its_hash(client, viewer, snapshot):
    page = client.get(detail(snapshot), {"rows": "pages"})

    assert b"ab" * 32 in page.content


def test_snapshot_detail_never_reads_the_bodies_of_pages(
    client, viewer, snapshot, django_assert_max_num_queries
):
    with django_assert_max_num_queries(12) as queries:
        client.get(detail(snapshot), {"rows": "pages"})

    assert not any('"body"' in query["sql"] for query in queries)


def test_snapshot_detail_pages_through_the_quarantine(client, viewer, snapshot):
    rows = [QuarantinedRowFactory(snapshot=snapshot, line=n) for n in range(2, 62)]

    first = client.get(detail(snapshot)).context["page"]
    second = client.get(detail(snapshot), {"cursor": first.after}).context["page"]

    assert first.rows + second.rows == rows


def test_snapshot_detail_pages_keep_what_is_shown(client, viewer, snapshot):
    for number in range(2, 62):
        SnapshotPageFactory(snapshot=snapshot, number=number)

    page = client.get(detail(snapshot), {"rows": "pages"})

    assert b"?rows=pages&amp;cursor=" in page.content


def test_snapshot_detail_says_that_an_incomplete_one_proves_no_absence(
    client, viewer, source
):
    incomplete = SnapshotFactory(
        source=source, state=Snapshot.State.INCOMPLETE, error="The list ended early."
    )

    page = client.get(detail(incomplete))

    assert b"The list ended early." in page.content
    assert b"unknown, not absent" in page.content


def test_snapshot_detail_of_another_source_is_not_here(client, viewer):
    assert client.get(detail(SnapshotFactory())).status_code == 404
