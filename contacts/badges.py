"""What stands beside a tab of a source: asked by the navigation, told by the app above.

Navigation belongs to the facts, which know nothing of what waits to be judged.
"""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth.models import AnonymousUser, User

from contacts.models import Source

Teller = Callable[[User, Source], str]

_tellers: dict[str, tuple[str, Teller]] = {}


def told_by(tab: str, teller: Teller, *, permission: str) -> None:
    """Ask this teller what stands beside the tab of this address from now on.

    Whoever has not the permission has not the tab.
    """
    _tellers[tab] = (permission, teller)


def may_see(tab: str, user: User | AnonymousUser) -> bool:
    """Say whether somebody has this tab."""
    permission, _ = _tellers.get(tab, ("", None))
    return not permission or user.has_perm(permission)


def id_of(tab: str) -> str:
    """Name the place of what stands beside a tab, "" where nothing ever does."""
    return f"badge-{tab.partition(':')[2]}" if tab in _tellers else ""


def of(tab: str, user: User | AnonymousUser, source: Source) -> str:
    """Give what stands beside a tab, "" for nothing."""
    _, teller = _tellers.get(tab, ("", None))
    return teller(user, source) if teller and user.pk else ""
