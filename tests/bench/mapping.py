"""How fast V2 contacts become V3 contacts, and whether memory stays flat meanwhile.

A stream of invented records, each decoded from its bytes as a stored one is. Prints the
number of contacts, the processor's milliseconds, and the kilobytes by which the peak grew
after the first tenth.
"""

from __future__ import annotations

import json
import os
import resource
import time
from collections.abc import Iterator

import msgspec

from contacts import mail_records
from contacts.constant_contact import mapping

ACCOUNT = mapping.Account(
    limits=mapping.GUIDE,
    visitor_is_explicit=False,
    slots={1: "8c1a5a3e-0001-4000-8000-000000000001"},
    lists={str(number): f"6c-{number}" for number in range(20)},
    lists_checked=True,
    duplicates=frozenset({"person7@example.org"}),
    places={},
)
STAMP = "2013-01-18T21:45:22.000Z"


def records(contacts: int) -> Iterator[bytes]:
    """Give the bytes of so many contacts, every one with something to lose."""
    encode = msgspec.json.Encoder().encode
    for number in range(contacts):
        yield encode(_legacy(number))


def _legacy(number: int) -> mail_records.LegacyContact:
    return mail_records.LegacyContact(
        external_id=f"{number:010}",
        status="ACTIVE",
        first_name="Riccardo",
        middle_name="M." if number % 3 == 0 else "",
        last_name=f"Marcuccilli{number}",
        job_title="Principal",
        company_name="Orchard Lane School",
        home_phone="555-555-5555",
        work_phone="888-987-2225",
        cell_phone="555-0100" if number % 2 else "",
        source="Site Owner",
        created_date=STAMP,
        modified_date=STAMP,
        emails=(
            mail_records.LegacyEmail(
                f"person{number}@example.org",
                "ACTIVE",
                "NO_CONFIRMATION_REQUIRED",
                "ACTION_BY_OWNER",
                STAMP,
            ),
        ),
        addresses=(
            _address("PERSONAL", "TN", "37207", "1234"),
            _address("BUSINESS", "", "K1A", "0B1"),
        ),
        custom_fields=(
            mail_records.LegacyCustomField(1, "blue"),
            mail_records.LegacyCustomField(2, "x" * 50),
        ),
        lists=tuple(
            mail_records.LegacyMembership(str(each), "ACTIVE")
            for each in range(number % 5)
        ),
        notes=(mail_records.LegacyNote("Met at the fair.", STAMP),),
    )


def _address(
    kind: str, state: str, postal_code: str, rest: str
) -> mail_records.LegacyAddress:
    return mail_records.LegacyAddress(
        kind=kind,
        line1="55 Gale St.",
        line2="Apt. 23",
        city="Nashville",
        state_code=state,
        country_code="us",
        postal_code=postal_code,
        sub_postal_code=rest,
    )


def run(contacts: int) -> dict[str, int]:
    """Decode and map every contact; the time it takes to invent them is not counted."""
    decode = msgspec.json.Decoder(mail_records.LegacyContact).decode
    spent = losses = early = 0
    for number, raw in enumerate(records(contacts)):
        began = time.process_time_ns()
        losses += len(mapping.map_contact(decode(raw), ACCOUNT).losses)
        spent += time.process_time_ns() - began
        if number == contacts // 10:
            early = _peak_kb()
    told = {"rows": contacts, "cpu_ms": spent // 1_000_000, "losses": losses}
    return told | {"grown_kb": _peak_kb() - early}


def _peak_kb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    told = run(int(os.environ.get("BENCH_CONTACTS", "100000")))
    print(json.dumps(told))  # noqa: T201
