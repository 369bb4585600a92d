"""A contact as the v3 API tells it: an entry per student, several if the SIS says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from contacts.models.person import ContactFacts
from contacts.models.record import Imported, Staged
from contacts.models.source import Source

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User


class V3Stamp(models.Model):
    """What only v3 tells of a contact."""

    legacy_id = models.CharField(max_length=100, blank=True)
    created = models.TextField(blank=True)
    last_modified = models.TextField(blank=True)

    class Meta:
        abstract = True


class ContactQuerySet(models.QuerySet["Contact"]):
    """Contacts, asked for in the words of the product."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Keep those of the sources this user may see."""
        return self.filter(source__in=Source.objects.visible_to(user))


class Contact(ContactFacts, V3Stamp, Imported):
    """A contact of v3; ``missing_at`` says when a complete snapshot lacked it."""

    missing_at = models.DateTimeField(null=True, blank=True)

    objects = ContactQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "external_id"], name="contact_id_is_unique"
            )
        ]
        indexes = [
            models.Index(fields=["source", "folded_name"], name="contact_by_name"),
            models.Index(
                fields=["source", "legacy_id"],
                condition=~Q(legacy_id=""),
                name="contact_by_legacy_id",
            ),
        ]

    def __str__(self) -> str:
        return self.external_id


class RelationshipEntry(models.Model):
    """One (contact, student, relationship, type) of v3.

    The student is held by id as the contact's record tells it: it may be one the token
    cannot see. ``ended_at`` says when a later record no longer had the entry.
    """

    contact = models.ForeignKey(
        Contact, models.CASCADE, related_name="entries", db_index=False
    )
    student_ref = models.CharField(max_length=100)
    relationship = models.TextField(blank=True)
    type = models.TextField(blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "student_ref", "relationship", "type"],
                name="entry_is_told_once",
            )
        ]
        indexes = [
            models.Index(
                fields=["student_ref", "contact"],
                condition=Q(ended_at__isnull=True),
                name="entry_by_student",
            )
        ]

    def __str__(self) -> str:
        return f"{self.contact_id} of {self.student_ref}"


class StagedContact(ContactFacts, V3Stamp, Staged):
    """A contact of a running import."""

    class Meta:
        indexes = [
            models.Index(fields=["snapshot", "external_id"], name="staged_contact_run")
        ]

    def __str__(self) -> str:
        return self.external_id


class StagedEntry(models.Model):
    """A relationship entry of a running import, under its contact's id."""

    snapshot = models.ForeignKey(
        "contacts.Snapshot", models.DO_NOTHING, db_constraint=False, db_index=False
    )
    page = models.PositiveIntegerField()
    place = models.PositiveIntegerField()
    contact_ref = models.CharField(max_length=100)
    student_ref = models.CharField(max_length=100)
    relationship = models.TextField(blank=True)
    type = models.TextField(blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["snapshot", "contact_ref"], name="staged_entry_run")
        ]

    def __str__(self) -> str:
        return f"{self.contact_ref} of {self.student_ref}"
