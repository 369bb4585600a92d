"""Mailing accounts: their settings, and connecting them to Constant Contact."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from contacts import accounts, api_errors, oauth, seen
from contacts.access import StaffRequest, mail_view
from contacts.forms import AccountForm
from contacts.models import MailAccount, Source
from contacts.rendering import render_page

LIMITS_TEXTS = {
    MailAccount.Limits.GUIDE: "2 phones, 1 address, no notes; kinds home, work and other."
    " What is over asks a person where it should go.",
    MailAccount.Limits.CURRENT: "3 phones, mobile too, 3 addresses, 150 notes of 2,000"
    " characters: as the API’s reference says, which is newer than the guide.",
}

ENDED = (
    "The connection was ended and its token forgotten: a stored token does not follow to"
    " another host or application. Connect again."
)


@sensitive_post_parameters("client_secret", "v2_key")
@require_http_methods(["GET", "HEAD", "POST"])
@mail_view("contacts.change_source")
def account_edit(request: StaffRequest, source: Source) -> HttpResponse:
    """Change an account's application, addresses, mapping and write switch."""
    account = accounts.of(source)
    form = AccountForm(request.POST or None, account=account)
    if form.is_valid() and _is_changed(request, account, form):
        return redirect("contacts:source-detail", source.slug)
    context = {
        "source": source,
        "form": form,
        "redirect_uri": redirect_uri(request),
        "limits_texts": [
            (each.value, each.label, text) for each, text in LIMITS_TEXTS.items()
        ],
    }
    status = _status(form)
    return render_page(request, "contacts/account_form.html", context, status=status)


def _status(form: AccountForm) -> int:
    if form.is_stale:
        return 409
    return 422 if form.is_bound else 200


def _is_changed(request: StaffRequest, account: MailAccount, form: AccountForm) -> bool:
    """Store what the form asks; what is refused stands at its field."""
    try:
        ended = accounts.change(
            account, by=request.user, stood=form.stood, **form.asked()
        )
    except seen.ChangedMeanwhile as refusal:
        form.refuse_stale(refusal.now)
        return False
    except accounts.SecretWouldMove as refusal:
        form.add_error(refusal.field, str(refusal))
        return False
    messages.success(request, f"The account of {account.source.name} is saved.")
    if ended:
        messages.warning(request, ENDED)
    return True


@require_POST
@mail_view("contacts.change_source")
def account_connect(request: StaffRequest, source: Source) -> HttpResponse:
    """Send a person to Constant Contact to consent, by a page that leads on by itself.

    Browsers hold a form's redirects to the policy's ``form-action``, and nobody knows
    through which hosts a log-in leads; what a page does by itself is free of that.
    """
    try:
        url = oauth.begin(
            request.session,
            accounts.of(source),
            user=request.user,
            redirect_uri=redirect_uri(request),
            at=timezone.now(),
        )
    except oauth.NotReady as refusal:
        messages.error(request, str(refusal))
        return redirect("contacts:account-edit", source.slug)
    context = {"source": source, "url": url}
    return render_page(request, "contacts/account_connect.html", context)


@require_http_methods(["GET"])
@permission_required("contacts.change_source", raise_exception=True)
def account_connected(request: StaffRequest) -> HttpResponse:
    """Take the person back from Constant Contact, and lead on at once.

    The address holds a code, which must not stay in front of anybody.
    """
    try:
        attempt = oauth.redeem(
            request.session,
            request.GET.get("state", ""),
            user=request.user,
            at=timezone.now(),
        )
    except oauth.NotAsked as refusal:
        messages.error(request, str(refusal))
        return redirect("contacts:source-list")
    visible = Source.objects.visible_to(request.user)
    source = get_object_or_404(visible, pk=attempt.source)
    trouble = _connect(request, source, attempt)
    if trouble:
        messages.error(request, f"{source.name} is not connected. {trouble}")
    else:
        messages.success(request, f"{source.name} is connected.")
    return redirect("contacts:source-detail", source.slug)


def _connect(request: StaffRequest, source: Source, attempt: oauth.Attempt) -> str:
    """Change the code for tokens; say in words why that was not possible, else ""."""
    code = request.GET.get("code", "")
    if request.GET.get("error") == "access_denied":
        return "Access was not granted at Constant Contact."
    if request.GET.get("error") or not code:
        return "Constant Contact gave no code. Connect again."
    account = accounts.of(source)
    try:
        oauth.connect(account, attempt, code, by=request.user, at=timezone.now())
    except api_errors.ApiError as error:
        return _words(error)
    return ""


def _words(error: api_errors.ApiError) -> str:
    if isinstance(error, api_errors.GrantExpired | api_errors.Invalid):
        return "Constant Contact did not accept the code. Connect again."
    if isinstance(error, api_errors.Unauthorized):
        return "Constant Contact refused the application’s client id or secret."
    return f"Constant Contact could not be asked ({error}). Connect again."


@require_POST
@mail_view("contacts.change_source")
def account_disconnect(request: StaffRequest, source: Source) -> HttpResponse:
    """Forget the connection and its tokens."""
    accounts.disconnect(accounts.of(source), by=request.user)
    messages.success(request, f"{source.name} is no longer connected.")
    return redirect("contacts:source-detail", source.slug)


def redirect_uri(request: StaffRequest) -> str:
    """Give the one address that is registered with the application, for all sources."""
    return request.build_absolute_uri(reverse("contacts:account-connected"))
