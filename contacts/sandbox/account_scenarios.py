"""Ways to make subscribers: what each is, and what its grants must get.

A scenario makes one V2 contact (sometimes two, sometimes none) and the grants that a
customer once gave, each with the rule it must get under the order of precedence.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from contacts.sandbox.account_building import AccountBuilder, Recipient
from contacts.sandbox.consent_cases import DELETED_ON, ODD, ORDINARY, PLAIN, ConsentCase
from contacts.sandbox.mail_wire import Consent
from contacts.sandbox.subscribers import Subscriber

OTHER_BASES = ("manual", "court_order", "district_form", "v2_relationship")
UNMAPPED_PRIVILEGES = ("send_sms", "print_label", "share_with_sponsors")


class Scenario(NamedTuple):
    """A way to make V2 contacts; `share` is how often in an account of 1,000."""

    name: str
    make: Callable[[AccountBuilder], None]
    share: int
    contacts: int = 1


def ordinary(builder: AccountBuilder) -> None:
    """V3 permits what V2 supports, and knows the contact by both ways."""
    case = builder.rng.choices(
        [each for each, _ in ORDINARY], [weight for _, weight in ORDINARY]
    )[0]
    person, lists = builder.stranger(), builder.some_lists()
    builder.clothe(person)
    person.join(*lists)
    recipient = Recipient(builder, person, legacy=case.legacy, current=case.current)
    if builder.rng.random() < 0.9:
        recipient.grant_lists("confirmed", lists)


def consent(builder: AccountBuilder, *, case: ConsentCase) -> None:
    """One case of the table, granted for a list and for any mail."""
    person, lists = builder.stranger(), builder.some_lists()
    builder.clothe(person)
    if case.has_left:
        person.join_current(*lists)
    else:
        person.join(*lists)
    recipient = Recipient(
        builder, person, legacy=case.legacy, current=case.current, state=case.state
    )
    recipient.grant(case.rule)
    recipient.grant(case.rule, to=lists[0])


def plain(builder: AccountBuilder) -> Recipient:
    """A subscriber whose consent is in order, with nothing granted yet."""
    return Recipient(builder, builder.member())


# --- Who is who -------------------------------------------------------------------


def linked(builder: AccountBuilder, *, told: Callable[[str], str]) -> None:
    """The xref knows the contact; `told` makes what came with it out of its V3 id."""
    person = builder.member()
    contact_id = builder.add_contact(person, PLAIN.current)
    told_id = told(contact_id)
    legacy_id = builder.add_legacy(
        person, PLAIN.legacy, state="matched", told_id=told_id
    )
    builder.xrefs[legacy_id] = contact_id
    builder.grant(legacy_id, "confirmed")
    builder.grant(contact_id, "confirmed")


def nothing(_contact_id: str) -> str:
    return ""


def malformed_id(builder: AccountBuilder) -> None:
    """What came with the contact is no UUID, so only the xref knows it."""
    person = builder.member()
    contact_id = builder.add_contact(person, PLAIN.current)
    person.lose("contact_id", "id-malformed")
    legacy_id = builder.add_legacy(
        person, PLAIN.legacy, state="matched", told_id=contact_id[1:]
    )
    builder.xrefs[legacy_id] = contact_id
    builder.grant(legacy_id, "confirmed")


def told_alone(builder: AccountBuilder) -> None:
    """The xref does not know the contact, but its V3 id came with it."""
    person = builder.member()
    contact_id = builder.add_contact(person, PLAIN.current)
    legacy_id = builder.add_legacy(
        person, PLAIN.legacy, state="matched", told_id=contact_id
    )
    builder.grant(legacy_id, "confirmed")


def disagreeing(builder: AccountBuilder) -> None:
    """The xref names one V3 contact and the contact itself another."""
    person = builder.member()
    first = builder.add_contact(person, PLAIN.current)
    other = builder.stranger()
    second = builder.add_contact(other, PLAIN.current)
    legacy_id = builder.add_legacy(
        person, PLAIN.legacy, state="conflict", told_id=second
    )
    builder.xrefs[legacy_id] = first
    for each in (legacy_id, legacy_id, first):
        builder.grant(each, "crosswalk-conflict")


def two_for_one(builder: AccountBuilder) -> None:
    """Two V2 contacts have become one V3 contact."""
    person = builder.member()
    contact_id = builder.add_contact(person, PLAIN.current)
    for each in (person, _again(builder, person)):
        legacy_id = builder.add_legacy(
            each, PLAIN.legacy, state="conflict", told_id=contact_id
        )
        builder.xrefs[legacy_id] = contact_id
        builder.grant(legacy_id, "crosswalk-conflict")
    builder.grant(contact_id, "crosswalk-conflict")


def _again(builder: AccountBuilder, person: Subscriber) -> Subscriber:
    """The same name with another address: V2's account held somebody twice."""
    other = builder.stranger()
    other.told |= {name: person.told[name] for name in ("first_name", "last_name")}
    return other


