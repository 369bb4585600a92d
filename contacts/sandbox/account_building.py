"""The account while it is being made: records, crosswalk, files and truth together."""

import random
from collections import Counter
from collections.abc import Sequence
from datetime import date

from contacts.sandbox import mail_lists, mail_places, names
from contacts.sandbox.consent_cases import PLAIN
from contacts.sandbox.ledger import Ledger
from contacts.sandbox.mail_lists import SLOT_VALUES, Lists, MailList
from contacts.sandbox.mail_wire import Consent, LegacyConsent, Uuids
from contacts.sandbox.subscribers import Subscriber
from contacts.sandbox.wire import Json

JUDGED_BASES = ("consent", "consent", "")
PRIVILEGES = ("send_email", "send_email", "send_email", "mailing")
JOBS = ("Principal", "Registrar", "Coach", "Volunteer Coordinator", "Owner, Café Olé")
COMPANIES = ("Juniper Valley PTA", "Ortiz & Daughters", "Åland Print", "Gale St. Books")
SOURCES = ("", "Site Owner", "API", "")
HOSTS = ("example.com", "example.org", "example.net", "mail.example")


class AccountBuilder(Ledger):
    """Makes subscribers and writes down at once what is true of them."""

    def __init__(self, *, seed: int, today: date) -> None:
        rng = random.Random(seed)  # noqa: S311 - make-believe, must repeat
        super().__init__(rng, today=today)
        self.uuids = Uuids(rng)
        self.lists = Lists(self.uuids)
        self.fields = mail_lists.custom_fields(self.uuids)
        self.legacy_contacts: list[Json] = []
        self.contacts: list[Json] = []
        self.xrefs: dict[str, str] = {}
        self.match_states: dict[str, str] = {}
        self.losses: set[tuple[str, str, str]] = set()
        self.scenarios: dict[str, str] = {}
        self.scenario = ""
        self.members: Counter[str] = Counter()
        self._taken: set[int] = set()
        self._people = 0

    # People

    def stranger(self) -> Subscriber:
        """Somebody with a name and an address, of whom nothing else is told."""
        kin = names.pick_culture(self.rng)
        first = names.given_name(self.rng, kin)
        last = names.family_name(self.rng, kin)
        email = self.email(first + last)
        return Subscriber(self.rng, self.uuids, first=first, last=last, email=email)

    def email(self, name: str) -> str:
        """An address that nobody else has."""
        self._people += 1
        local = names.ascii_letters(name) or "subscriber"
        return f"{local}.{self._people}@{self.one_of(HOSTS)}"

    def member(self) -> Subscriber:
        """Somebody on a list or two, with what people mostly tell of themselves."""
        person = self.stranger()
        self.clothe(person)
        person.join(*self.some_lists())
        return person

    def some_lists(self) -> list[MailList]:
        return self.rng.sample(self.lists.common, 1 + int(self.rng.random() * 3))

    def clothe(self, person: Subscriber) -> None:
        """Add a telephone, an address, a custom field: each for some, most of it fits."""
        rng = self.rng
        person.sourced(self.one_of(SOURCES), "")
        if rng.random() < 0.25:
            person.text("job_title", self.one_of(JOBS))
        if rng.random() < 0.25:
            person.text("company_name", self.one_of(COMPANIES))
        phones = self.one_of(("", "", "home", "home", "work", "home work", "cell home"))
        for each in phones.split():
            person.phone(f"{each}_phone", mail_places.phone(rng))
        if rng.random() < 0.5:
            self._house(person)
        if rng.random() < 0.25:
            slot = rng.choice(list(SLOT_VALUES))
            person.slot(slot, self.one_of(SLOT_VALUES[slot]), self.fields)

    def _house(self, person: Subscriber) -> None:
        """Mostly one address, sometimes with the empty shell of a second."""
        kinds = self.one_of(("PERSONAL BUSINESS", "BUSINESS PERSONAL")).split()
        chance = self.rng.random()
        places = mail_places.PLAIN if chance < 0.85 else mail_places.CODED
        if chance > 0.95:
            places = mail_places.SPLIT
        lines = [mail_places.street(self.rng), "Apt. 23"][: 1 + (chance < 0.2)]
        person.address(self.rng.choice(places), kinds[0], *lines)
        if chance < 0.1:
            person.address_shell(kinds[1])

    # What the two versions say

    def new_legacy_id(self) -> str:
        """A number nobody has; some are written with zeros before, none stands twice."""
        number = self.rng.randrange(10_000_000, 3_000_000_000)
        while number in self._taken:
            number += 1
        self._taken.add(number)
        return f"{number:010d}"

    def add_legacy(
        self,
        person: Subscriber,
        consent: LegacyConsent,
        *,
        state: str,
        told_id: str = "",
        legacy_id: str = "",
    ) -> str:
        """Store a V2 record; `state` is what its match must come to be."""
        legacy_id = legacy_id or self.new_legacy_id()
        record = person.legacy_record(legacy_id, consent, told_id=told_id)
        self.store_legacy(person, record, state=state)
        return legacy_id

    def store_legacy(self, person: Subscriber, record: Json, *, state: str) -> None:
        legacy_id = record["id"]
        self.legacy_contacts.append(record)
        self.match_states[legacy_id] = state
        self.scenarios[legacy_id] = self.scenario
        self.losses.update((legacy_id, *each) for each in person.losses)
        slots = (each["name"].removeprefix("CustomField") for each in person.slots)
        self.losses.update(
            ("", f"custom_fields.{slot}", "custom-field-unmapped") for slot in slots
        )
        self.members.update(each["id"] for each in record["lists"])

    def add_contact(self, person: Subscriber, consent: Consent) -> str:
        contact_id = self.uuids.next()
        record = person.current_record(contact_id, consent)
        self.contacts.append(record)
        self.scenarios[contact_id] = self.scenario
        self.members.update(record["list_memberships"])
        return contact_id

    # The customer's files

    def grant(
        self,
        contact_id: str,
        rule: str,
        *,
        list_id: str = "",
        privilege: str = "",
        bases: Sequence[str] = JUDGED_BASES,
        expires_at: str = "",
    ) -> str:
        """Write a grant to mail down together with the rule it must get."""
        return self.file_grant(
            contact_id,
            privilege or self.one_of(PRIVILEGES),
            rule,
            list_id=list_id,
            bases=bases,
            expires_at=expires_at,
        )

    def expired_grant(self, contact_id: str, *, days_ago: int) -> None:
        """A grant that has run out: counted, and neither judged nor held."""
        ended = self.days_ago(days_ago)
        del self.truth[self.grant(contact_id, "", expires_at=ended)]

    def order(
        self,
        contact_id: str,
        *,
        kind: str,
        classes: str = "",
        starts: int = -100,
        ends: int | None = None,
    ) -> None:
        """Write an order about a contact down: mail knows no students."""
        self.add_restriction(
            contact_id, "", kind=kind, classes=classes, starts=starts, ends=ends
        )


