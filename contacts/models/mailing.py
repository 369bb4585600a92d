"""The lists and custom fields of a mailing account, and which V2 id is which V3 id."""

from __future__ import annotations

from django.db import models

from contacts.models.record import Imported, Staged

# --- Lists and custom fields -----------------------------------------------------


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