def missing(builder: AccountBuilder, *, case: ConsentCase, rule: str) -> None:
    """No xref, no id that came with it: V2's word on its own."""
    person = builder.stranger()
    builder.clothe(person)
    legacy_id = builder.add_legacy(person, case.legacy, state="missing")
    builder.grant(legacy_id, rule)
    builder.grant(legacy_id, rule, list_id=builder.lists.common[0].legacy_id)


def missing_namesake(builder: AccountBuilder) -> None:
    """V3 has the same address under an id nobody ties to it: a candidate, no match."""
    person = builder.member()
    builder.add_contact(person, PLAIN.current)
    legacy_id = builder.add_legacy(person, PLAIN.legacy, state="missing")
    builder.grant(legacy_id, "no-crosswalk")


def ghost(builder: AccountBuilder) -> None:
    """The xref names a V3 contact that V3 does not tell of."""
    legacy_id = builder.add_legacy(builder.member(), PLAIN.legacy, state="missing")
    builder.xrefs[legacy_id] = builder.uuids.next()
    builder.grant(legacy_id, "no-crosswalk")


def newcomer(builder: AccountBuilder) -> None:
    """A contact that came after V2: nothing stored, nothing granted."""
    person = builder.member()
    if builder.rng.random() < 0.5:
        birthday = {"birthday_month": builder.rng.randint(1, 12), "birthday_day": 7}
        person.shown |= {**birthday, "anniversary": "2021-06-05"}
    builder.add_contact(person, Consent("explicit", "confirmed", "Contact"))


def newcomer_who_left(builder: AccountBuilder) -> None:
    """V2 stored nothing, but V3 alone says enough."""
    left = Consent("unsubscribed", "off", "Contact", "Contact")
    contact_id = builder.add_contact(builder.member(), left)
    builder.grant(contact_id, "opted-out")
    gone = Consent("implicit", "off", "Account", deleted_on=DELETED_ON)
    contact_id = builder.add_contact(builder.member(), gone)
    builder.grant(contact_id, "removed")


def unknown(builder: AccountBuilder) -> None:
    """Grants for contacts whom neither version holds."""
    builder.grant(builder.new_legacy_id(), "unknown-contact")
    builder.grant(builder.uuids.next(), "unknown-contact")


# --- Lists ------------------------------------------------------------------------


def unmapped_list(builder: AccountBuilder) -> None:
    """A list that V3 has no counterpart of."""
    recipient_lists = builder.some_lists()
    person, old = builder.stranger(), builder.rng.choice(builder.lists.unmapped)
    person.join(*recipient_lists, old)
    recipient = Recipient(builder, person)
    builder.grant(recipient.name, "list-unmapped", list_id=old.legacy_id)
    recipient.grant("confirmed", to=recipient_lists[0])
    recipient.grant("confirmed")


