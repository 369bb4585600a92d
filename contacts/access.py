"""Who may open a page: the source must be theirs, then the permission must be."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper, wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django_htmx.middleware import HtmxDetails

from contacts.models import Source

P = ParamSpec("P")


class StaffRequest(HttpRequest):
    """A request as views get it: somebody is logged in, and htmx was looked at."""

    user: User
    htmx: HtmxDetails


def source_view(
    permission: str,
) -> Callable[
    [Callable[Concatenate[StaffRequest, Source, P], HttpResponseBase]],
    Callable[..., HttpResponseBase],
]:
    """Give a view the source that its ``slug`` names.

    A source that is not the user's does not exist for them (404), whatever they may do
    elsewhere; one that is theirs asks for the permission (403).
    """

    def wrap(
        view: Callable[Concatenate[StaffRequest, Source, P], HttpResponseBase],
    ) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def inner(
            request: StaffRequest, slug: str, *args: P.args, **kwargs: P.kwargs
        ) -> HttpResponseBase:
            source = _source_of(request, slug)
            if not request.user.has_perm(permission):
                raise PermissionDenied
            return view(request, source, *args, **kwargs)

        return inner

    return wrap


def mail_view(
    permission: str,
) -> Callable[
    [Callable[Concatenate[StaffRequest, Source, P], HttpResponseBase]],
    Callable[..., HttpResponseBase],
]:
    """Give a view a mailing account; a source of another provider has no such page (404)."""

    def wrap(
        view: Callable[Concatenate[StaffRequest, Source, P], HttpResponseBase],
    ) -> Callable[..., HttpResponseBase]:
        def inner(
            request: StaffRequest, source: Source, /, *args: P.args, **kwargs: P.kwargs
        ) -> HttpResponseBase:
            if source.is_clever:
                raise Http404
            return view(request, source, *args, **kwargs)

        update_wrapper(inner, view)
        inner.__dict__["provider"] = Source.Provider.CONSTANT_CONTACT
        return source_view(permission)(inner)

    return wrap


def _source_of(request: StaffRequest, slug: str) -> Source:
    """Ask for a source once a request, however many parts its page is made of."""
    known: dict[str, Source] = request.__dict__.setdefault("known_sources", {})
    if slug not in known:
        visible = Source.objects.visible_to(request.user)
        known[slug] = get_object_or_404(visible, slug=slug)
    return known[slug]
