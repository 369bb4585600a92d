"""A numbered version of what a source's policy keeps, holds and revokes."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
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


class PolicyDraft(models.Model):
    """A policy that somebody works on; another person publishes it as the next version.

    ``version`` is what it became.
    """

    class State(models.TextChoices):
        """How far it came."""

        DRAFT = "draft", "Draft"
        PROPOSED = "proposed", "Awaiting second look"
        PUBLISHED = "published", "Published"
        DROPPED = "dropped", "Dropped"

    source = models.ForeignKey(Source, models.CASCADE, related_name="policy_drafts")
    based_on = models.ForeignKey(
        PolicyVersion, models.PROTECT, related_name="drafts", null=True, blank=True
    )
    version = models.OneToOneField(
        PolicyVersion, models.PROTECT, related_name="draft", null=True, blank=True
    )
    body = models.JSONField()
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    reason = models.TextField(blank=True)
    revision = models.PositiveIntegerField(default=1)
    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="policy_drafts"
    )
    drafted_at = models.DateTimeField(default=timezone.now)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="proposed_policies",
    )
    proposed_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="published_policies",
    )
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["draft", "proposed", "published", "dropped"]),
                name="policy_draft_state_is_known",
            ),
            models.CheckConstraint(
                condition=Q(published_by__isnull=True)
                | ~Q(published_by=F("proposed_by")),
                name="policy_is_published_by_another",
            ),
            models.CheckConstraint(
                condition=~Q(state="published")
                | Q(
                    proposed_by__isnull=False,
                    published_by__isnull=False,
                    version__isnull=False,
                ),
                name="policy_published_was_proposed",
            ),
            models.UniqueConstraint(
                fields=["source"],
                condition=Q(state__in=["draft", "proposed"]),
                name="policy_draft_is_one_a_source",
            ),
        ]

    def __str__(self) -> str:
        return f"draft #{self.pk} of {self.source_id}"
