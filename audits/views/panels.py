"""The judged parts of a person's and a student's page, each at an address of its own.

Brought into the page by that address (``contacts.panels``), fetched alone by htmx when
they changed, and a plain page where there is no script.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_safe

from audits import holdings, timeline
from audits.models import Finding
from audits.reasons import quick_reasons
from audits.views import rows
from contacts.access import StaffRequest, source_view
from contacts.models import Source
from contacts.rendering import render_page
from contacts.views.persons import person_of
from contacts.views.students import student_of


@require_safe
@source_view("audits.view_finding")
def contact_findings(
    request: StaffRequest, source: Source, pk: int, *, bare: bool = False
) -> HttpResponse:
    """Show what one person holds and what was found about it, to decide in place."""
    person = person_of(request, source, pk)
    today = timezone.now().date()
    held = holdings.of_person(source, person, today=today)
    context = {
        "source": source,
        "person": person,
        "match": person.match,
        "matrix": holdings.person_matrix(source, person, held, today=today),
        "rows": rows.rows(_undone_first(held.findings), request.user),
        "quick_reasons": quick_reasons(source),
        "place": "person",
    }
    return _panel(request, "contact_findings", context, bare=bare)


@require_safe
@source_view("audits.view_finding")
def contact_matrix(
    request: StaffRequest, source: Source, pk: int, *, bare: bool = False
) -> HttpResponse:
    """Show one person's students by privileges."""
    person = person_of(request, source, pk)
    today = timezone.now().date()
    held = holdings.of_person(source, person, today=today)
    context = {
        "source": source,
        "person": person,
        "match": person.match,
        "matrix": holdings.person_matrix(source, person, held, today=today),
    }
    return _panel(request, "contact_matrix", context, bare=bare)


@require_safe
@source_view("audits.view_finding")
def contact_timeline(
    request: StaffRequest, source: Source, pk: int, *, bare: bool = False
) -> HttpResponse:
    """Show what happened around one person."""
    person = person_of(request, source, pk)
    context = {
        "source": source,
        "person": person,
        "match": person.match,
        "moments": timeline.of_match(person.match),
    }
    return _panel(request, "contact_timeline", context, bare=bare)


@require_safe
@source_view("audits.view_finding")
def student_matrix(
    request: StaffRequest, source: Source, pk: int, *, bare: bool = False
) -> HttpResponse:
    """Show who may do what for one student."""
    student = student_of(request, source, pk)
    matrix = holdings.student_matrix(student, today=timezone.now().date())
    context = {
        "source": source,
        "student": student,
        "matrix": matrix,
        "may_pick_up": matrix.holders("release"),
        "to_call": matrix.holders("emergency"),
    }
    return _panel(request, "student_matrix", context, bare=bare)


def _undone_first(findings: Any) -> list[Finding]:
    return sorted(findings, key=lambda one: one.state != Finding.State.OPEN)


def _panel(
    request: StaffRequest, name: str, context: Mapping[str, Any], *, bare: bool
) -> HttpResponse:
    fragment = f"audits/_{name}.html"
    if bare:
        return HttpResponse(render_to_string(fragment, dict(context), request))
    return render_page(request, f"audits/{name}.html", context, fragment=fragment)
