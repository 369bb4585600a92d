"""What a mailing provider tells besides who somebody is: consent and lists.

A person's consent stands beside the person, in a table of its own for each version, so
that what is common to all providers stays one table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from contacts.models.contact import Contact
from contacts.models.legacy import LegacyContact
from contacts.models.person import ContactFacts
from contacts.models.record import Imported, Staged
from contacts.models.source import Source

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User


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


# --- Lists and custom fields -----------------------------------------------------


class OfAccountQuerySet(models.QuerySet[models.Model]):
    """What belongs to a whole account, asked for in the words of the product."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Keep those of the sources this user may see."""
        return self.filter(source__in=Source.objects.visible_to(user))


class LegacyListFacts(models.Model):
    """A list's name, its status, and the V3 id that it came with."""

    name = models.TextField(blank=True)
    status = models.CharField(max_length=50, blank=True)
    told_ref = models.CharField(max_length=100, blank=True)

    class Meta:
        abstract = True


class LegacyList(LegacyListFacts, Imported):
    """A list as V2 told it."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "external_id"], name="legacy_list_id_is_unique"
            )
        ]

    def __str__(self) -> str:
        return self.external_id


class StagedLegacyList(LegacyListFacts, Staged):
    """A V2 list of a running import."""

    class Meta:
        indexes = [
            models.Index(fields=["snapshot", "external_id"], name="staged_list2_run")
        ]

    def __str__(self) -> str:
        return self.external_id


class MailingListFacts(models.Model):
    """A list's name and description."""

    name = models.TextField(blank=True)
    description = models.TextField(blank=True)

    class Meta:
        abstract = True


class MailingList(MailingListFacts, Imported):
    """A list as V3 tells it; ``missing_at`` is when a complete snapshot lacked it."""

    missing_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "external_id"], name="mailing_list_id_is_unique"
            )
        ]

    def __str__(self) -> str:
        return self.external_id


class StagedMailingList(MailingListFacts, Staged):
    """A V3 list of a running import."""

    class Meta:
        indexes = [
            models.Index(fields=["snapshot", "external_id"], name="staged_list3_run")
        ]

    def __str__(self) -> str:
        return self.external_id


class CustomFieldFacts(models.Model):
    """How an account calls one of its custom fields."""

    label = models.TextField(blank=True)
    name = models.TextField(blank=True)
    type = models.CharField(max_length=50, blank=True)

    class Meta:
        abstract = True


class CustomField(CustomFieldFacts, Imported):
    """A custom field of V3; ``missing_at`` is when a complete snapshot lacked it."""

    missing_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "external_id"], name="custom_field_id_is_unique"
            )
        ]

    def __str__(self) -> str:
        return self.external_id


class StagedCustomField(CustomFieldFacts, Staged):
    """A custom field of a running import."""

    class Meta:
        indexes = [
            models.Index(fields=["snapshot", "external_id"], name="staged_field_run")
        ]

    def __str__(self) -> str:
        return self.external_id


# --- Which V2 id is which V3 id ---------------------------------------------------


class XrefFacts(models.Model):
    """What was answered for a V2 id: a V3 id, or "" where there is none."""

    ref = models.CharField(max_length=100, blank=True)

    class Meta:
        abstract = True


class ContactXref(XrefFacts, Imported):
    """What the provider's cross-reference said of a contact's V2 id."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "external_id"], name="contact_xref_is_unique"
            )
        ]

    def __str__(self) -> str:
        return self.external_id


class UploadedXref(XrefFacts, Imported):
    """What a person's own crosswalk file says of a contact's V2 id."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "external_id"], name="uploaded_xref_is_unique"
            )
        ]

    def __str__(self) -> str:
        return self.external_id


class ListXref(XrefFacts, Imported):
    """What the provider's cross-reference said of a list's V2 id."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "external_id"], name="list_xref_is_unique"
            )
        ]

    def __str__(self) -> str:
        return self.external_id


class StagedXref(XrefFacts, Staged):
    """An answer of a running import, of whichever kind."""

    class Meta:
        indexes = [
            models.Index(fields=["snapshot", "external_id"], name="staged_xref_run")
        ]

    def __str__(self) -> str:
        return self.external_id
