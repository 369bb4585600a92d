"""The make-believe customer's files: stored v2 contacts, grants, restrictions, truth."""

import csv
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from contacts.sandbox.district import District
from contacts.sandbox.rows import Grant, Restriction
from contacts.sandbox.wire import Json

LEGACY_COLUMNS = (
    "id",
    "district",
    "name",
    "email",
    "phone",
    "phone_type",
    "relationship",
    "type",
    "sis_id",
    "students",
)


def write_files(district: District, folder: Path) -> list[Path]:
    """Write what a customer would bring, and the truth; gives the paths."""
    folder.mkdir(parents=True, exist_ok=True)
    legacy, grants = folder / "legacy_contacts.ndjson", folder / "grants.csv"
    restrictions, truth = folder / "restrictions.csv", folder / "truth.json"
    write_legacy_ndjson(district, legacy)
    write_csv(grants, Grant._fields, district.grants)
    write_csv(restrictions, Restriction._fields, district.restrictions)
    truth.write_text(encoded(told_truth(district)) + "\n", encoding="utf-8")
    return [legacy, grants, restrictions, truth]


def write_legacy_ndjson(district: District, path: Path) -> None:
    write_lines(path, district.legacy_contacts)


def write_lines(path: Path, records: Iterable[Json]) -> None:
    """Write one record a line."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(f"{encoded(each)}\n" for each in records)


def write_legacy_csv(district: District, path: Path) -> None:
    write_csv(path, LEGACY_COLUMNS, map(_legacy_row, district.legacy_contacts))


def _legacy_row(contact: Json) -> list[str]:
    flat = {**contact, "students": ";".join(contact["students"])}
    return [flat.get(column) or "" for column in LEGACY_COLUMNS]


def write_legacy_pages(
    district: District, folder: Path, *, size: int = 1000
) -> list[Path]:
    """Write v2's own response pages, one file a page."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number, page in enumerate(_pages(district.legacy_contacts, size), start=1):
        path = folder / f"contacts-{number:05d}.json"
        path.write_text(encoded(page), encoding="utf-8")
        paths.append(path)
    return paths


def _pages(contacts: list[Json], size: int) -> Iterator[Json]:
    for start in range(0, len(contacts), size):
        data = [
            {"data": each, "uri": f"/v2.1/contacts/{each['id']}"}
            for each in contacts[start : start + size]
        ]
        yield {"data": data, "links": [{"rel": "self", "uri": "/v2.1/contacts"}]}


def write_csv(
    path: Path, columns: Iterable[str], rows: Iterable[Iterable[str]]
) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(rows)


def told_truth(district: District) -> Json:
    """What a scan must find, in a form that other programs can read."""
    return {
        "seed": district.seed,
        "today": str(district.today),
        "counts": district.expected_counts(),
        "by_rule": district.expected_by_rule(),
        "truth": district.truth,
        "truth_without_current": district.truth_without_current(),
        "proposals": sorted(district.proposals),
        "scenarios": district.scenarios,
    }


def encoded(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
