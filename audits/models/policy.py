"""A numbered version of what a source's policy keeps, holds and revokes."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from contacts.models import Source


class PolicyVersion(models.Model):
    """One version; the highest number is in force. ``body`` is the policy JSON."""

    source = models.ForeignKey(Source, models.CASCADE, related_name="policies")
    number = models.PositiveIntegerField()
    body = models.JSONField()
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "number"], name="policy_number_is_unique"
            )
        ]

    def __str__(self) -> str:
        return f"policy {self.number} of {self.source_id}"
