"""The tabs of the top bar."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django import template
from django.http import HttpRequest
from django.template.context import Context
from django.urls import NoReverseMatch, reverse

from contacts import badges
from contacts.models import Source

register = template.Library()

# Label, address name, the address names under it that light the tab up, and the provider
# whose sources have it, where not all do.
SOURCE_TABS = (
    ("Home", "audits:overview", ("overview", "scan-start", "hold-")),
    ("Situations", "audits:situation-list", ("situation-", "batch-")),
    ("Findings", "audits:finding-list", ("finding-",)),
    ("Second look", "audits:second-look", ("second-",)),
    ("Contacts", "contacts:contact-list", ("contact-",)),
    ("Students", "contacts:student-list", ("student-",), Source.Provider.CLEVER),
    ("Lists", "contacts:list-crosswalk", ("list-",), Source.Provider.CONSTANT_CONTACT),
    ("Losses", "audits:loss-list", ("loss-",), Source.Provider.CONSTANT_CONTACT),
    (
        "Custom fields",
        "contacts:slot-list",
        ("slot-",),
        Source.Provider.CONSTANT_CONTACT,
    ),
    ("Writing", "audits:write-list", ("write-",), Source.Provider.CONSTANT_CONTACT),
    ("Imports", "contacts:snapshot-list", ("snapshot-", "import-", "job-")),
    ("Downloads", "audits:download-list", ("download",)),
    ("Events", "audits:event-list", ("event-",)),
    ("Rules", "audits:rule-list", ("rule-",)),
)
TABS = (
    ("Home", "audits:home", ("home",)),
    ("Sources", "contacts:source-list", ("source-",)),
    ("Rules", "audits:rule-list", ("rule-",)),
)


@dataclass(frozen=True)
class Tab:
    """One entry of the navigation."""

    label: str
    url: str
    current: bool
    badge: str = ""
    badge_id: str = ""


@register.simple_tag(takes_context=True)
def nav_items(context: Context, source: Source | str | None) -> list[Tab]:
    """Give the tabs of the source in hand, or of the whole product where none is."""
    here = _here(context.get("request"))
    if isinstance(source, Source) and source.pk:
        mine = [tab for tab in SOURCE_TABS if source.provider in tab[3:] or not tab[3:]]
        return _with_badges(mine, source, context["user"], here)
    return _tabs(TABS, [], here)


def _with_badges(tabs: Any, source: Source, user: Any, here: str) -> list[Tab]:
    """Leave out what is not for this person, and count beside what is."""
    seen = [tab for tab in tabs if badges.may_see(tab[1], user)]
    told = {tab[0]: badges.of(tab[1], user, source) for tab in seen}
    ids = {tab[0]: badges.id_of(tab[1]) for tab in seen}
    made = _tabs(seen, [source.slug], here)
    return [replace(t, badge=told[t.label], badge_id=ids[t.label]) for t in made]


def _here(request: HttpRequest | None) -> str:
    match = request.resolver_match if request else None
    return (match.url_name or "") if match else ""


def _tabs(tabs: Any, args: list[str], here: str) -> list[Tab]:
    made = []
    for label, name, prefixes, *_ in tabs:
        try:
            url = reverse(name, args=args)
        except NoReverseMatch:
            continue
        made.append(Tab(label, url, current=here.startswith(prefixes)))
    return made
