"""A grant, or a missing one, that a person must look at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from audits.models.grant import Grant
from audits.models.policy import PolicyVersion
from audits.models.scan import JudgedSituation
from contacts.models import Match, Source

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User


class FindingQuerySet(models.QuerySet["Finding"]):
    """Findings, asked for in the words of the product."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Keep those of the sources this user may see."""
        return self.filter(source__in=Source.objects.visible_to(user))

    def open(self) -> Self:
        """Keep those nobody has decided."""
        return self.filter(state=Finding.State.OPEN)


class Finding(models.Model):
    """One grant whose situation got a verdict, or one grant proposed.

    ``fingerprint`` says what it is about, ``evidence`` is the hash of why: the situation
    and both raw records' digests. What a list or a CSV shows is copied here when the
    finding is written, so that neither needs a join but the one to the situation, whose
    sentence is filled in when it is shown. ``version`` grows at each change and is what a decision is
    compared with.
    """

    class State(models.TextChoices):
        """How far it came, from open to verified."""

        OPEN = "open", "Open"
        DECIDED = "decided", "Decided"
        AWAITING_SECOND = "awaiting_second", "Awaiting second look"
        APPROVED = "approved", "Approved"
        PLANNED = "planned", "Planned"
        APPLIED = "applied", "Applied"
        VERIFIED = "verified", "Verified"
        CLOSED = "closed", "Closed"

    class Severity(models.IntegerChoices):
        """How much hangs on it, the gravest first so that an index lists it first."""

        CRITICAL = 1, "critical"
        HIGH = 2, "high"
        MEDIUM = 3, "medium"
        LOW = 4, "low"
        INFO = 5, "info"

    source = models.ForeignKey(Source, models.CASCADE, db_index=False)
    fingerprint = models.CharField(max_length=320)
    evidence = models.CharField(max_length=64)
    grant = models.ForeignKey(
        Grant,
        models.DO_NOTHING,
        null=True,
        blank=True,
        db_constraint=False,
        db_index=False,
    )
    match = models.ForeignKey(
        Match,
        models.DO_NOTHING,
        null=True,
        blank=True,
        db_constraint=False,
        db_index=False,
    )
    situation = models.ForeignKey(JudgedSituation, models.PROTECT, db_constraint=False)
    policy = models.ForeignKey(
        PolicyVersion, models.PROTECT, db_constraint=False, db_index=False
    )
    rule = models.CharField(max_length=30)
    severity = models.PositiveSmallIntegerField(choices=Severity)
    recommendation = models.CharField(max_length=10, blank=True)
    state = models.CharField(max_length=15, choices=State, default=State.OPEN)
    version = models.PositiveIntegerField(default=1)

    grant_ref = models.CharField(max_length=100, blank=True)
    privilege = models.CharField(max_length=100, blank=True)
    privilege_class = models.CharField(max_length=20)
    contact_v2_id = models.CharField(max_length=100, blank=True)
    contact_v3_id = models.CharField(max_length=100, blank=True)
    contact_name = models.TextField(blank=True)
    student_ref = models.CharField(max_length=100, blank=True)
    student_name = models.TextField(blank=True)
    list_ref = models.CharField(max_length=100, blank=True)
    list_name = models.TextField(blank=True, default="", db_default="")
    basis = models.CharField(max_length=20, blank=True)
    basis_relationship = models.TextField(blank=True)
    basis_type = models.TextField(blank=True)
    v3_entries = models.TextField(blank=True)
    match_state = models.CharField(max_length=20)
    search_text = models.TextField(blank=True)
    evidence_v2_sha256 = models.CharField(max_length=64, blank=True)
    evidence_v3_sha256 = models.CharField(max_length=64, blank=True)

    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    reopened = models.PositiveSmallIntegerField(default=0)
    decision = models.OneToOneField(
        "audits.Decision",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="current_for",
    )

    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="assigned_findings",
    )
    assigned_at = models.DateTimeField(null=True, blank=True)
    assigned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )

    objects = FindingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "fingerprint"], name="finding_is_about_one_thing"
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=[
                        "open",
                        "decided",
                        "awaiting_second",
                        "approved",
                        "planned",
                        "applied",
                        "verified",
                        "closed",
                    ]
                ),
                name="finding_state_is_known",
            ),
            models.CheckConstraint(
                condition=Q(severity__gte=1, severity__lte=5),
                name="finding_severity_is_known",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["open", "closed"]) | Q(decision__isnull=False),
                name="finding_decided_has_a_decision",
            ),
            models.CheckConstraint(
                condition=Q(state="closed", closed_at__isnull=False)
                | ~Q(state="closed") & Q(closed_at__isnull=True),
                name="finding_closed_says_when",
            ),
        ]
        indexes = [
            models.Index(
                fields=["source", "state", "severity", "id"], name="finding_queue"
            ),
            models.Index(
                fields=["source", "state", "rule", "severity", "id"],
                name="finding_queue_by_rule",
            ),
            # Narrow and repetitive, so a megabyte counts all facets of 100,000 findings.
            models.Index(
                fields=[
                    "source",
                    "state",
                    "severity",
                    "rule",
                    "privilege_class",
                    "match_state",
                ],
                name="finding_facets",
            ),
            models.Index(fields=["situation", "state"], name="finding_by_situation"),
            models.Index(fields=["match"], name="finding_by_person"),
            models.Index(fields=["source", "student_ref"], name="finding_by_student"),
        ]
        permissions = [
            ("decide", "Can decide findings"),
            ("confirm", "Can take the second look"),
            ("export", "Can download CSVs"),
        ]

    def __str__(self) -> str:
        return f"{self.rule} #{self.pk}"
