"""Contacts: the list of persons, and one person as both API versions tell it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from contacts import (
    checking,
    comparing,
    mail_checking,
    panels,
    people,
    records,
    searching,
    tallies,
)
from contacts.access import StaffRequest, source_view
from contacts.models import LegacyStudent, Match, RelationshipEntry, Source
from contacts.paging import Page, paginate
from contacts.people import Person
from contacts.rendering import render_page
from contacts.tallies import Tally
from contacts.views import mail_contacts, mail_person
from contacts.views.persons import person_of

LABELS = ("Parent", "Grandparent", "Self", "Aunt/Uncle", "Sibling", "Other")


@dataclass(frozen=True, slots=True)
class ContactRow:
    """A person in the list."""

    match: Match
    name: str
    email: str
    labels: tuple[str, ...]
    students: int
    tally: Tally


@require_safe
@source_view("contacts.view_contact")
def contact_list(request: StaffRequest, source: Source) -> HttpResponse:
    """List the persons of a source by name, a page at a time."""
    if not source.is_clever:
        return mail_contacts.contact_list(request, source)
    state = request.GET.get("match", "")
    words = searching.text_of(request.session, request.GET.get("search", ""))
    page = paginate(
        _narrowed(request, source, state=state, words=words),
        keys=["folded_name", "pk"],
        cursor=request.GET.get("cursor", ""),
    )
    context = {
        "source": source,
        "page": page,
        "rows": _rows(page),
        "states": _states(source, state),
        "state": state,
        "labels": LABELS,
        "label": request.GET.get("label", ""),
        "only_open": request.GET.get("open") == "1",
        "words": words,
    }
    return render_page(
        request,
        "contacts/contact_list.html",
        context,
        fragment="contacts/_contact_table.html",
    )


@require_POST
@source_view("contacts.view_contact")
def contact_search(request: StaffRequest, source: Source) -> HttpResponse:
    """Keep a search by name, and show the list under its number."""
    number = searching.keep(request.session, request.POST.get("words", ""))
    home = reverse("contacts:contact-list", args=[source.slug])
    return redirect(f"{home}?search={number}" if number else home)


@require_safe
@source_view("contacts.view_contact")
def contact_detail(request: StaffRequest, source: Source, pk: int) -> HttpResponse:
    """Show one person; what was judged is brought in by the name of its address."""
    person = person_of(request, source, pk)
    if not source.is_clever:
        return mail_person.contact_detail(request, source, person)
    judged = panels.included(request, "audits:contact-findings", source.slug, pk)
    context = _person_context(source, person) | {"judged": judged}
    return render_page(request, "contacts/contact_detail.html", context)


@require_POST
@source_view("contacts.view_contact")
def contact_check(request: StaffRequest, source: Source, pk: int) -> HttpResponse:
    """Ask the provider what it says of this person now, and write nothing."""
    person = person_of(request, source, pk)
    asked = checking if source.is_clever else mail_checking
    check = asked.check(source, person, by=request.user)
    context = {
        "source": source,
        "person": person,
        "match": person.match,
        "check": check,
        "told_fields": _named(check.fields, person),
    }
    return render_page(
        request,
        "contacts/contact_check.html",
        context,
        fragment="contacts/_contact_check.html",
        announce=check.words,
    )


def _person_context(source: Source, person: Person) -> dict[str, Any]:
    match = person.match
    fields = comparing.legacy_with_current(
        people.legacy_record(match.legacy_contact, person.students),
        people.current_record(match.contact, person.students),
    )
    return {
        "source": source,
        "person": person,
        "match": match,
        "fields": _named(fields, person),
        "differences": sum(field.is_different for field in fields),
    }


def _named(
    fields: tuple[comparing.Field, ...], person: Person
) -> list[tuple[comparing.Field, str]]:
    """Put the student's name, or else the id, beside each field that is about one."""
    names = {tie.key: tie.name or tie.key for tie in person.students}
    return [(field, names.get(field.student, field.student)) for field in fields]


def _narrowed(
    request: StaffRequest, source: Source, *, state: str, words: str
) -> QuerySet[Match]:
    matches: QuerySet[Match] = Match.objects.filter(source=source)
    matches = matches.select_related("contact", "legacy_contact")
    if state in Match.State.values:
        matches = matches.filter(state=state)
    if request.GET.get("label") in LABELS:
        label = request.GET["label"]
        matches = matches.filter(legacy_contact__relationship__iexact=label)
    if words:
        matches = matches.filter(folded_name__contains=records.fold(words))
    if request.GET.get("open") == "1":
        matches = tallies.with_open_findings(matches)
    return matches


def _states(source: Source, chosen: str) -> list[tuple[str, str, int, bool]]:
    """Count the persons in each state of the match, all of them first."""
    counts = dict(
        Match.objects.filter(source=source).values_list("state").annotate(Count("pk"))
    )
    every = ("", "All", sum(counts.values()), chosen not in Match.State.values)
    told = [(s.value, s.label, counts.get(s.value, 0)) for s in Match.State]
    return [every, *((*state, state[0] == chosen) for state in told)]


def _rows(page: Page[Match]) -> list[ContactRow]:
    labels, students = _current(page.rows)
    listed = _listed(page.rows)
    told = tallies.tally([match.pk for match in page.rows])
    return [
        ContactRow(
            match,
            name=people.name_of(match),
            email=people.email_of(match),
            labels=tuple(sorted(labels.get(match.contact_id, ()))),
            students=len(
                students.get(match.contact_id, ())
                or listed.get(match.legacy_contact_id, ())
            ),
            tally=told.get(match.pk, Tally()),
        )
        for match in page.rows
    ]


def _current(
    matches: list[Match],
) -> tuple[dict[int | None, set[str]], dict[int | None, set[str]]]:
    """Give the distinct labels and the students of each contact."""
    entries = RelationshipEntry.objects.filter(
        contact__in=[match.contact_id for match in matches if match.contact_id],
        ended_at__isnull=True,
    ).values_list("contact_id", "student_ref", "relationship", "type")
    labels: dict[int | None, set[str]] = {}
    students: dict[int | None, set[str]] = {}
    for contact, student, relationship, kind in entries:
        labels.setdefault(contact, set()).add(comparing.label((relationship, kind)))
        students.setdefault(contact, set()).add(student)
    return labels, students


def _listed(matches: list[Match]) -> dict[int | None, list[str]]:
    """Give the students whom v2 listed for those that v3 does not have."""
    alone = [match.legacy_contact_id for match in matches if not match.contact_id]
    if not alone:
        return {}
    listed: dict[int | None, list[str]] = {}
    links = LegacyStudent.objects.filter(legacy_contact__in=alone)
    for legacy, student in links.values_list("legacy_contact_id", "student_ref"):
        listed.setdefault(legacy, []).append(student)
    return listed
