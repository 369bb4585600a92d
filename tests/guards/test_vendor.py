"""What others wrote and we serve is what it was when it was read."""

import hashlib
import tomllib
from pathlib import Path

import pytest

VENDOR = Path(__file__).resolve().parents[2] / "static" / "vendor"
FILES = tomllib.loads((VENDOR / "manifest.toml").read_text())["file"]


@pytest.mark.parametrize("entry", FILES, ids=lambda entry: entry["name"])
def test_a_vendored_file_has_its_hash(entry):
    content = (VENDOR / entry["file"]).read_bytes()

    assert hashlib.sha256(content).hexdigest() == entry["sha256"]


@pytest.mark.parametrize("entry", FILES, ids=lambda entry: entry["name"])
def test_a_vendored_file_brings_its_licence(entry):
    assert (VENDOR / entry["licence_file"]).read_text().strip()


def test_every_vendored_file_is_in_the_manifest():
    named = {"manifest.toml"}
    for entry in FILES:
        named |= {entry["file"], entry["licence_file"]}
    there = {
        str(path.relative_to(VENDOR)) for path in VENDOR.rglob("*") if path.is_file()
    }

    assert there - named == set()
