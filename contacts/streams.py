"""Stored files as bytes: opened, unpacked and recognised by what they hold.

A name says nothing: exports are renamed, uploads lose theirs. Nothing is ever held whole;
the head alone decides what a file is, and a wrong file is told in one sentence with line
and column before a row of it is read.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

HEAD = 1024 * 1024
BOM = b"\xef\xbb\xbf"
GZIP = b"\x1f\x8b"
_FOREIGN = {
    b"PK\x03\x04": "an Excel workbook or zip archive; save it as CSV",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook; save it as CSV",
    b"%PDF": "a PDF; export the data as CSV or JSON",
    b"<": "a web page or XML; export the data as CSV or JSON",
    GZIP: "compressed twice; unpack it once",
}
_WIDE = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
_UTF8_PAIR = re.compile(rb"[\xc2-\xf4][\x80-\xbf]")
_WESTERN_LETTER = re.compile(rb"[\xc0-\xd6\xd8-\xf6\xf8-\xfd][^\n}]*")
_ADVICE = "save it as UTF-8 and import it again"


class WrongFile(ValueError):
    """A file that cannot be read at all; the text says what, where and what to do."""

    def __init__(self, trouble: str, *, line: int = 1, column: int = 1) -> None:
        super().__init__(f"Line {line}, column {column}: {trouble}.")
        self.line = line
        self.column = column


class Stream:
    """A file's bytes behind its BOM, unpacked; ``line`` is the one being read."""

    def __init__(self, file: IO[bytes]) -> None:
        self.line = 1
        self._file = file
        self.head = b""
        self.head = self._read(HEAD)
        self._file.seek(0)
        if self.head.startswith(BOM):
            self._read(len(BOM))
            self.head = self.head[len(BOM) :]

    @property
    def whole(self) -> bool:
        """Tell whether the head is the whole file."""
        return len(self.head) < HEAD - len(BOM)

    def read(self, size: int) -> bytes:
        """Return the next bytes, b"" at the end."""
        chunk = self._read(size)
        self.line += chunk.count(b"\n")
        return chunk

    def readline(self, limit: int) -> bytes:
        """Return the next line with its end, or ``limit`` bytes of it."""
        try:
            line = self._file.readline(limit)
        except (EOFError, OSError, zlib.error) as error:
            raise self._early(error) from None
        self.line += line.endswith(b"\n")
        return line

    def _read(self, size: int) -> bytes:
        try:
            return self._file.read(size)
        except (EOFError, OSError, zlib.error) as error:
            raise self._early(error) from None

    def _early(self, error: Exception) -> WrongFile:
        """Say where a packed file ends; the operating system's errors are not ours."""
        if isinstance(error, OSError) and not isinstance(error, gzip.BadGzipFile):
            raise error
        trouble = f"the packed file ends early or is damaged at line {self.line}; "
        return WrongFile(trouble + "copy it again", line=self.line)


@contextmanager
def opened(path: Path) -> Iterator[Stream]:
    """Open a stored file, packed or not; raises ``WrongFile`` if it is none of ours."""
    with path.open("rb") as plain:
        packed = plain.read(2) == GZIP
        plain.seek(0)
        if packed:
            with gzip.GzipFile(fileobj=plain) as unpacked:
                yield _recognised(Stream(unpacked))  # type: ignore[arg-type]
        else:
            yield _recognised(Stream(plain))


def _recognised(stream: Stream) -> Stream:
    head = stream.head
    if not head.strip():
        raise WrongFile("the file is empty; choose the file that holds the data")
    for start, trouble in _FOREIGN.items():
        if head.lstrip().startswith(start):
            raise WrongFile(f"this is {trouble}")
    if head.startswith(_WIDE) or head[:1000].count(0) * 4 > len(head[:1000]):
        raise WrongFile(f"this is not UTF-8 but UTF-16 or UTF-32; {_ADVICE}")
    _refuse_western(head)
    return stream


def _refuse_western(head: bytes) -> None:
    """Raise ``WrongFile`` for a file in Windows-1252 or Latin-1.

    One bad row in a good file is that row's fault. A file is of another encoding if it
    has accented letters in several places and none of them is UTF-8.
    """
    if head.isascii() or _UTF8_PAIR.search(head):
        return
    places = list(_WESTERN_LETTER.finditer(head[: HEAD // 4]))
    if len(places) > 1:
        at = places[0].start()
        trouble = f"this is not UTF-8, it looks like Windows-1252; {_ADVICE}"
        raise WrongFile(trouble, line=line_at(head, at), column=column_at(head, at))


def line_at(text: bytes, place: int) -> int:
    """Return the number of the line that a place in the text stands on."""
    return text.count(b"\n", 0, place) + 1


def column_at(text: bytes, place: int) -> int:
    """Return a place's column on its line, counted in bytes from one."""
    return place - text.rfind(b"\n", 0, place)
