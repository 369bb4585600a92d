"""What would be sent to V3: only what it lacks, and never more mail than both allow."""

import msgspec
import pytest
from hypothesis import example, given

from contacts import mail_records
from contacts.constant_contact import bodies, consent, mapping, sending
from contacts.constant_contact.consent import Permission
from tests.contacts.constant_contact import samples

PERMISSION = "email_address.permission_to_send"


def change(told, now, account=samples.PLAIN):
    return sending.change(mapping.map_contact(told, account), now, told)


def addition(told, account=samples.PLAIN):
    return sending.addition(mapping.map_contact(told, account))


def opted_out(source="ACTION_BY_OWNER"):
    told = samples.email("OPTOUT", opt_out_source=source)
    return samples.legacy(status="OPTOUT", emails=(told,))


# --- A change ---------------------------------------------------------------------------


def test_what_v3_lacks_is_filled_and_what_it_has_is_sent_back():
    told = samples.legacy(
        first_name="Ana", last_name="Diaz", job_title="Coach", home_phone="555-0101"
    )
    now = samples.current(
        first_name="Anita",
        birthday_month="4",
        birthday_day="31",
        anniversary="3/12/2005",
        lists=("l1",),
    )

    sent = change(told, now)

    assert (sent.method, sent.contact_id) == ("put", now.external_id)
    assert sent.body == {
        "email_address": {
            "address": "ana@example.org",
            "permission_to_send": "implicit",
        },
        "first_name": "Anita",
        "last_name": "Diaz",
        "job_title": "Coach",
        "birthday_month": 4,
        "birthday_day": 31,
        "anniversary": "2005-03-12",
        "phone_numbers": [{"phone_number": "555-0101", "kind": "home"}],
        "update_source": "Account",
    }
    assert sent.differences == (
        ("last_name", "", "Diaz"),
        ("job_title", "", "Coach"),
        ("phone_numbers", "", "home: 555-0101"),
    )


def test_nothing_is_sent_where_v3_lacks_nothing():
    told = samples.legacy(first_name="Ana", home_phone="555-0101")
    now = samples.current(
        first_name="Anita", phones=(mail_records.Phone("work", "555-0999"),)
    )

    assert change(told, now) is None


def test_the_other_subresources_are_filled_whole_where_v3_has_none():
    told = samples.legacy(
        addresses=(samples.address(line1="55 Gale St.", country_code="us"),),
        custom_fields=(samples.slot(1, "blue"),),
        notes=(mail_records.LegacyNote("Met at the fair."),),
    )
    account = samples.account(limits=mapping.CURRENT, slots={1: "f1"})

    sent = change(told, samples.current(), account)

    assert sent.body["street_addresses"] == [
        {"kind": "home", "street": "55 Gale St.", "country": "United States"}
    ]
    assert sent.body["custom_fields"] == [{"custom_field_id": "f1", "value": "blue"}]
    assert sent.body["notes"] == [{"content": "Met at the fair."}]


def test_a_custom_field_is_added_to_those_v3_has_and_their_choices_stay():
    has = (
        mail_records.CustomValue("f1", "red"),
        mail_records.CustomValue("f9", "", ("c1", "c2")),
    )
    told = samples.legacy(custom_fields=(samples.slot(1, "blue"), samples.slot(2, "x")))
    account = samples.account(slots={1: "f1", 2: "f2"})

    sent = change(told, samples.current(custom_fields=has), account)

    assert sent.body["custom_fields"] == [
        {"custom_field_id": "f1", "value": "red"},
        {"custom_field_id": "f9", "choice_ids": ["c1", "c2"]},
        {"custom_field_id": "f2", "value": "x"},
    ]
    assert sent.differences == (
        ("custom_fields", "f1: red\nf9: c1, c2", "f1: red\nf9: c1, c2\nf2: x"),
    )


def test_a_contact_of_25_custom_fields_gets_no_other():
    has = tuple(mail_records.CustomValue(f"f{place}", "v") for place in range(25))
    told = samples.legacy(custom_fields=(samples.slot(1, "blue"),))
    account = samples.account(slots={1: "another"})

    assert change(told, samples.current(custom_fields=has), account) is None


def test_a_value_longer_than_v3_takes_is_not_sent():
    told = samples.legacy(
        first_name="A" * 51, addresses=(samples.address(city="B" * 51),)
    )

    assert change(told, samples.current()) is None


