"""A provider's refusals as the job's end in words, whoever the provider is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from contacts import api_errors, budgets, intake, jobs, snapshots
from contacts.models import Snapshot, Source


@dataclass(frozen=True, slots=True)
class Provider:
    """Who refuses, and what a person does about a token that was refused.

    ``forbidden`` is what its 403 means, where that is not the token itself.
    """

    name: str
    remedy: str
    forbidden: str = ""


@contextmanager
def in_words(provider: Provider, source: Source) -> Iterator[None]:
    """Say of what goes wrong inside what it means for the job.

    Raises ``jobs.Later`` where the provider asks to wait, else ``intake.Stopped``.
    """
    try:
        yield
    except api_errors.QuotaExceeded as error:
        raise _tomorrow(provider, error) from None
    except api_errors.Throttled as error:
        raise _later(provider, error) from None
    except api_errors.ApiError as error:
        raise _stop(provider, source, error) from None


@contextmanager
def ending(provider: Provider, source: Source) -> Iterator[None]:
    """Say of what goes wrong inside, outside of any list, how the job ends."""
    try:
        with in_words(provider, source):
            yield
    except intake.Stopped as stop:
        raise intake.OUTCOMES[stop.outcome](str(stop)) from None


def _tomorrow(provider: Provider, error: api_errors.QuotaExceeded) -> jobs.Later:
    until = budgets.soon(error.until)
    words = (
        f"The day's requests to {provider.name} are used up."
        f" The work goes on at {until:%H:%M} UTC."
    )
    return jobs.Later(until=until, words=words)


def _later(provider: Provider, error: api_errors.Throttled) -> jobs.Later:
    words = f"{provider.name} asked to wait until {error.until:%H:%M} UTC."
    return jobs.Later(until=error.until, words=words)


def _stop(
    provider: Provider, source: Source, error: api_errors.ApiError
) -> intake.Stopped:
    """Say in words what a failed list means for the job."""
    if isinstance(error, api_errors.GrantExpired):
        return intake.Stopped(str(error), outcome="pause")
    if isinstance(error, api_errors.Forbidden) and provider.forbidden:
        words = f"{provider.name} {provider.forbidden}"
        return intake.Stopped(words, outcome="pause")
    if isinstance(error, api_errors.Unauthorized):
        words = f"{provider.name} refused the token of {source.name}."
        return intake.Stopped(f"{words} {provider.remedy}", outcome="pause")
    return intake.Stopped(
        f"{provider.name}'s answer could not be used ({error})."
        " Start the import again to go on from there."
    )


def expected_rows(snapshot: Snapshot) -> int | None:
    """Guess how many rows a list will have: as many as last time."""
    former = snapshots.previous(snapshot)
    return former.rows_in if former else None
