"""The account as a server looks at it: contacts that can be found, cut, and changed."""

import threading
from collections.abc import Iterable
from typing import NamedTuple

from contacts.sandbox.account import Account
from contacts.sandbox.wire import Json

SUBRESOURCES = (
    "custom_fields",
    "list_memberships",
    "phone_numbers",
    "street_addresses",
    "taggings",
    "notes",
)
STATUSES = {
    "active",
    "deleted",
    "not_set",
    "pending_confirmation",
    "temp_hold",
    "unsubscribed",
}


class Wanted(NamedTuple):
    """Which contacts are asked for; with no status, all but deleted ones."""

    status: str = ""
    email: str = ""
    updated_after: str = ""
    list_ids: frozenset[str] = frozenset()

    def takes(self, contact: Json) -> bool:
        if not _has_status(contact, self.status):
            return False
        if self.email and _folded(contact) != self.email.casefold():
            return False
        if self.updated_after and contact["updated_at"] <= self.updated_after:
            return False
        return not self.list_ids or bool(
            self.list_ids.intersection(contact["list_memberships"])
        )


def _has_status(contact: Json, status: str) -> bool:
    """Say whether a contact is of this status; one that is remembered is `deleted`."""
    if status == "all":
        return True
    if "deleted_at" in contact:
        return status == "deleted"
    permission = (contact.get("email_address") or {}).get("permission_to_send", "")
    if status == "active":
        return permission.casefold() in {"explicit", "implicit"}
    return status in {"", permission}


def _folded(contact: Json) -> str:
    address: str = (contact.get("email_address") or {}).get("address", "")
    return address.casefold()


class MailStore:
    """Everything that the provider knows of the account; V3's contacts can change."""

    def __init__(self, account: Account) -> None:
        self.lock = threading.Lock()
        self.legacy_contacts = account.legacy_contacts
        self.legacy_lists = account.legacy_lists
        self.lists = account.lists
        self.custom_fields = account.custom_fields
        self.xrefs = account.xrefs
        self.list_xrefs = account.list_xrefs
        self._contacts = list(account.contacts)
        self._places = {
            each["contact_id"]: place for place, each in enumerate(self._contacts)
        }
        self._by_email: dict[str, str] = {
            _folded(each): each["contact_id"] for each in self._contacts
        }

    def contact(self, contact_id: str) -> Json | None:
        place = self._places.get(contact_id.lower())
        return None if place is None else self._contacts[place]

    def owner(self, address: str) -> str:
        """The V3 id that an address belongs to, deleted contacts included; or ""."""
        return self._by_email.get(address.casefold(), "")

    def keep(self, contact: Json) -> None:
        """Put a contact in the place of what it was, or at the end."""
        contact_id = contact["contact_id"]
        before = self.contact(contact_id)
        if before is None:
            self._places[contact_id] = len(self._contacts)
            self._contacts.append(contact)
        else:
            self._by_email.pop(_folded(before), None)
            self._contacts[self._places[contact_id]] = contact
        if address := _folded(contact):
            self._by_email[address] = contact_id

    def cut(self, wanted: Wanted, start: int, limit: int) -> tuple[list[Json], int]:
        """So many contacts from a place on, and the place to go on at; 0 for the end.

        A contact keeps its place for ever, so paging meets each one once.
        """
        if wanted.email and not wanted.list_ids:
            return self._found(wanted), 0
        found: list[Json] = []
        for place in range(start, len(self._contacts)):
            contact = self._contacts[place]
            if wanted.takes(contact):
                if len(found) == limit:
                    return found, place
                found.append(contact)
        return found, 0

    def _found(self, wanted: Wanted) -> list[Json]:
        contact = self.contact(self.owner(wanted.email))
        return [contact] if contact and wanted.takes(contact) else []

    def has_list(self, list_id: str) -> bool:
        return any(each["list_id"] == list_id for each in self.lists)

    def has_field(self, field_id: str) -> bool:
        return any(each["custom_field_id"] == field_id for each in self.custom_fields)


def known(xrefs: dict[str, str], asked: Iterable[str]) -> list[tuple[str, str]]:
    """The pairs of the ids asked for that are known, in order of the V2 id."""
    return sorted({(each, xrefs[each]) for each in asked if each in xrefs})


def told(contact: Json, included: Iterable[str]) -> Json:
    """A contact with the parts that were asked for, and without the others."""
    left_out = set(SUBRESOURCES).difference(included)
    return {name: value for name, value in contact.items() if name not in left_out}
