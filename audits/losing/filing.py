"""Losses, filed in sets: opened, left alone, opened again or closed.

A slice's losses are laid beside those that stood before. One whose value is the same is
not touched; another value opens a decided one again, as the decision was about the
former; one that is not found any more is closed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import Count

from audits import trail
from audits.losing import telling
from audits.models import Loss
from audits.surveying import slices, tables
from contacts.constant_contact import mapping
from contacts.models import Source

if TYPE_CHECKING:
    from django.contrib.auth.models import User

_TOLD, _FOUND = "loss_told", "loss_found"
_STOOD, _LOST = "loss_stood", "loss_lost"
_COPIED = tuple(name for name in telling.COLUMNS if name != "match_id")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a slice changed, and how many of its contacts use each unnamed slot."""

    opened: int
    reopened: int
    closed: int
    slots: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Filer:
    """In whose scan losses are filed: the account, when, and who asked."""

    source: Source
    account: mapping.Account
    at: datetime
    by: User | None = None


def follow(source: Source) -> None:
    """Let losses point at the match that their legacy contact has now."""
    with connection.cursor() as cursor:
        cursor.execute(_FOLLOW, {"source": source.pk})


def file_slice(filer: Filer, part: slices.Slice) -> Outcome:
    """Map a slice of legacy contacts and file what is lost, in one transaction."""
    slots: Counter[int] = Counter()
    # Read to the end first: a connection that copies rows in can answer nothing else.
    told = list(telling.rows(filer.source, filer.account, part, slots))
    tables.fill(_TOLD, telling.COLUMNS, told, index="fingerprint")
    return _file(filer, _OF_PEOPLE.format(part=part), slots)


def file_slots(filer: Filer, slots: Mapping[int, int]) -> Outcome:
    """File the slots that nobody named: one loss each, for the whole account."""
    told = [telling.slot_row(slot, used) for slot, used in sorted(slots.items())]
    tables.fill(_TOLD, telling.COLUMNS, told, index="fingerprint")
    return _file(filer, _OF_ACCOUNT, {})


def counts(source: Source) -> dict[str, int]:
    """Count what is lost by rule, decided or not."""
    standing = Loss.objects.filter(source=source).exclude(state=Loss.State.CLOSED)
    told = standing.values_list("rule").annotate(Count("pk")).order_by("rule")
    return dict(told)


# --- Laid beside what stood before ---------------------------------------------

_FOLLOW = """
    UPDATE audits_loss SET match_id = m.id
    FROM contacts_legacycontact l JOIN contacts_match m ON m.legacy_contact_id = l.id
    WHERE audits_loss.source_id = %(source)s AND l.source_id = %(source)s
      AND audits_loss.contact_v2_id <> '' AND audits_loss.contact_v2_id = l.external_id
      AND NOT EXISTS (SELECT 1 FROM contacts_match o WHERE o.id = audits_loss.match_id)
"""

# Another value takes a decision's ground away; another match or severity does not.
_BESIDE = f"""
    SELECT n.*, x.id AS loss_id, x.state AS was_state, x.decision_id AS was_decision_id,
        CASE WHEN x.id IS NULL THEN 'opened'
             WHEN x.state = 'closed' THEN 'reopened'
             WHEN x.evidence <> n.evidence AND x.state = 'decided' THEN 'reopened'
             WHEN x.evidence <> n.evidence THEN 'rewritten'
             WHEN x.contact_v3_id <> n.contact_v3_id OR x.severity <> n.severity
                  OR COALESCE(x.match_id, 0) <> n.match_id THEN 'moved'
             ELSE 'same' END AS change
    FROM {_TOLD} n
    LEFT JOIN audits_loss x
      ON x.source_id = %(source)s AND x.fingerprint = n.fingerprint
"""  # noqa: S608  # constants

