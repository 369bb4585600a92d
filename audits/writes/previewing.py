"""The preview: every change that V3 needs as an item, in one order, hashed as a whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any

import msgspec
from django.db.models import QuerySet

from audits import changing
from audits.models import WriteItem, WriteRun
from audits.writes import adding, runs
from contacts import jobs, mapped
from contacts.models import Match
from contacts.working import Lease

BATCH = 1_000
_encode = msgspec.json.Encoder(order="deterministic").encode


@jobs.handler(runs.PREPARE)
def prepare_items(lease: Lease) -> dict[str, Any]:
    """Make the items of a preview, a slice of contacts a step."""
    run = WriteRun.objects.select_related("source").get(pk=lease.args["run"])
    if run.state != WriteRun.State.PREVIEW:
        raise jobs.GiveUp("This run was given up, so there is nothing to prepare.")
    account = mapped.account_of(run.source, places={})
    total = changing.comparable(run.source).count()
    while batch := _next(run, lease):
        lease.breathe()
        proposed = changing.changes_of(batch, account)
        _take(lease, run, proposed, behind={"after": batch[-1].pk}, total=total)
    if not lease.checkpoint.get("added"):
        proposed = changing.additions_of(_additions(run, lease), account)
        _take(lease, run, proposed, behind={"added": True}, total=total)
    return _finish(lease, run)


def freeze(items: QuerySet[WriteItem]) -> tuple[str, Counter[str]]:
    """Hash a run's requests in their order, and count what they change."""
    digest, counts = sha256(), Counter[str]()
    told = items.order_by("place").values_list(
        "method", "contact_v2_id", "contact_v3_id", "body", "differences"
    )
    for method, old, new, body, differences in told.iterator(chunk_size=BATCH):
        line = "\x1f".join((method, new if method == "put" else old, body))
        digest.update(f"{line}\n".encode(errors="replace"))
        counts[method] += 1
        counts.update({f"field:{name}" for name, _, _ in differences})
    return digest.hexdigest(), counts


def written(body: Mapping[str, Any]) -> str:
    """Write a request's body: always the same for the same content."""
    return _encode(body).decode()


def _next(run: WriteRun, lease: Lease) -> Sequence[Match]:
    rest = changing.comparable(run.source).filter(
        pk__gt=lease.checkpoint.get("after", 0)
    )
    return list(rest[:BATCH])


def _additions(run: WriteRun, lease: Lease) -> Sequence[Match]:
    """Give the named contacts as they are now: one may be held since it was named."""
    named = Match.objects.filter(pk__in=lease.args["additions"], source=run.source)
    missing = named.filter(state=Match.State.MISSING)
    beside = missing.select_related("legacy_contact__consent")
    return list(adding.addable(beside).order_by("pk"))


def _take(
    lease: Lease,
    run: WriteRun,
    proposed: Iterable[changing.Proposed],
    *,
    behind: dict[str, Any],
    total: int,
) -> None:
    """Write a slice's items in the step that moves the job behind the slice."""
    place = lease.checkpoint.get("place", 0)
    items = [_item(run, place + n, one) for n, one in enumerate(proposed)]
    then = {**lease.checkpoint, **behind, "place": place + len(items)}
    done = min(total, then.get("done", 0) + BATCH)
    with lease.step(
        checkpoint={**then, "done": done},
        rows_done=done,
        rows_total=total,
        phase="Comparing",
    ):
        WriteItem.objects.bulk_create(items, batch_size=500)


def _item(run: WriteRun, place: int, proposed: changing.Proposed) -> WriteItem:
    match, change = proposed.match, proposed.change
    return WriteItem(
        run=run,
        place=place,
        match=match,
        method=change.method,
        contact_v2_id=match.legacy_contact.external_id if match.legacy_contact else "",
        contact_v3_id=change.contact_id,
        body=written(change.body),
        differences=[list(difference) for difference in change.differences],
        before_digest=proposed.before_digest,
    )


def _finish(lease: Lease, run: WriteRun) -> dict[str, Any]:
    sha, counts = freeze(run.item_set.all())
    items = counts["put"] + counts["post"]
    preview = WriteRun.objects.filter(pk=run.pk, state=WriteRun.State.PREVIEW)
    with lease.step(checkpoint=lease.checkpoint, phase="Hashing"):
        preview.update(items=items, sha256=sha, counts=dict(counts))
    return {
        "run": run.pk,
        "items": items,
        "changes": counts["put"],
        "additions": counts["post"],
    }
