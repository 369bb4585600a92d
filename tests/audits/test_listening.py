"""What happens to facts stands in the trail."""

import pytest

from audits.models import Event
from contacts import checking, jobs, people, sources
from tests import factories

pytestmark = pytest.mark.django_db


def test_a_jobs_life_is_recorded():
    source = factories.SourceFactory()
    person = factories.UserFactory()
    job = jobs.enqueue(
        source=source, kind="trial", key="trial", title="Trial", args={}, by=person
    )

    jobs.cancel(job, by=person)

    queued, cancelled = Event.objects.order_by("seq")
    assert (queued.action, cancelled.action) == ("job.queued", "job.cancelled")
    assert (queued.object_id, queued.actor) == (str(job.pk), person.username)
    assert (queued.after["kind"], cancelled.after["state"]) == ("trial", "cancelled")


def test_a_jobs_result_is_told_without_what_is_nested():
    job = factories.JobFactory(result={"rows_in": 3, "share": 0.5, "by_rule": {"a": 1}})

    jobs.tell(job, "done", None)

    assert Event.objects.get().after["result"] == {"rows_in": 3}


def test_a_sources_token_never_reaches_the_trail():
    source = sources.add(
        slug="juniper",
        provider="clever",
        name="Juniper",
        external_id="d1",
        token="very secret",
        by=None,
    )

    sources.change(source, name="Juniper Valley", api_url="", token="new one", by=None)

    added, changed = Event.objects.order_by("seq")
    assert (added.action, changed.action) == ("source.added", "source.changed")
    assert added.after["token_set"] is True
    told = str([added.before, added.after, changed.before, changed.after])
    assert "secret" not in told
    assert "new one" not in told


def test_a_check_with_the_provider_is_recorded_without_what_it_said():
    match = factories.MatchFactory()
    person = people.person(match)
    check = checking.Check(
        checking.Outcome.DIFFERS, "Ana Diaz has moved.", sha256="f" * 64, asked=("/me",)
    )

    for listener in checking._listeners:
        listener(person, check, factories.UserFactory(username="rita"))

    event = Event.objects.get()
    assert (event.action, event.actor) == ("contact.checked", "rita")
    assert event.object_id == str(match.pk)
    assert event.after["outcome"] == "differs"
    assert "Ana" not in str(event.after)