_REWRITE = f"""
    UPDATE audits_loss SET {", ".join(f"{name} = n.{name}" for name in _COPIED)},
        match_id = NULLIF(n.match_id, 0), state = 'open', decision_id = NULL,
        closed_at = NULL
    FROM {_FOUND} n
    WHERE n.change IN ('reopened', 'rewritten') AND audits_loss.id = n.loss_id
      AND audits_loss.state = n.was_state
"""  # noqa: S608  # constants
_MOVE = f"""
    UPDATE audits_loss SET match_id = NULLIF(n.match_id, 0), severity = n.severity,
        contact_v3_id = n.contact_v3_id
    FROM {_FOUND} n
    WHERE n.change = 'moved' AND audits_loss.id = n.loss_id
"""  # noqa: S608  # constants
_OPEN = f"""
    INSERT INTO audits_loss
        (source_id, state, first_seen_at, match_id, {", ".join(_COPIED)})
    SELECT %(source)s, 'open', %(at)s, NULLIF(match_id, 0), {", ".join(_COPIED)}
    FROM {_FOUND} WHERE change = 'opened'
    ON CONFLICT (source_id, fingerprint) DO NOTHING
"""  # noqa: S608  # constants
_CLOSE = f"""
    UPDATE audits_loss SET state = 'closed', closed_at = %(at)s
    FROM {_LOST} n
    WHERE audits_loss.id = n.id AND audits_loss.state = n.was_state
"""  # noqa: S608  # constants


# What stood before of a slice. It is kept by itself, for PostgreSQL knows too little of
# fresh losses to join them with what a slice tells: it would look through all of both.
_OF_PEOPLE = """
    SELECT x.id, x.fingerprint, x.rule, x.state, x.decision_id
    FROM contacts_match m JOIN audits_loss x ON x.match_id = m.id
    WHERE m.source_id = %(source)s AND m.legacy_contact_id >= {part.low:d}
      AND m.legacy_contact_id < {part.high:d} AND x.state <> 'closed'
"""  # numbers
_OF_ACCOUNT = f"""
    SELECT id, fingerprint, rule, state, decision_id FROM audits_loss
    WHERE source_id = %(source)s AND match_id IS NULL AND state <> 'closed'
      AND rule = '{telling.UNMAPPED}'
"""  # noqa: S608  # constants


def _lost(filer: Filer) -> str:
    """Those that were not found; a list nobody asked about proves nothing."""
    asked = "1 = 1" if filer.account.lists_checked else "x.rule <> 'list-unmapped'"
    return f"""
        SELECT x.id, x.state AS was_state, x.decision_id AS was_decision_id
        FROM {_STOOD} x LEFT JOIN {_TOLD} n ON n.fingerprint = x.fingerprint
        WHERE n.fingerprint IS NULL AND {asked}
    """  # noqa: S608  # constants


def _file(filer: Filer, stood: str, slots: Mapping[int, int]) -> Outcome:
    stamp = connection.ops.adapt_datetimefield_value(filer.at)
    params = {"source": filer.source.pk, "at": stamp}
    tables.keep(_FOUND, _BESIDE, params, index="loss_id")
    tables.keep(_STOOD, stood, params, index="fingerprint")
    tables.keep(_LOST, _lost(filer), params)
    with connection.cursor() as cursor:
        for statement in (_REWRITE, _MOVE, _OPEN, _CLOSE):
            cursor.execute(statement, params)
        cursor.execute(f"SELECT change, COUNT(*) FROM {_FOUND} GROUP BY change")  # noqa: S608  # constants
        told = dict(cursor.fetchall())
        cursor.execute(f"SELECT COUNT(*) FROM {_LOST}")  # noqa: S608  # constants
        (closed,) = cursor.fetchone()
    trail.record_all([*_superseded(filer)])
    return Outcome(
        told.get("opened", 0), told.get("reopened", 0), closed=closed, slots=slots
    )


# --- What happens to decided ones is told decision by decision -------------------

_REOPENED_BY_DECISION = f"""
    SELECT was_decision_id, COUNT(*) FROM {_FOUND}
    WHERE change = 'reopened' AND was_state = 'decided' GROUP BY was_decision_id
    ORDER BY was_decision_id
"""  # noqa: S608  # constants
_CLOSED_BY_DECISION = f"""
    SELECT was_decision_id, COUNT(*) FROM {_LOST}
    WHERE was_state = 'decided' GROUP BY was_decision_id ORDER BY was_decision_id
"""  # noqa: S608  # constants


def _superseded(filer: Filer) -> Iterable[trail.Entry]:
    for action, statement in (
        ("loss.reopened", _REOPENED_BY_DECISION),
        ("loss.closed", _CLOSED_BY_DECISION),
    ):
        with connection.cursor() as cursor:
            cursor.execute(statement)
            told: list[Any] = cursor.fetchall()
        for decision, losses in told:
            yield trail.Entry(
                action=action,
                object_type="loss_decision",
                object_id=decision,
                source=filer.source,
                by=filer.by,
                via="job",
                after={"losses": losses},
            )
