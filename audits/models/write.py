"""What is to be written to the provider, item for item, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from contacts.models import Match, Source

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User


class WriteRunQuerySet(models.QuerySet["WriteRun"]):
    """Runs, asked for in the words of the product."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Keep those of the sources this user may see."""
        return self.filter(source__in=Source.objects.visible_to(user))

    def unfinished(self) -> Self:
        """Keep those that stand in the way of another."""
        return self.filter(state__in=WriteRun.UNFINISHED)


class WriteRun(models.Model):
    """A previewed list of changes for one account; nothing is sent before a second look.

    ``sha256`` is over the items' bodies in their order, so that what was looked at is
    what is sent; it is empty until the preview is complete. ``counts`` says how many
    items change each field, for the page.
    """

    class State(models.TextChoices):
        """How far it came."""

        PREVIEW = "preview", "Preview"
        AWAITING_SECOND = "awaiting_second", "Awaiting second look"
        APPROVED = "approved", "Approved"
        RUNNING = "running", "Being sent"
        DONE = "done", "Sent"
        WITHDRAWN = "withdrawn", "Withdrawn"

    UNFINISHED = (State.PREVIEW, State.AWAITING_SECOND, State.APPROVED, State.RUNNING)

    source = models.ForeignKey(Source, models.CASCADE, related_name="write_runs")
    state = models.CharField(max_length=20, choices=State, default=State.PREVIEW)
    items = models.PositiveBigIntegerField(default=0)
    counts = models.JSONField(default=dict)
    sha256 = models.CharField(max_length=64, blank=True)
    reason = models.TextField(blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="write_runs"
    )
    made_at = models.DateTimeField()
    second_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="write_second_looks",
    )
    second_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = WriteRunQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    state__in=[
                        "preview",
                        "awaiting_second",
                        "approved",
                        "running",
                        "done",
                        "withdrawn",
                    ]
                ),
                name="write_run_state_is_known",
            ),
            models.CheckConstraint(
                condition=Q(second_by__isnull=True) | ~Q(second_by=F("made_by")),
                name="write_second_look_is_anothers",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "running", "done"])
                | Q(second_by__isnull=False, second_at__isnull=False),
                name="write_run_sends_only_what_was_confirmed",
            ),
            models.UniqueConstraint(
                fields=["source"],
                condition=Q(
                    state__in=["preview", "awaiting_second", "approved", "running"]
                ),
                name="write_run_is_one_a_source",
            ),
        ]

    def __str__(self) -> str:
        return f"write run #{self.pk}"


class WriteItem(models.Model):
    """One request to the provider: its intent, then what came of it.

    ``body`` is the JSON that is sent, ``differences`` what it changes, for people to read
    ([[field, before, after], …]). ``before_digest`` is over the V3 record the body was
    made from: one that has changed since is not overwritten but told as *stale*.
    """

    class Method(models.TextChoices):
        """Change a contact, or make one."""

        PUT = "put", "Change"
        POST = "post", "Add"

    class State(models.TextChoices):
        """*Sending* is written before the request goes out: the intent."""

        READY = "ready", "Ready"
        SENDING = "sending", "Being sent"
        VERIFIED = "verified", "Sent and read back"
        DIFFERS = "differs", "Sent, but reads otherwise"
        STALE = "stale", "Not sent: changed since"
        CONFLICT = "conflict", "Not sent: another contact has the address"
        REFUSED = "refused", "Refused by the provider"

    run = models.ForeignKey(WriteRun, models.CASCADE, related_name="item_set")
    place = models.PositiveIntegerField()
    match = models.ForeignKey(
        Match, models.DO_NOTHING, db_constraint=False, db_index=False
    )
    method = models.CharField(max_length=4, choices=Method)
    contact_v2_id = models.CharField(max_length=100, blank=True)
    contact_v3_id = models.CharField(max_length=100, blank=True)
    body = models.TextField()
    differences = models.JSONField(default=list)
    before_digest = models.CharField(max_length=32, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.READY)
    words = models.CharField(max_length=300, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["run", "place"], name="write_item_has_its_place"
            ),
            models.CheckConstraint(
                condition=Q(method__in=["put", "post"]),
                name="write_item_method_is_known",
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=[
                        "ready",
                        "sending",
                        "verified",
                        "differs",
                        "stale",
                        "conflict",
                        "refused",
                    ]
                ),
                name="write_item_state_is_known",
            ),
        ]
        indexes = [models.Index(fields=["run", "state"], name="write_item_by_state")]

    def __str__(self) -> str:
        return f"item {self.place} of {self.run_id}"
