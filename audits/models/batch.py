"""Many decisions made in one act, and undone in one act."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from contacts.models import Job, Source

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User


class BatchQuerySet(models.QuerySet["Batch"]):
    """Batches, asked for in the words of the product."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Keep those of the sources this user may see."""
        return self.filter(source__in=Source.objects.visible_to(user))


class Batch(models.Model):
    """One act on a frozen set of findings.

    ``scope`` is the query that the set was asked for with, ``excluded`` the ids taken out
    of it; ``fingerprint`` is over every (id, version) that was previewed, so that a set
    that has changed is refused. ``items`` counts them.
    """

    class State(models.TextChoices):
        """*Refused* wrote nothing: the set had changed before the job began."""

        QUEUED = "queued", "Waiting"
        DONE = "done", "Decided"
        REFUSED = "refused", "Refused"
        UNDONE = "undone", "Undone"

    source = models.ForeignKey(Source, models.CASCADE, related_name="batches")
    kind = models.CharField(max_length=10)
    reason_code = models.CharField(max_length=30, blank=True)
    reason = models.TextField()
    exception_until = models.DateField(null=True, blank=True)
    scope = models.TextField(blank=True)
    excluded = models.JSONField(default=list)
    fingerprint = models.CharField(max_length=64)
    items = models.PositiveBigIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    words = models.TextField(blank=True)
    needs_second_look = models.BooleanField(default=False)
    job = models.ForeignKey(Job, models.SET_NULL, null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="batches"
    )
    decided_at = models.DateTimeField()
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="undone_batches",
    )
    undone_at = models.DateTimeField(null=True, blank=True)

    objects = BatchQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["queued", "done", "refused", "undone"]),
                name="batch_state_is_known",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="batch_says_why"),
            models.CheckConstraint(
                condition=Q(undone_by__isnull=True, undone_at__isnull=True)
                | Q(undone_by__isnull=False, undone_at__isnull=False),
                name="batch_undoing_says_who_and_when",
            ),
        ]
        indexes = [models.Index(fields=["source", "-id"], name="batch_latest")]

    def __str__(self) -> str:
        return f"batch #{self.pk}"


class SituationTally(models.Model):
    """What a situation comes to: counted when a scan ends or findings of it are decided.

    The page that lists situations reads these rows and counts nothing. ``gravity`` is the
    severity turned round: a list's columns all fall or all rise. ``restricted``: an order
    is inside, for whatever class.
    """

    situation = models.OneToOneField(
        "audits.JudgedSituation",
        models.CASCADE,
        primary_key=True,
        related_name="tally",
    )
    source = models.ForeignKey(Source, models.CASCADE, db_index=False)
    rule = models.CharField(max_length=30, default="")
    privilege_class = models.CharField(max_length=20, default="")
    restricted = models.BooleanField(default=False)
    severity = models.PositiveSmallIntegerField()
    gravity = models.GeneratedField(
        expression=6 - F("severity"),
        output_field=models.PositiveSmallIntegerField(),
        db_persist=True,
    )
    open = models.PositiveBigIntegerField(default=0)
    decided = models.PositiveBigIntegerField(default=0)
    agreed = models.PositiveBigIntegerField(default=0)
    contacts = models.PositiveBigIntegerField(default=0)
    subjects = models.PositiveBigIntegerField(default=0)
    privileges = models.JSONField(default=list)
    oldest_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(agreed__lte=F("decided")),
                name="situation_agrees_at_most_with_all",
            )
        ]
        indexes = [
            models.Index(
                fields=["source", "-gravity", "-open", "-situation"],
                name="situation_queue",
            )
        ]

    def __str__(self) -> str:
        return f"{self.open} open of situation {self.situation_id}"
