"""Codes of V2 and the names that V3 wants in their place.

V3 takes a state and a country as text; which spellings it accepts is nowhere said, and
its examples write ``United States``. A code that no table holds is told, never guessed.
"""

from __future__ import annotations

import unicodedata

from contacts.constant_contact.countries import COUNTRIES

AMERICAN = {
    "AL": "Alabama",
    "AK": "Alaska",
    "AZ": "Arizona",
    "AR": "Arkansas",
    "CA": "California",
    "CO": "Colorado",
    "CT": "Connecticut",
    "DE": "Delaware",
    "DC": "District of Columbia",
    "FL": "Florida",
    "GA": "Georgia",
    "HI": "Hawaii",
    "ID": "Idaho",
    "IL": "Illinois",
    "IN": "Indiana",
    "IA": "Iowa",
    "KS": "Kansas",
    "KY": "Kentucky",
    "LA": "Louisiana",
    "ME": "Maine",
    "MD": "Maryland",
    "MA": "Massachusetts",
    "MI": "Michigan",
    "MN": "Minnesota",
    "MS": "Mississippi",
    "MO": "Missouri",
    "MT": "Montana",
    "NE": "Nebraska",
    "NV": "Nevada",
    "NH": "New Hampshire",
    "NJ": "New Jersey",
    "NM": "New Mexico",
    "NY": "New York",
    "NC": "North Carolina",
    "ND": "North Dakota",
    "OH": "Ohio",
    "OK": "Oklahoma",
    "OR": "Oregon",
    "PA": "Pennsylvania",
    "RI": "Rhode Island",
    "SC": "South Carolina",
    "SD": "South Dakota",
    "TN": "Tennessee",
    "TX": "Texas",
    "UT": "Utah",
    "VT": "Vermont",
    "VA": "Virginia",
    "WA": "Washington",
    "WV": "West Virginia",
    "WI": "Wisconsin",
    "WY": "Wyoming",
    "AS": "American Samoa",
    "GU": "Guam",
    "MP": "Northern Mariana Islands",
    "PR": "Puerto Rico",
    "VI": "U.S. Virgin Islands",
    "AA": "Armed Forces Americas",
    "AE": "Armed Forces Europe",
    "AP": "Armed Forces Pacific",
}
"""States, the federal district, territories, and the three of military mail."""

CANADIAN = {
    "AB": "Alberta",
    "BC": "British Columbia",
    "MB": "Manitoba",
    "NB": "New Brunswick",
    "NL": "Newfoundland and Labrador",
    "NS": "Nova Scotia",
    "NT": "Northwest Territories",
    "NU": "Nunavut",
    "ON": "Ontario",
    "PE": "Prince Edward Island",
    "QC": "Quebec",
    "SK": "Saskatchewan",
    "YT": "Yukon",
}
"""Provinces and territories; none shares its code with an American one."""

_UNITED_STATES = frozenset({"US", "AS", "GU", "MP", "PR", "VI"})
"""The US, and its territories that have country codes too."""

_STATES = dict.fromkeys(_UNITED_STATES, AMERICAN) | {
    "CA": CANADIAN,
    "": AMERICAN | CANADIAN,
}


def country(code: str) -> str:
    """Give the English name of an ISO 3166-1 alpha-2 code, or ""."""
    return COUNTRIES.get(code.strip().upper(), "")


def state(code: str, country_code: str) -> str:
    """Give the name of an American or Canadian state, or "".

    Without a country both tables are looked at; with another country neither is.
    """
    known = _STATES.get(country_code.strip().upper(), {})
    return known.get(code.strip().upper(), "")


def is_american(country_code: str) -> bool:
    """Say whether addresses of this country are written as in the US."""
    return country_code.strip().upper() in _UNITED_STATES


def same_name(one: str, other: str) -> bool:
    """Say whether two names are one, their case and accents (Québec) aside."""
    return one == other or _plain(one) == _plain(other)


def _plain(name: str) -> str:
    apart = unicodedata.normalize("NFKD", name.strip())
    return "".join(mark for mark in apart if not unicodedata.combining(mark)).casefold()
