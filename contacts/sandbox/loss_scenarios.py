"""Subscribers of whom V2 tells something that V3 has no place for.

Everything else about them is in order: their grants are confirmed, and each carries the
one loss that its scenario is about, besides those that every contact has.
"""

from collections.abc import Callable
from functools import partial

from contacts.sandbox import mail_places
from contacts.sandbox.account_building import AccountBuilder, Recipient
from contacts.sandbox.account_scenarios import Scenario
from contacts.sandbox.consent_cases import PLAIN
from contacts.sandbox.mail_places import Place
from contacts.sandbox.mail_wire import NEVER
from contacts.sandbox.subscribers import ADDRESS, CUT, Subscriber, wide

LONG_NAME = "Society of the Friends of the Juniper Valley Public Library"
LONG_LINES = (
    "c/o The Honourable Board of Trustees of the Juniper Valley Unified School District, East Wing",
    "Building 14 of the Former Fruit Growers' Cooperative Packing House and Cold Storage, Third Floor",
    "Behind the Old Depot, Entrance from the Yard, Ring Twice, Then Wait Until Somebody Comes Down",
)
INVALID = ("nobody at example.com", "nobody@", "nobody@@example.com", "nobody")

Telling = Callable[[AccountBuilder, Subscriber], None]


def carrying(builder: AccountBuilder, *, tell: Telling) -> None:
    """Somebody in order but for one thing."""
    person = builder.stranger()
    lists = builder.some_lists()
    person.join(*lists)
    tell(builder, person)
    Recipient(builder, person).grant_lists("confirmed", lists)


# --- Names and texts --------------------------------------------------------------


def whole_name(_builder: AccountBuilder, person: Subscriber) -> None:
    person.name_part("prefix_name", "Dr.")
    person.name_part("middle_name", "Ángel María")


def middle_name(builder: AccountBuilder, person: Subscriber) -> None:
    person.name_part("middle_name", builder.one_of(("Lee", "de la", "J.")))


def cut_text(_builder: AccountBuilder, person: Subscriber, *, field: str) -> None:
    person.text(field, LONG_NAME[:CUT])


def cut_slot(builder: AccountBuilder, person: Subscriber) -> None:
    person.slot(2, wide(["only", "on", "weekdays"], CUT), builder.fields)


def source_details(_builder: AccountBuilder, person: Subscriber) -> None:
    person.sourced("API", "Juniper Valley Sign-up 2.1")


# --- Telephones -------------------------------------------------------------------


def phones(builder: AccountBuilder, person: Subscriber, *, fields: str) -> None:
    """So many telephones, each of a length that fits."""
    for each in fields.split():
        person.phone(each, mail_places.phone(builder.rng))


def third_phone(builder: AccountBuilder, person: Subscriber, *, last: str) -> None:
    """The guide takes two: cell, home, work and fax stay in this order."""
    for each in ("cell_phone", "home_phone", "work_phone", "fax"):
        if each == last or len(person.parts["phone_numbers"]) < 2:
            person.phone(each, mail_places.phone(builder.rng))
    person.lose(last, "phones-over-limit")


def long_phone(builder: AccountBuilder, person: Subscriber, *, field: str) -> None:
    person.phone(field, mail_places.long_phone(builder.rng))
    person.lose(field, "phone-too-long")


# --- Addresses --------------------------------------------------------------------


def address(builder: AccountBuilder, person: Subscriber, *, place: Place) -> None:
    person.address(place, "PERSONAL", mail_places.street(builder.rng))


def unresolved(
    builder: AccountBuilder, person: Subscriber, *, place: Place, part: str
) -> None:
    person.address(place, "BUSINESS", mail_places.street(builder.rng))
    rule = "state" if part == "state_code" else "country"
    person.lose(f"addresses.0.{part}", f"{rule}-unresolved")


def second_address(builder: AccountBuilder, person: Subscriber) -> None:
    for kind in ("PERSONAL", "BUSINESS"):
        place = builder.rng.choice(mail_places.PLAIN)
        person.address(place, kind, mail_places.street(builder.rng))
    person.lose("addresses.1", "addresses-over-limit")


def long_street(_builder: AccountBuilder, person: Subscriber) -> None:
    person.address(mail_places.PLAIN[0], "BUSINESS", *LONG_LINES)
    person.lose("addresses.0", "address-shortened")


# --- Notes, lists, dates ----------------------------------------------------------


def note(_builder: AccountBuilder, person: Subscriber, *, length: int) -> None:
    person.note(wide(["Called", "about", "the", "spring", "gala."], length))


def hidden_list(builder: AccountBuilder, person: Subscriber) -> None:
    person.join(builder.rng.choice(builder.lists.hidden))


def removed_list(builder: AccountBuilder, person: Subscriber) -> None:
    person.join(builder.lists.removed)


def unmapped_list(builder: AccountBuilder, person: Subscriber) -> None:
    person.join(builder.rng.choice(builder.lists.unmapped))


