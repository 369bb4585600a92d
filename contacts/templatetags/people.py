"""How people's values are shown."""

from __future__ import annotations

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

HIDDEN = "•••"


@register.filter
def breakable(name: str) -> SafeString:
    """Let a privilege's name break at its underscores, not inside a word."""
    return mark_safe(escape(name).replace("_", "_<wbr>"))  # noqa: S308  # escaped


@register.filter
def masked(address: str) -> str:
    """Show an e-mail address's first letter and host, enough to tell two apart."""
    name, at, host = address.rpartition("@")
    return f"{name[:1]}{HIDDEN}@{host}" if at else HIDDEN
