"""A scan, and the situations it judged."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from audits.models.policy import PolicyVersion
from contacts.models import Source


class Scan(models.Model):
    """One run of survey, judge and write over a source, with its counts.

    ``counts`` holds what the command prints: grants, situations, confirmed, findings,
    opened, reopened, closed, by_rule, other_basis, expired.
    """

    source = models.ForeignKey(Source, models.CASCADE, related_name="scans")
    policy = models.ForeignKey(PolicyVersion, models.PROTECT)
    counts = models.JSONField(default=dict)
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True
    )

    class Meta:
        indexes = [models.Index(fields=["source", "-id"], name="scan_latest")]

    def __str__(self) -> str:
        return f"scan #{self.pk}"


class JudgedSituation(models.Model):
    """A situation that grants of a source are in, and the verdict on it.

    ``key`` is the SHA-256 of the situation's canonical JSON in ``body``. ``sentence`` is
    the verdict's template, filled per finding. ``grants`` counts at ``scan``, the last one
    that met the situation.
    """

    source = models.ForeignKey(Source, models.CASCADE, related_name="situations")
    key = models.CharField(max_length=64)
    body = models.JSONField()
    policy = models.ForeignKey(PolicyVersion, models.PROTECT)
    rule = models.CharField(max_length=30)
    severity = models.CharField(max_length=10)
    recommendation = models.CharField(max_length=10, blank=True)
    sentence = models.TextField()
    others = models.JSONField(default=list)
    grants = models.PositiveBigIntegerField(default=0)
    scan = models.ForeignKey(
        Scan, models.SET_NULL, null=True, blank=True, related_name="situations"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "key"], name="situation_is_judged_once"
            )
        ]

    def __str__(self) -> str:
        return self.key[:12]
