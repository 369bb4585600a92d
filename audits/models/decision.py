"""What a person decided of a finding."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from audits.models.finding import Finding
from audits.models.scan import JudgedSituation
from contacts.models import Source

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User


class DecisionQuerySet(models.QuerySet["Decision"]):
    """Decisions, asked for in the words of the product."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Keep those of the sources this user may see."""
        return self.filter(finding__source__in=Source.objects.visible_to(user))

    def standing(self) -> Self:
        """Keep those nobody took back."""
        return self.filter(withdrawn_at__isnull=True)


class Decision(models.Model):
    """One decision, kept for ever; taken back by ``withdrawn_*``, never deleted.

    ``evidence`` and ``situation`` are what the person saw: the finding's at that moment,
    so that a finding opened again can show what has changed since.
    """

    class Kind(models.TextChoices):
        """What is to become of the grant."""

        KEEP = "keep", "Keep"
        NARROW = "narrow", "Narrow"
        HOLD = "hold", "Hold"
        REVOKE = "revoke", "Revoke"
        REBIND = "rebind", "Re-tie"
        GRANT = "grant", "Grant"

    finding = models.ForeignKey(Finding, models.CASCADE, related_name="decisions")
    kind = models.CharField(max_length=10, choices=Kind)
    reason = models.TextField()
    evidence = models.CharField(max_length=64)
    situation = models.ForeignKey(JudgedSituation, models.PROTECT, db_constraint=False)
    against_recommendation = models.BooleanField(default=False)
    needs_second_look = models.BooleanField(default=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="decisions"
    )
    decided_at = models.DateTimeField()
    second_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="second_looks",
    )
    second_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="withdrawals",
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    superseded_at = models.DateTimeField(null=True, blank=True)

    objects = DecisionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    kind__in=["keep", "narrow", "hold", "revoke", "rebind", "grant"]
                ),
                name="decision_kind_is_known",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="decision_says_why"),
            models.CheckConstraint(
                condition=Q(second_by__isnull=True) | ~Q(second_by=F("decided_by")),
                name="second_look_is_anothers",
            ),
            models.CheckConstraint(
                condition=Q(second_by__isnull=True, second_at__isnull=True)
                | Q(second_by__isnull=False, second_at__isnull=False),
                name="second_look_says_who_and_when",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_by__isnull=True, withdrawn_at__isnull=True)
                | Q(withdrawn_by__isnull=False, withdrawn_at__isnull=False),
                name="withdrawal_says_who_and_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk}"
