"""An order or instruction that forbids privileges."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from contacts.models import Match, Source
from contacts.models.record import Imported, Staged

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User


class RestrictionFacts(models.Model):
    """What a row of the restrictions CSV says; classes are joined by ``;``."""

    contact_ref = models.CharField(max_length=100)
    student_ref = models.CharField(max_length=100, blank=True)
    kind = models.CharField(max_length=30)
    privilege_classes = models.TextField(blank=True)
    starts_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)
    reference = models.TextField(blank=True)
    note = models.TextField(blank=True)

    class Meta:
        abstract = True


class RestrictionQuerySet(models.QuerySet["Restriction"]):
    """Restrictions, asked for in the words of the product."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Keep those of the sources this user may see."""
        return self.filter(source__in=Source.objects.visible_to(user))

    def active_on(self, day: date) -> Self:
        """Keep those in force on a day, the first and the last included."""
        return self.filter(
            Q(starts_on__isnull=True) | Q(starts_on__lte=day),
            Q(ends_on__isnull=True) | Q(ends_on__gte=day),
        )


class Restriction(RestrictionFacts, Imported):
    """One restriction; ``match`` is empty while its contact is unknown."""

    class Kind(models.TextChoices):
        """What kind of paper it is; a custody document informs and forbids nothing."""

        COURT_ORDER = "court_order", "Court order"
        PROTECTION_ORDER = "protection_order", "Protection order"
        RELEASE_BAN = "release_ban", "Release ban"
        DISTRICT_INSTRUCTION = "district_instruction", "District instruction"
        CUSTODY_DOCUMENT = "custody_document", "Custody document"

    match = models.ForeignKey(
        Match, models.DO_NOTHING, null=True, blank=True, db_constraint=False
    )
    student_key = models.CharField(max_length=100, blank=True)

    objects = RestrictionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "external_id"], name="restriction_id_is_unique"
            ),
            models.CheckConstraint(
                condition=Q(
                    kind__in=[
                        "court_order",
                        "protection_order",
                        "release_ban",
                        "district_instruction",
                        "custody_document",
                    ]
                ),
                name="restriction_kind_is_known",
            ),
        ]
        indexes = [
            models.Index(fields=["source", "contact_ref"], name="restriction_by_ref"),
        ]

    def __str__(self) -> str:
        return self.external_id


class StagedRestriction(RestrictionFacts, Staged):
    """A restriction of a running import."""

    class Meta:
        indexes = [
            models.Index(
                fields=["snapshot", "external_id"], name="staged_restriction_run"
            )
        ]

    def __str__(self) -> str:
        return self.external_id
