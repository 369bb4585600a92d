"""Which version of its policy a source is judged by."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from audits import policy
from audits.models import PolicyVersion
from contacts.models import Source


def current(source: Source) -> PolicyVersion:
    """Give the version in force; the shipped default becomes number 1 on first use."""
    version = _newest(source)
    if version is not None:
        return version
    try:
        with transaction.atomic():
            return PolicyVersion.objects.create(
                source=source, number=1, body=policy.DEFAULT.to_data()
            )
    except IntegrityError:  # another scan was first
        return PolicyVersion.objects.get(source=source, number=1)


def _newest(source: Source) -> PolicyVersion | None:
    return PolicyVersion.objects.filter(source=source).order_by("-number").first()


def read(version: PolicyVersion) -> policy.Policy:
    """Give the policy that a version holds. Raises ``BadPolicy`` if it holds none."""
    return policy.Policy.parse(version.body)
