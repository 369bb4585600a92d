"""The table of rules.md, value by value, and what both versions allow together."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts.constant_contact import consent
from contacts.constant_contact.consent import Permission
from tests.contacts.constant_contact import samples

# status, confirm_status: what V2 supports for a visitor, an owner, a system.
TABLE = """
ACTIVE         CONFIRMED                 explicit     explicit     explicit
ACTIVE         NO_CONFIRMATION_REQUIRED  implicit     implicit     implicit
ACTIVE         UNCONFIRMED               a_person     a_person     a_person
UNCONFIRMED    CONFIRMED                 a_person     a_person     a_person
UNCONFIRMED    NO_CONFIRMATION_REQUIRED  a_person     a_person     a_person
UNCONFIRMED    UNCONFIRMED               pending_confirmation pending_confirmation pending_confirmation
OPTOUT         CONFIRMED                 unsubscribed unsubscribed unsubscribed
OPTOUT         NO_CONFIRMATION_REQUIRED  unsubscribed unsubscribed unsubscribed
OPTOUT         UNCONFIRMED               unsubscribed unsubscribed unsubscribed
REMOVED        CONFIRMED                 not_set      not_set      not_set
REMOVED        NO_CONFIRMATION_REQUIRED  not_set      not_set      not_set
REMOVED        UNCONFIRMED               not_set      not_set      not_set
NON_SUBSCRIBER CONFIRMED                 not_set      not_set      not_set
NON_SUBSCRIBER NO_CONFIRMATION_REQUIRED  not_set      not_set      not_set
NON_SUBSCRIBER UNCONFIRMED               not_set      not_set      not_set
VISITOR        CONFIRMED                 not_set      not_set      not_set
VISITOR        NO_CONFIRMATION_REQUIRED  not_set      not_set      not_set
VISITOR        UNCONFIRMED               not_set      not_set      not_set
TEMP_HOLD      CONFIRMED                 temp_hold    temp_hold    temp_hold
TEMP_HOLD      NO_CONFIRMATION_REQUIRED  temp_hold    temp_hold    temp_hold
TEMP_HOLD      UNCONFIRMED               temp_hold    temp_hold    temp_hold
"""
ROWS = [line.split() for line in TABLE.strip().splitlines()]
CASES = [
    (status, confirmed, source, expected)
    for status, confirmed, *answers in ROWS
    for source, expected in zip(samples.OPT_IN_SOURCES, answers, strict=True)
]


def supported(status, confirmed, source, *, email_status=None, **setting):
    return consent.supported(
        contact_status=status,
        email_status=status if email_status is None else email_status,
        confirm_status=confirmed,
        opt_in_source=source,
        **setting,
    )


def word(given):
    return given.value if given else "a_person"


def test_the_table_holds_the_full_product():
    told = [case[:3] for case in CASES]

    assert sorted(told) == sorted(
        product(samples.STATUSES, samples.CONFIRM_STATUSES, samples.OPT_IN_SOURCES)
    )


@pytest.mark.parametrize(("status", "confirmed", "source", "expected"), CASES)
def test_v2_supports_what_the_table_says(status, confirmed, source, expected):
    assert word(supported(status, confirmed, source)) == expected


@pytest.mark.parametrize(("status", "confirmed", "source", "expected"), CASES)
def test_the_accounts_setting_changes_visitors_alone(
    status, confirmed, source, expected
):
    is_signed_up = (status, confirmed, source) == (
        "ACTIVE",
        "NO_CONFIRMATION_REQUIRED",
        "ACTION_BY_VISITOR",
    )

    given = supported(status, confirmed, source, visitor_is_explicit=True)

    assert word(given) == ("explicit" if is_signed_up else expected)


@pytest.mark.parametrize("status", samples.STATUSES)
def test_values_are_read_whatever_their_case_and_blanks(status):
    plain = supported(status, "CONFIRMED", "ACTION_BY_OWNER")

    assert supported(f" {status.lower()} ", " confirmed", "action_by_owner ") is plain


@pytest.mark.parametrize(
    ("status", "confirmed", "source"),
    [
        ("", "CONFIRMED", "ACTION_BY_OWNER"),
        ("BOUNCED", "CONFIRMED", "ACTION_BY_OWNER"),
        ("ACTIVE", "", "ACTION_BY_OWNER"),
        ("ACTIVE", "MAYBE", "ACTION_BY_OWNER"),
        ("ACTIVE", "NO_CONFIRMATION_REQUIRED", ""),
        ("ACTIVE", "NO_CONFIRMATION_REQUIRED", "ACTION_BY_ROBOT"),
        ("UNCONFIRMED", "", "ACTION_BY_VISITOR"),
    ],
)
def test_a_missing_or_unknown_value_is_for_a_person(status, confirmed, source):
    assert supported(status, confirmed, source) is None


@pytest.mark.parametrize(
    ("contact", "email"),
    [
        (contact, email)
        for contact, email in product(samples.STATUSES, repeat=2)
        if contact != email
    ],
)
def test_statuses_that_differ_are_for_a_person_unless_one_ends_it(contact, email):
    given = supported(contact, "CONFIRMED", "ACTION_BY_OWNER", email_status=email)

    if "OPTOUT" in {contact, email}:
        assert given is Permission.UNSUBSCRIBED
    elif "REMOVED" in {contact, email}:
        assert given is Permission.NOT_SET
    else:
        assert given is None


@pytest.mark.parametrize(
    ("told", "permission", "strength"),
    [
        ("explicit", Permission.EXPLICIT, 2),
        ("implicit", Permission.IMPLICIT, 1),
        ("not_set", Permission.NOT_SET, 0),
        ("pending_confirmation", Permission.PENDING, 0),
        ("pending", Permission.PENDING, 0),
        ("temp_hold", Permission.TEMP_HOLD, 0),
        ("deprecate", Permission.DEPRECATE, 0),
        ("unsubscribed", Permission.UNSUBSCRIBED, -1),
        ("unsubscribe", Permission.UNSUBSCRIBED, -1),
    ],
)
def test_both_spellings_of_a_permission_are_understood(told, permission, strength):
    assert consent.permission(f" {told.upper()} ") is permission
    assert consent.strength(permission) == strength


@pytest.mark.parametrize("told", ["", "vip", "explicit!", "all", "active", "deleted"])
def test_another_permission_is_unknown(told):
    assert consent.permission(told) is None


permissions = st.sampled_from(list(Permission))


@given(permissions, st.none() | permissions)
def test_the_lower_is_sendable_only_if_both_are(now, support):
    lowered = consent.lower(now, support)

    assert consent.strength(lowered) <= consent.strength(now)
    if support is not None:
        assert consent.strength(lowered) <= consent.strength(support)
    if lowered in consent.SENDABLE:
        assert support in consent.SENDABLE


@given(permissions, st.none() | permissions)
def test_what_is_raised_is_lowered(now, support):
    assert not consent.is_raised(consent.lower(now, support), support)
    if consent.is_raised(now, support):
        assert consent.lower(now, support) is not now


# --- Several entries of an address --------------------------------------------------------


def entries(*statuses):
    told = (
        samples.email(word, "CONFIRMED", opt_out_source=f"BY_{place}")
        for place, word in enumerate(statuses)
    )
    return samples.legacy(emails=tuple(told))


@pytest.mark.parametrize(
    ("statuses", "status", "source"),
    [
        (("ACTIVE", "OPTOUT"), "OPTOUT", "BY_1"),
        (("REMOVED", "ACTIVE", " optout "), " optout ", "BY_2"),
        (("ACTIVE", "REMOVED"), "REMOVED", "BY_1"),
        (("OPTOUT", "REMOVED", "OPTOUT"), "OPTOUT", "BY_0"),
        (("ACTIVE", "UNCONFIRMED"), "ACTIVE", "BY_0"),
        (("",), "", "BY_0"),
    ],
)
def test_an_end_in_any_entry_counts_with_whose_it_was(statuses, status, source):
    told = consent.email(entries(*statuses))

    assert (told.status, told.opt_out_source) == (status, source)
    assert (told.address, told.confirm_status) == ("ana@example.org", "CONFIRMED")


def test_who_has_no_entry_has_no_end():
    assert consent.email(samples.legacy(emails=())).status == ""
