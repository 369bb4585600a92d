"""What has to be set for a Constant Contact account, and how much of its budget is used."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from contacts.encryption import EncryptedTextField
from contacts.models.source import Source


class MailAccount(models.Model):
    """How to reach an account, and how its contacts are mapped.

    The access token stands in ``Source.token`` for every provider; what renews it stands
    here. ``may_write`` is the switch without which nothing is ever sent to the provider.
    """

    class Limits(models.TextChoices):
        """How much of a contact V3 takes: as the migration guide or as the API says."""

        GUIDE = "guide", "As the migration guide says"
        CURRENT = "current", "As the API takes today"

    source = models.OneToOneField(
        Source, models.CASCADE, primary_key=True, related_name="mail_account"
    )
    client_id = models.CharField(max_length=200, blank=True)
    client_secret = EncryptedTextField(blank=True)
    refresh_token = EncryptedTextField(blank=True)
    token_expires_at = models.DateTimeField(null=True, blank=True)
    connected_at = models.DateTimeField(null=True, blank=True)
    connected_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True
    )
    auth_url = models.CharField(max_length=300, blank=True)
    v2_url = models.CharField(max_length=300, blank=True)
    v2_key = EncryptedTextField(blank=True)
    xref_path = models.CharField(max_length=100, blank=True)
    limits = models.CharField(max_length=10, choices=Limits, default=Limits.GUIDE)
    visitor_is_explicit = models.BooleanField(default=False)
    may_write = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(limits__in=["guide", "current"]),
                name="mail_account_limits_are_known",
            )
        ]

    def __str__(self) -> str:
        return f"account of {self.source_id}"


class ApiBudget(models.Model):
    """The requests of one key: how many today, and when the next may be sent.

    One row a key (its hash), shared by every worker and every source that uses the key.
    """

    key_hash = models.CharField(max_length=64)
    day = models.DateField()
    used = models.PositiveIntegerField(default=0)
    quota = models.PositiveIntegerField(default=10_000)
    next_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key_hash"], name="budget_is_one_a_key")
        ]

    def __str__(self) -> str:
        return f"{self.used} of {self.quota} on {self.day}"


class SlotName(models.Model):
    """What a person said of one of V2's fifteen custom fields, once for the account.

    ``field_ref`` is the V3 field its values go to; "" leaves the slot's values behind.
    """

    source = models.ForeignKey(
        Source, models.CASCADE, related_name="slot_names", db_index=False
    )
    slot = models.PositiveSmallIntegerField()
    field_ref = models.CharField(max_length=100, blank=True)
    named_at = models.DateTimeField(default=timezone.now)
    named_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "slot"], name="slot_is_named_once"
            ),
            models.CheckConstraint(
                condition=Q(slot__gte=1, slot__lte=15), name="slot_is_one_of_fifteen"
            ),
        ]

    def __str__(self) -> str:
        return f"slot {self.slot} of {self.source_id}"
