"""Which legacy contact is which contact."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from contacts.models.contact import Contact
from contacts.models.legacy import LegacyContact
from contacts.models.source import Source

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User


class MatchQuerySet(models.QuerySet["Match"]):
    """Matches, asked for in the words of the product."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Keep those of the sources this user may see."""
        return self.filter(source__in=Source.objects.visible_to(user))


class Match(models.Model):
    """One row of the crosswalk: a legacy contact, or a contact that no legacy one claims.

    The row is what the product means by one person: grants and restrictions resolve to
    it. ``contact`` is the matched contact or, where ``state`` is *recreated*, the
    candidate. An *ambiguous* legacy contact has no contact; each contact that claims its
    id has an *ambiguous* row of its own.

    Of a mailing provider the crosswalk is asked for, so a legacy contact may be *missing*
    from the answer, or *unchecked* as long as nobody asked; *conflict* says that two
    sources, or two legacy contacts, disagree. ``methods`` names every source that told
    the contact, joined by ``;``, ``method`` the first of them.
    """

    class State(models.TextChoices):
        """What the crosswalk says; *unmatched* is a contact without a legacy one."""

        MATCHED = "matched", "Matched"
        GONE = "gone", "Gone"
        RECREATED = "recreated", "Re-created"
        AMBIGUOUS = "ambiguous", "Ambiguous"
        UNMATCHED = "unmatched", "New in v3"
        MISSING = "missing", "Not in the crosswalk"
        CONFLICT = "conflict", "Conflict"
        DELETED = "deleted", "Deleted in V3"
        UNCHECKED = "unchecked", "Not looked up"

    class Method(models.TextChoices):
        """How the match is known."""

        NONE = "", "None"
        LEGACY_ID = "legacy_id", "Legacy id"
        XREF = "xref", "Cross-reference"
        INCLUDE_CONTACT_ID = "include_contact_id", "Contact id in V2"
        UPLOAD = "upload", "Uploaded crosswalk"
        REBIND = "rebind", "Re-tied by a person"

    source = models.ForeignKey(Source, models.CASCADE, db_index=False)
    legacy_contact = models.ForeignKey(
        LegacyContact, models.CASCADE, null=True, blank=True, related_name="matches"
    )
    contact = models.ForeignKey(
        Contact, models.CASCADE, null=True, blank=True, related_name="matches"
    )
    state = models.CharField(max_length=10, choices=State)
    method = models.CharField(max_length=20, choices=Method, blank=True)
    methods = models.CharField(max_length=60, blank=True, default="", db_default="")
    folded_name = models.TextField(blank=True)

    objects = MatchQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["legacy_contact"],
                condition=Q(legacy_contact__isnull=False),
                name="match_legacy_contact_once",
            ),
            models.UniqueConstraint(
                fields=["contact"],
                condition=Q(state="matched"),
                name="match_contact_to_one_legacy",
            ),
            models.UniqueConstraint(
                fields=["contact"],
                condition=Q(legacy_contact__isnull=True),
                name="match_unclaimed_contact_once",
            ),
            models.CheckConstraint(
                condition=Q(legacy_contact__isnull=False) | Q(contact__isnull=False),
                name="match_is_somebody",
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=[
                        "matched",
                        "gone",
                        "recreated",
                        "ambiguous",
                        "unmatched",
                        "missing",
                        "conflict",
                        "deleted",
                        "unchecked",
                    ]
                ),
                name="match_state_is_known",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["matched", "recreated"])
                | Q(legacy_contact__isnull=False, contact__isnull=False),
                name="match_joins_two_records",
            ),
        ]
        indexes = [
            models.Index(fields=["source", "folded_name", "id"], name="match_by_name"),
            models.Index(fields=["source", "state", "id"], name="match_by_state"),
        ]

    def __str__(self) -> str:
        return f"match #{self.pk}"
