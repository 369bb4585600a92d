"""The trail: one append-only row for each change, chained by hash."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from contacts.models import Source

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User


class EventQuerySet(models.QuerySet["Event"]):
    """Events, asked for in the words of the product."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Keep those of the sources this user may see; a superuser sees all."""
        if user.is_superuser:
            return self
        slugs = Source.objects.visible_to(user).values("slug")
        return self.filter(source__in=slugs)


class Event(models.Model):
    """Who did what to what. Text only and no foreign key: it outlives what it speaks of.

    ``before`` and ``after`` hold allow-listed fields and no personal data.
    """

    class ActorKind(models.TextChoices):
        """Who can act."""

        USER = "user", "User"
        SYSTEM = "system", "System"

    seq = models.PositiveBigIntegerField(primary_key=True)
    at = models.DateTimeField()
    source = models.CharField(max_length=60, blank=True)
    actor = models.CharField(max_length=150)
    actor_kind = models.CharField(max_length=10, choices=ActorKind)
    via = models.CharField(max_length=20)
    action = models.CharField(max_length=50)
    object_type = models.CharField(max_length=30)
    object_id = models.CharField(max_length=100)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    batch_id = models.CharField(max_length=40, blank=True)
    reason = models.TextField(blank=True)
    prev_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64, blank=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(seq__gte=1), name="event_seq_starts_at_1"
            ),
            models.CheckConstraint(
                condition=Q(actor_kind__in=["user", "system"]),
                name="event_actor_kind_is_known",
            ),
        ]
        indexes = [
            models.Index(
                fields=["object_type", "object_id", "-seq"], name="event_by_object"
            ),
            models.Index(fields=["source", "-seq"], name="event_by_source"),
        ]

    def __str__(self) -> str:
        return f"event {self.seq}"


class TrailHead(models.Model):
    """The end of the trail: one row, locked by whoever appends."""

    seq = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="trail_has_one_head")
        ]

    def __str__(self) -> str:
        return f"head at {self.seq}"
