"""Stored payloads in Constant Contact's wire format, invented or from its public pages."""

from __future__ import annotations

import json

UUID = "0a1b2c3d-1111-2222-3333-44445555{:04x}"

SEED_V2_PAGE = b"""{
"results": [
    {
        "id": "111111111",
        "status": "ACTIVE",
        "fax": "",
        "addresses": [
            {
                "id": "d55dd3aa-2222-3333-4444-00163e68e976",
                "line1": "55 Gale St.",
                "line2": "Apt. 23",
                "line3": "",
                "city": "Nashville",
                "address_type": "BUSINESS",
                "state_code": "TN",
                "state": "Tennessee",
                "country_code": "us",
                "postal_code": "37207"
            }
        ],
        "confirmed": false,
        "lists": [],
        "source": "Site Owner",
        "contact_id": "8888888-4444-4444-4444-012345678910",
        "email_addresses": [
            {
                "id": "11111111-2222-3333-4444-012345678910",
                "status": "ACTIVE",
                "confirm_status": "NO_CONFIRMATION_REQUIRED",
                "opt_in_source": "ACTION_BY_VISITOR",
                "opt_in_date": "2013-01-18T21:45:22.000Z",
                "email_address": "email@example.com"
            }
        ],
        "prefix_name": "",
        "first_name": "Riccardo",
        "middle_name": "",
        "last_name": "Marcuccilli",
        "job_title": "Principal Technical Writer",
        "company_name": "Constant Contact",
        "home_phone": "555-555-5555",
        "work_phone": "888-987-2225",
        "custom_fields": [],
        "created_date": "2013-01-18T21:45:22.000Z",
        "modified_date": "2014-09-12T15:42:06.000Z",
        "source_details": ""
    }
  ]
}"""

SEED_XREFS = b"""[
    {
      "contact_id": "77777777-9999-1111-907f-888888888888",
      "sequence_id": "12345678"
    },
    {
      "contact_id": "88888888-9999-1111-9f7f-888888888888",
      "sequence_id": "23456789"
    },
    {
      "contact_id": "88888888-9999-1111-4444-888888888888",
      "sequence_id": "34567891"
    }
]"""


def uuid(number: int) -> str:
    return UUID.format(number)


def legacy(number: int = 1, **facts: object) -> dict[str, object]:
    """Return a V2 contact with one address."""
    told: dict[str, object] = {
        "id": f"00{number}",
        "status": "ACTIVE",
        "first_name": f"Invented {number}",
        "email_addresses": [legacy_email(number)],
        "lists": [{"id": "1", "status": "ACTIVE"}],
    }
    return told | facts


def legacy_email(number: int = 1, **facts: object) -> dict[str, object]:
    told: dict[str, object] = {
        "id": "x",
        "email_address": f"person{number}@example.com",
        "status": "ACTIVE",
        "confirm_status": "NO_CONFIRMATION_REQUIRED",
        "opt_in_source": "ACTION_BY_OWNER",
        "opt_in_date": "2013-01-18T21:45:22.000Z",
    }
    return told | facts


def contact(number: int = 1, **facts: object) -> dict[str, object]:
    """Return a V3 contact with one address."""
    told: dict[str, object] = {
        "contact_id": uuid(number),
        "email_address": email(number),
        "first_name": f"Invented {number}",
        "create_source": "Account",
        "created_at": "2020-01-01T00:00:00Z",
        "updated_at": "2021-01-01T00:00:00Z",
    }
    return told | facts


def email(number: int = 1, **facts: object) -> dict[str, object]:
    told: dict[str, object] = {
        "address": f"person{number}@example.com",
        "permission_to_send": "implicit",
        "confirm_status": "off",
        "opt_in_source": "Account",
        "opt_in_date": "2020-01-01T00:00:00Z",
    }
    return told | facts


def legacy_page(*told: object, following: str = "") -> bytes:
    """Return a V2 page; the last one has an empty pagination."""
    pagination = {"next_link": following} if following else {}
    return encode({"meta": {"pagination": pagination}, "results": list(told)})


def page(key: str, *told: object, following: str = "") -> bytes:
    """Return a V3 page; the last one has empty links."""
    links = {"next": {"href": following}} if following else {}
    return encode({key: list(told), "_links": links})


def xrefs(*pairs: tuple[str, str], key: str = "contact_id") -> bytes:
    """Return the answer of a cross-reference as the reference documents it."""
    told = [{"sequence_id": one, key: other} for one, other in pairs]
    return encode({"xrefs": told})


def encode(payload: object) -> bytes:
    return json.dumps(payload, separators=(",", ":"), ensure_ascii=False).encode()
