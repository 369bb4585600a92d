"""What a person decided of a finding."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from audits.models.batch import Batch
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

    def current(self) -> Self:
        """Keep those nobody took back and nothing set aside."""
        return self.standing().filter(superseded_at__isnull=True)

    def waiting(self) -> Self:
        """Keep those that another person has yet to look at."""
        return self.current().filter(
            needs_second_look=True,
            second_at__isnull=True,
            returned_at__isnull=True,
        )


class Decision(models.Model):
    """One decision, kept for ever; taken back by ``withdrawn_*``, never deleted.

    ``exception_until`` is the last day of a decision to keep against the rule; ``owner``
    and ``due_on`` are who follows a held grant up, and by when. ``is_sample`` marks one
    that is looked at again by chance alone. Who sends it back is never who decided it.

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

    class ReasonCode(models.TextChoices):
        """What kind of reason it is; the reason itself says it in words."""

        NONE = "", "Other"
        V3_SAYS = "v3_says", "v3 tells another relationship or consent"
        NOT_RELATED = "not_related", "No longer related, or no longer on the list"
        CONFIRMED = "confirmed", "Confirmed by telephone or in person"
        PAPER = "paper", "A paper on file says so"
        ASKED = "asked", "Asked; waiting for the answer"
        RECORD_WRONG = "record_wrong", "The record is wrong and will be corrected"
        ORDER = "order", "An order or instruction"

    finding = models.ForeignKey(Finding, models.CASCADE, related_name="decisions")
    kind = models.CharField(max_length=10, choices=Kind)
    reason = models.TextField()
    reason_code = models.CharField(
        max_length=30, choices=ReasonCode, blank=True, default="", db_default=""
    )
    batch = models.ForeignKey(
        Batch, models.PROTECT, null=True, blank=True, related_name="decisions"
    )
    exception_until = models.DateField(null=True, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="held_decisions",
    )
    due_on = models.DateField(null=True, blank=True)
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
    is_sample = models.BooleanField(default=False, db_default=False)
    second_due_at = models.DateTimeField(null=True, blank=True)
    escalated_at = models.DateTimeField(null=True, blank=True)
    returned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="returns",
    )
    returned_at = models.DateTimeField(null=True, blank=True)
    return_note = models.TextField(blank=True, default="", db_default="")
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
                condition=Q(returned_by__isnull=True) | ~Q(returned_by=F("decided_by")),
                name="return_is_anothers",
            ),
            models.CheckConstraint(
                condition=Q(returned_by__isnull=True, returned_at__isnull=True)
                | Q(returned_by__isnull=False, returned_at__isnull=False),
                name="return_says_who_and_when",
            ),
            models.CheckConstraint(
                condition=Q(exception_until__isnull=True) | Q(kind="keep"),
                name="exception_is_a_keep",
            ),
            models.CheckConstraint(
                condition=Q(needs_second_look=False) | Q(second_due_at__isnull=False),
                name="second_look_has_a_due_date",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_by__isnull=True, withdrawn_at__isnull=True)
                | Q(withdrawn_by__isnull=False, withdrawn_at__isnull=False),
                name="withdrawal_says_who_and_when",
            ),
        ]
        indexes = [
            models.Index(
                fields=["exception_until"],
                condition=Q(
                    exception_until__isnull=False,
                    withdrawn_at__isnull=True,
                    superseded_at__isnull=True,
                ),
                name="decision_exception_ends",
            ),
            models.Index(
                fields=["second_due_at", "id"],
                condition=Q(
                    needs_second_look=True,
                    second_at__isnull=True,
                    returned_at__isnull=True,
                    withdrawn_at__isnull=True,
                    superseded_at__isnull=True,
                ),
                name="decision_waits_for_second",
            ),
            models.Index(
                fields=["due_on"],
                condition=Q(
                    due_on__isnull=False,
                    withdrawn_at__isnull=True,
                    superseded_at__isnull=True,
                ),
                name="decision_hold_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk}"
