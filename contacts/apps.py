"""The facts: who people are and how they are related, as each API version tells it."""

from django.apps import AppConfig

import contacts.checks  # noqa: F401  # importing it registers them


class ContactsConfig(AppConfig):
    """The app that holds facts."""

    name = "contacts"
    verbose_name = "Facts"
