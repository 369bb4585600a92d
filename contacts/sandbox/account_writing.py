"""The make-believe account's files: stored V2 contacts, grants, restrictions, truth."""

import json
from collections.abc import Iterator
from pathlib import Path

from contacts.sandbox import writing
from contacts.sandbox.account import Account
from contacts.sandbox.rows import Grant, Restriction
from contacts.sandbox.wire import Json

PAGE = 500
STEM = "legacy_contacts"
PLAIN = (
    "id",
    "status",
    "confirmed",
    "contact_id",
    "prefix_name",
    "first_name",
    "middle_name",
    "last_name",
    "job_title",
    "company_name",
    "home_phone",
    "work_phone",
    "cell_phone",
    "fax",
    "source",
    "source_details",
    "created_date",
    "modified_date",
)
EMAIL = (
    "email_address",
    "status",
    "confirm_status",
    "opt_in_source",
    "opt_in_date",
    "opt_out_source",
    "opt_out_date",
)
ADDRESS = (
    "address_type",
    "line1",
    "line2",
    "line3",
    "city",
    "state_code",
    "state",
    "country_code",
    "postal_code",
    "sub_postal_code",
)
NESTED = (
    ("email_addresses", 1, EMAIL),
    ("addresses", 2, ADDRESS),
    ("custom_fields", 2, ("name", "label", "value")),
    ("notes", 1, ("note", "created_date", "modified_date")),
)
LEGACY_COLUMNS = (
    *PLAIN,
    *(
        f"{array}.{place}.{name}"
        for array, count, names in NESTED
        for place in range(count)
        for name in names
    ),
    "lists",
)


def write_files(account: Account, folder: Path) -> list[Path]:
    """Write what a customer would bring, and the truth; gives the paths.

    The V2 contacts come as the provider's pages, as NDJSON and as CSV: all three tell
    the same, but for the statuses of lists, which a CSV has no room for.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pages, lines, table = (
        folder / f"{STEM}.{kind}" for kind in ("json", "ndjson", "csv")
    )
    lists, grants = folder / "legacy_lists.json", folder / "grants.csv"
    restrictions, truth = folder / "restrictions.csv", folder / "truth.json"
    write_legacy_pages(account, pages)
    writing.write_lines(lines, account.legacy_contacts)
    write_legacy_csv(account, table)
    writing.write_lines(lists, account.legacy_lists)
    writing.write_csv(grants, Grant._fields, account.grants)
    writing.write_csv(restrictions, Restriction._fields, account.restrictions)
    truth.write_text(writing.encoded(told_truth(account)) + "\n", encoding="utf-8")
    return [pages, lines, table, lists, grants, restrictions, truth]


def write_legacy_pages(account: Account, path: Path) -> None:
    """Write V2's own response pages one after the other, each on a line."""
    writing.write_lines(path, _pages(account.legacy_contacts))


def _pages(contacts: list[Json]) -> Iterator[Json]:
    for start in range(0, len(contacts), PAGE):
        link = {"next_link": f"/v2/contacts?next={start + PAGE}"}
        last = start + PAGE >= len(contacts)
        yield {
            "meta": {"pagination": {} if last else link},
            "results": contacts[start : start + PAGE],
        }


def write_legacy_csv(account: Account, path: Path) -> None:
    """Write V2's field names with dots, and lists as ids."""
    writing.write_csv(path, LEGACY_COLUMNS, map(_row, account.legacy_contacts))


def _row(contact: Json) -> list[str]:
    row = [_text(contact.get(name)) for name in PLAIN]
    for array, count, names in NESTED:
        parts = [*contact.get(array, []), *({} for _ in range(count))][:count]
        row += [_text(part.get(name)) for part in parts for name in names]
    return [*row, ";".join(each["id"] for each in contact["lists"])]


def _text(value: object) -> str:
    return json.dumps(value) if isinstance(value, bool) else str(value or "")


def told_truth(account: Account) -> Json:
    """What a scan must find, in a form that other programs can read."""
    return {
        "seed": account.seed,
        "today": str(account.today),
        "counts": account.expected_counts(),
        "by_rule": account.expected_by_rule(),
        "losses_by_rule": account.expected_losses(),
        "truth": account.truth,
        "losses": sorted(account.losses),
        "match_states": account.match_states,
        "scenarios": account.scenarios,
    }
