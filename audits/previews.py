"""A write run as the pages show it: its items in words, and what may be done next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count

from audits.models import WriteItem, WriteRun
from contacts.models import CustomField, Match, Source

if TYPE_CHECKING:
    from django.contrib.auth.models import User

State = WriteRun.State

_FIELDS = {
    "email_address.address": "E-mail address",
    "email_address.permission_to_send": "Permission to send",
    "first_name": "First name",
    "last_name": "Last name",
    "job_title": "Job title",
    "company_name": "Company",
    "phone_numbers": "Telephones",
    "street_addresses": "Postal addresses",
    "custom_fields": "Custom fields",
    "list_memberships": "Mailing lists",
    "notes": "Notes",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One field before and after, a line for each value."""

    field: str
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """An item with whom it is about and what it changes."""

    item: WriteItem
    match: Match | None
    name: str
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Steps:
    """Which steps of a run its reader may take now."""

    ask: bool = False
    confirm: bool = False
    own: bool = False
    send: bool = False
    withdraw: bool = False


def field_in_words(name: str) -> str:
    """Name a V3 field as people do."""
    return _FIELDS.get(name, name.replace("_", " ").capitalize())


def rows(source: Source, items: Sequence[WriteItem]) -> list[Row]:
    """Give items in words; a custom field goes by what the account calls it.

    A match may be gone since: its item stays, and has no name.
    """
    fields = CustomField.objects.filter(source=source)
    labels = dict(fields.values_list("external_id", "label"))
    people = Match.objects.select_related("contact", "legacy_contact").in_bulk(
        [item.match_id for item in items]
    )
    return [_row(item, people.get(item.match_id), labels) for item in items]


def by_field(run: WriteRun) -> list[tuple[str, int]]:
    """Count how many items change each field, the most frequent first."""
    told = [
        (field_in_words(name.removeprefix("field:")), count)
        for name, count in run.counts.items()
        if name.startswith("field:")
    ]
    return sorted(told, key=lambda one: (-one[1], one[0]))


def by_state(run: WriteRun) -> list[tuple[str, str, int]]:
    """Count the items in each state, in the order in which they get there."""
    counted = run.item_set.values_list("state").annotate(Count("pk")).order_by()
    told = dict(counted)
    return [
        (value, str(label), told[value])
        for value, label in WriteItem.State.choices
        if value in told
    ]


def steps(run: WriteRun, user: User, *, busy: bool) -> Steps:
    """Say what this person may do; ``busy``: a job of the run is under way."""
    mine = run.made_by_id == user.pk
    may_prepare = user.has_perm("contacts.import_data")
    may_confirm = user.has_perm("audits.confirm")
    waits = run.state == State.AWAITING_SECOND
    return Steps(
        ask=mine and run.state == State.PREVIEW and bool(run.sha256) and run.items > 0,
        confirm=waits and may_confirm and not mine,
        own=waits and mine,
        send=may_prepare and not busy and run.state in {State.APPROVED, State.RUNNING},
        withdraw=(mine or may_confirm)
        and run.state in WriteRun.UNFINISHED
        and not (busy and run.state == State.RUNNING),
    )


def _row(item: WriteItem, match: Match | None, labels: Mapping[str, str]) -> Row:
    person = (match.contact or match.legacy_contact) if match else None
    differences = tuple(_difference(told, labels) for told in item.differences)
    name = (person.name or person.email) if person else ""
    return Row(item, match, name, differences)


def _difference(told: Iterable[str], labels: Mapping[str, str]) -> Difference:
    field, before, after = told
    return Difference(
        field_in_words(field),
        before=_lines(field, before, labels),
        after=_lines(field, after, labels),
    )


def _lines(field: str, told: str, labels: Mapping[str, str]) -> tuple[str, ...]:
    """Cut a value into its lines; a custom field's id gives way to its label."""
    lines = tuple(filter(None, told.split("\n")))
    if field != "custom_fields":
        return lines
    return tuple(
        f"{labels.get(ref, ref)}{colon}{value}"
        for ref, colon, value in (line.partition(":") for line in lines)
    )
