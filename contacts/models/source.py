"""A tenant at a provider, and who may see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from contacts.encryption import EncryptedTextField

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User


class SourceQuerySet(models.QuerySet["Source"]):
    """Sources, asked for in the words of the product."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Keep the sources this user may see: a superuser all, others their own."""
        if user.is_superuser:
            return self
        return self.filter(people=user.pk)


class Source(models.Model):
    """One Clever district or one Constant Contact account."""

    class Provider(models.TextChoices):
        """Whose wire format and rules apply."""

        CLEVER = "clever", "Clever"
        CONSTANT_CONTACT = "constant_contact", "Constant Contact"

    slug = models.SlugField(max_length=60)
    provider = models.CharField(max_length=20, choices=Provider)
    name = models.CharField(max_length=200)
    external_id = models.CharField(max_length=100)
    api_url = models.CharField(max_length=300, blank=True)
    token = EncryptedTextField(blank=True)
    people = models.ManyToManyField(
        settings.AUTH_USER_MODEL, related_name="sources", blank=True
    )
    created_at = models.DateTimeField(default=timezone.now)

    objects = SourceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["slug"], name="source_slug_is_unique"),
            models.UniqueConstraint(
                fields=["provider", "external_id"], name="source_is_one_tenant"
            ),
            models.CheckConstraint(
                condition=Q(provider__in=["clever", "constant_contact"]),
                name="source_provider_is_known",
            ),
        ]
        permissions = [
            ("import_data", "Can import snapshots"),
            ("scan_source", "Can scan a source"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_clever(self) -> bool:
        """Say whether Clever's words (student, relationship) fit."""
        return self.provider == self.Provider.CLEVER
