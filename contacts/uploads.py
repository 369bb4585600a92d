"""Files that people upload: kept apart, unreadable to others, under names of our own."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.move import file_move_safe
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler


class BoundedUpload(TemporaryFileUploadHandler):
    """Refuses a body that says it is larger than allowed, before a byte is stored."""

    def handle_raw_input(
        self,
        input_data: Any,
        META: dict[str, str],  # noqa: N803  # Django's name
        content_length: int,
        boundary: str,
        encoding: str | None = None,
    ) -> None:
        """Raise ``RequestDataTooBig``, which Django answers with 400."""
        del input_data, META, boundary, encoding
        if content_length > settings.UPLOAD_LIMIT_BYTES:
            raise RequestDataTooBig("The upload is larger than this site allows.")


def keep(files: Iterable[TemporaryUploadedFile]) -> list[Path]:
    """Move uploads to where imports read them, and give their paths.

    What a file is, is told by what it holds, so nothing of the name is needed: a name
    may be hostile, or a person's.
    """
    folder: Path = settings.UPLOAD_DIR
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    kept = []
    for file in files:
        path = folder / uuid.uuid4().hex
        file_move_safe(file.temporary_file_path(), str(path))
        path.chmod(0o600)
        kept.append(path)
    return kept


def discard(paths: Sequence[Path]) -> None:
    """Remove kept files that no import was started with."""
    for path in paths:
        path.unlink(missing_ok=True)
