"""A contact as the v2 API told it: one relationship for all of its students."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models

from contacts.models.person import ContactFacts
from contacts.models.record import Imported, Staged
from contacts.models.source import Source

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User


class LegacyLabel(models.Model):
    """The single label of v2."""

    relationship = models.TextField(blank=True)
    type = models.TextField(blank=True)

    class Meta:
        abstract = True


class LegacyContactQuerySet(models.QuerySet["LegacyContact"]):
    """Legacy contacts, asked for in the words of the product."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Keep those of the sources this user may see."""
        return self.filter(source__in=Source.objects.visible_to(user))


class LegacyContact(ContactFacts, LegacyLabel, Imported):
    """A stored v2 contact."""

    objects = LegacyContactQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "external_id"], name="legacy_contact_id_is_unique"
            )
        ]
        indexes = [
            models.Index(fields=["source", "folded_name"], name="legacy_by_name"),
        ]

    def __str__(self) -> str:
        return self.external_id


class LegacyStudent(models.Model):
    """A student that v2 listed for a legacy contact, by the student's id."""

    legacy_contact = models.ForeignKey(
        LegacyContact, models.CASCADE, related_name="student_links", db_index=False
    )
    student_ref = models.CharField(max_length=100)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["legacy_contact", "student_ref"],
                name="legacy_student_is_listed_once",
            )
        ]
        indexes = [models.Index(fields=["student_ref"], name="legacy_by_student")]

    def __str__(self) -> str:
        return f"{self.legacy_contact_id} of {self.student_ref}"


class StagedLegacyContact(ContactFacts, LegacyLabel, Staged):
    """A legacy contact of a running import; ``students`` is a JSON array of ids."""

    students = models.TextField(default="[]")

    class Meta:
        indexes = [
            models.Index(fields=["snapshot", "external_id"], name="staged_legacy_run")
        ]

    def __str__(self) -> str:
        return self.external_id
