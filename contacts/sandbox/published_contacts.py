"""The contacts that the provider's own pages print, as they print them.

Source: developer.constantcontact.com, "V3 and V2 contact deltas" (a contact whose V3 id
is no UUID), and the V3 reference (a V2 id that begins with zeros).
"""

from copy import deepcopy

from contacts.sandbox.account_building import AccountBuilder, Recipient
from contacts.sandbox.consent_cases import PLAIN
from contacts.sandbox.subscribers import Subscriber
from contacts.sandbox.wire import Json

EXAMPLE_ID = "111111111"
ZEROS_ID = "0016633325"

EXAMPLE: Json = {
    "id": EXAMPLE_ID,
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
            "postal_code": "37207",
        }
    ],
    "confirmed": False,
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
            "email_address": "email@example.com",
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
    "source_details": "",
}


def publish(builder: AccountBuilder, *, most: int) -> None:
    """Make the published contacts, or as many of them as there is room for."""
    builder.scenario = "published"
    for each in (_example, _zeros)[:most]:
        each(builder)


def _example(builder: AccountBuilder) -> None:
    """Its V3 contact is known by the xref alone."""
    person = Subscriber(
        builder.rng,
        builder.uuids,
        first=EXAMPLE["first_name"],
        last=EXAMPLE["last_name"],
        email=EXAMPLE["email_addresses"][0]["email_address"],
    )
    contact_id = builder.add_contact(person, PLAIN.current)
    person.lose("contact_id", "id-malformed")
    person.lose("source", "source-details-lost")
    person.lose("dates", "dates-lost")
    builder.store_legacy(person, deepcopy(EXAMPLE), state="matched")
    builder.xrefs[EXAMPLE_ID] = contact_id
    builder.grant(EXAMPLE_ID, "confirmed")


def _zeros(builder: AccountBuilder) -> None:
    recipient = Recipient(builder, builder.member(), legacy_id=ZEROS_ID)
    recipient.grant("confirmed")
