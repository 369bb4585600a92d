"""One contact of a mailing account: consent, both records, and how the match is known."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpResponse
from django.urls import NoReverseMatch
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from contacts import claims, evidence, mail_checking, mail_records, mapped, panels
from contacts.access import StaffRequest, mail_view
from contacts.constant_contact import comparing, consent, history, mapping, wording
from contacts.constant_contact.comparing import Field, Mark
from contacts.constant_contact.history import Step
from contacts.models import CustomField, LegacyList, MailingList, Match, Source
from contacts.people import Person
from contacts.rendering import render_page
from contacts.views.persons import person_of

_STAMP = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(:\d\d)?(\.\d+)?Z?")
_WORDS = (
    (Mark.TO_DECIDE, "to decide"),
    (Mark.LOST, "lost"),
    (Mark.CHANGED, "changed"),
    (Mark.KEPT, "kept"),
)


@dataclass(frozen=True, slots=True)
class Consent:
    """What both versions say of mailing somebody, in words.

    ``verdict``: V3 permits ``more`` than V2 supports, ``less``, the ``same``, or one side
    says nothing ("").
    """

    status: str
    confirmation: str
    opted_in: str
    supported: str
    permission: str
    tone: str
    now_confirmation: str
    now_opted_in: str
    verdict: str
    steps: tuple[tuple[Step, str], ...]


@dataclass(frozen=True, slots=True)
class _Read:
    """A person's records as they were parsed, and what V3 makes of the old one.

    ``lists`` tells the V3 list of each V2 list that is surely known.
    """

    legacy: mail_records.LegacyContact | None
    current: mail_records.Contact | None
    made: mapping.Mapped | None
    lists: Mapping[str, str] = field(default_factory=dict)


def contact_detail(
    request: StaffRequest, source: Source, person: Person
) -> HttpResponse:
    """Show one contact; what was judged is brought in by the name of its address."""
    match = person.match
    read = _read(source, match)
    fields = _fields(source, read)
    email = match.contact.email if match.contact else ""
    claimed = claims.of(source, match.legacy_contact)
    context = {
        "source": source,
        "person": person,
        "match": match,
        "address": email
        or (match.legacy_contact.email if match.legacy_contact else ""),
        "methods": _methods(match),
        "claims": claimed,
        "rivals": claims.rivals(source, match.legacy_contact, claimed)
        if match.legacy_contact and match.state == Match.State.CONFLICT
        else [],
        "consent": _consent(read),
        "fields": fields,
        "counts": _counts(fields),
        "may_ask": bool(match.contact and source.token),
        "left_today": mail_checking.left_today(source),
        "judged": panels.included(
            request, "audits:contact-findings", source.slug, match.pk
        ),
        "losses": _losses(request, source, match),
    }
    return render_page(request, "contacts/mail_contact_detail.html", context)


@require_safe
@mail_view("contacts.view_contact")
def contact_evidence(request: StaffRequest, source: Source, pk: int) -> HttpResponse:
    """Show the records and answers behind one contact as they were received."""
    person = person_of(request, source, pk)
    match = person.match
    told: list[tuple[str, Any]] = []
    if match.legacy_contact:
        told.append(("V2 record", match.legacy_contact))
    if match.contact:
        told.append(("V3 record", match.contact))
    told += [
        (claims.TITLES[claim.method], claim.row)
        for claim in claims.of(source, match.legacy_contact)
        if claim.method in claims.TITLES
    ]
    found = evidence.of_rows(row for _, row in told)
    shown = [(title, one) for (title, _), one in zip(told, found, strict=True)]
    return render_page(
        request,
        "contacts/contact_evidence.html",
        {"source": source, "person": person, "match": match, "records": shown},
        fragment="contacts/_contact_evidence.html",
    )


def _losses(request: StaffRequest, source: Source, match: Match) -> SafeString:
    """Bring in what is lost of this contact, where somebody judges losses."""
    try:
        return panels.included(request, "audits:contact-losses", source.slug, match.pk)
    except NoReverseMatch:
        return SafeString("")


def _read(source: Source, match: Match) -> _Read:
    legacy = mapped.legacy_record(match.legacy_contact)
    current = mapped.current_record(match.contact)
    if legacy is None or match.legacy_contact is None:
        return _Read(None, current, None)
    account = mapped.account_around(match.legacy_contact, source)
    return _Read(legacy, current, mapping.map_contact(legacy, account), account.lists)


def _methods(match: Match) -> list[str]:
    """Name every source that told the match, the first first."""
    words = dict(Match.Method.choices)
    told = match.methods.split(";") if match.methods else [match.method]
    return [words.get(method, method) for method in told if method]


# --- Consent -------------------------------------------------------------------


def _consent(read: _Read) -> Consent | None:
    legacy, current = read.legacy, read.current
    if legacy is None and current is None:
        return None
    old = consent.email(legacy) if legacy else mail_records.LegacyEmail()
    new = current or mail_records.Contact("")
    return Consent(
        status=_status(legacy),
        confirmation=wording.confirmation(old.confirm_status),
        opted_in=wording.actor(old.opt_in_source),
        supported=wording.supported(read.made.support) if read.made else "",
        permission=wording.permission(new.permission_to_send),
        tone=wording.tone(new.permission_to_send),
        now_confirmation=wording.confirmation(new.confirm_status),
        now_opted_in=wording.actor(new.opt_in_source),
        verdict=_verdict(read),
        steps=tuple(
            (step, wording.actor(step.by)) for step in history.steps(legacy, current)
        ),
    )


def _status(legacy: mail_records.LegacyContact | None) -> str:
    """Say V2's status; the address's beside it where it is another."""
    if legacy is None:
        return ""
    told = (legacy.status, consent.email(legacy).status)
    return ", address ".join(dict.fromkeys(map(wording.status, filter(None, told))))


def _verdict(read: _Read) -> str:
    """Set V3's permission against what V2 supports; "" where one says nothing."""
    if read.made is None or read.current is None:
        return ""
    now = consent.permission(read.current.permission_to_send)
    support = read.made.support
    if now is None:
        return "unknown"
    if consent.is_raised(now, support):
        return "more"
    if support is None or consent.strength(now) < consent.strength(support):
        return "less"
    return "same"


