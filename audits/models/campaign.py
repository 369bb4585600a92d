"""A review with an end: what is in it, by which policy, by when, by whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from audits.models.finding import Finding
from audits.models.policy import PolicyVersion
from contacts.models import Match, Source

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User


class CampaignQuerySet(models.QuerySet["Campaign"]):
    """Campaigns, asked for in the words of the product."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Keep those of the sources this user may see."""
        return self.filter(source__in=Source.objects.visible_to(user))


class Campaign(models.Model):
    """One review of a source. ``scope`` is the query of the findings that are in it."""

    source = models.ForeignKey(Source, models.CASCADE, related_name="campaigns")
    name = models.CharField(max_length=200)
    scope = models.TextField(blank=True)
    policy = models.ForeignKey(PolicyVersion, models.PROTECT)
    due_on = models.DateField()
    people = models.ManyToManyField(
        settings.AUTH_USER_MODEL, related_name="campaigns", blank=True
    )
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="started_campaigns"
    )
    started_at = models.DateTimeField()
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="ended_campaigns",
    )
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = CampaignQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source"],
                condition=Q(ended_at__isnull=True),
                name="campaign_runs_once_a_source",
            ),
            models.CheckConstraint(
                condition=Q(ended_by__isnull=True, ended_at__isnull=True)
                | Q(ended_by__isnull=False, ended_at__isnull=False),
                name="campaign_end_says_who_and_when",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class SavedFilter(models.Model):
    """A person's own view of a source's queue, under a name."""

    source = models.ForeignKey(Source, models.CASCADE, related_name="saved_filters")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_filters"
    )
    name = models.CharField(max_length=80)
    query = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "user", "name"], name="saved_filter_name_is_unique"
            )
        ]

    def __str__(self) -> str:
        return self.name


class QuestionQuerySet(models.QuerySet["Question"]):
    """Questions, asked for in the words of the product."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Keep those of the sources this user may see."""
        return self.filter(source__in=Source.objects.visible_to(user))


class Question(models.Model):
    """Something only the district or the account's owner can answer."""

    source = models.ForeignKey(Source, models.CASCADE, related_name="questions")
    finding = models.ForeignKey(
        Finding, models.SET_NULL, null=True, blank=True, related_name="questions"
    )
    match = models.ForeignKey(
        Match,
        models.DO_NOTHING,
        null=True,
        blank=True,
        db_constraint=False,
        db_index=False,
    )
    text = models.TextField()
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="questions"
    )
    asked_at = models.DateTimeField()
    answer = models.TextField(blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="answers",
    )
    answered_at = models.DateTimeField(null=True, blank=True)

    objects = QuestionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="question_asks"),
            models.CheckConstraint(
                condition=Q(
                    answer="", answered_by__isnull=True, answered_at__isnull=True
                )
                | ~Q(answer="")
                & Q(answered_by__isnull=False, answered_at__isnull=False),
                name="answer_says_who_and_when",
            ),
        ]

    def __str__(self) -> str:
        return f"question #{self.pk}"
