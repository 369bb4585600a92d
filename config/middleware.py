"""What every answer of the site needs, whatever view gave it."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.utils.cache import patch_vary_headers


class PrivateResponses:
    """Keep pages with people's data out of every cache, and log-ins out of fragments.

    A page is ``no-store``: the back button and a shared computer show nothing. Where a
    session ends while a page is open, htmx would swap the log-in form into a table cell;
    it is told to go to the log-in page instead.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "no-store, private")
        patch_vary_headers(response, ["HX-Request"])
        if request.headers.get("HX-Request") and self._leads_to_login(response):
            response.status_code = 204
            response.headers["HX-Redirect"] = resolve_url("account_login")
            del response.headers["Location"]
        return response

    @staticmethod
    def _leads_to_login(response: HttpResponse) -> bool:
        location = response.headers.get("Location", "")
        return response.status_code == 302 and location.startswith(
            resolve_url("account_login")
        )
