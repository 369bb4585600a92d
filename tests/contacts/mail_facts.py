"""Small accounts for the tests of mailing imports: payloads, files, a fake provider."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from contacts.constant_contact import parsing
from contacts.constant_contact.client import Answer, FetchedPage
from contacts.models import (
    Consent,
    Contact,
    ContactXref,
    CustomField,
    LegacyConsent,
    LegacyContact,
    LegacyList,
    LegacyMembership,
    ListXref,
    MailingList,
    Match,
    Membership,
    Source,
    StagedCustomField,
    StagedLegacyList,
    StagedLegacyMail,
    StagedLegacyMembership,
    StagedMail,
    StagedMailingList,
    StagedMembership,
    StagedXref,
    UploadedXref,
)
from tests.factories import uuid

STAGED = (
    StagedCustomField,
    StagedLegacyList,
    StagedLegacyMail,
    StagedLegacyMembership,
    StagedMail,
    StagedMailingList,
    StagedMembership,
    StagedXref,
)
FACTS = (
    LegacyContact,
    LegacyConsent,
    LegacyMembership,
    LegacyList,
    Contact,
    Consent,
    Membership,
    MailingList,
    CustomField,
    ContactXref,
    ListXref,
    UploadedXref,
    Match,
)


def v2_id(number: int) -> str:
    """An id of V2, with zeros in front."""
    return f"{number:010d}"


def v3_id(number: int) -> str:
    """The id that V3 gave to that contact."""
    return uuid(0xC000 + number)


def v3_list(number: int) -> str:
    """The id that V3 gave to a list."""
    return uuid(0xB000 + number)


def legacy(number: int, *lists: int, **told: Any) -> dict[str, Any]:
    """A V2 contact as the API sends it."""
    email = {
        "id": uuid(number),
        "status": told.get("status", "ACTIVE"),
        "confirm_status": "CONFIRMED",
        "opt_in_source": "ACTION_BY_VISITOR",
        "opt_in_date": "2013-01-18T21:45:22.000Z",
        "email_address": f"ana{number}@example.org",
    }
    return {
        "id": v2_id(number),
        "status": "ACTIVE",
        "first_name": "Ana",
        "last_name": f"Diaz {number}",
        "home_phone": "",
        "work_phone": "330-555-0100",
        "lists": [{"id": str(each), "status": "ACTIVE"} for each in lists],
        "email_addresses": [email],
        **told,
    }


def contact(number: int, *lists: int, **told: Any) -> dict[str, Any]:
    """A V3 contact that was the V2 contact of the same number."""
    address = {
        "address": f"ana{number}@example.org",
        "permission_to_send": told.pop("permission", "explicit"),
        "confirm_status": "confirmed",
        "opt_in_source": "Contact",
        "opt_in_date": "2013-01-18T21:45:22Z",
    }
    return {
        "contact_id": v3_id(number),
        "email_address": address,
        "first_name": "Ana",
        "last_name": f"Diaz {number}",
        "updated_at": "2024-01-18T21:45:22Z",
        "phone_numbers": [{"phone_number": "330-555-0100", "kind": "work"}],
        "list_memberships": [v3_list(each) for each in lists],
        **told,
    }


class Account:
    """A Constant Contact whose people a test may change.

    ``xrefs`` and ``list_xrefs`` are what is known of V2 ids, ``answers`` turns pairs into
    what is sent. ``failures`` are raised at the call of that name and number.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self.people: list[Any] = []
        self.mailing_lists: list[Any] = []
        self.fields: list[Any] = []
        self.legacy_people: list[Any] = []
        self.legacy_lists: list[Any] = []
        self.xrefs: dict[str, str] = {}
        self.known_lists: dict[str, str] = {}
        self.calls: list[tuple[str, ...]] = []
        self.failures: dict[tuple[str, int], Exception] = {}
        self.bare = False
        self.page_size = 2

    def asked(self, name: str) -> list[tuple[str, ...]]:
        """What was asked of one kind: the ids of each call, or where it began."""
        return [call[1:] for call in self.calls if call[0] == name]

    def _called(self, name: str, *told: str) -> None:
        self.calls.append((name, *told))
        failure = self.failures.get((name, len(self.asked(name))))
        if failure:
            raise failure

    # --- V3 ---

    def contacts(self, *, start: str = "") -> Iterator[FetchedPage]:
        return self._pages("/v3/contacts", "contacts", self.people, start)

    def lists(self, *, start: str = "") -> Iterator[FetchedPage]:
        return self._pages("/v3/contact_lists", "lists", self.mailing_lists, start)

    def custom_fields(self, *, start: str = "") -> Iterator[FetchedPage]:
        path = "/v3/contact_custom_fields"
        return self._pages(path, "custom_fields", self.fields, start)

    def contact_xrefs(self, ids: Sequence[str]) -> Answer:
        return self._answer("contact_id", self.xrefs, ids)

    def list_xrefs(self, ids: Sequence[str]) -> Answer:
        return self._answer("list_id", self.known_lists, ids)

    def _pages(
        self, path: str, key: str, rows: list[Any], start: str
    ) -> Iterator[FetchedPage]:
        at = int(start.partition("cursor=")[2] or 0)
        while True:
            link = f"{path}?cursor={at}"
            self._called(path, str(at))
            body = json.dumps({key: rows[at : at + self.page_size]}).encode()
            at += self.page_size
            more = f"{path}?cursor={at}" if at < len(rows) else ""
            items = parsing.parse_page(body, key).items
            yield FetchedPage(1, link, body, items, more)
            if not more:
                return

    def _answer(self, key: str, known: dict[str, str], ids: Sequence[str]) -> Answer:
        self._called(key, *ids)
        found = [
            {"sequence_id": printed, key: ref}
            for each in ids
            for printed, ref in known.items()
            if printed.lstrip("0") == each.lstrip("0")
        ]
        body = json.dumps(found if self.bare else {"xrefs": found}).encode()
        path = f"/v3/xrefs?sequence_ids={','.join(ids)}"
        return Answer(path, body, parsing.parse_xrefs(body))

    # --- V2 ---

    @property
    def legacy(self) -> _LegacyAccount:
        """The account as V2 tells it."""
        return _LegacyAccount(self)


class _LegacyAccount:
    def __init__(self, account: Account) -> None:
        self._account = account

    def contacts(self, *, start: str = "") -> Iterator[FetchedPage]:
        told = self._account
        return told._pages("/v2/contacts", "results", told.legacy_people, start)

    def lists(self, *, start: str = "") -> Iterator[FetchedPage]:
        told = self._account
        return told._pages("/v2/lists", "results", told.legacy_lists, start)


def opening(account: Any) -> Any:
    """What opens this account in place of ``connecting``'s clients."""

    @contextmanager
    def opened(source: Source) -> Iterator[Any]:
        yield account

    return opened


def rows() -> list[list[Any]]:
    """Every fact, with the ids of the rows."""
    tables: list[Any] = [model.objects.order_by("pk").values() for model in FACTS]
    return [list(table) for table in tables]


def staged() -> int:
    """How many rows are left in staging."""
    return sum(model.objects.count() for model in STAGED)


def states(source: Source) -> dict[str, tuple[str, str]]:
    """What the crosswalk says, by V2 id or, of V3 alone, by V3 id."""
    matches = Match.objects.filter(source=source)
    told = matches.values_list(
        "legacy_contact__external_id", "contact__external_id", "state", "methods"
    )
    return {
        legacy or contact: (state, methods) for legacy, contact, state, methods in told
    }
