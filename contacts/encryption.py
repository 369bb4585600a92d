"""Secrets at rest: text that is encrypted on its way into the database.

The keys are ``FIELD_KEYS``, apart from ``SECRET_KEY`` so that each can be changed alone;
the first encrypts, all decrypt.
"""

from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper


class UnreadableSecret(Exception):
    """A stored secret that none of ``FIELD_KEYS`` opens; it holds no part of it."""

    def __str__(self) -> str:
        return "a stored secret cannot be read: none of FIELD_KEYS opens it"


def _fernet() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.FIELD_KEYS])


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]  # stubs want two
    """A text that is plain in Python and encrypted in the database; empty stays empty.

    Reading raises ``UnreadableSecret`` where no key fits.
    """

    def get_prep_value(self, value: Any) -> Any:
        """Encrypt on the way in."""
        text = super().get_prep_value(value)
        return _fernet().encrypt(text.encode()).decode() if text else text

    def from_db_value(
        self,
        value: str | None,
        expression: Any,  # noqa: ARG002
        connection: BaseDatabaseWrapper,  # noqa: ARG002
    ) -> str | None:
        """Decrypt on the way out."""
        if not value:
            return value
        try:
            return _fernet().decrypt(value.encode()).decode()
        except InvalidToken:
            raise UnreadableSecret from None
