"""Sources are added and changed here, by the site and by the command line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction

from contacts import accounts, roots
from contacts.models import Source

if TYPE_CHECKING:
    from django.contrib.auth.models import User

Facts = Mapping[str, Any]
Listener = Callable[[Source, str, Facts, Facts, "User | None"], None]

_listeners: list[Listener] = []


class SourceExists(Exception):
    """Another source has this short name, or is this tenant of this provider."""

    def __str__(self) -> str:
        return "Another source has this short name or this id at the provider."


def on_change(listener: Listener) -> None:
    """Call ``listener(source, change, before, after, by)`` within each change."""
    if listener not in _listeners:
        _listeners.append(listener)


def checked_api_url(api_url: str) -> str:
    """Give the provider's root as it is kept; raises ``addresses.BadAddress``."""
    return roots.checked(api_url)


def add(
    *,
    slug: str,
    provider: str,
    name: str,
    external_id: str,
    api_url: str = "",
    token: str = "",
    people: Iterable[User] = (),
    by: User | None,
) -> Source:
    """Add a source and let ``people`` and whoever adds it in.

    Raises ``SourceExists`` and ``addresses.BadAddress``.
    """
    source = Source(
        slug=slug,
        provider=provider,
        name=name,
        external_id=external_id,
        api_url=checked_api_url(api_url),
        token=token,
    )
    try:
        with transaction.atomic():
            source.save(force_insert=True)
            source.people.set({*people, *([by] if by else [])})
            _tell(source, "added", {}, _facts(source), by)
    except IntegrityError:
        raise SourceExists from None
    return source


def change(
    source: Source,
    *,
    name: str,
    api_url: str,
    token: str | None = None,
    people: Iterable[User] | None = None,
    by: User | None,
) -> bool:
    """Change what may change of a source; None leaves a part as it is.

    Slug, provider and the id at the provider stay: everything imported rests on them. A
    token that is entered or forgotten ends a connection that would renew it. A stored one
    does not follow to another address: it is forgotten, and the answer says whether; nor
    do an application's secrets to a sandbox.
    Raises ``addresses.BadAddress``.
    """
    url = checked_api_url(api_url)
    with transaction.atomic():
        account = None if source.is_clever else accounts.locked(source)
        locked = Source.objects.select_for_update().get(pk=source.pk)
        before = _facts(locked)
        source.name, source.api_url = name, url
        left = token is None and roots.of_api(source) != roots.of_api(locked)
        stays = token is None and not left
        if account and not stays:
            accounts.replace(account)
        if account and roots.of_sandbox(source) != roots.of_sandbox(locked):
            accounts.leave(account, by=by)
        source.token = locked.token if stays else token or ""
        source.save(update_fields=["name", "api_url", "token"])
        if people is not None:
            source.people.set(people)
        after = _facts(source)
        if after != before or source.token != locked.token or name != locked.name:
            _tell(source, "changed", before, after, by)
    return left and bool(locked.token)


def _facts(source: Source) -> dict[str, Any]:
    """Give what the trail may keep: never the token, only whether there is one."""
    people = source.people.order_by("username").values_list("username", flat=True)
    return {
        "provider": source.provider,
        "external_id": source.external_id,
        "api_url": source.api_url,
        "token_set": bool(source.token),
        "people": list(people),
    }


def _tell(
    source: Source, what: str, before: Facts, after: Facts, by: User | None
) -> None:
    for listener in _listeners:
        listener(source, what, before, after, by)
