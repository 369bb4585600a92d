"""Each list page, first and deep: how many queries, the slowest of them, the whole time."""

from __future__ import annotations

import os
import statistics
import time
from dataclasses import dataclass

import django
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.conf import settings  # noqa: E402  # needs the settings above
from django.contrib.auth.models import User  # noqa: E402
from django.db.models import Model, QuerySet  # noqa: E402
from django.urls import reverse  # noqa: E402

from audits.models import Event, Finding, SituationTally  # noqa: E402
from contacts import paging  # noqa: E402
from contacts.models import Job, Match, Snapshot, Student  # noqa: E402

QUERIES, SLOWEST_MS = 12, 50.0
ROUNDS = 9
LISTS: tuple[tuple[str, type[Model], tuple[str, ...]], ...] = (
    ("audits:finding-list", Finding, ("severity", "pk")),
    ("audits:situation-list", SituationTally, ("-gravity", "-open", "-pk")),
    ("contacts:contact-list", Match, ("folded_name", "pk")),
    ("contacts:student-list", Student, ("folded_name", "pk")),
    ("audits:event-list", Event, ("-seq",)),
    ("contacts:snapshot-list", Snapshot, ("-pk",)),
    ("contacts:job-list", Job, ("-pk",)),
)


@dataclass(frozen=True)
class Seen:
    """A page asked for several times, in milliseconds."""

    queries: int
    slowest: float
    median: float
    worst: float

    @property
    def is_good(self) -> bool:
        """Say whether it keeps within the limits of a list page."""
        return self.queries <= QUERIES and self.slowest <= SLOWEST_MS


def ask(client: Client, url: str) -> Seen:
    """Ask for a page; times without counting queries, queries in a round of their own."""
    client.get(url)
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        answer = client.get(url)
        times.append(1000 * (time.perf_counter() - began))
        assert answer.status_code == 200, (url.partition("?")[0], answer.status_code)
    slowest = []
    for _ in range(3):
        with CaptureQueriesContext(connection) as queries:
            client.get(url)
        slowest.append(max(1000 * float(query["time"]) for query in queries))
    return Seen(
        len(queries), statistics.median(slowest), statistics.median(times), max(times)
    )


def deep(rows: QuerySet[Model], keys: tuple[str, ...]) -> str:
    """Give the address's end of the page nine tenths down a list; "" for a short one."""
    count = rows.count()
    if count < 1_000:
        return ""
    row = rows.order_by(*keys)[count * 9 // 10]
    names = [key.removeprefix("-") for key in keys]
    return f"?cursor={paging._cursor([row], names, ahead=True)}"


def report(name: str, seen: Seen, *, judged: bool = True) -> None:
    """Print a page's line."""
    verdict = ("ok" if seen.is_good else "OVER THE LIMIT") if judged else ""
    print(  # noqa: T201
        f"{name:<44}{seen.queries:>8}{seen.slowest:>11.1f} ms"
        f"{seen.median:>10.1f} ms{seen.worst:>9.1f} ms  {verdict}"
    )


def ours(client: Client) -> Seen:
    """Walk our lists, first page and deep; give the queue's first page."""
    report("audits:overview", ask(client, reverse("audits:overview", args=["bench"])))
    queue = None
    for name, model, keys in LISTS:
        url = reverse(name, args=["bench"])
        first = ask(client, url)
        queue = queue or first
        report(name, first)
        rows = model._default_manager.all()
        if model is Finding:
            rows = rows.filter(state="open")
        if end := deep(rows, keys):
            report(f"{name}, nine tenths down", ask(client, url + end))
    assert queue is not None
    return queue


def admins(client: Client) -> Seen:
    """Ask Django's admin for the same queue, first page and last."""
    extra = {
        "ROOT_URLCONF": "tests.bench.admin",
        "INSTALLED_APPS": [*settings.INSTALLED_APPS, "django.contrib.admin"],
    }
    with override_settings(**extra):
        first = ask(client, "/admin/audits/finding/")
        report("  beside: Django admin", first, judged=False)
        last = Finding.objects.count() // 50
        far = ask(client, f"/admin/audits/finding/?p={last * 9 // 10}")
        report("  beside: Django admin, nine tenths down", far, judged=False)
    return first


def main() -> None:
    """Print the table of pages."""
    user = User.objects.create_superuser("bench", password=None)
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    limits = f"limits: {QUERIES} queries, none over {SLOWEST_MS:.0f} ms"
    print(  # noqa: T201
        f"{'list page (' + limits + ')':<44}\n{'':<44}{'queries':>8}{'slowest':>14}"
        f"{'median':>13}{'worst':>12}"
    )
    queue = ours(client)
    admin = admins(client)
    times = admin.median / queue.median
    print(f"\nThe queue beside the admin: {times:.0f} x (goal 50)")  # noqa: T201


if __name__ == "__main__":
    main()
