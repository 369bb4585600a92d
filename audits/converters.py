"""What may stand in an address beside numbers and slugs."""

from __future__ import annotations

from django.urls import converters


class DottedName(converters.StringConverter):
    """The dotted name of a V2 field, as losses are grouped by: ``addresses.line1``."""

    regex = "[a-z0-9_.]+"
