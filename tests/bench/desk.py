"""The review desk at scale: situations, a batch of 100,000, and Django's admin beside it.

Rows are made by SQL, so half a million findings take seconds. What is compared stands in
the same minutes on the same rows; ``bare`` is one UPDATE of the findings and one INSERT of
the decisions, without a check, a count or an event.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import django
from django.db import connection, transaction
from django.test import Client
from django.test.utils import override_settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.conf import settings  # noqa: E402  # needs the settings above
from django.contrib.auth.models import User  # noqa: E402
from django.urls import reverse  # noqa: E402

from audits import batching, situation_queue, tallying_situations  # noqa: E402
from audits.batches.choosing import Choice  # noqa: E402
from audits.batches.sets import Scope  # noqa: E402
from audits.models import (  # noqa: E402
    Batch,
    Event,
    Finding,
    JudgedSituation,
    PolicyVersion,
    SituationTally,
)
from contacts import paging, working  # noqa: E402
from contacts.models import Snapshot, Source  # noqa: E402

FINDINGS = int(os.environ.get("BENCH_FINDINGS", "500000"))
LARGE = FINDINGS // 5
SITUATIONS = 5_000
ROUNDS = 120
PRIVILEGES = {"emergency_call": "emergency", "view_grades": "records"}


def make(source: Source) -> JudgedSituation:
    """Make the findings of a large district; give the situation that a fifth is in."""
    policy = PolicyVersion.objects.create(
        source=source,
        number=1,
        body={"name": "b", "privileges": PRIVILEGES, "rules": []},
    )
    snapshot = Snapshot.objects.create(
        source=source, kind="grants", origin="file", state="running"
    )
    params = {"source": source.pk, "policy": policy.pk, "snapshot": snapshot.pk}
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in (_SITUATIONS, _GRANTS, _FINDINGS):
            cursor.execute(statement, params)
        tallying_situations.count_all(source)
    vacuum()
    return JudgedSituation.objects.filter(source=source).order_by("pk")[0]


_SITUATIONS = f"""
    INSERT INTO audits_judgedsituation
        (source_id, key, body, policy_id, rule, severity, recommendation, sentence,
         others, grants)
    SELECT %(source)s, lpad(n::text, 64, '0'), '{{"restrictions": []}}', %(policy)s,
        CASE WHEN n %% 3 = 0 THEN 'contact-gone' ELSE 'not-related' END,
        CASE WHEN n %% 5 = 1 THEN 'medium' ELSE 'critical' END, 'revoke',
        '{{privilege}} for {{student}} rests on v2 ‘Parent’; v3 has no relationship.',
        '[]', 1
    FROM generate_series(1, {SITUATIONS}) n
"""
# Four grants a student, two of them for emergencies; half are in findings.
_GRANTS = f"""
    INSERT INTO audits_grant
        (source_id, snapshot_id, digest, sha256, page, place, external_id, contact_ref,
         student_ref, student_key, list_ref, privilege, granted_at, granted_by, basis,
         basis_relationship, basis_type, match_id)
    SELECT %(source)s, %(snapshot)s, lpad(n::text, 32, '0'), lpad(n::text, 64, '0'), 1, n,
        'g' || n, 'c' || (n / 3), 's' || (n / 4), 's' || (n / 4), '',
        CASE WHEN n %% 2 = 0 THEN 'emergency_call' ELSE 'view_grades' END,
        '2024-09-01', 'office', 'v2_relationship', '', '', n / 3
    FROM generate_series(1, {2 * FINDINGS}) n
