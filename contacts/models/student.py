"""The student a Clever contact is related to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from contacts.models.person import PersonFacts
from contacts.models.record import Imported, Staged
from contacts.models.source import Source

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User


class SchoolPlace(models.Model):
    """Where a student sits, and the v2 id where a district has one."""

    legacy_id = models.CharField(max_length=100, blank=True)
    grade = models.TextField(blank=True)
    school = models.TextField(blank=True)

    class Meta:
        abstract = True


class StudentQuerySet(models.QuerySet["Student"]):
    """Students, asked for in the words of the product."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Keep those of the sources this user may see."""
        return self.filter(source__in=Source.objects.visible_to(user))


class Student(PersonFacts, SchoolPlace, Imported):
    """A student as the v3 API tells it."""

    missing_at = models.DateTimeField(null=True, blank=True)

    objects = StudentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "external_id"], name="student_id_is_unique"
            )
        ]
        indexes = [
            models.Index(fields=["source", "folded_name"], name="student_by_name"),
            models.Index(
                fields=["source", "legacy_id"],
                condition=~Q(legacy_id=""),
                name="student_by_legacy_id",
            ),
        ]

    def __str__(self) -> str:
        return self.external_id


class StagedStudent(PersonFacts, SchoolPlace, Staged):
    """A student of a running import."""

    class Meta:
        indexes = [
            models.Index(fields=["snapshot", "external_id"], name="staged_student_run")
        ]

    def __str__(self) -> str:
        return self.external_id
