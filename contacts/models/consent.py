"""What a mailing provider tells besides who somebody is: consent and lists.

A person's consent stands beside the person, in a table of its own for each version, so
that what is common to all providers stays one table.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from contacts.models.contact import Contact
from contacts.models.legacy import LegacyContact
from contacts.models.person import ContactFacts
from contacts.models.record import Staged

# --- V2 ------------------------------------------------------------------------


class LegacyConsentFacts(models.Model):
    """V2's status of the contact and of its address, and where both came from.

    ``told_ref`` is the V3 id that came with the record, ``body`` the whole record as it
    was parsed (JSON), from which it is mapped.
    """

    status = models.CharField(max_length=50, blank=True)
    email_status = models.CharField(max_length=50, blank=True)
    confirm_status = models.CharField(max_length=50, blank=True)
    opt_in_source = models.CharField(max_length=50, blank=True)
    opt_in_date = models.CharField(max_length=50, blank=True)
    opt_out_source = models.CharField(max_length=50, blank=True)
    opt_out_date = models.CharField(max_length=50, blank=True)
    told_ref = models.CharField(max_length=100, blank=True)
    body = models.TextField(blank=True)

    class Meta:
        abstract = True


class LegacyConsent(LegacyConsentFacts):
    """The consent of a stored V2 contact."""

    legacy_contact = models.OneToOneField(
        LegacyContact, models.CASCADE, primary_key=True, related_name="consent"
    )

    class Meta:
        indexes = [
            models.Index(
                fields=["told_ref"],
                condition=~Q(told_ref=""),
                name="legacy_consent_told",
            )
        ]

    def __str__(self) -> str:
        return f"consent of {self.legacy_contact_id}"


class LegacyMembership(models.Model):
    """A list that V2 said a contact is on, by the list's V2 id."""

    legacy_contact = models.ForeignKey(
        LegacyContact, models.CASCADE, related_name="memberships", db_index=False
    )
    list_ref = models.CharField(max_length=100)
    status = models.CharField(max_length=50, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["legacy_contact", "list_ref"],
                name="legacy_membership_is_told_once",
            )
        ]
        indexes = [models.Index(fields=["list_ref"], name="legacy_member_by_list")]

    def __str__(self) -> str:
        return f"{self.legacy_contact_id} on {self.list_ref}"


class StagedLegacyMail(ContactFacts, LegacyConsentFacts, Staged):
    """A V2 contact of a running import."""

    class Meta:
        indexes = [
            models.Index(fields=["snapshot", "external_id"], name="staged_mail2_run")
        ]

    def __str__(self) -> str:
        return self.external_id


class StagedLegacyMembership(models.Model):
    """A list of a V2 contact of a running import."""

    snapshot = models.ForeignKey(
        "contacts.Snapshot", models.DO_NOTHING, db_constraint=False, db_index=False
    )
    page = models.PositiveIntegerField()
    place = models.PositiveIntegerField()
    contact_ref = models.CharField(max_length=100)
    list_ref = models.CharField(max_length=100)
    status = models.CharField(max_length=50, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["snapshot", "contact_ref"], name="staged_member2_run")
        ]

    def __str__(self) -> str:
        return f"{self.contact_ref} on {self.list_ref}"


# --- V3 ------------------------------------------------------------------------


class ConsentFacts(models.Model):
    """V3's permission and where it came from; ``body`` is the record as parsed (JSON).

    ``deleted_at`` is not empty where V3 only remembers the contact.
    """

    permission = models.CharField(max_length=50, blank=True)
    confirm_status = models.CharField(max_length=50, blank=True)
    opt_in_source = models.CharField(max_length=50, blank=True)
    opt_in_date = models.CharField(max_length=50, blank=True)
    opt_out_source = models.CharField(max_length=50, blank=True)
    opt_out_date = models.CharField(max_length=50, blank=True)
    deleted_at = models.CharField(max_length=50, blank=True)
    body = models.TextField(blank=True)

    class Meta:
        abstract = True


class Consent(ConsentFacts):
    """The consent of a V3 contact."""

    contact = models.OneToOneField(
        Contact, models.CASCADE, primary_key=True, related_name="consent"
    )

    def __str__(self) -> str:
        return f"consent of {self.contact_id}"


class Membership(models.Model):
    """A list that V3 says a contact is on; ``ended_at`` is when it no longer said so."""

    contact = models.ForeignKey(
        Contact, models.CASCADE, related_name="memberships", db_index=False
    )
    list_ref = models.CharField(max_length=100)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "list_ref"], name="membership_is_told_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["list_ref", "contact"],
                condition=Q(ended_at__isnull=True),
                name="membership_by_list",
            )
        ]

    def __str__(self) -> str:
        return f"{self.contact_id} on {self.list_ref}"


class StagedMail(ContactFacts, ConsentFacts, Staged):
    """A V3 contact of a running import."""

    class Meta:
        indexes = [
            models.Index(fields=["snapshot", "external_id"], name="staged_mail3_run")
        ]

    def __str__(self) -> str:
        return self.external_id


class StagedMembership(models.Model):
    """A list of a V3 contact of a running import."""

    snapshot = models.ForeignKey(
        "contacts.Snapshot", models.DO_NOTHING, db_constraint=False, db_index=False
    )
    page = models.PositiveIntegerField()
    place = models.PositiveIntegerField()
    contact_ref = models.CharField(max_length=100)
    list_ref = models.CharField(max_length=100)

    class Meta:
        indexes = [
            models.Index(fields=["snapshot", "contact_ref"], name="staged_member3_run")
        ]

    def __str__(self) -> str:
        return f"{self.contact_ref} on {self.list_ref}"