"""
_FINDINGS = f"""
    INSERT INTO audits_finding
        (source_id, fingerprint, evidence, grant_id, match_id, situation_id, policy_id,
         rule, severity, recommendation, state, version, grant_ref, privilege,
         privilege_class, contact_v2_id, contact_v3_id, contact_name, student_ref,
         student_name, list_ref, list_name, basis, basis_relationship, basis_type,
         v3_entries, match_state, search_text, evidence_v2_sha256, evidence_v3_sha256,
         first_seen_at, last_seen_at, reopened)
    SELECT %(source)s, 'grant:' || g.id, lpad(g.id::text, 64, '0'), g.id, g.match_id,
        s.id, %(policy)s, s.rule, CASE s.severity WHEN 'medium' THEN 3 ELSE 1 END,
        'revoke', 'open', 1, g.external_id, g.privilege,
        CASE g.privilege WHEN 'view_grades' THEN 'records' ELSE 'emergency' END,
        g.contact_ref, '', 'Ana Diaz ' || g.id, g.student_ref, 'Leo Diaz ' || g.id, '',
        '', 'v2_relationship', 'Parent', 'Parent/Guardian', '', 'matched',
        'ana diaz leo diaz ' || g.id, '', '', now(), now(), 0
    FROM (SELECT *, row_number() OVER (ORDER BY id) AS n FROM audits_grant
          WHERE source_id = %(source)s ORDER BY id LIMIT {FINDINGS}) g
    JOIN audits_judgedsituation s ON s.source_id = %(source)s AND s.key = lpad(
        CASE WHEN g.n <= {LARGE} THEN '1'
             ELSE (2 + g.n %% ({SITUATIONS} - 1))::text END, 64, '0')
"""


def vacuum() -> None:
    """Leave the tables as a quiet night would, so that each measure begins alike."""
    with connection.cursor() as cursor:
        for table in ("finding", "decision", "event", "grant", "situationtally"):
            cursor.execute(f"VACUUM ANALYZE audits_{table}")
        cursor.execute("CHECKPOINT")


@contextmanager
def timed(name: str, rows: int, told: dict[str, float]) -> Iterator[None]:
    """Time one piece of work and print its line."""
    began = time.perf_counter()
    yield
    told[name] = time.perf_counter() - began
    print(f"{name:<52}{rows:>9,}{told[name]:>10.2f} s", flush=True)  # noqa: T201


# --- Pages -----------------------------------------------------------------------


def page(name: str, ask: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Ask for a page many times; print the median and the 95th of a hundred, give it."""
    ask()
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        ask()
        times.append(1000 * (time.perf_counter() - began))
    p95 = statistics.quantiles(times, n=20)[-1]
    print(  # noqa: T201
        f"{name:<52}{rounds:>9,}{statistics.median(times):>9.1f} ms{p95:>9.1f} ms p95"
    )
    return p95


def situations(client: Client, source: Source) -> None:
    """Ask for the list of situations in each order, and deep in it."""
    url = reverse("audits:situation-list", args=[source.slug])
    for sort in situation_queue.SORTS:
        page(
            f"situations by {sort} (goal: p95 50 ms)",
            partial(got, client, f"{url}?sort={sort}"),
        )
    keys = situation_queue.SORTS["severity"]
    rows = SituationTally.objects.filter(source=source).order_by(*keys)
    names = [key.removeprefix("-") for key in keys]
    after = paging._cursor([rows[1_000]], names, ahead=True)
    page("situations, 40 pages down", lambda: got(client, f"{url}?cursor={after}"))


def got(client: Client, url: str) -> None:
    """Ask for a page that must be there."""
    assert client.get(url).status_code == 200


def admins(client: Client) -> None:
    """Ask Django's admin for its list of the same findings."""
    extra = {
        "ROOT_URLCONF": "tests.bench.admin",
        "INSTALLED_APPS": [*settings.INSTALLED_APPS, "django.contrib.admin"],
        # The admin's own files are collected nowhere: their names will do.
        "STORAGES": settings.STORAGES
        | {
            "staticfiles": {
                "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
            }
        },
    }
    with override_settings(**extra):
        page(
            "  beside: Django admin's list",
            lambda: got(client, "/admin/audits/finding/"),
            9,
        )


# --- A batch ---------------------------------------------------------------------


def bare(source: Source, situation: JudgedSituation, user: User) -> None:
    """Decide without a check, a count or an event."""
    params = {"source": source.pk, "situation": situation.pk, "by": user.pk}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_BARE_IDS, params)
        cursor.execute(_BARE_UPDATE)
        cursor.execute(_BARE_INSERT, params)


