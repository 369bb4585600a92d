"""Stored payloads in Clever's wire format, all invented or from its public pages."""

from __future__ import annotations

import json

SEED_PAGE_EXAMPLE = b"""{
"data": {
"created": "2022-11-28T18:46:36.819Z",
"district": "6385008f69df036e83e984a3",
"email": "[email protected]",
"last_modified": "2024-11-04T21:05:06.631Z",
"name": {
"last": "Aaron Collins"
},
"id": "63850203bfb8460546071ef6",
"roles": {
"contact": {
"phone": "1-(330) 280-1898",
"phone_type": "Other",
"sis_id": "",
"student_relationships": [
{
"relationship": "Aunt/Uncle",
"student": "63850203bfb8460546071e62",
"type": "Family"
},
{
"relationship": "Aunt/Uncle",
"student": "672936fc65fc4500ced13260",
"type": "Family"
},
{
"relationship": "Parent",
"student": "63850203bfb8460546071e6e",
"type": "Parent/Guardian"
}
],
"legacy_id": "63850203bfb8460546071e7e"
}
}
},
"uri": "/v3.0/users/63850203bfb8460546071ef6"
}"""


def object_id(number: int) -> str:
    return f"{number:024x}"


def contact(number: int = 1, **role: object) -> dict[str, object]:
    """Return a bare v3 contact with one entry."""
    told: dict[str, object] = {
        "legacy_id": object_id(number + 10_000),
        "phone": "",
        "phone_type": "Other",
        "sis_id": "",
        "student_relationships": [
            {
                "relationship": "Parent",
                "student": object_id(number + 20_000),
                "type": "Parent/Guardian",
            }
        ],
    }
    return {
        "id": object_id(number),
        "district": object_id(9),
        "name": {"last": f"Invented Person {number}"},
        "email": "",
        "created": "2023-04-07T00:00:00.000Z",
        "last_modified": "2023-04-07T00:00:00.000Z",
        "roles": {"contact": told | role},
    }


def item(record: object) -> dict[str, object]:
    """Wrap a record as it stands in a list."""
    return {"data": record, "uri": "/v3.0/users/x"}


def page(*records: object, following: str = "") -> bytes:
    """Return a list answer, with a next link if one is given."""
    links = [{"rel": "self", "uri": "/v3.0/users"}]
    if following:
        links.append({"rel": "next", "uri": following})
    return encode({"links": links, "data": [item(record) for record in records]})


def encode(payload: object) -> bytes:
    return json.dumps(payload, separators=(",", ":"), ensure_ascii=False).encode()
