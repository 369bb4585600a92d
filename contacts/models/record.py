"""What every imported row carries: where it was read and what it said."""

from django.db import models

from contacts.models.snapshot import Snapshot
from contacts.models.source import Source


class Imported(models.Model):
    """A row that came out of a page.

    ``digest`` is over the facts and decides whether an import changes the row; ``sha256``
    is over the record's bytes as received, found again in page ``page`` of ``snapshot``
    at ``place``. The references carry no database constraint: the set-based writer takes
    both from rows it has just locked, and two checks a row cost more than the row.
    """

    source = models.ForeignKey(Source, models.CASCADE, db_index=False)
    external_id = models.CharField(max_length=100)
    digest = models.CharField(max_length=32)
    sha256 = models.CharField(max_length=64)
    snapshot = models.ForeignKey(
        Snapshot, models.DO_NOTHING, db_constraint=False, db_index=False
    )
    page = models.PositiveIntegerField()
    place = models.PositiveIntegerField()

    class Meta:
        abstract = True


class Staged(models.Model):
    """A row of a running import, not yet merged into the facts.

    Staging holds a whole run, so that the merge is a handful of set-based statements that
    write only what is missing or differs.
    """

    snapshot = models.ForeignKey(
        Snapshot, models.DO_NOTHING, db_constraint=False, db_index=False
    )
    external_id = models.CharField(max_length=100)
    digest = models.CharField(max_length=32)
    sha256 = models.CharField(max_length=64)
    page = models.PositiveIntegerField()
    place = models.PositiveIntegerField()
    line = models.PositiveBigIntegerField()

    class Meta:
        abstract = True
