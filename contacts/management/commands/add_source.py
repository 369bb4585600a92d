"""Create or update a source."""

import os
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from contacts import addresses, sources
from contacts.commands import PlainCommand
from contacts.models import Source


class Command(PlainCommand):
    """Adds a source, or changes its name, address and token."""

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
        super().add_arguments(parser)

    def perform(self, options: dict[str, Any]) -> dict[str, Any]:
        """Add the source, or change the one of this short name."""
        source = Source.objects.filter(slug=options["slug"]).first()
        token = _token(options["token_env"])
        try:
            if source is None:
                _add(options, token or "")
            else:
                _change(source, options, token)
        except (addresses.BadAddress, sources.SourceExists) as refusal:
            raise CommandError(str(refusal)) from None
        return {"source": options["slug"], "created": source is None}

    def sentence(self, told: dict[str, Any]) -> str:
        """Say whether the source is new."""
        done = "Added" if told["created"] else "Updated"
        return f"{done} the source “{told['source']}”."


def _token(variable: str | None) -> str | None:
    if variable is None:
        return None
    token = os.environ.get(variable, "").strip()
    if not token:
        raise CommandError(f"The variable {variable} holds no token.")
    return token


def _add(options: dict[str, Any], token: str) -> None:
    slug = options["slug"]
    if not slug.isascii() or not slug.replace("-", "").replace("_", "").isalnum():
        raise CommandError(
            f"“{slug}” is no short name: use letters, digits, hyphens and underscores."
        )
    sources.add(
        slug=slug,
        provider=options["provider"],
        name=options["name"],
        external_id=options["external_id"],
        api_url=options["api_url"],
        token=token,
        by=None,
    )


def _change(source: Source, options: dict[str, Any], token: str | None) -> None:
    kept = (source.provider, source.external_id)
    if kept != (options["provider"], options["external_id"]):
        raise CommandError(
            f"“{source.slug}” is another tenant: its provider and id cannot change."
        )
    sources.change(
        source,
        name=options["name"],
        api_url=options["api_url"] or source.api_url,
        token=token,
        by=None,
    )
