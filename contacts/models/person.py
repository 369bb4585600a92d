"""The columns that every version tells of a person, and their folded copies."""

from django.db import models


class PersonFacts(models.Model):
    """A name and ways to reach the person; ``folded_*`` are what is compared."""

    district = models.CharField(max_length=100, blank=True)
    name = models.TextField(blank=True)
    folded_name = models.TextField(blank=True)
    email = models.TextField(blank=True)
    folded_email = models.TextField(blank=True)
    sis_id = models.TextField(blank=True)

    class Meta:
        abstract = True


class ContactFacts(PersonFacts):
    """A person who can be called."""

    phone = models.TextField(blank=True)
    folded_phone = models.TextField(blank=True)
    phone_type = models.TextField(blank=True)

    class Meta:
        abstract = True
