from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from contacts import jobs, working
from contacts.models import Job
from tests.factories import SourceFactory

pytestmark = pytest.mark.django_db(transaction=True)


def in_threads(count: int, function) -> list:
    def call(_: int):
        try:
            return function()
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(call, range(count)))


def test_of_many_workers_with_one_message_one_gets_the_job():
    job = jobs.enqueue(
        source=SourceFactory(),
        kind="trial",
        key="trial:1",
        title="Trial",
        args={},
        by=None,
    )

    claims = in_threads(6, lambda: working.claim(job.pk))

    assert sum(claim is not None for claim in claims) == 1
    assert Job.objects.get(pk=job.pk).token == 1


def test_of_many_imports_of_one_source_at_once_one_is_queued():
    source = SourceFactory()

    def start():
        try:
            jobs.enqueue(
                source=source,
                kind="trial",
                key=f"import:{source.pk}",
                title="Import",
                args={},
                by=None,
            )
        except jobs.AlreadyRunning:
            return False
        return True

    started = in_threads(6, start)

    assert sum(started) == 1
    assert Job.objects.count() == 1
