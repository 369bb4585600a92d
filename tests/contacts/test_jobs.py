from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from contacts import jobs, processes, working
from contacts.models import Job
from tests.factories import SourceFactory

pytestmark = pytest.mark.django_db


class Trial:
    """A kind of job: called with a function, it does that; else it counts its calls."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.monkeypatch = monkeypatch
        self.calls = 0

    def __call__(self, function: jobs.Handler) -> None:
        self.monkeypatch.setitem(jobs.handlers, "trial", function)

    def count(self, lease: working.Lease) -> dict[str, Any]:
        self.calls += 1
        return {}


@pytest.fixture
def kind(monkeypatch):
    """Register a kind of job whose behaviour a test may set."""
    trial = Trial(monkeypatch)
    trial(trial.count)
    return trial


@pytest.fixture
def hints(monkeypatch):
    published: list[int] = []
    monkeypatch.setattr(jobs, "_hints", [published.append])
    return published


def enqueue(**changes) -> Job:
    given: dict[str, Any] = {
        "source": changes.pop("source", None) or SourceFactory(),
        "kind": "trial",
        "key": "trial:1",
        "title": "Trial",
        "args": {},
        "by": None,
    }
    return jobs.enqueue(**{**given, **changes})


def held(job: Job) -> working.Lease:
    claimed = working.claim(job.pk)
    assert claimed is not None
    return working.Lease(claimed, slice_seconds=60)


def dead_owner() -> str:
    return processes.me().rsplit(":", 2)[0] + ":999999999:1"


def test_enqueue_hints_when_the_transaction_commits(
    hints, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        job = enqueue()

        assert hints == []

    assert hints == [job.pk]


def test_enqueue_refuses_a_key_that_is_unfinished(kind, hints):
    first = enqueue()

    with pytest.raises(jobs.AlreadyRunning) as refusal:
        enqueue(source=first.source)

    assert refusal.value.job == first
    assert Job.objects.count() == 1


def test_enqueue_allows_a_key_again_once_its_job_is_done(kind, hints):
    first = enqueue()
    working.work(first.pk)

    second = enqueue(source=first.source)

    assert second.state == Job.State.QUEUED


def test_a_rolled_back_change_leaves_no_job(hints):
    with transaction.atomic():
        enqueue()
        transaction.set_rollback(True)

    assert not Job.objects.exists()
    assert hints == []


def test_a_broker_that_fails_costs_no_more_than_a_log_line(
    monkeypatch, django_capture_on_commit_callbacks
):
    def broken(job_id: int) -> None:
        raise AttributeError("disk full")

    monkeypatch.setattr(jobs, "_hints", [broken])

    with django_capture_on_commit_callbacks(execute=True):
        job = enqueue()

    assert Job.objects.get(pk=job.pk).state == Job.State.QUEUED


def test_work_keeps_the_handlers_result(kind, hints):
    kind(lambda lease: {"rows_in": 3})
    job = enqueue()

    working.work(job.pk)

    job.refresh_from_db()
    assert (job.state, job.result) == (Job.State.DONE, {"rows_in": 3})
    assert job.finished_at is not None


def test_a_message_delivered_twice_has_one_effect(kind, hints):
    job = enqueue()

    working.work(job.pk)
    working.work(job.pk)

    assert kind.calls == 1


def test_a_job_that_is_not_due_is_not_claimed(kind, hints):
    job = enqueue()
    Job.objects.update(not_before=timezone.now() + timedelta(minutes=1))

    assert working.claim(job.pk) is None


def test_a_lease_in_force_is_not_claimed_and_one_run_out_is(kind, hints):
    job = enqueue()
    first = held(job).job

    assert working.claim(job.pk) is None

    Job.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    second = held(job).job

    assert second.token == first.token + 1


def test_a_worker_that_wakes_after_its_lease_writes_nothing(kind, hints):
    job = enqueue()
    frozen = held(job)
    Job.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    working.claim(job.pk)

    with pytest.raises(working.LostLease), frozen.step(checkpoint={"page": 2}):
        pytest.fail("the step's body ran")

    assert Job.objects.get(pk=job.pk).checkpoint == {}


def test_a_step_that_fails_moves_no_checkpoint(kind, hints):
    job = enqueue()
    lease = held(job)

    with (
        pytest.raises(RuntimeError),
        lease.step(checkpoint={"page": 1}, rows_done=1_000),
    ):
        raise RuntimeError

    job.refresh_from_db()
    assert (job.checkpoint, job.rows_done) == ({}, 0)
    assert lease.checkpoint == {}


def test_a_slice_that_is_over_goes_on_from_its_checkpoint(kind, hints, settings):
    def two_pages(lease: working.Lease) -> dict:
        page = lease.checkpoint.get("page", 0) + 1
        with lease.step(checkpoint={"page": page}, rows_done=page):
            pass
        if page < 2:
            lease.breathe()
        return {"pages": page}

    settings.SLICE_SECONDS = 0
    kind(two_pages)
    job = enqueue()

    working.work(job.pk)
    job.refresh_from_db()

    assert (job.state, job.attempts, hints[-1]) == (Job.State.QUEUED, 0, job.pk)

    working.work(job.pk)
    job.refresh_from_db()

    assert (job.state, job.result) == (Job.State.DONE, {"pages": 2})


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (jobs.Pause("Clever refused the token of Elm."), Job.State.PAUSED),
        (jobs.GiveUp("The file is empty."), Job.State.FAILED),
    ],
)
def test_an_error_in_words_ends_the_attempt(kind, hints, error, state):
    def fail(lease: working.Lease) -> dict:
        raise error

    kind(fail)
    job = enqueue()

    working.work(job.pk)

    job.refresh_from_db()
    assert (job.state, job.error) == (state, str(error))


def test_later_waits_until_the_provider_said_and_costs_no_attempt(kind, hints):
    until = timezone.now() + timedelta(minutes=2)

    def throttled(lease: working.Lease) -> dict:
        raise jobs.Later(until=until, words="Clever asked to wait.")

    kind(throttled)
    job = enqueue()

    working.work(job.pk)

    job.refresh_from_db()
    assert (job.state, job.not_before, job.attempts) == (Job.State.QUEUED, until, 0)


def test_an_unexpected_error_is_tried_again_and_ends_in_words(kind, hints):
    def crash(lease: working.Lease) -> dict:
        raise ValueError("Ana Diaz, ana@example.org")

    kind(crash)
    job = enqueue()

    for _ in range(job.max_attempts):
        Job.objects.update(not_before=None)
        working.work(job.pk)

    job.refresh_from_db()
    assert job.state == Job.State.FAILED
    assert "ValueError" in job.error
    assert "Ana" not in job.error


def test_sweep_hints_what_nobody_took_once_in_ten_seconds(hints):
    job = enqueue()
    Job.objects.update(hinted_at=None)

    assert jobs.sweep() == 1
    assert jobs.sweep() == 0
    assert hints == [job.pk]


def test_sweep_frees_a_job_whose_process_died_and_keeps_the_attempt(kind, hints):
    job = enqueue()
    working.claim(job.pk)
    Job.objects.update(owner=dead_owner())

    jobs.sweep()

    job.refresh_from_db()
    assert (job.state, job.attempts) == (Job.State.QUEUED, 1)
    assert hints == [job.pk]


def test_sweep_fails_a_job_that_killed_its_worker_each_time(kind, hints):
    job = enqueue()
    for _ in range(job.max_attempts):
        working.claim(job.pk)
        Job.objects.update(owner=dead_owner())
        jobs.sweep()

    jobs.sweep()

    job.refresh_from_db()
    assert job.state == Job.State.FAILED
    assert "interrupted 5 times" in job.error


def test_cancel_stops_a_running_job_at_its_next_step(kind, hints):
    job = enqueue()
    lease = held(job)

    jobs.cancel(job, by=None)

    with pytest.raises(working.Cancelled), lease.step(checkpoint={"page": 1}):
        pytest.fail("the step's body ran")


def test_cancel_refuses_a_job_that_has_ended(kind, hints):
    job = enqueue()
    working.work(job.pk)

    with pytest.raises(jobs.CannotChange, match="done"):
        jobs.cancel(job, by=None)


def test_retry_queues_a_failed_job_at_its_checkpoint(kind, hints):
    job = enqueue()
    Job.objects.update(state=Job.State.FAILED, checkpoint={"page": 4}, attempts=5)

    jobs.retry(job, by=None)

    job.refresh_from_db()
    assert (job.state, job.attempts, job.checkpoint) == (
        Job.State.QUEUED,
        0,
        {"page": 4},
    )


def test_retry_refuses_while_another_with_its_key_runs(kind, hints):
    job = enqueue()
    Job.objects.update(state=Job.State.FAILED)
    enqueue(source=job.source)

    with pytest.raises(jobs.AlreadyRunning):
        jobs.retry(job, by=None)


def test_each_change_of_state_is_told_once_in_its_transaction(kind, hints, monkeypatch):
    told: list[tuple[str, bool]] = []
    monkeypatch.setattr(
        jobs,
        "_listeners",
        [
            lambda job, change, by: told.append(
                (change, transaction.get_connection().in_atomic_block)
            )
        ],
    )

    working.work(enqueue().pk)

    assert told == [("queued", True), ("done", True)]


def test_run_here_tells_each_step_and_gives_the_finished_row(kind, hints):
    seen: list[int] = []

    def pages(lease: working.Lease) -> dict:
        for page in (1, 2, 3):
            with lease.step(checkpoint={"page": page}, rows_done=page * 10):
                pass
        return {"pages": 3}

    kind(pages)

    job = working.run_here(enqueue(), on_step=lambda job: seen.append(job.rows_done))

    assert seen == [10, 20, 30]
    assert job.result == {"pages": 3}


def test_run_here_goes_on_at_once_where_the_former_process_is_dead(kind, hints):
    job = enqueue()
    working.claim(job.pk)
    Job.objects.update(owner=dead_owner(), attempts=5)

    assert working.run_here(job).state == Job.State.DONE


def test_run_here_follows_a_worker_that_was_quicker_to_its_end(
    kind, hints, monkeypatch
):
    monkeypatch.setattr(working, "FOLLOW_SECONDS", 0)
    job = enqueue()
    working.claim(job.pk)
    seen: list[str] = []

    def end_elsewhere(job: Job) -> None:
        seen.append(job.state)
        if len(seen) == 2:
            Job.objects.update(state=Job.State.DONE, result={"pages": 7})

    followed = working.run_here(job, on_step=end_elsewhere)

    assert seen == [Job.State.RUNNING, Job.State.RUNNING]
    assert followed.result == {"pages": 7}
    assert kind.calls == 0


def test_this_process_is_alive_and_one_of_another_machine_may_be():
    assert processes.is_alive(processes.me())
    assert processes.is_alive("elsewhere:1:1")
    assert not processes.is_alive(dead_owner())
