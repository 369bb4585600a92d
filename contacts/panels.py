"""Parts of a page that another app shows, brought in by the name of their address.

Facts know nothing of judgements, so the page of a person asks for the judged parts by
URL name and gets them in the same answer: the page is whole without JavaScript, and the
same address gives the part alone when only that changed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.urls import resolve, reverse
from django.utils.safestring import SafeString, mark_safe

from contacts.access import StaffRequest

T = TypeVar("T")


def included(request: StaffRequest, name: str, *args: object) -> SafeString:
    """Give the part that stands at an address; nothing where the user may not see it.

    The view is called with ``bare=True`` and answers with its fragment alone.
    """
    view, positional, keywords = resolve(reverse(name, args=args))
    try:
        response = view(request, *positional, bare=True, **keywords)
    except PermissionDenied:
        return SafeString("")
    # Rendered by a template of ours, which has escaped what it was given.
    return mark_safe(cast("HttpResponse", response).text)  # noqa: S308


def once(request: StaffRequest, key: str, read: Callable[[], T]) -> T:
    """Read something once a request, however many parts of the page show it."""
    known: dict[str, object] = request.__dict__.setdefault("read_once", {})
    if key not in known:
        known[key] = read()
    return cast("T", known[key])
