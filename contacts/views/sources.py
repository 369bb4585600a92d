"""Sources: which there are, what is known of one, adding and changing them."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from contacts import sources, standing
from contacts.access import StaffRequest, source_view
from contacts.forms import SourceAddForm, SourceEditForm
from contacts.models import Snapshot, Source
from contacts.paging import paginate
from contacts.rendering import render_page

_MAIL_KINDS = frozenset(
    {
        Snapshot.Kind.LEGACY_LISTS,
        Snapshot.Kind.LISTS,
        Snapshot.Kind.CUSTOM_FIELDS,
        Snapshot.Kind.CROSSWALK,
        Snapshot.Kind.LIST_CROSSWALK,
        Snapshot.Kind.UPLOADED_CROSSWALK,
    }
)


@require_safe
@permission_required("contacts.view_source", raise_exception=True)
def source_list(request: StaffRequest) -> HttpResponse:
    """List the reader's sources."""
    page = paginate(
        Source.objects.visible_to(request.user),
        keys=["name", "pk"],
        cursor=request.GET.get("cursor", ""),
    )
    return render_page(request, "contacts/source_list.html", {"page": page})


@require_safe
@source_view("contacts.view_source")
def source_detail(request: StaffRequest, source: Source) -> HttpResponse:
    """Show what is set of a source and what was imported last of each kind."""
    context = {
        "source": source,
        "has_token": bool(source.token),
        "people": source.people.order_by("username"),
        "latest": [
            (kind.label, Snapshot.objects.latest_of(source, kind))
            for kind in _kinds(source)
        ],
    }
    if not source.is_clever:
        context["standing"] = standing.of(source, at=timezone.now())
    return render_page(request, "contacts/source_detail.html", context)


def _kinds(source: Source) -> list[Snapshot.Kind]:
    """Give what is imported into a source of this provider."""
    others = _MAIL_KINDS if source.is_clever else {Snapshot.Kind.STUDENTS}
    return [kind for kind in Snapshot.Kind if kind not in others]


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("contacts.add_source", raise_exception=True)
def source_add(request: StaffRequest) -> HttpResponse:
    """Add a source; whoever adds it may see it."""
    form = SourceAddForm(request.POST or None)
    if form.is_valid():
        try:
            source = sources.add(by=request.user, **form.cleaned_data)
        except sources.SourceExists as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"{source.name} is added.")
            return redirect("contacts:source-detail", source.slug)
    return _form_page(request, form, source=None)


@require_http_methods(["GET", "HEAD", "POST"])
@source_view("contacts.change_source")
def source_edit(request: StaffRequest, source: Source) -> HttpResponse:
    """Change a source's name, address, token or people."""
    form = SourceEditForm(request.POST or None, source=source)
    if form.is_valid():
        left = sources.change(
            source,
            name=form.cleaned_data["name"],
            api_url=form.cleaned_data["api_url"],
            token=form.new_token(),
            people=form.cleaned_data["people"],
            by=request.user,
        )
        messages.success(request, f"{source.name} is saved.")
        if left:
            messages.warning(request, _left_behind(source))
        return redirect("contacts:source-detail", source.slug)
    return _form_page(request, form, source=source)


def _left_behind(source: Source) -> str:
    other = "" if source.is_clever else " or connect again"
    return (
        "The stored token was forgotten, because it does not follow to another address."
        f" Enter a new one{other}."
    )


def _form_page(
    request: StaffRequest,
    form: SourceAddForm | SourceEditForm,
    *,
    source: Source | None,
) -> HttpResponse:
    status = 422 if form.is_bound else 200
    context = {"form": form, "source": source}
    return render_page(request, "contacts/source_form.html", context, status=status)
