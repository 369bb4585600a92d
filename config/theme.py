"""The reader's choice of colours, kept in a cookie that the server renders from."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

THEMES = ("light", "dark")
A_YEAR = 365 * 24 * 60 * 60


def chosen(request: HttpRequest) -> str:
    """Give the chosen theme, or "" for the system's."""
    theme = request.COOKIES.get("theme", "")
    return theme if theme in THEMES else ""


@login_not_required
@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Keep the choice and go back to the page; the script does it without the trip."""
    back = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        back = "/"
    response = HttpResponseRedirect(back)
    theme = request.POST.get("theme", "")
    if theme in THEMES:
        # The script sets the same cookie, so it cannot be HttpOnly; it holds no secret.
        response.set_cookie(
            "theme", theme, max_age=A_YEAR, samesite="Lax", secure=settings.HTTPS
        )
    else:
        response.delete_cookie("theme", samesite="Lax")
    return response
