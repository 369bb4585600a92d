"""Starting an import."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from contacts import importing, jobs, offers, slicing, uploads
from contacts.access import StaffRequest, source_view
from contacts.forms import ImportForm
from contacts.models import Job, Source
from contacts.rendering import render_page


@require_http_methods(["GET", "HEAD", "POST"])
@source_view("contacts.import_data")
def import_start(request: StaffRequest, source: Source) -> HttpResponse:
    """Take what to import, start the job, and go to where it can be watched."""
    choice = offers.offered(source)
    form = ImportForm(
        request.POST or None,
        request.FILES or None,
        offers=choice,
        initial={"what": request.GET.get("what") or choice[0].code},
    )
    if form.is_valid() and (job := _started(request, source, form)):
        return redirect("contacts:job-detail", source.slug, job.pk)
    context = {"source": source, "form": form, "offers": choice}
    return render_page(
        request,
        "contacts/import_form.html",
        context,
        status=422 if form.is_bound else 200,
    )


def _started(request: StaffRequest, source: Source, form: ImportForm) -> Job | None:
    """Start the import; None, and the reason in the form, where it cannot be."""
    paths = uploads.keep(form.wanted_uploads())
    try:
        return form.offer.start(
            source=source,
            paths=paths,
            complete=form.cleaned_data["complete"],
            by=request.user,
        )
    except jobs.AlreadyRunning as error:
        uploads.discard(paths)
        messages.warning(request, f"{error}. One import of a source runs at a time.")
        return error.job
    except (importing.CannotStart, slicing.CannotRead) as error:
        uploads.discard(paths)
        form.add_error(None, str(error))
        return None
