"""How an item ended, as the trail tells it: states and fields, never a value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from audits import trail
from audits.models import WriteItem

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def record(  # one argument a column of the event
    item: WriteItem,
    state: WriteItem.State,
    *,
    by: User | None,
    via: trail.Via,
    fields: Sequence[str] = (),
    error_key: str = "",
    reason: str = "",
) -> None:
    """Put an item's end into the trail, in the transaction that settles it.

    ``fields`` are those that did not arrive; without them all that it changes.
    """
    trail.record(
        action="write.sent",
        object_type="write_item",
        object_id=item.pk,
        source=item.run.source,
        by=by,
        via=via,
        before={"state": str(item.state)},
        after={
            "state": str(state),
            "method": str(item.method),
            "place": item.place,
            "fields": list(fields or (name for name, _, _ in item.differences)),
            "error_key": error_key,
        },
        reason=reason.strip(),
        batch_id=f"run-{item.run_id}",
    )
