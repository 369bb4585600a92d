"""Students: the list, and who may do what for one of them."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from contacts import panels, records, searching
from contacts.access import StaffRequest, source_view
from contacts.models import RelationshipEntry, Source, Student
from contacts.paging import Page, paginate
from contacts.rendering import render_page


@dataclass(frozen=True, slots=True)
class StudentRow:
    """A student in the list."""

    student: Student
    contacts: int


@require_safe
@source_view("contacts.view_student")
def student_list(request: StaffRequest, source: Source) -> HttpResponse:
    """List the students of a source by name, a page at a time."""
    students = Student.objects.filter(source=source)
    words = searching.text_of(request.session, request.GET.get("search", ""))
    if words:
        students = students.filter(folded_name__contains=records.fold(words))
    page = paginate(
        students, keys=["folded_name", "pk"], cursor=request.GET.get("cursor", "")
    )
    context = {"source": source, "page": page, "rows": _rows(page), "words": words}
    return render_page(
        request,
        "contacts/student_list.html",
        context,
        fragment="contacts/_student_table.html",
    )


@require_POST
@source_view("contacts.view_student")
def student_search(request: StaffRequest, source: Source) -> HttpResponse:
    """Keep a search by name, and show the list under its number."""
    number = searching.keep(request.session, request.POST.get("words", ""))
    home = reverse("contacts:student-list", args=[source.slug])
    return redirect(f"{home}?search={number}" if number else home)


@require_safe
@source_view("contacts.view_student")
def student_detail(request: StaffRequest, source: Source, pk: int) -> HttpResponse:
    """Show one student; who may do what is brought in by the name of its address."""
    student = student_of(request, source, pk)
    judged = panels.included(request, "audits:student-matrix", source.slug, pk)
    context = {"source": source, "student": student, "judged": judged}
    return render_page(request, "contacts/student_detail.html", context)


def student_of(request: StaffRequest, source: Source, pk: int) -> Student:
    """Read a student once a request; one of another source does not exist (404)."""
    return panels.once(request, f"student {pk}", lambda: _read_student(source, pk))


def _read_student(source: Source, pk: int) -> Student:
    student = Student.objects.select_related("source", "snapshot").filter(
        source=source, pk=pk
    )
    found = student.first()
    if found is None:
        raise Http404
    return found


def _rows(page: Page[Student]) -> list[StudentRow]:
    counts = dict(
        RelationshipEntry.objects.filter(
            student_ref__in=[student.external_id for student in page.rows],
            ended_at__isnull=True,
        )
        .values_list("student_ref")
        .annotate(Count("contact", distinct=True))
    )
    return [StudentRow(row, counts.get(row.external_id, 0)) for row in page.rows]
