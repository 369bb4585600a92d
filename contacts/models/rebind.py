"""What a person said of who is who, where no provider says it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from contacts.models.contact import Contact
from contacts.models.legacy import LegacyContact
from contacts.models.source import Source


class Rebind(models.Model):
    """A person's word that a legacy contact is, or is not, a contact.

    The crosswalk takes *same* for a match and never offers *different* again. Taken back
    by ``withdrawn_*``, never deleted.
    """

    class Kind(models.TextChoices):
        """What was said."""

        SAME = "same", "The same person"
        DIFFERENT = "different", "Not the same"

    source = models.ForeignKey(Source, models.CASCADE, related_name="rebinds")
    legacy_contact = models.ForeignKey(
        LegacyContact, models.CASCADE, related_name="rebinds"
    )
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="rebinds")
    kind = models.CharField(max_length=10, choices=Kind)
    reason = models.TextField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="rebinds"
    )
    decided_at = models.DateTimeField()
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="withdrawn_rebinds",
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["legacy_contact"],
                condition=Q(kind="same", withdrawn_at__isnull=True),
                name="rebind_legacy_to_one_contact",
            ),
            models.UniqueConstraint(
                fields=["contact"],
                condition=Q(kind="same", withdrawn_at__isnull=True),
                name="rebind_contact_to_one_legacy",
            ),
            models.UniqueConstraint(
                fields=["legacy_contact", "contact"],
                condition=Q(withdrawn_at__isnull=True),
                name="rebind_says_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["same", "different"]),
                name="rebind_kind_is_known",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="rebind_says_why"),
            models.CheckConstraint(
                condition=Q(withdrawn_by__isnull=True, withdrawn_at__isnull=True)
                | Q(withdrawn_by__isnull=False, withdrawn_at__isnull=False),
                name="rebind_withdrawal_says_who_and_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk}"
