"""A V2 value that V3 has no place for, and where a person said it should go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from contacts.models import Match, Source

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User


class LossQuerySet(models.QuerySet["Loss"]):
    """Losses, asked for in the words of the product."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Keep those of the sources this user may see."""
        return self.filter(source__in=Source.objects.visible_to(user))

    def open(self) -> Self:
        """Keep those nobody has decided."""
        return self.filter(state=Loss.State.OPEN)


class LossDecision(models.Model):
    """What a person decided of one kind of loss, for all that were open at the time.

    ``losses`` counts them and ``losses_sha256`` is over their fingerprints and values, so
    that the exact set can be proved. ``field_ref`` is the V3 custom field that the values
    go to, where that was decided.
    """

    class Kind(models.TextChoices):
        """Where the lost value goes."""

        LEAVE = "leave", "Leave behind"
        CUSTOM_FIELD = "custom_field", "Into a custom field"
        JOIN_NAME = "join_name", "Join to the name"
        SHORTEN = "shorten", "Shorten to fit"
        BY_HAND = "by_hand", "By hand in Constant Contact"

    source = models.ForeignKey(Source, models.CASCADE, related_name="loss_decisions")
    rule = models.CharField(max_length=30)
    field = models.CharField(max_length=60, blank=True)
    kind = models.CharField(max_length=20, choices=Kind)
    field_ref = models.CharField(max_length=100, blank=True)
    reason = models.TextField()
    losses = models.PositiveBigIntegerField()
    losses_sha256 = models.CharField(max_length=64)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="loss_decisions"
    )
    decided_at = models.DateTimeField()
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="loss_withdrawals",
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    kind__in=[
                        "leave",
                        "custom_field",
                        "join_name",
                        "shorten",
                        "by_hand",
                    ]
                ),
                name="loss_decision_kind_is_known",
            ),
            models.CheckConstraint(
                condition=~Q(reason=""), name="loss_decision_says_why"
            ),
            models.CheckConstraint(
                condition=Q(kind="custom_field") & ~Q(field_ref="")
                | ~Q(kind="custom_field") & Q(field_ref=""),
                name="loss_decision_names_a_field_if_needed",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_by__isnull=True, withdrawn_at__isnull=True)
                | Q(withdrawn_by__isnull=False, withdrawn_at__isnull=False),
                name="loss_withdrawal_says_who_and_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk}"


class Loss(models.Model):
    """One value of one V2 contact that does not fit V3; the exact value is the evidence.

    ``fingerprint`` says what it is about (contact, field, rule), ``evidence`` is a hash
    over the value on both sides. ``field`` is the V2 field's dotted name, and
    ``field_kind`` the same without what differs from contact to contact, by which many
    are decided at once. One that is about the whole account has no contact.
    """

    class State(models.TextChoices):
        """Whether somebody has said where the value goes."""

        OPEN = "open", "Open"
        DECIDED = "decided", "Decided"
        CLOSED = "closed", "Closed"

    source = models.ForeignKey(Source, models.CASCADE, db_index=False)
    fingerprint = models.CharField(max_length=300)
    evidence = models.CharField(max_length=64)
    match = models.ForeignKey(
        Match,
        models.DO_NOTHING,
        null=True,
        blank=True,
        db_constraint=False,
        db_index=False,
    )
    rule = models.CharField(max_length=30)
    severity = models.PositiveSmallIntegerField()
    field = models.CharField(max_length=100)
    field_kind = models.CharField(max_length=60)
    contact_v2_id = models.CharField(max_length=100, blank=True)
    contact_v3_id = models.CharField(max_length=100, blank=True)
    v2_value = models.TextField(blank=True)
    v3_value = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    decision = models.ForeignKey(
        LossDecision, models.SET_NULL, null=True, blank=True, related_name="loss_set"
    )
    first_seen_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = LossQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "fingerprint"], name="loss_is_about_one_value"
            ),
            models.CheckConstraint(
                condition=Q(state="open", decision__isnull=True, closed_at__isnull=True)
                | Q(state="decided", decision__isnull=False, closed_at__isnull=True)
                | Q(state="closed", closed_at__isnull=False),
                name="loss_state_fits_its_decision",
            ),
            models.CheckConstraint(
                condition=Q(severity__gte=1, severity__lte=5),
                name="loss_severity_is_known",
            ),
        ]
        indexes = [
            models.Index(
                fields=["source", "state", "rule", "field_kind", "id"],
                name="loss_queue",
            ),
            models.Index(fields=["match"], name="loss_by_person"),
        ]

    def __str__(self) -> str:
        return f"{self.rule} #{self.pk}"
