from datetime import timedelta

import pytest
from django.urls import reverse

from audits import overview
from audits.models import Finding
from contacts.models import Job, Snapshot
from tests.factories import (
    AT,
    FindingFactory,
    JobFactory,
    JudgedSituationFactory,
    ScanFactory,
    SnapshotFactory,
    SourceFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

OVERVIEW = "/sources/lakeview/overview/"


@pytest.fixture
def source():
    return SourceFactory(slug="lakeview", name="Lakeview")


@pytest.fixture
def operator(client, source):
    user = UserFactory(roles=["operator"], sources=[source])
    client.force_login(user)
    return user


def open_findings(source, rule, severity, count):
    situation = JudgedSituationFactory(source=source, rule=rule)
    FindingFactory.create_batch(
        count, source=source, situation=situation, severity=severity
    )


def test_home_of_one_source_is_its_overview(client, operator):
    page = client.get(reverse("audits:home"))

    assert page.context["source"].slug == "lakeview"
    assert b"What to do next" in page.content


def test_home_of_several_sources_counts_what_is_open_in_each(client, operator, source):
    other = SourceFactory(name="Northfield")
    other.people.add(operator)
    open_findings(source, "restricted", Finding.Severity.CRITICAL, 2)
    open_findings(source, "contact-gone", Finding.Severity.LOW, 1)
    FindingFactory()

    page = client.get(reverse("audits:home"))

    counts = [
        (r["source"].name, r["open"], r["critical"]) for r in page.context["rows"]
    ]
    assert counts == [("Lakeview", 3, 2), ("Northfield", 0, 0)]


def test_home_without_a_source_says_what_to_do(client):
    client.force_login(UserFactory(roles=["operator"]))

    page = client.get(reverse("audits:home"))

    assert reverse("contacts:source-add").encode() in page.content


def test_home_takes_few_queries(client, operator, django_assert_max_num_queries):
    for _ in range(60):
        SourceFactory().people.add(operator)

    with django_assert_max_num_queries(12):
        client.get(reverse("audits:home"))


def test_overview_takes_few_queries(
    client, operator, source, django_assert_max_num_queries
):
    ScanFactory(source=source)
    for kind in Snapshot.Kind:
        SnapshotFactory(source=source, kind=kind)
    for number in range(8):
        JobFactory(source=source, key=f"{number}", requested_by=UserFactory())
    for rule in ["restricted", "contact-gone", "contact-wide"]:
        open_findings(source, rule, Finding.Severity.HIGH, 2)

    with django_assert_max_num_queries(12):
        client.get(OVERVIEW)


def test_overview_links_each_bar_to_the_queue_it_counts(client, operator, source):
    ScanFactory(source=source)
    open_findings(source, "restricted", Finding.Severity.CRITICAL, 2)

    page = client.get(OVERVIEW)

    queue = reverse("audits:finding-list", args=["lakeview"])
    assert f"{queue}?severity=critical".encode() in page.content
    assert f"{queue}?rule=restricted".encode() in page.content


def test_overview_warns_of_an_incomplete_snapshot_and_names_the_rules_it_stops(
    client, operator, source
):
    SnapshotFactory(source=source, state=Snapshot.State.INCOMPLETE)

    page = client.get(OVERVIEW)

    assert b"is incomplete" in page.content
    ((_, rules_off),) = page.context["incomplete"]
    assert rules_off == overview.OFF_WHILE_INCOMPLETE


def test_overview_keeps_the_rules_on_where_only_grants_are_incomplete(
    client, operator, source
):
    SnapshotFactory(
        source=source, kind=Snapshot.Kind.GRANTS, state=Snapshot.State.INCOMPLETE
    )

    page = client.get(OVERVIEW)

    assert b"is incomplete" in page.content
    assert page.context["rules_off"] == ()


def test_overview_asks_for_a_scan_after_data_came_in(client, operator, source):
    ScanFactory(source=source)
    SnapshotFactory(source=source, finished_at=AT + timedelta(hours=1))

    assert b"Scan again" in client.get(OVERVIEW).content


def test_overview_shows_what_is_under_way_and_asks_again(client, operator, source):
    JobFactory(source=source, title="Import v3")

    part = client.get(OVERVIEW, headers={"HX-Request": "true"})

    assert b"Import v3" in part.content
    assert b"every 2s" in part.content
    assert b"<html" not in part.content


def test_overview_counts_no_finding_for_what_is_under_way(
    client, operator, source, django_assert_max_num_queries
):
    JobFactory(source=source)

    with django_assert_max_num_queries(12) as queries:
        client.get(OVERVIEW, headers={"HX-Request": "true"})

    assert not any("audits_finding" in query["sql"] for query in queries)


def test_overview_is_loaded_anew_once_nothing_is_under_way(client, operator, source):
    JobFactory(source=source, state=Job.State.DONE)

    part = client.get(OVERVIEW, headers={"HX-Request": "true"})

    assert part.headers["HX-Refresh"] == "true"


def test_overview_stops_asking_when_nothing_is_under_way(client, operator, source):
    JobFactory(source=source, state=Job.State.DONE)

    assert b"every 2s" not in client.get(OVERVIEW).content


def test_count_open_leaves_out_what_is_decided_and_closed(source):
    open_findings(source, "restricted", Finding.Severity.CRITICAL, 3)
    Finding.objects.filter(pk=Finding.objects.first().pk).update(
        state=Finding.State.CLOSED, closed_at=AT
    )

    assert overview.count_open(source).total == 2


def test_count_open_puts_the_gravest_rule_first_and_then_the_longest(source):
    open_findings(source, "contact-gone", Finding.Severity.LOW, 4)
    open_findings(source, "contact-wide", Finding.Severity.CRITICAL, 1)
    open_findings(source, "restricted", Finding.Severity.CRITICAL, 2)

    bars = overview.count_open(source).by_rule

    assert [(bar.code, bar.count, bar.share) for bar in bars] == [
        ("restricted", 2, 50.0),
        ("contact-wide", 1, 25.0),
        ("contact-gone", 4, 100.0),
    ]


def test_count_open_shows_one_among_thousands(source):
    assert overview._share(1, 5_000) == 1.0
    assert overview._share(0, 5_000) == 0


def test_count_open_is_one_statement(source, django_assert_num_queries):
    open_findings(source, "restricted", Finding.Severity.CRITICAL, 2)

    with django_assert_num_queries(1):
        overview.count_open(source)


def steps_of(source):
    latest, scan = overview.latest_snapshots(source), overview.last_scan(source)
    return overview.steps(source, latest, scan)


def test_steps_begin_with_the_stored_contacts(source):
    assert [step.code for step in steps_of(source) if step.is_next] == [
        "legacy_contacts"
    ]


def test_steps_pass_over_the_optional_one(source):
    for kind in ["legacy_contacts", "contacts", "grants"]:
        SnapshotFactory(source=source, kind=kind)

    assert [step.code for step in steps_of(source) if step.is_next] == ["scan"]


def test_steps_go_back_to_the_first_that_is_missing(source):
    SnapshotFactory(source=source, kind=Snapshot.Kind.GRANTS)

    assert [step.code for step in steps_of(source) if step.is_next] == [
        "legacy_contacts"
    ]


def test_latest_snapshots_pass_over_a_run_that_saw_nothing(source):
    seen = SnapshotFactory(source=source)
    SnapshotFactory(source=source, state=Snapshot.State.FAILED, pages=0)

    assert overview.latest_snapshots(source) == {"contacts": seen}


def test_scan_start_asks_for_a_scan_and_leads_to_it(client, operator):
    answer = client.post(reverse("audits:scan-start", args=["lakeview"]))

    job = Job.objects.get(kind="scan")
    assert answer.url == reverse("contacts:job-detail", args=["lakeview", job.pk])


def test_scan_start_leads_to_the_scan_that_runs(client, operator, source):
    running = JobFactory(source=source, kind="scan", key=f"scan:{source.pk}")

    answer = client.post(reverse("audits:scan-start", args=["lakeview"]))

    assert answer.url == reverse("contacts:job-detail", args=["lakeview", running.pk])


def test_scan_start_takes_an_account_of_the_other_provider(client, operator, source):
    source.provider = "constant_contact"
    source.save()

    answer = client.post(reverse("audits:scan-start", args=["lakeview"]))

    job = Job.objects.get(kind="scan")
    assert answer.url == reverse("contacts:job-detail", args=["lakeview", job.pk])
