"""Background work as a row: the truth of which a broker's message is only a hint."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from contacts.models.source import Source

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User


class JobQuerySet(models.QuerySet["Job"]):
    """Jobs, asked for by what can be done with them."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Keep the jobs of the sources this user may see."""
        return self.filter(source__in=Source.objects.visible_to(user))

    def unfinished(self) -> Self:
        """Keep those that still stand in the way of another with the same key."""
        return self.filter(state__in=Job.UNFINISHED)

    def claimable(self, *, at: datetime) -> Self:
        """Keep those a worker may take: due and queued, or left by a dead worker."""
        due = Q(not_before__isnull=True) | Q(not_before__lte=at)
        return self.filter(
            due & Q(state=Job.State.QUEUED)
            | Q(state=Job.State.RUNNING, lease_until__lt=at)
        )


class Job(models.Model):
    """One piece of work: claimed under a lease, stepped under a fencing token."""

    class State(models.TextChoices):
        """Where a job stands; ``paused`` waits for a person, not for time."""

        QUEUED = "queued", "Waiting"
        RUNNING = "running", "Running"
        PAUSED = "paused", "Paused"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    UNFINISHED = (State.QUEUED, State.RUNNING, State.PAUSED)

    source = models.ForeignKey(Source, models.CASCADE, related_name="jobs")
    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=120)
    title = models.CharField(max_length=200)
    args = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    token = models.PositiveIntegerField(default=0)
    owner = models.CharField(max_length=120, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    not_before = models.DateTimeField(null=True, blank=True)
    hinted_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    max_attempts = models.PositiveSmallIntegerField(default=5)
    checkpoint = models.JSONField(default=dict, blank=True)
    phase = models.CharField(max_length=80, blank=True)
    rows_done = models.PositiveBigIntegerField(default=0)
    rows_total = models.PositiveBigIntegerField(null=True, blank=True)
    result = models.JSONField(default=dict, blank=True)
    error = models.CharField(max_length=500, blank=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True
    )
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["key"],
                condition=Q(state__in=["queued", "running", "paused"]),
                name="job_key_is_unfinished_once",
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=[
                        "queued",
                        "running",
                        "paused",
                        "done",
                        "failed",
                        "cancelled",
                    ]
                ),
                name="job_state_is_known",
            ),
            models.CheckConstraint(
                condition=~Q(state="running") | Q(lease_until__isnull=False),
                name="job_running_has_a_lease",
            ),
        ]
        indexes = [models.Index(fields=["state", "not_before"], name="job_due")]

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk}"

    @property
    def is_finished(self) -> bool:
        """Say whether nothing more will happen by itself or by a person's retry."""
        return self.state not in self.UNFINISHED

    @property
    def percent(self) -> int | None:
        """Tell how much is done, 0 to 100, or None where the whole is not known."""
        if self.state == self.State.DONE:
            return 100
        if not self.rows_total:
            return None
        return min(99, 100 * self.rows_done // self.rows_total)
