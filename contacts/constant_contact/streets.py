"""Street addresses: V2's lines, codes and split postal code, and what V3 makes of them.

V3 has one street line, names instead of codes and one postal code. V2 cuts a postal code
at its first blank and keeps the rest apart (``K1A`` and ``0B1``), and in old records the
second half just repeats the first.
"""

from __future__ import annotations

import re

from contacts.constant_contact import places
from contacts.constant_contact.losing import Ledger, PlaceKind
from contacts.mail_records import Address, LegacyAddress, LegacyContact

_KINDS = {"PERSONAL": "home", "BUSINESS": "work"}
_ZIP_HALVES = re.compile(r"[0-9]{5} [0-9]{4}")


def addresses(legacy: LegacyContact, ledger: Ledger) -> tuple[Address, ...]:
    """Give the addresses that V3 takes, the first told first; tell of the others.

    A shell that holds a type alone is no address. Of one over the limit only the whole is
    told, for nothing of it is joined or resolved.
    """
    kept: list[Address] = []
    for place, told in enumerate(legacy.addresses):
        if is_blank(told):
            continue
        field = f"addresses.{place}"
        if len(kept) < ledger.limits.addresses:
            kept.append(_address(told, field, ledger))
        else:
            rule = "addresses-over-limit"
            ledger.lose(rule, field, one_line(told), kind="addresses")
    return tuple(kept)


def is_blank(told: LegacyAddress) -> bool:
    """Say whether an address tells nothing but its type."""
    return not any(map(str.strip, _parts(told)))


def one_line(told: LegacyAddress) -> str:
    """Write a whole V2 address on one line, as it was told."""
    text = ", ".join(filter(None, map(str.strip, _parts(told))))
    kind = told.kind.strip()
    return f"{kind}: {text}" if kind else text


def as_address(told: LegacyAddress) -> Address:
    """Give an address as V3 would write it, whatever the limits."""
    return Address(
        _KINDS.get(told.kind.strip().upper(), "other"),
        ", ".join(filter(None, map(str.strip, (told.line1, told.line2, told.line3)))),
        told.city.strip(),
        told.state.strip() or places.state(told.state_code, told.country_code),
        _postal_code(told),
        places.country(told.country_code),
    )


def _parts(told: LegacyAddress) -> tuple[str, ...]:
    return (
        told.line1,
        told.line2,
        told.line3,
        told.city,
        told.state,
        told.state_code,
        told.postal_code,
        told.sub_postal_code,
        told.country_code,
    )


def _address(told: LegacyAddress, field: str, ledger: Ledger) -> Address:
    whole = as_address(told)
    street = _street(whole.street, field, ledger)
    _tell_state(told, whole.state, field, ledger)
    _tell_postal_code(told, whole.postal_code, field, ledger)
    if told.country_code.strip() and not whole.country:
        name, value = "country_code", told.country_code.strip()
        _lose(ledger, "country-unresolved", field, name, value)
    if street == whole.street:
        return whole
    return Address(
        whole.kind, street, whole.city, whole.state, whole.postal_code, whole.country
    )


def _street(street: str, field: str, ledger: Ledger) -> str:
    """Cut a street that is too long, unless a person said to leave it out."""
    most = ledger.limits.street
    if len(street) <= most:
        return street
    left_out = {PlaceKind.LEAVE, PlaceKind.BY_HAND}
    decided = ledger.decided("address-shortened", "addresses")
    got = "" if decided in left_out else street[:most].rstrip(", ")
    ledger.lose("address-shortened", field, street, got=got, kind="addresses")
    return got


def _tell_state(told: LegacyAddress, state: str, field: str, ledger: Ledger) -> None:
    """Tell of a code that stands for no known state, or not for the one told.

    V3 has no codes: one that the state's name makes superfluous is no loss.
    """
    code = told.state_code.strip()
    if not code:
        return
    named = places.state(code, told.country_code) or code
    if not any(places.same_name(name, state) for name in (named, code)):
        _lose(ledger, "state-unresolved", field, "state_code", code, got=state)


def _tell_postal_code(
    told: LegacyAddress, joined: str, field: str, ledger: Ledger
) -> None:
    first, rest = told.postal_code.strip(), told.sub_postal_code.strip()
    if first and rest and first != rest:
        rule, value = "postal-code-joined", f"{first} + {rest}"
        _lose(ledger, rule, field, "postal_code", value, got=joined)


def _postal_code(told: LegacyAddress) -> str:
    """Join the two halves: with a hyphen in the US, where they are 5 and 4 digits.

    No other country writes 5 and 4 digits with a blank and leaves its name out.
    """
    first, rest = told.postal_code.strip(), told.sub_postal_code.strip()
    if not rest or first == rest:
        return first
    joined = f"{first} {rest}".strip()
    american = places.is_american(told.country_code) or not told.country_code.strip()
    if american and _ZIP_HALVES.fullmatch(joined):
        return joined.replace(" ", "-")
    return joined


def _lose(
    ledger: Ledger, rule: str, field: str, part: str, value: str, *, got: str = ""
) -> None:
    ledger.lose(rule, f"{field}.{part}", value, got=got, kind=f"addresses.{part}")
