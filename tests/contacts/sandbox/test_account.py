import re
from collections import Counter
from datetime import date

import pytest

from contacts.constant_contact import mapping, parsing
from contacts.sandbox import published_contacts
from contacts.sandbox.account import SCENARIOS, make_account
from contacts.sandbox.answers import compact

TODAY = date(2026, 11, 22)
EVERY_RULE = {
    "restricted",
    "other-basis",
    "privilege-unmapped",
    "unknown-contact",
    "opt-out-lost",
    "opted-out",
    "removed",
    "no-crosswalk",
    "crosswalk-conflict",
    "list-unmapped",
    "not-on-list",
    "permission-unrecognised",
    "not-sendable",
    "permission-raised",
    "confirmed",
}
EVERY_LOSS = {
    "phones-over-limit",
    "phone-too-long",
    "phone-kind-lost",
    "addresses-over-limit",
    "address-shortened",
    "state-unresolved",
    "postal-code-joined",
    "country-unresolved",
    "notes-over-limit",
    "custom-field-unmapped",
    "value-probably-cut",
    "lists-over-limit",
    "list-unmapped",
    "list-status-lost",
    "name-part-dropped",
    "source-details-lost",
    "dates-lost",
    "email-duplicate",
    "email-invalid",
    "email-missing",
    "id-malformed",
}
UUID = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}")


def _by_id(contacts):
    return {each.get("id", each.get("contact_id")): each for each in contacts}


def _email(contact):
    return contact["email_addresses"][0] if contact["email_addresses"] else {}


def test_same_seed_makes_the_same_account():
    first = make_account(seed=11, contacts=300, today=TODAY)
    second = make_account(seed=11, contacts=300, today=TODAY)

    assert first == second


def test_another_seed_makes_another_account():
    first = make_account(seed=11, contacts=50, today=TODAY)
    second = make_account(seed=12, contacts=50, today=TODAY)

    assert first.legacy_contacts != second.legacy_contacts


def test_another_day_moves_dates_and_nothing_else():
    first = make_account(seed=11, contacts=300, today=TODAY)
    later = make_account(seed=11, contacts=300, today=date(2027, 3, 1))

    assert first.truth == later.truth
    assert first.losses == later.losses
    assert first.contacts == later.contacts
    assert first.restrictions != later.restrictions


@pytest.mark.parametrize("contacts", [0, 1, 2, 7, 80, 299, 300, 1000])
def test_account_has_exactly_the_contacts_asked_for(contacts):
    account = make_account(seed=5, contacts=contacts, today=TODAY)

    assert len(account.legacy_contacts) == contacts


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_rule_and_loss_stands_in_three_hundred_contacts(seed):
    account = make_account(seed=seed, contacts=300, today=TODAY)

    assert set(account.expected_by_rule()) == EVERY_RULE
    assert set(account.expected_losses()) == EVERY_LOSS


@pytest.mark.parametrize("seed", [1, 2, 7])
def test_every_rule_and_loss_stands_at_least_three_times_in_the_demo(seed):
    account = make_account(seed=seed, contacts=1000, today=TODAY)

    assert min(account.expected_by_rule().values()) >= 3
    assert min(account.expected_losses().values()) >= 3


def test_every_scenario_stands_in_the_demo(demo_account):
    made = Counter(demo_account.scenarios.values())

    with_contacts = [each for each in SCENARIOS if each.contacts]
    assert all(made[each.name] >= each.share for each in with_contacts)


def test_flagged_part_of_the_demo_is_realistic(demo_account):
    rules = demo_account.truth.values()
    flagged = sum(rule not in {"confirmed", "other-basis"} for rule in rules)

    assert 0.2 <= flagged / len(rules) <= 0.35


def test_truth_covers_the_unexpired_grants(demo_account):
    counting = {
        row.grant_id
        for row in demo_account.grants
        if not row.expires_at or date.fromisoformat(row.expires_at) >= TODAY
    }

    assert set(demo_account.truth) == counting
    assert len(counting) < len(demo_account.grants)


def test_ids_of_v2_are_numbers_in_text_and_some_begin_with_zeros(demo_account):
    ids = [each["id"] for each in demo_account.legacy_contacts]

    assert all(re.fullmatch("[0-9]{9,10}", each) for each in ids)
    assert sum(each.startswith("0") for each in ids) > 20
    assert published_contacts.ZEROS_ID in ids
    assert len({each.lstrip("0") for each in ids}) == len(ids)


def test_ids_of_v3_are_uuids_and_unique(demo_account):
    ids = [each["contact_id"] for each in demo_account.contacts]

    assert all(UUID.fullmatch(each) for each in ids)
    assert len(set(ids)) == len(ids)


def test_addresses_of_v3_are_unique(demo_account):
    told = Counter(each["email_address"]["address"] for each in demo_account.contacts)

    assert told.most_common(1)[0][1] == 1


def test_addresses_of_v2_are_unique_but_for_the_duplicates_told(demo_account):
    told = Counter(
        _email(each).get("email_address", "").casefold()
        for each in demo_account.legacy_contacts
    )
    told.pop("")

    twice = {each for each, count in told.items() if count > 1}
    duplicates = sum(rule == "email-duplicate" for *_, rule in demo_account.losses)
    assert duplicates == 2 * len(twice) > 0


def test_crosswalk_has_both_ways_one_alone_neither_and_a_contradiction(demo_account):
    ways = Counter(
        (each["id"] in demo_account.xrefs, UUID.fullmatch(told.lower()) is not None)
        for each in demo_account.legacy_contacts
        for told in [each.get("contact_id", "")]
    )
    apart = {
        each["id"]
        for each in demo_account.legacy_contacts
        if UUID.fullmatch(each.get("contact_id", ""))
        and demo_account.xrefs.get(each["id"], each["contact_id"]) != each["contact_id"]
    }

    assert min(ways.values()) >= 10
    assert set(ways) == {(True, True), (True, False), (False, True), (False, False)}
    assert {demo_account.match_states[each] for each in apart} == {"conflict"}