def too_many_lists(builder: AccountBuilder) -> None:
    """On all class lists: the ones after the fiftieth, as V2 told them, are over."""
    person, lists = builder.stranger(), builder.lists.many
    person.join_legacy(*lists)
    person.join_current(*lists[:50])
    for each in lists[50:]:
        person.lose(f"lists.{each.legacy_id}", "lists-over-limit")
    recipient = Recipient(builder, person)
    recipient.grant("confirmed", to=lists[0])
    recipient.grant("not-on-list", to=lists[-1])


def came_back(_builder: AccountBuilder, person: Subscriber) -> None:
    """Opted out once, and in again later: V2 keeps both days."""
    person.came_back_after = "2008-02-29T12:00:00.000Z"


def never_left(_builder: AccountBuilder, person: Subscriber) -> None:
    """An old record that writes an opt-out at the epoch: there never was one."""
    person.came_back_after = NEVER


# --- E-mail addresses -------------------------------------------------------------


def invalid_email(builder: AccountBuilder) -> None:
    """What V2 holds is no address; V3 has the person under a mended one."""
    person = builder.member()
    contact_id = builder.add_contact(person, PLAIN.current)
    person.email = builder.one_of(INVALID).replace("nobody", f"n{contact_id[:8]}")
    person.lose(ADDRESS, "email-invalid")
    legacy_id = builder.add_legacy(person, PLAIN.legacy, state="matched")
    builder.xrefs[legacy_id] = contact_id
    builder.grant(legacy_id, "confirmed")


def empty_email(builder: AccountBuilder) -> None:
    """V2 tells the consent, and an address that is empty."""
    person = builder.member()
    contact_id = builder.add_contact(person, PLAIN.current)
    person.email = ""
    person.lose(ADDRESS, "email-missing")
    legacy_id = builder.add_legacy(person, PLAIN.legacy, state="matched")
    builder.xrefs[legacy_id] = contact_id
    builder.grant(legacy_id, "confirmed")


def no_email(builder: AccountBuilder) -> None:
    """V2 tells no address at all, and V3 does not know the contact."""
    person, legacy_id = builder.stranger(), builder.new_legacy_id()
    record = person.legacy_record(legacy_id, PLAIN.legacy, told_id="")
    record["email_addresses"] = []
    person.lose(ADDRESS, "email-missing")
    builder.store_legacy(person, record, state="missing")
    builder.grant(legacy_id, "no-crosswalk")


def same_email(builder: AccountBuilder) -> None:
    """Two V2 contacts with one address, of which V3 could take one."""
    person, other = builder.member(), builder.member()
    other.email = person.email.upper()
    for each in (person, other):
        each.lose(ADDRESS, "email-duplicate")
    Recipient(builder, person).grant("confirmed")
    legacy_id = builder.add_legacy(other, PLAIN.legacy, state="missing")
    builder.grant(legacy_id, "no-crosswalk")


def _carrying(name: str, tell: Telling, share: int) -> Scenario:
    return Scenario(name, partial(carrying, tell=tell), share)


HOME, WORK = "home_phone", "work_phone"

LOSS_SCENARIOS = (
    _carrying("prefix and middle name", whole_name, 6),
    _carrying("middle name", middle_name, 14),
    _carrying("cut company", partial(cut_text, field="company_name"), 4),
    _carrying("cut job title", partial(cut_text, field="job_title"), 3),
    _carrying("cut last name", partial(cut_text, field="last_name"), 3),
    _carrying("cut custom field", cut_slot, 4),
    _carrying("source details", source_details, 8),
    _carrying("fax", partial(phones, fields="home_phone fax"), 6),
    _carrying("cell", partial(phones, fields="cell_phone"), 10),
    _carrying("third phone, fax", partial(third_phone, last="fax"), 5),
    _carrying("third phone, work", partial(third_phone, last=WORK), 5),
    _carrying("long home phone", partial(long_phone, field=HOME), 3),
    _carrying("long work phone", partial(long_phone, field=WORK), 3),
    _carrying("halves alike", partial(address, place=mail_places.REPEATED), 4),
    *(
        _carrying(f"split {each.joined}", partial(address, place=each), 3)
        for each in mail_places.SPLIT
    ),
    _carrying(
        "unknown state",
        partial(unresolved, place=mail_places.UNKNOWN_STATE, part="state_code"),
        4,
    ),
    _carrying(
        "unknown country",
        partial(unresolved, place=mail_places.UNKNOWN_COUNTRY, part="country_code"),
        4,
    ),
    _carrying("second address", second_address, 10),
    _carrying("long street", long_street, 3),
    _carrying("short note", partial(note, length=60), 8),
    _carrying("long note", partial(note, length=480), 4),
    _carrying("hidden list", hidden_list, 6),
    _carrying("removed list", removed_list, 3),
    _carrying("member of an unmapped list", unmapped_list, 5),
    Scenario("too many lists", too_many_lists, 3),
    _carrying("came back", came_back, 5),
    _carrying("never left", never_left, 8),
    Scenario("invalid e-mail", invalid_email, 4),
    Scenario("empty e-mail", empty_email, 3),
    Scenario("no e-mail", no_email, 3),
    Scenario("same e-mail", same_email, 4, contacts=2),
)
