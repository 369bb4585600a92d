"""``export NAME SOURCE``: write one file of what the product holds."""

from __future__ import annotations

import hashlib
import os
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

from django.core.management.base import CommandError

from audits.exports import catalogue, writing
from contacts.commands import PlainCommand, source_named


class Command(PlainCommand):
    """Write one file to a path or to standard output."""

    help = f"Write one file: {', '.join(catalogue.EXPORTS)}."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the CSV's name, the source, and where to write."""
        parser.add_argument("name", choices=[*catalogue.EXPORTS], help="Which file.")
        parser.add_argument("source", help="The source's short name.")
        parser.add_argument("-o", "--output", metavar="FILE", help="Write here.")
        parser.add_argument("--state", default="", help="Only rows in this state.")
        super().add_arguments(parser)

    def perform(self, options: dict[str, Any]) -> dict[str, Any]:
        """Write, and record what left the building."""
        source = source_named(options["source"])
        filters = {"state": options["state"]} if options["state"] else {}
        tally = writing.Tally()
        try:
            blocks = catalogue.stream(
                options["name"], source, filters=filters, tally=tally
            )
        except LookupError as refusal:
            raise CommandError(str(refusal)) from None
        sha256 = self._written(blocks, options)
        catalogue.downloaded(
            options["name"],
            source,
            by=None,
            via="cli",
            filters=filters,
            rows=tally.rows,
            sha256=sha256,
        )
        return {"rows": tally.rows, "sha256": sha256}

    def _written(self, blocks: Iterator[bytes], options: dict[str, Any]) -> str:
        if options["output"]:
            return _to_file(blocks, Path(options["output"]))
        sha256 = _copied(blocks, cast("BinaryIO", self.stdout.buffer))
        if not options["json"]:
            # Standard output is the file; what is said of it goes beside.
            self.stdout = self.stderr
            self.stderr.style_func = None
        return sha256

    def sentence(self, told: dict[str, Any]) -> str:
        """Say how much was written, and its hash."""
        return f"{told['rows']} rows, SHA-256 {told['sha256']}"


def _to_file(blocks: Iterator[bytes], path: Path) -> str:
    """Write aside and rename: a file of that name is whole or is not there."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            sha256 = _copied(blocks, file)
        part.replace(path)
    except OSError as error:
        raise CommandError(f"Cannot write {path}: {error.strerror}.") from None
    finally:
        part.unlink(missing_ok=True)
    return sha256


def _copied(blocks: Iterator[bytes], file: BinaryIO) -> str:
    digest = hashlib.sha256()
    for block in blocks:
        file.write(block)
        digest.update(block)
    file.flush()
    return digest.hexdigest()