@pytest.mark.parametrize("permission", samples.PERMISSIONS)
def test_a_deleted_contact_is_never_changed(permission):
    now = samples.current(permission, deleted_at="2024-01-01")

    assert change(samples.legacy(first_name="Ana"), now) is None
    assert change(opted_out(), now) is None


@pytest.mark.parametrize("permission", ["unsubscribed", "unsubscribe"])
def test_a_contact_that_v3_unsubscribed_is_left_alone(permission):
    now = samples.current(permission)

    assert change(samples.legacy(first_name="Ana"), now) is None
    assert change(opted_out(), now) is None


@pytest.mark.parametrize(
    ("source", "update_source"),
    [
        ("ACTION_BY_VISITOR", "Contact"),
        ("action_by_visitor ", "Contact"),
        ("ACTION_BY_OWNER", "Account"),
        ("", "Account"),
    ],
)
def test_an_opt_out_goes_alone_and_says_truly_whose_it_was(source, update_source):
    told = msgspec.structs.replace(opted_out(source), first_name="Ana")
    now = samples.current("explicit", last_name="Diaz", opt_out_reason="old")

    sent = change(told, now)

    assert sent.body == {
        "email_address": {
            "address": "ana@example.org",
            "permission_to_send": "unsubscribed",
            "opt_out_reason": None,
        },
        "last_name": "Diaz",
        "update_source": update_source,
    }
    assert sent.differences == ((PERMISSION, "explicit", "unsubscribed"),)


@pytest.mark.parametrize(
    "told",
    [
        samples.legacy(status="OPTOUT", emails=(samples.email("ACTIVE"),)),
        samples.legacy(status="ACTIVE", emails=(samples.email("OPTOUT"),)),
    ],
)
@pytest.mark.parametrize("permission", ["explicit", "temp_hold", "vip", ""])
def test_either_opt_out_of_v2_unsubscribes_whatever_v3_says(told, permission):
    sent = change(told, samples.current(permission))

    assert sent.body["email_address"]["permission_to_send"] == "unsubscribed"


@pytest.mark.parametrize("address", ["ana@example.org", "ana@other.example"])
def test_an_opt_out_of_any_entry_unsubscribes_as_whose_it_was(address):
    said = samples.email("OPTOUT", address=address, opt_out_source="ACTION_BY_VISITOR")
    told = samples.legacy(emails=(samples.email("ACTIVE", "CONFIRMED"), said))

    sent = change(told, samples.current("explicit"))

    assert mapping.map_contact(told, samples.PLAIN).support is Permission.UNSUBSCRIBED
    assert sent.body["email_address"]["permission_to_send"] == "unsubscribed"
    assert sent.body["update_source"] == "Contact"


def test_nobody_is_added_or_confirmed_of_whom_any_entry_was_removed():
    entries = (samples.email("ACTIVE", "CONFIRMED"), samples.email("REMOVED"))
    told = samples.legacy(first_name="Ana", emails=entries)

    assert mapping.map_contact(told, samples.PLAIN).is_removed
    assert addition(told) is None
    assert change(told, samples.current("explicit")) is None


# V2's status and confirm_status, V3's permission, and what is sent ("" for nothing).
LOWERED = """
ACTIVE         CONFIRMED                explicit             -
ACTIVE         CONFIRMED                implicit             -
ACTIVE         CONFIRMED                pending              -
ACTIVE         NO_CONFIRMATION_REQUIRED explicit             implicit
ACTIVE         NO_CONFIRMATION_REQUIRED implicit             -
ACTIVE         NO_CONFIRMATION_REQUIRED not_set              -
ACTIVE         NO_CONFIRMATION_REQUIRED temp_hold            -
ACTIVE         NO_CONFIRMATION_REQUIRED deprecate            -
ACTIVE         UNCONFIRMED              explicit             -
ACTIVE         UNCONFIRMED              implicit             -
ACTIVE         UNCONFIRMED              pending_confirmation -
UNCONFIRMED    UNCONFIRMED              implicit             pending_confirmation
REMOVED        CONFIRMED                explicit             -
NON_SUBSCRIBER NO_CONFIRMATION_REQUIRED implicit             not_set
VISITOR        NO_CONFIRMATION_REQUIRED implicit             not_set
TEMP_HOLD      NO_CONFIRMATION_REQUIRED explicit             temp_hold
ACTIVE         CONFIRMED                vip                  -
"""