_BARE_IDS = """
    CREATE TEMPORARY TABLE bare ON COMMIT DROP AS
    SELECT id, situation_id, evidence, nextval('audits_decision_id_seq') AS decision_id
    FROM audits_finding WHERE source_id = %(source)s AND situation_id = %(situation)s
      AND state = 'open'
"""
_BARE_UPDATE = """
    UPDATE audits_finding f SET state = 'decided', version = version + 1,
        decision_id = b.decision_id
    FROM bare b WHERE f.id = b.id
"""
_BARE_INSERT = """
    INSERT INTO audits_decision
        (id, finding_id, kind, reason, evidence, situation_id, against_recommendation,
         needs_second_look, decided_by_id, decided_at)
    SELECT decision_id, id, 'revoke', 'bare', evidence, situation_id, false, false,
        %(by)s, now() FROM bare
"""


def bare_undo(source: Source, situation: JudgedSituation, user: User) -> None:
    """Open again without a check, a count or an event."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE audits_finding SET state = 'open', version = version + 1,"
            " decision_id = NULL WHERE source_id = %s AND situation_id = %s",
            [source.pk, situation.pk],
        )
        cursor.execute(
            "UPDATE audits_decision SET withdrawn_at = now(), withdrawn_by_id = %s"
            " WHERE situation_id = %s AND withdrawn_at IS NULL",
            [user.pk, situation.pk],
        )


def batches(
    client: Client, source: Source, situation: JudgedSituation, user: User
) -> None:
    """Look at a batch, decide it and undo it, each beside the bare statements."""
    told: dict[str, float] = {}
    query = f"situation={situation.pk}"
    url = f"{reverse('audits:batch-new', args=[source.slug])}?{query}&kind=revoke"
    got(client, url)
    with timed("preview with its effect, the page (goal: 2 s)", LARGE, told):
        got(client, url)
    vacuum()
    with timed("bare", LARGE, told):
        bare(source, situation, user)
    vacuum()
    with timed("bare, undone", LARGE, told):
        bare_undo(source, situation, user)
    vacuum()
    seen = batching.preview(source, query, kind="revoke").frozen
    batch = batching.start(
        source=source,
        scope=Scope.parse(query),
        choice=Choice("revoke", "no relationship in v3"),
        seen=seen,
        by=user,
    )
    batch = worked(batch, "batch, decided", told)
    assert Event.objects.filter(batch_id=f"batch-{batch.pk}").count() == LARGE
    vacuum()
    batch = worked(batching.undo(batch, by=user, reason="bench"), "batch, undone", told)
    assert Finding.objects.filter(situation=situation, state="open").count() == LARGE
    for one in ("decided", "undone"):
        beside = told["bare"] if one == "decided" else told["bare, undone"]
        ratio = told[f"batch, {one}"] / beside
        print(f"  {one}: {ratio:.1f} x bare (goal 2.5)")  # noqa: T201


def worked(batch: Batch, name: str, told: dict[str, float]) -> Batch:
    """Let the batch's job be done here."""
    assert batch.job is not None
    with timed(name, LARGE, told):
        working.run_here(batch.job)
    batch.refresh_from_db()
    assert batch.state in {Batch.State.DONE, Batch.State.UNDONE}, batch.words
    return batch


def main() -> None:
    """Print the table of the desk."""
    user = User.objects.create_superuser("desk", password=None)
    source = Source.objects.create(
        slug="desk", provider="clever", name="Desk", external_id="desk"
    )
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    told: dict[str, float] = {}
    with timed("findings made by SQL", FINDINGS, told):
        situation = make(source)
    assert SituationTally.objects.filter(source=source).count() == SITUATIONS
    with timed("situations counted", SITUATIONS, told), transaction.atomic():
        tallying_situations.count_all(source)
    situations(client, source)
    admins(client)
    batches(client, source, situation, user)


if __name__ == "__main__":
    main()
