"""A privilege that the customer's own product gave on what v2 told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from contacts.models import Match, Source
from contacts.models.record import Imported, Staged

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User


class GrantFacts(models.Model):
    """What a row of the grants CSV says."""

    contact_ref = models.CharField(max_length=100)
    student_ref = models.CharField(max_length=100, blank=True)
    list_ref = models.CharField(max_length=100, blank=True)
    privilege = models.CharField(max_length=100)
    granted_at = models.TextField(blank=True)
    granted_by = models.TextField(blank=True)
    basis = models.CharField(max_length=20)
    basis_relationship = models.TextField(blank=True)
    basis_type = models.TextField(blank=True)
    expires_at = models.DateField(null=True, blank=True)

    class Meta:
        abstract = True


class GrantQuerySet(models.QuerySet["Grant"]):
    """Grants, asked for in the words of the product."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Keep those of the sources this user may see."""
        return self.filter(source__in=Source.objects.visible_to(user))

    def active(self) -> Self:
        """Keep those the product still holds."""
        return self.filter(closed_at__isnull=True)


class Grant(GrantFacts, Imported):
    """This contact has this privilege for this student, as the product holds it.

    ``match`` and ``student_key`` are resolved at each scan: the person behind
    ``contact_ref``, and the v3 id behind ``student_ref``.
    """

    class Basis(models.TextChoices):
        """The fact a grant was given on."""

        V2_RELATIONSHIP = "v2_relationship", "v2 relationship"
        CONSENT = "consent", "Consent"
        COURT_ORDER = "court_order", "Court order"
        DISTRICT_FORM = "district_form", "District form"
        MANUAL = "manual", "Manual"

    match = models.ForeignKey(
        Match,
        models.DO_NOTHING,
        null=True,
        blank=True,
        db_constraint=False,
        db_index=False,
    )
    student_key = models.CharField(max_length=100, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = GrantQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "external_id"], name="grant_id_is_unique"
            ),
            models.CheckConstraint(
                condition=Q(
                    basis__in=[
                        "v2_relationship",
                        "consent",
                        "court_order",
                        "district_form",
                        "manual",
                    ]
                ),
                name="grant_basis_is_known",
            ),
            models.CheckConstraint(
                condition=~Q(privilege="") & ~Q(contact_ref=""),
                name="grant_names_contact_and_privilege",
            ),
        ]
        indexes = [
            models.Index(fields=["match", "student_key"], name="grant_by_person"),
            models.Index(fields=["source", "contact_ref"], name="grant_by_contact_ref"),
            models.Index(fields=["source", "student_key"], name="grant_by_student"),
        ]

    def __str__(self) -> str:
        return self.external_id


class StagedGrant(GrantFacts, Staged):
    """A grant of a running import."""

    class Meta:
        indexes = [
            models.Index(fields=["snapshot", "external_id"], name="staged_grant_run")
        ]

    def __str__(self) -> str:
        return self.external_id
