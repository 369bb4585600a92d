from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from contacts import progress
from contacts.models import Job
from tests.factories import AT, JobFactory, SourceFactory, UserFactory

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@pytest.fixture
def source():
    return SourceFactory(slug="lakeview")


@pytest.fixture
def operator(client, source):
    user = UserFactory(roles=["operator"], sources=[source])
    client.force_login(user)
    return user


@pytest.fixture
def running(source):
    now = timezone.now()
    return JobFactory(
        source=source,
        title="Import v3",
        state=Job.State.RUNNING,
        lease_until=now + timedelta(minutes=1),
        started_at=now - timedelta(seconds=10),
        rows_done=1_000,
        rows_total=4_000,
        phase="Reading contacts",
    )


def detail(job):
    return reverse("contacts:job-detail", args=["lakeview", job.pk])


def ended(source, state, **facts):
    return JobFactory(
        source=source, state=state, started_at=AT, finished_at=AT, **facts
    )


def test_job_list_shows_the_newest_first_and_narrows_by_state(
    client, operator, source, running
):
    failed = ended(source, Job.State.FAILED)
    url = reverse("contacts:job-list", args=["lakeview"])

    everything = client.get(url).context["page"].rows
    narrowed = client.get(url, {"state": "failed"}).context["page"].rows

    assert everything == [failed, running]
    assert narrowed == [failed]


def test_job_list_asks_again_only_while_something_moves(client, operator, source):
    ended(source, Job.State.DONE)
    url = reverse("contacts:job-list", args=["lakeview"])

    assert b"every 3s" not in client.get(url).content
    JobFactory(source=source)
    assert b"every 3s" in client.get(url).content


def test_job_list_leaves_out_other_sources(client, operator):
    JobFactory()

    page = client.get(reverse("contacts:job-list", args=["lakeview"]))

    assert page.context["page"].rows == []


def test_job_list_takes_few_queries(
    client, operator, source, django_assert_max_num_queries
):
    for _ in range(60):
        ended(source, Job.State.DONE, requested_by=UserFactory())

    with django_assert_max_num_queries(12):
        page = client.get(reverse("contacts:job-list", args=["lakeview"]))

    assert len(page.context["page"].rows) == 50


def test_job_detail_shows_rows_rate_and_time_left(client, operator, running):
    page = client.get(detail(running))

    assert page.context["progress"].percent == 25
    assert b"1,000 of 4,000" in page.content
    assert b"a second" in page.content
    assert b"left" in page.content
    assert b"Reading contacts" in page.content


def test_job_detail_answers_htmx_with_the_moving_part_alone(client, operator, running):
    part = client.get(detail(running), headers=HTMX)

    assert part.status_code == 200
    assert b"<html" not in part.content
    assert b"every 1s" in part.content
    assert "HX-Request" in part.headers["Vary"]


@pytest.mark.parametrize("header", ["HX-Boosted", "HX-History-Restore-Request"])
def test_job_detail_answers_history_and_boosted_links_with_the_page(
    client, operator, running, header
):
    page = client.get(detail(running), headers=HTMX | {header: "true"})

    assert b"<html" in page.content


def test_job_detail_tells_htmx_to_stop_and_announces_the_end(client, operator, source):
    job = ended(source, Job.State.DONE, title="Import v3")

    part = client.get(detail(job), headers=HTMX)

    assert part.status_code == 286
    assert b"every 1s" not in part.content
    assert b'<div id="live" hx-swap-oob="innerHTML">Import v3: Done</div>' in (
        part.content
    )


def test_job_detail_of_an_ended_job_is_a_plain_page(client, operator, source):
    page = client.get(detail(ended(source, Job.State.DONE)))

    assert page.status_code == 200
    assert b"http-equiv" not in page.content


def test_job_detail_refreshes_without_script_while_it_runs(client, operator, running):
    page = client.get(detail(running))

    head = page.content.split(b"</head>")[0]
    assert b'http-equiv="refresh"' in head.split(b"<noscript>")[1]


def test_job_detail_says_an_error_in_words(client, operator, source):
    job = JobFactory(
        source=source,
        state=Job.State.PAUSED,
        error="Clever refused the token of Lakeview.",
    )

    page = client.get(detail(job))

    assert b"Clever refused the token of Lakeview." in page.content
    assert page.context["may_retry"]


def test_job_detail_shows_counts_and_no_ids_among_them(client, operator, source):
    job = ended(
        source,
        Job.State.DONE,
        result={"snapshot": 9, "rows_in": 12, "state": "complete", "snapshots": []},
    )

    assert client.get(detail(job)).context["result"] == [("rows in", 12)]


def test_job_detail_says_what_could_not_be_had_though_it_is_done(
    client, operator, source
):
    job = ended(source, Job.State.DONE, result={"rows_in": 3, "note": "It is gone."})

    page = client.get(detail(job))

    assert "It is gone." in page.content.decode()
    assert page.context["result"] == [("rows in", 3)]


def test_job_detail_takes_few_queries(
    client, operator, running, django_assert_max_num_queries
):
    with django_assert_max_num_queries(12):
        client.get(detail(running))


def test_job_detail_of_another_source_is_not_here(client, operator):
    assert client.get(detail(JobFactory())).status_code == 404


def test_job_detail_offers_a_viewer_nothing_to_do(client, source, running):
    client.force_login(UserFactory(roles=["viewer"], sources=[source]))

    page = client.get(detail(running))

    assert not page.context["may_cancel"]


def test_job_cancel_stops_the_job(client, operator, running):
    answer = client.post(reverse("contacts:job-cancel", args=["lakeview", running.pk]))

    running.refresh_from_db()
    assert running.state == Job.State.CANCELLED
    assert answer.url == detail(running)


def test_job_cancel_of_an_ended_job_says_so(client, operator, source):
    job = ended(source, Job.State.DONE)

    page = client.post(
        reverse("contacts:job-cancel", args=["lakeview", job.pk]), follow=True
    )

    assert "is done" in str(next(iter(page.context["messages"])))


def test_job_retry_puts_a_failed_job_back_in_the_queue(client, operator, source):
    job = ended(source, Job.State.FAILED)

    client.post(reverse("contacts:job-retry", args=["lakeview", job.pk]))

    job.refresh_from_db()
    assert job.state == Job.State.QUEUED


def test_job_retry_of_a_running_job_says_so(client, operator, running):
    page = client.post(
        reverse("contacts:job-retry", args=["lakeview", running.pk]), follow=True
    )

    assert "is running" in str(next(iter(page.context["messages"])))


def test_job_retry_gives_way_to_one_that_started_meanwhile(client, operator, source):
    job = ended(source, Job.State.FAILED)
    JobFactory(source=source, title="Import v3")

    page = client.post(
        reverse("contacts:job-retry", args=["lakeview", job.pk]), follow=True
    )

    assert "Wait for it, or cancel it." in str(next(iter(page.context["messages"])))


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.2, "1 s"), (59, "59 s"), (200, "3 min 20 s"), (7_500, "2 h 5 min")],
)
def test_words_say_a_length_of_time_as_people_do(seconds, said):
    assert progress.words(seconds) == said


def test_measure_tells_no_rate_while_a_job_waits(source):
    job = JobFactory(source=source, state=Job.State.PAUSED, started_at=AT, rows_done=9)

    measured = progress.measure(job, at=AT + timedelta(hours=1))

    assert (measured.rate, measured.elapsed, measured.left) == (None, "", "")