@pytest.mark.parametrize("line", LOWERED.strip().splitlines())
def test_a_permission_is_kept_or_lowered(line):
    status, confirmed, now, lowered = line.split()
    told = samples.email(status, confirmed)

    sent = change(samples.legacy(status=status, emails=(told,)), samples.current(now))

    if lowered == "-":
        assert sent is None
    else:
        assert sent.body["email_address"]["permission_to_send"] == lowered
        assert sent.differences == ((PERMISSION, now, lowered),)


def test_an_unknown_permission_is_sent_back_as_it_is():
    sent = change(samples.legacy(first_name="Ana"), samples.current("VIP"))

    assert sent.body["email_address"]["permission_to_send"] == "VIP"


def test_a_contact_whose_permission_v3_does_not_tell_is_left_alone():
    assert change(samples.legacy(first_name="Ana"), samples.current("")) is None


def test_a_contact_without_an_address_gets_none():
    now = samples.current("", address="")

    sent = change(samples.legacy(first_name="Ana"), now)

    assert sent.body == {"first_name": "Ana", "update_source": "Account"}
    assert change(opted_out(), now) is None


# --- An addition ------------------------------------------------------------------------


def test_a_contact_that_v3_lacks_is_added_with_its_active_lists():
    told = samples.legacy(
        first_name="Ana",
        emails=(samples.email(opt_in_source="ACTION_BY_VISITOR"),),
        fax="555-0104",
        lists=(samples.membership("7"), samples.membership("8", "HIDDEN")),
    )
    account = samples.account(lists={"7": samples.LIST, "8": "l8"})

    sent = addition(told, account)

    assert (sent.method, sent.contact_id) == ("post", "")
    assert sent.body == {
        "email_address": {
            "address": "ana@example.org",
            "permission_to_send": "implicit",
        },
        "first_name": "Ana",
        "phone_numbers": [{"phone_number": "555-0104", "kind": "other"}],
        "list_memberships": [samples.LIST],
        "create_source": "Contact",
    }
    assert sent.differences == (
        ("email_address.address", "", "ana@example.org"),
        (PERMISSION, "", "implicit"),
        ("first_name", "", "Ana"),
        ("phone_numbers", "", "other: 555-0104"),
        ("list_memberships", "", samples.LIST),
    )


@pytest.mark.parametrize(
    ("status", "permission"),
    [
        ("OPTOUT", "unsubscribed"),
        ("TEMP_HOLD", "temp_hold"),
        ("NON_SUBSCRIBER", "not_set"),
        ("VISITOR", "not_set"),
    ],
)
def test_who_may_not_be_mailed_is_added_without_lists(status, permission):
    told = samples.legacy(status=status, lists=(samples.membership("7"),))

    sent = addition(told, samples.account(lists={"7": samples.LIST}))

    assert sent.body == {
        "email_address": {
            "address": "ana@example.org",
            "permission_to_send": permission,
        },
        "create_source": "Account",
    }


@pytest.mark.parametrize(
    "told",
    [
        samples.legacy(status="REMOVED"),
        samples.legacy(emails=(samples.email("REMOVED"),)),
        samples.legacy(status="OPTOUT", emails=(samples.email("REMOVED"),)),
        samples.legacy(emails=(samples.email("ACTIVE", "UNCONFIRMED"),)),
        samples.legacy(emails=(samples.email(address=""),)),
        samples.legacy(emails=(samples.email(address="nobody"),)),
        samples.legacy(emails=()),
        samples.legacy(emails=(samples.email(), samples.email(address="b@c.example"))),
    ],
)
def test_nobody_is_added_who_was_removed_or_is_for_a_person(told):
    assert addition(told) is None


def test_nobody_is_added_whose_address_another_has():
    account = samples.account(duplicates=frozenset({"ana@example.org"}))

    assert addition(samples.legacy(), account) is None


# --- Whatever V2 and V3 say -------------------------------------------------------------


def permission_of(sent):
    told = sent.body.get("email_address", {}).get("permission_to_send")
    return consent.permission(told) if told else None


def statuses(told):
    said = (told.status, *(each.status for each in told.emails))
    return {word.strip().upper() for word in said}


every = given(samples.legacy_contacts(), samples.contacts(), samples.accounts())