class Recipient:
    """A subscriber whose two records found each other, while its grants are made."""

    def __init__(
        self,
        builder: AccountBuilder,
        person: Subscriber,
        *,
        legacy: LegacyConsent = PLAIN.legacy,
        current: Consent = PLAIN.current,
        state: str = "matched",
        legacy_id: str = "",
    ) -> None:
        self.builder = builder
        self.person = person
        self.contact_id = builder.add_contact(person, current)
        self.legacy_id = builder.add_legacy(
            person, legacy, state=state, told_id=self.contact_id, legacy_id=legacy_id
        )
        builder.xrefs[self.legacy_id] = self.contact_id

    @property
    def name(self) -> str:
        """The id that a customer knows the contact by: mostly the old one."""
        return self.contact_id if self.builder.rng.random() < 0.08 else self.legacy_id

    def grant(self, rule: str, *, to: MailList | None = None) -> None:
        """A grant for one list, by either of its ids, or for any mail."""
        builder = self.builder
        list_id = builder.one_of((to.legacy_id, to.legacy_id, to.list_id)) if to else ""
        builder.grant(self.name, rule, list_id=list_id)

    def grant_lists(self, rule: str, lists: Sequence[MailList]) -> None:
        """What a customer once granted: some of the lists, and any mail at times."""
        rng = self.builder.rng
        wanted = [each for each in lists if rng.random() < 0.6]
        for each in wanted:
            self.grant(rule, to=each)
        if not wanted or rng.random() < 0.4:
            self.grant(rule)