# --- Both records ----------------------------------------------------------------


def _fields(source: Source, read: _Read) -> list[Field]:
    """Set V2 beside V3; where V3 does not have the contact, beside what it would get."""
    if read.legacy is None or read.made is None:
        nobody = mail_records.LegacyContact("")
        if read.current is None:
            return []
        made = mapping.Mapped(mail_records.Contact(""), None, ())
        found = comparing.side_by_side(nobody, read.current, made)
    else:
        beside = read.current or read.made.contact
        found = comparing.side_by_side(read.legacy, beside, read.made)
    names = _names(source, found, read.lists)
    # The V3 id that V2 told is no id that V3 would take.
    hidden = {"V3 id"} if read.current is None else set()
    return [
        Field(one.name, _told(one.old, names), _told(one.new, names), one.mark)
        for one in found
        if one.mark != Mark.EMPTY and one.name not in hidden
    ]


def _told(values: Sequence[str], names: Mapping[str, str]) -> tuple[str, ...]:
    """Write values for people: names in place of ids, and dates without their T."""
    return tuple(_named(value, names) for value in values)


def _named(value: str, names: Mapping[str, str]) -> str:
    if found := _STAMP.fullmatch(value):
        return f"{found[1]} {found[2]}"
    head, colon, rest = value.partition(": ")
    if colon and head in names:
        return f"{names[head]}: {rest}"
    return names.get(value, value)


def _names(
    source: Source, fields: Sequence[Field], lists: Mapping[str, str]
) -> dict[str, str]:
    """Name the lists and custom fields that the two records speak of by their ids.

    A V2 list that was never imported is called as the V3 list that it became; V2's id
    stays beside the name, for it is what the reader's own product knows.
    """
    told = {value for one in fields for value in (*one.old, *one.new)}
    ids = told | {value.partition(": ")[0] for value in told}
    current = {lists[ref] for ref in ids if ref in lists}
    here = {"source": source, "external_id__in": ids | current}
    new = dict(MailingList.objects.filter(**here).values_list("external_id", "name"))
    labels = CustomField.objects.filter(**here).values_list("external_id", "label")
    before = LegacyList.objects.filter(**here).values_list("external_id", "name")
    old = {ref: new.get(lists[ref], "") for ref in ids if ref in lists} | dict(before)
    named = {ref: f"{name} ({ref})" for ref, name in old.items() if name}
    return named | {ref: name for ref, name in (new | dict(labels)).items() if name}


def _counts(fields: Sequence[Field]) -> list[tuple[str, str, int]]:
    """Count what became of the properties, what asks for a person first."""
    counts = Counter(field.mark for field in fields)
    return [(mark.value, word, counts[mark]) for mark, word in _WORDS if counts[mark]]
