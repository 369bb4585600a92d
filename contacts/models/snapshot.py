"""A recorded import: its pages as received, its counts, its rows that did not go in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from contacts.models.source import Source

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User


class SnapshotQuerySet(models.QuerySet["Snapshot"]):
    """Snapshots, asked for in the words of the product."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Keep the snapshots of the sources this user may see."""
        return self.filter(source__in=Source.objects.visible_to(user))

    def latest_of(self, source: Source, kind: str) -> Snapshot | None:
        """Give the newest snapshot of a kind that saw anything, or None.

        A run that saw no page (a refused token, say) changed nothing and so speaks for
        nothing; the one before it still holds.
        """
        seen = self.filter(source=source, kind=kind).filter(
            Q(pages__gt=0) | Q(state=Snapshot.State.COMPLETE)
        )
        return seen.order_by("-pk").first()


class Snapshot(models.Model):
    """One import of one kind of data from one source."""

    class Kind(models.TextChoices):
        """What is imported."""

        LEGACY_CONTACTS = "legacy_contacts", "Stored v2 contacts"
        CONTACTS = "contacts", "v3 contacts"
        STUDENTS = "students", "Students"
        GRANTS = "grants", "Grants"
        RESTRICTIONS = "restrictions", "Restrictions"
        LEGACY_LISTS = "legacy_lists", "V2 lists"
        LISTS = "lists", "V3 lists"
        CUSTOM_FIELDS = "custom_fields", "V3 custom fields"
        CROSSWALK = "crosswalk", "Cross-reference of contacts"
        LIST_CROSSWALK = "list_crosswalk", "Cross-reference of lists"
        UPLOADED_CROSSWALK = "uploaded_crosswalk", "Uploaded crosswalk"

    class State(models.TextChoices):
        """How far it came: only *complete* lets a rule rest on what is absent."""

        RUNNING = "running", "Running"
        COMPLETE = "complete", "Complete"
        INCOMPLETE = "incomplete", "Incomplete"
        FAILED = "failed", "Failed"

    class Origin(models.TextChoices):
        """Where the pages came from."""

        FILE = "file", "File"
        API = "api", "Provider's API"

    source = models.ForeignKey(Source, models.CASCADE, related_name="snapshots")
    kind = models.CharField(max_length=20, choices=Kind)
    version = models.CharField(max_length=5, blank=True)
    origin = models.CharField(max_length=5, choices=Origin)
    origin_key = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=State, default=State.RUNNING)
    next_url = models.CharField(max_length=500, blank=True)
    pages = models.PositiveIntegerField(default=0)
    rows_in = models.PositiveBigIntegerField(default=0)
    imported = models.PositiveBigIntegerField(default=0)
    unchanged = models.PositiveBigIntegerField(default=0)
    duplicates = models.PositiveBigIntegerField(default=0)
    quarantined = models.PositiveBigIntegerField(default=0)
    closed = models.PositiveBigIntegerField(default=0)
    closes_absent = models.BooleanField(default=False)
    error = models.CharField(max_length=500, blank=True)
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True
    )

    objects = SnapshotQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "kind"],
                condition=Q(state="running"),
                name="snapshot_runs_once_a_kind",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["running", "complete", "incomplete", "failed"]),
                name="snapshot_state_is_known",
            ),
            models.CheckConstraint(
                condition=Q(
                    kind__in=[
                        "legacy_contacts",
                        "contacts",
                        "students",
                        "grants",
                        "restrictions",
                        "legacy_lists",
                        "lists",
                        "custom_fields",
                        "crosswalk",
                        "list_crosswalk",
                        "uploaded_crosswalk",
                    ]
                ),
                name="snapshot_kind_is_known",
            ),
            models.CheckConstraint(
                condition=Q(state="running")
                | Q(
                    rows_in=F("imported")
                    + F("unchanged")
                    + F("duplicates")
                    + F("quarantined")
                ),
                name="snapshot_counts_add_up",
            ),
            models.CheckConstraint(
                condition=Q(state="running", finished_at__isnull=True)
                | ~Q(state="running") & Q(finished_at__isnull=False),
                name="snapshot_ends_when_it_stops_running",
            ),
        ]
        indexes = [
            models.Index(fields=["source", "kind", "-id"], name="snapshot_latest")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.version} #{self.pk}"


class SnapshotPage(models.Model):
    """A page as received, compressed, with the SHA-256 of what was received.

    Records point at their page and place, so that the exact evidence of a finding can be
    shown and hashed at a tenth of the bytes.
    """

    snapshot = models.ForeignKey(Snapshot, models.CASCADE, related_name="page_set")
    number = models.PositiveIntegerField()
    path = models.CharField(max_length=500, blank=True)
    first_line = models.PositiveBigIntegerField(default=1)
    rows = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    body = models.BinaryField()
    received_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["snapshot", "number"], name="page_number_is_unique"
            )
        ]

    def __str__(self) -> str:
        return f"page {self.number} of {self.snapshot_id}"


class QuarantinedRow(models.Model):
    """A row that could not be read: where it stood and what was wrong, never its value."""

    snapshot = models.ForeignKey(Snapshot, models.CASCADE, related_name="quarantine")
    page = models.PositiveIntegerField()
    line = models.PositiveBigIntegerField()
    field = models.CharField(max_length=100, blank=True)
    reason = models.CharField(max_length=300)

    class Meta:
        indexes = [
            models.Index(fields=["snapshot", "line"], name="quarantine_by_line"),
        ]

    def __str__(self) -> str:
        return f"line {self.line} of {self.snapshot_id}"

    @property
    def words(self) -> str:
        """Where it stands and what is wrong, for a person: *line 17: id is missing*."""
        return f"line {self.line}: {' '.join(filter(None, (self.field, self.reason)))}"
