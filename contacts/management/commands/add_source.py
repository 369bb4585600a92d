"""Create or update a source."""

import os
from argparse import ArgumentParser
from typing import Any, cast

from django.core.management.base import CommandError
from django.db import transaction

from contacts import accounts, addresses, sources
from contacts.commands import PlainCommand
from contacts.models import MailAccount, Source

PLAIN = ("client_id", "auth_url", "v2_url", "xref_path", "limits")
SECRET = ("client_secret", "v2_key")
LEFT_BEHIND = (
    "The stored token was forgotten, for it is not sent elsewhere: give --token-env or"
    " connect again."
)


class Command(PlainCommand):
    """Adds a source, or changes its name, address, token and account."""

    help = "Create or update a source; the token is read from a variable."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="A short name for addresses and commands.")
        parser.add_argument("--provider", required=True, choices=Source.Provider.values)
        parser.add_argument("--name", required=True)
        parser.add_argument(
            "--external-id", required=True, help="The tenant's id at the provider."
        )
        parser.add_argument(
            "--api-url", default="", help="The provider's root, without a version."
        )
        parser.add_argument(
            "--token-env", metavar="VAR", help="The variable that holds the token."
        )
        _add_account_arguments(parser)
        super().add_arguments(parser)

    def perform(self, options: dict[str, Any]) -> dict[str, Any]:
        """Add the source, or change the one of this short name."""
        source = Source.objects.filter(slug=options["slug"]).first()
        token = _secret(options["token_env"], "token")
        account = _account(options)
        try:
            with transaction.atomic():
                stored = self._stored(source, options, token)
                if account:
                    self._set(stored, account, token)
        except (addresses.BadAddress, sources.SourceExists) as refusal:
            raise CommandError(str(refusal)) from None
        except accounts.SecretWouldMove as refusal:
            raise CommandError(
                f"A stored secret is not sent to another host: give --{_named(refusal)}."
            ) from None
        return {"source": options["slug"], "created": source is None}

    def _stored(
        self, source: Source | None, options: dict[str, Any], token: str | None
    ) -> Source:
        if source is None:
            return _added(options, token or "")
        if _leaves_token(source, options, token):
            self.stderr.write(LEFT_BEHIND)
        return source

    def _set(self, stored: Source, account: accounts.Asked, token: str | None) -> None:
        """Set the account; a token that was told with another host is meant for it."""
        ended = accounts.change(accounts.of(stored), by=None, **account)
        if ended and token:
            sources.change(
                stored, name=stored.name, api_url=stored.api_url, token=token, by=None
            )
        elif ended:
            self.stderr.write(LEFT_BEHIND)

    def sentence(self, told: dict[str, Any]) -> str:
        """Say whether the source is new."""
        done = "Added" if told["created"] else "Updated"
        return f"{done} the source “{told['source']}”."


def _add_account_arguments(parser: ArgumentParser) -> None:
    account = parser.add_argument_group("a Constant Contact account, all optional")
    account.add_argument("--client-id", help="The application's client id.")
    for name in SECRET:
        account.add_argument(
            f"--{name.replace('_', '-')}-env",
            metavar="VAR",
            help=f"The variable that holds the {name.replace('_', ' ')}.",
        )
    account.add_argument("--auth-url", help="The log-in host, if it is another.")
    account.add_argument("--v2-url", help="The host of V2, if it is another.")
    account.add_argument("--xref-path", help="The cross-reference's, below /v3/.")
    account.add_argument("--limits", choices=MailAccount.Limits.values)


def _account(options: dict[str, Any]) -> accounts.Asked:
    """Give what is asked of the account; a Clever district has none."""
    asked: dict[str, Any] = {
        name: options[name] for name in PLAIN if options[name] is not None
    }
    for name in SECRET:
        secret = _secret(options[f"{name}_env"], name.replace("_", " "))
        if secret is not None:
            asked[name] = secret
    if asked and options["provider"] != Source.Provider.CONSTANT_CONTACT:
        raise CommandError(
            f"--{next(iter(asked)).replace('_', '-')} is for Constant Contact alone."
        )
    return cast("accounts.Asked", asked)


def _named(refusal: accounts.SecretWouldMove) -> str:
    return f"{refusal.field.replace('_', '-')}-env"


def _secret(variable: str | None, what: str) -> str | None:
    if variable is None:
        return None
    secret = os.environ.get(variable, "").strip()
    if not secret:
        raise CommandError(f"The variable {variable} holds no {what}.")
    return secret


def _added(options: dict[str, Any], token: str) -> Source:
    slug = options["slug"]
    if not slug.isascii() or not slug.replace("-", "").replace("_", "").isalnum():
        raise CommandError(
            f"“{slug}” is no short name: use letters, digits, hyphens and underscores."
        )
    return sources.add(
        slug=slug,
        provider=options["provider"],
        name=options["name"],
        external_id=options["external_id"],
        api_url=options["api_url"],
        token=token,
        by=None,
    )


def _leaves_token(source: Source, options: dict[str, Any], token: str | None) -> bool:
    """Change a source, and say whether its stored token was left behind."""
    kept = (source.provider, source.external_id)
    if kept != (options["provider"], options["external_id"]):
        raise CommandError(
            f"“{source.slug}” is another tenant: its provider and id cannot change."
        )
    return sources.change(
        source,
        name=options["name"],
        api_url=options["api_url"] or source.api_url,
        token=token,
        by=None,
    )
