"""Whose hands a source's work can be given into: its people who may decide."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db.models import QuerySet

from contacts.models import Source

PERMISSION = "audits.decide"


def of(source: Source) -> QuerySet[User]:
    """Give those who can be chosen, by name."""
    able = User.objects.with_perm(PERMISSION, is_active=True)
    return able.filter(pk__in=source.people.values("pk")).order_by("username", "pk")


def may_take(person: User, source: Source) -> bool:
    """Say whether somebody can be given work of a source."""
    let_in = Source.objects.visible_to(person).filter(pk=source.pk)
    return person.has_perm(PERMISSION) and let_in.exists()
