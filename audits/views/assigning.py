"""Taking a finding, giving it to somebody, letting it go."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.http import HttpResponse
from django.views.decorators.http import require_POST

from audits import assigning, deciding
from audits.forms import AssignForm
from audits.models import Finding
from audits.views import answers
from contacts.access import StaffRequest, source_view
from contacts.models import Source


@require_POST
@source_view("audits.decide")
def finding_assign(request: StaffRequest, source: Source, pk: int) -> HttpResponse:
    """Give a finding to somebody or to nobody; who is second is told who has it (409)."""
    finding = answers.finding_of(source, pk)
    form = AssignForm(request.POST)
    if not form.is_valid():
        return answers.refused(request, finding, form, form.first_error(), status=422)
    told = form.cleaned_data
    to = User.objects.filter(pk=told["to"]).first() if told["to"] else None
    try:
        assigning.assign(finding, to=to, was=told["was"], by=request.user)
    except assigning.AlreadyAssigned as error:
        return answers.refused(request, finding, form, str(error), status=409)
    except deciding.Refused as error:
        return answers.refused(request, finding, form, str(error), status=422)
    return answers.changed(request, finding, form, _done(finding, to, request.user))


def _done(finding: Finding, to: User | None, by: User) -> str:
    what = answers.about(finding)
    if to is None:
        return f"Nobody has {what} any more."
    return f"{'You have' if to == by else f'{to.get_username()} has'} {what} now."
