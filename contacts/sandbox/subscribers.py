"""One subscriber while both versions' records are written, and what is lost between them.

Whatever is told to V2 is told to V3 in the same breath, and where V3 has no place for it
the loss is written down, as the guide's limits have it and with no custom field named.
So the truth about losses comes from the writing, not from any mapping.
"""

import random
from collections.abc import Iterable

from contacts.sandbox import mail_wire
from contacts.sandbox.mail_lists import SLOT_FIELDS, MailList
from contacts.sandbox.mail_places import Place
from contacts.sandbox.mail_wire import Consent, LegacyConsent, Uuids
from contacts.sandbox.wire import Json, timestamp

PHONE_KINDS = {
    "home_phone": "home",
    "work_phone": "work",
    "cell_phone": "mobile",
    "fax": "other",
}
KINDLESS = {"cell_phone", "fax"}
ADDRESS_KINDS = {"PERSONAL": "home", "BUSINESS": "work"}
CUT = 50
"""V2 cuts most texts here."""

FIRST_DAY, LAST_DAY = 1_250_000_000_000, 1_560_000_000_000
YEAR = 365 * 86_400_000
ADDRESS = "email_addresses.0.email_address"


class Subscriber:
    """Who somebody is, in V2's words and V3's; `losses` are pairs of field and rule."""

    def __init__(
        self, rng: random.Random, uuids: Uuids, *, first: str, last: str, email: str
    ) -> None:
        self.rng = rng
        self.uuids = uuids
        self.email = email
        self.losses: list[tuple[str, str]] = []
        self.created = int(FIRST_DAY + rng.random() * (LAST_DAY - FIRST_DAY))
        self.changed = self.created + int(rng.random() * YEAR)
        self.came_back_after = ""
        self.told: Json = {"first_name": first, "last_name": last}
        self.shown: Json = {"first_name": first, "last_name": last}
        self.addresses: list[Json] = []
        self.slots: list[Json] = []
        self.legacy_lists: list[Json] = []
        self.notes: list[Json] = []
        self.parts: dict[str, list[Json]] = {
            "custom_fields": [],
            "phone_numbers": [],
            "street_addresses": [],
        }
        self.lists: list[str] = []

    def lose(self, field: str, rule: str) -> None:
        self.losses.append((field, rule))

    # What has a place in V3, or may have one

    def text(self, field: str, value: str) -> None:
        """A text that both versions hold under one name."""
        self.told[field] = self.shown[field] = value
        if len(value) == CUT:
            self.lose(field, "value-probably-cut")

    def phone(self, field: str, number: str) -> None:
        self.told[field] = number
        if field in KINDLESS:
            self.lose(field, "phone-kind-lost")
        told = mail_wire.phone(
            number[:25],
            phone_id=self.uuids.next(),
            kind=PHONE_KINDS[field],
            at=mail_wire.moment(self.created),
        )
        self.parts["phone_numbers"].append(told)

    def address(self, place: Place, kind: str, *lines: str) -> None:
        if place.joined and place.sub_postal_code != place.postal_code:
            self.lose(
                f"addresses.{len(self.addresses)}.postal_code", "postal-code-joined"
            )
        told = mail_wire.legacy_address(
            place, address_id=self.uuids.next(), kind=kind, lines=lines
        )
        self.addresses.append(told)
        shown = mail_wire.address(
            place,
            address_id=self.uuids.next(),
            kind=ADDRESS_KINDS[kind],
            street=", ".join(lines)[:255],
            at=mail_wire.moment(self.created),
        )
        self.parts["street_addresses"].append(shown)

    def address_shell(self, kind: str) -> None:
        shell = mail_wire.address_shell(address_id=self.uuids.next(), kind=kind)
        self.addresses.append(shell)

    def slot(self, slot: int, value: str, fields: list[Json]) -> None:
        """A value of one of V2's numbered fields, which V3 may hold under a name."""
        name = f"CustomField{slot}"
        self.slots.append({"name": name, "label": name, "value": value})
        if len(value) == CUT:
            self.lose(f"custom_fields.{slot}", "value-probably-cut")
        if slot in SLOT_FIELDS:
            field_id = fields[SLOT_FIELDS[slot]]["custom_field_id"]
            one = {"custom_field_id": field_id, "value": value}
            self.parts["custom_fields"].append(one)

    def join(self, *lists: MailList) -> None:
        """Be on lists in both versions."""
        self.join_legacy(*lists)
        self.join_current(*lists)

    def join_legacy(self, *lists: MailList) -> None:
        for each in lists:
            self.legacy_lists.append({"id": each.legacy_id, "status": each.status})
            if each.status != "ACTIVE":
                self.lose(f"lists.{each.legacy_id}", "list-status-lost")
            if not each.list_id:
                self.lose(f"lists.{each.legacy_id}", "list-unmapped")

    def join_current(self, *lists: MailList) -> None:
        self.lists += [each.list_id for each in lists if each.list_id]

    # What V3 has no place for

    def name_part(self, field: str, value: str) -> None:
        self.told[field] = value
        self.lose(field, "name-part-dropped")

    def note(self, text: str) -> None:
        note = {
            "id": self.uuids.next(),
            "note": text,
            "created_date": timestamp(self.created),
            "modified_date": timestamp(self.changed),
        }
        self.notes.append(note)
        self.lose("notes.0", "notes-over-limit")

    def sourced(self, source: str, details: str) -> None:
        """How V2 says that the contact came in."""
        for field, value in (("source", source), ("source_details", details)):
            if value:
                self.told[field] = value
                self.lose(field, "source-details-lost")

    # The records

    def legacy_record(
        self, legacy_id: str, consent: LegacyConsent, *, told_id: str
    ) -> Json:
        """The person as V2 tells it; its dates are lost, all at once."""
        told = self.told
        record = {
            "id": legacy_id,
            "status": consent.status,
            "fax": told.get("fax", ""),
            "addresses": self.addresses,
            "confirmed": consent.confirm_status == "CONFIRMED",
            "lists": self.legacy_lists,
            "source": told.get("source", ""),
            **({"contact_id": told_id} if told_id else {}),
            "email_addresses": self._legacy_emails(consent),
        }
        for name in ("prefix_name", "first_name", "middle_name", "last_name"):
            record[name] = told.get(name, "")
        for name in ("job_title", "company_name", "home_phone", "work_phone"):
            record[name] = told.get(name, "")
        record["cell_phone"] = told.get("cell_phone", "")
        record["custom_fields"] = self.slots
        record["notes"] = self.notes
        record["created_date"] = timestamp(self.created)
        record["modified_date"] = timestamp(self.changed)
        record["source_details"] = told.get("source_details", "")
        self.lose("dates", "dates-lost")
        return record

    def _legacy_emails(self, consent: LegacyConsent) -> list[Json]:
        opt_out = self.came_back_after
        if consent.opt_out_source or consent.status == "REMOVED":
            opt_out = timestamp(self.changed)
        return [
            mail_wire.legacy_email(
                self.email,
                consent,
                email_id=self.uuids.next(),
                opt_in=timestamp(self.created),
                opt_out=opt_out,
            )
        ]

    def current_record(self, contact_id: str, consent: Consent) -> Json:
        """The person as V3 tells it, with every part that can be asked for."""
        created, changed = map(mail_wire.moment, (self.created, self.changed + YEAR))
        record = {
            "contact_id": contact_id,
            "email_address": mail_wire.email_address(
                self.email, consent, created=created, changed=changed
            ),
            **{name: value for name, value in self.shown.items() if value},
            "update_source": "Account",
            "create_source": consent.opt_in_source or "Account",
            "created_at": created,
            "updated_at": changed,
        }
        if consent.deleted_on:
            record["deleted_at"] = consent.deleted_on
        gone = consent.deleted_on or consent.opt_out_source
        return record | {
            **self.parts,
            "list_memberships": [] if gone else self.lists,
            "taggings": [],
            "notes": [],
        }


def wide(words: Iterable[str], width: int) -> str:
    """Words enough to be exactly so long."""
    text = " ".join(words)
    return (text * (width // len(text) + 1))[:width].rstrip().ljust(width, ".")