def test_match_states_follow_from_what_is_told(demo_account):
    known = _by_id(demo_account.contacts)
    claims = Counter(demo_account.xrefs.values())

    for each in demo_account.legacy_contacts:
        refs = {demo_account.xrefs.get(each["id"], ""), each.get("contact_id", "")}
        found = {ref.lower() for ref in refs if ref.lower() in known}
        wanted = "missing" if not found else "matched"
        if any("deleted_at" in known[ref] for ref in found):
            wanted = "deleted"
        if len(found) > 1 or any(claims[ref] > 1 for ref in found):
            wanted = "conflict"
        assert demo_account.match_states[each["id"]] == wanted


def test_every_value_of_consent_is_told(demo_account):
    emails = [_email(each) for each in demo_account.legacy_contacts]
    statuses = {each["status"] for each in demo_account.legacy_contacts}
    permissions = {
        each["email_address"]["permission_to_send"] for each in demo_account.contacts
    }

    assert statuses >= {
        *("ACTIVE", "UNCONFIRMED", "OPTOUT", "REMOVED", "NON_SUBSCRIBER"),
        *("VISITOR", "TEMP_HOLD"),
    }
    assert {each.get("confirm_status") for each in emails} >= {
        *("CONFIRMED", "NO_CONFIRMATION_REQUIRED", "UNCONFIRMED"),
    }
    assert {each.get("opt_in_source") for each in emails} >= {
        *("ACTION_BY_VISITOR", "ACTION_BY_OWNER", "ACTION_BY_SYSTEM"),
    }
    assert {each.get("opt_out_source") for each in emails} >= {
        *("ACTION_BY_VISITOR", "ACTION_BY_OWNER"),
    }
    assert permissions >= {
        *("explicit", "implicit", "not_set", "pending_confirmation", "temp_hold"),
        *("unsubscribed", "deprecate", "pending", "unsubscribe", "express"),
    }


def test_opted_out_and_removed_contacts_are_on_no_list_of_v2(demo_account):
    left = [
        each
        for each in demo_account.legacy_contacts
        if {each["status"], _email(each).get("status")} & {"OPTOUT", "REMOVED"}
    ]

    assert len(left) > 30
    assert not any(each["lists"] for each in left)


def test_an_opt_out_source_is_weakened_somewhere(demo_account):
    known = _by_id(demo_account.contacts)
    weakened = [
        each["id"]
        for each in demo_account.legacy_contacts
        if _email(each).get("opt_out_source") == "ACTION_BY_VISITOR"
        and known.get(demo_account.xrefs.get(each["id"]), {})
        .get("email_address", {})
        .get("opt_out_source")
        == "Account"
    ]

    assert len(weakened) >= 3


def test_grants_name_contacts_and_lists_by_either_id(demo_account):
    contacts = _by_id(demo_account.contacts)
    lists = {each["list_id"] for each in demo_account.lists}

    by_contact = Counter(row.contact_id in contacts for row in demo_account.grants)
    by_list = Counter(
        row.list_id in lists for row in demo_account.grants if row.list_id
    )
    without = sum(not row.list_id for row in demo_account.grants)
    assert min(*by_contact.values(), *by_list.values(), without) > 50
    assert {row.privilege for row in demo_account.grants} >= {"send_email", "mailing"}
    assert not any(row.student_id for row in demo_account.grants)


def test_lists_of_both_versions_with_and_without_counterpart(demo_account):
    states = {each["status"] for each in demo_account.legacy_lists}
    told = {each["id"]: each.get("list_id", "") for each in demo_account.legacy_lists}
    new = {each["list_id"] for each in demo_account.lists} - set(told.values())

    assert states == {"ACTIVE", "HIDDEN", "REMOVED"}
    assert {each: ref for each, ref in told.items() if ref} == demo_account.list_xrefs
    assert len(new) == 2
    assert len(told) - len(demo_account.list_xrefs) == 2
    assert any(each.startswith("00") for each in told)


def test_published_example_stands_as_published(demo_account):
    example = _by_id(demo_account.legacy_contacts)["111111111"]

    assert example == published_contacts.EXAMPLE
    assert ("111111111", "contact_id", "id-malformed") in demo_account.losses


@pytest.mark.parametrize("seed", [3, 7])
def test_mapping_loses_exactly_what_is_told(seed):
    account = make_account(seed=seed, contacts=1000, today=TODAY)
    records = [
        parsing.parse_legacy_contact(compact(each)) for each in account.legacy_contacts
    ]
    told = Counter(each.email.address.strip().casefold() for each in records)
    settings = mapping.Account(
        limits=mapping.GUIDE,
        visitor_is_explicit=False,
        slots={},
        lists=account.list_xrefs,
        lists_checked=True,
        duplicates=frozenset(
            each for each, count in told.items() if each and count > 1
        ),
        places={},
    )

    found = set()
    for record in records:
        mapped = mapping.map_contact(record, settings)
        found |= {(record.external_id, each.field, each.rule) for each in mapped.losses}
        found |= {
            ("", f"custom_fields.{slot}", "custom-field-unmapped")
            for slot in mapped.unmapped_slots
        }

    assert found == account.losses


@pytest.mark.large
def test_large_account_keeps_the_mix():
    account = make_account(seed=7, contacts=50_000, today=TODAY)

    assert set(account.expected_by_rule()) == EVERY_RULE
    assert min(account.expected_by_rule().values()) >= 100
    assert set(account.expected_losses()) == EVERY_LOSS