@every
@example(
    samples.legacy(emails=(samples.email("ACTIVE", "CONFIRMED"),), first_name="Ana"),
    samples.current("vip"),
    samples.PLAIN,
)
def test_a_change_makes_nobody_more_mailable_than_both_allow(told, now, account):
    sent = change(told, now, account)
    if sent is None:
        return

    before, after = consent.permission(now.permission_to_send), permission_of(sent)
    support = mapping.map_contact(told, account).support
    assert not now.deleted_at
    assert "list_memberships" not in sent.body
    if after in consent.SENDABLE:
        assert before in consent.SENDABLE
        assert support in consent.SENDABLE
        assert consent.strength(after) <= consent.strength(support)
    if before is not None:
        assert consent.strength(after) <= consent.strength(before)
    elif after is not Permission.UNSUBSCRIBED:
        email = sent.body.get("email_address", {})
        assert email.get("permission_to_send", "") == now.permission_to_send
    if "OPTOUT" in statuses(told):
        assert after is Permission.UNSUBSCRIBED


@given(samples.legacy_contacts(), samples.accounts())
def test_an_addition_makes_nobody_more_mailable_than_v2_supports(told, account):
    sent = addition(told, account)
    if sent is None:
        return

    result = mapping.map_contact(told, account)
    assert "REMOVED" not in statuses(told)
    assert permission_of(sent) is result.support
    lists = sent.body.get("list_memberships", [])
    active = {
        each.list_id
        for each in told.lists
        if each.status.strip().upper() in {"ACTIVE", ""}
    }
    assert set(lists) <= {account.lists.get(each) for each in active}
    if permission_of(sent) not in consent.SENDABLE:
        assert lists == []


@every
def test_a_change_sends_back_every_core_property_v3_has(told, now, account):
    sent = change(told, now, account)
    if sent is None:
        return

    for name in bodies.NAMES:
        if getattr(now, name):
            assert sent.body[name] == getattr(now, name)
    for name in ("birthday_month", "birthday_day"):
        assert str(sent.body.get(name, "")) == getattr(now, name)
    assert bool(sent.body.get("anniversary")) == bool(now.anniversary)
    assert sent.body.get("email_address", {}).get("address", "") == now.address
    assert sent.body["update_source"] in {"Account", "Contact"}
    if now.address:
        assert sent.body["email_address"]["permission_to_send"]


@every
def test_a_change_drops_nothing_that_v3_has(told, now, account):
    sent = change(told, now, account)
    if sent is None:
        return

    assert "phone_numbers" not in sent.body or not now.phones
    assert "street_addresses" not in sent.body or not now.addresses
    assert "notes" not in sent.body or not now.notes
    has = bodies.custom_fields(
        each for each in now.custom_fields if each.value or each.choices
    )
    assert sent.body.get("custom_fields", has)[: len(has)] == has


@every
def test_a_change_once_made_is_not_made_again(told, now, account):
    sent = change(told, now, account)
    if sent is None:
        return

    assert change(told, applied(sent.body, now), account) is None


@every
def test_every_body_is_json_and_shows_nothing_of_itself(told, now, account):
    for sent in filter(None, (change(told, now, account), addition(told, account))):
        assert msgspec.json.decode(msgspec.json.encode(sent.body)) == sent.body
        assert "@" not in repr(sent)
        assert sent.differences
        assert all(before != after for _, before, after in sent.differences)


def applied(body, now):
    """The contact that the provider would have after a PUT."""
    email = body.get("email_address", {})
    facts = {name: body.get(name, "") for name in bodies.NAMES}
    facts["permission_to_send"] = email.get("permission_to_send", "")
    for name, part, read in (
        ("phones", "phone_numbers", phone),
        ("addresses", "street_addresses", address),
        ("custom_fields", "custom_fields", custom_field),
        ("notes", "notes", lambda each: each["content"]),
    ):
        if part in body:
            facts[name] = tuple(map(read, body[part]))
    return msgspec.structs.replace(now, **facts)


def phone(each):
    return mail_records.Phone(each["kind"], each["phone_number"])


def address(each):
    return mail_records.Address(**each)


def custom_field(each):
    return mail_records.CustomValue(
        each["custom_field_id"],
        each.get("value", ""),
        tuple(each.get("choice_ids", ())),
    )
