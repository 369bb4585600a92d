"""Sending a confirmed run: one request after the other, each with its intent before it.

An item is *sending* in the database before its request goes out. So a worker that is
killed leaves behind which request may have arrived, and whoever goes on reads that back
first. The switch is looked at before each item; the day's budget puts the job off.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.db.models import Count
from django.utils import timezone

from audits.models import WriteItem, WriteRun
from audits.writes import previewing, requesting, runs
from contacts import accounts, api_errors, budgets, connecting, jobs, mail_fetching
from contacts.models import Source
from contacts.working import Lease

PAUSE = timedelta(minutes=1)
"""How long a provider that does not answer is left alone."""

State = WriteItem.State
UNSETTLED = (State.READY, State.SENDING)


@jobs.handler(runs.SEND)
def send(lease: Lease) -> dict[str, Any]:
    """Send what is not settled of a run, in its order."""
    run = WriteRun.objects.select_related("source").get(pk=lease.args["run"])
    if run.state != WriteRun.State.RUNNING:
        raise jobs.GiveUp("This run is not to be sent: it was given up, or is done.")
    _check_hash(lease, run)
    with _in_words(run.source), connecting.mail(run.source) as client:
        while item := _next(lease, run):
            lease.breathe()
            _check_switch(run.source)
            requesting.settle(lease, item, client)
    return _finish(lease, run)


def _check_hash(lease: Lease, run: WriteRun) -> None:
    """Send what was looked at or nothing; looked at once, before the first request."""
    if lease.checkpoint.get("checked"):
        return
    sha, _ = previewing.freeze(run.item_set.all())
    if sha != run.sha256:
        raise jobs.GiveUp(
            "The items are not those that were confirmed. Nothing was sent."
        )
    with lease.step(
        checkpoint={**lease.checkpoint, "checked": True}, rows_total=run.items
    ):
        pass


def _next(lease: Lease, run: WriteRun) -> WriteItem | None:
    """Give the first item that is not settled, from the place that the job has reached."""
    rest = run.item_set.filter(
        place__gte=lease.checkpoint.get("place", 0), state__in=UNSETTLED
    )
    return rest.select_related("run__source").order_by("place").first()


def _check_switch(source: Source) -> None:
    if not accounts.of(source).may_write:
        raise jobs.Pause(
            "Writing was switched off. Switch it on and let the job go on, or cancel the"
            " job and give the run up."
        )


@contextmanager
def _in_words(source: Source) -> Iterator[None]:
    """Say what the provider's refusal means for the job."""
    try:
        yield
    except api_errors.QuotaExceeded as error:
        until = budgets.soon(error.until)
        words = f"The day's requests are used up. Goes on at {until:%H:%M} UTC."
        raise jobs.Later(until=until, words=words) from None
    except api_errors.Throttled as error:
        words = f"Constant Contact asked to wait until {error.until:%H:%M:%S} UTC."
        raise jobs.Later(until=error.until, words=words) from None
    except api_errors.Forbidden:
        raise jobs.Pause(f"Constant Contact {mail_fetching.FORBIDDEN}") from None
    except api_errors.Unauthorized:
        raise jobs.Pause(
            f"Constant Contact refused the token of {source.name}. Reconnect it on the"
            " source's page, then let the job go on."
        ) from None
    except api_errors.Unavailable as error:
        until = max(error.until or timezone.now(), timezone.now() + PAUSE)
        words = f"Constant Contact does not answer ({error}). Tries again by itself."
        raise jobs.Later(until=until, words=words) from None
    except (api_errors.Refused, api_errors.Untrusted) as error:
        raise jobs.GiveUp(
            f"Constant Contact was not reached as itself ({error}). Once that is put"
            " right, send the run on: what may have arrived is read back first."
        ) from None
    except api_errors.ApiError as error:
        raise jobs.GiveUp(
            f"Constant Contact's answer could not be used ({error}). What was being sent"
            " is read back when the run is sent on."
        ) from None


def _finish(lease: Lease, run: WriteRun) -> dict[str, Any]:
    states = run.item_set.values_list("state").annotate(Count("pk")).order_by()
    told = {state: many for state, many in states if many}
    with lease.step(checkpoint=lease.checkpoint, rows_done=run.items):
        here = WriteRun.objects.filter(pk=run.pk, state=WriteRun.State.RUNNING)
        if here.update(state=WriteRun.State.DONE, finished_at=timezone.now()):
            run.refresh_from_db()
            runs.record(
                "write.finished",
                run,
                by=lease.job.requested_by,
                was=WriteRun.State.RUNNING,
                via="job",
                counts=told,
            )
    return {"run": run.pk, "items": run.items, **told}