def not_on_list(builder: AccountBuilder) -> None:
    """V2 has the contact on a list that V3 does not have it on; or neither has."""
    person = builder.stranger()
    builder.clothe(person)
    kept, left, never = builder.rng.sample(builder.lists.common, 3)
    person.join(kept)
    person.join_legacy(left)
    recipient = Recipient(builder, person)
    recipient.grant("confirmed", to=kept)
    recipient.grant("not-on-list", to=left)
    recipient.grant("not-on-list", to=never)


def new_list(builder: AccountBuilder) -> None:
    """A list that came after V2, by its V3 id, the only one it has."""
    person = builder.member()
    on, off = builder.lists.new
    person.join_current(on)
    recipient = Recipient(builder, person)
    builder.grant(recipient.name, "confirmed", list_id=on.list_id)
    builder.grant(recipient.name, "not-on-list", list_id=off.list_id)


# --- Grants -----------------------------------------------------------------------


def other_basis(builder: AccountBuilder, *, basis: str) -> None:
    """A grant that rests on something else than consent, whoever holds it."""
    recipient = plain(builder)
    recipient.grant("confirmed")
    builder.grant(recipient.name, "other-basis", bases=(basis,))
    unmapped = builder.rng.choice(UNMAPPED_PRIVILEGES)
    builder.grant(recipient.name, "other-basis", privilege=unmapped, bases=(basis,))


def other_basis_opted_out(builder: AccountBuilder) -> None:
    """Another basis stands above an opt-out: it is shown, not judged."""
    case = next(case for case, _ in ODD if case.rule == "opted-out")
    person = builder.stranger()
    recipient = Recipient(builder, person, legacy=case.legacy, current=case.current)
    builder.grant(recipient.name, "other-basis", bases=("court_order",))
    builder.grant(recipient.name, "opted-out")


def unmapped_privilege(builder: AccountBuilder) -> None:
    """A privilege that belongs to no class."""
    recipient = plain(builder)
    recipient.grant("confirmed")
    privilege = builder.rng.choice(UNMAPPED_PRIVILEGES)
    builder.grant(recipient.name, "privilege-unmapped", privilege=privilege)


def expired(builder: AccountBuilder) -> None:
    """Grants that have run out beside one that runs out today and still counts."""
    recipient = plain(builder)
    builder.expired_grant(recipient.legacy_id, days_ago=1)
    builder.expired_grant(recipient.legacy_id, days_ago=400)
    builder.grant(recipient.legacy_id, "confirmed", expires_at=str(builder.today))


REMOVED = next(case for case, _ in ODD if case.name.startswith("REMOVED"))
OPTOUT = next(case for case, _ in ODD if case.rule == "opted-out")

SCENARIOS = (
    *(Scenario(each.name, partial(consent, case=each), share) for each, share in ODD),
    Scenario("xref alone", partial(linked, told=nothing), 40),
    Scenario("id in capitals", partial(linked, told=str.upper), 6),
    Scenario("malformed id", malformed_id, 5),
    Scenario("told alone", told_alone, 30),
    Scenario("xref and id disagree", disagreeing, 5),
    Scenario("two for one", two_for_one, 4, contacts=2),
    Scenario("missing", partial(missing, case=PLAIN, rule="no-crosswalk"), 12),
    Scenario("missing, opted out", partial(missing, case=OPTOUT, rule="opted-out"), 3),
    Scenario("missing, removed", partial(missing, case=REMOVED, rule="removed"), 3),
    Scenario("missing namesake", missing_namesake, 3),
    Scenario("ghost", ghost, 3),
    Scenario("newcomer", newcomer, 30, contacts=0),
    Scenario("newcomer who left", newcomer_who_left, 3, contacts=0),
    Scenario("unknown contact", unknown, 4, contacts=0),
    Scenario("unmapped list", unmapped_list, 5),
    Scenario("not on list", not_on_list, 6),
    Scenario("new list", new_list, 4),
    *(Scenario(each, partial(other_basis, basis=each), 3) for each in OTHER_BASES),
    Scenario("other basis, opted out", other_basis_opted_out, 3),
    Scenario("unmapped privilege", unmapped_privilege, 4),
    Scenario("expired", expired, 4),
)
