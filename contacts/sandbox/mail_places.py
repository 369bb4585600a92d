"""Where make-believe subscribers live: what V2 tells in codes, and V3 in names.

V2 splits a postal code at its first blank; which character joins it again is told here
for each place, by how its country writes its codes.
"""

import random
from typing import NamedTuple

STREETS = (
    "Gale St.",
    "Orchard Lane",
    "West 3rd Avenue",
    "Old Mill Road",
    "Rue des Érables",
    "Calle Ocho",
    "Martin Luther King Jr. Blvd.",
    "Cañada Real",
    "O'Farrell Court",
    "County Road 12",
)


class Place(NamedTuple):
    """A town as V2 tells it, and its country and postal code as V3 does."""

    city: str
    state_code: str
    state: str
    country_code: str
    country: str
    postal_code: str
    sub_postal_code: str = ""
    joined: str = ""
    named_state: str = ""

    @property
    def current_state(self) -> str:
        """V3 has no codes; where V2 told a code alone, the name stands here."""
        return self.named_state or self.state


def _place(text: str) -> Place:
    return Place(*text.split("|"))


PLAIN = tuple(
    map(
        _place,
        (
            "Nashville|TN|Tennessee|us|United States|37207",
            "Waltham|MA|Massachusetts|US|United States|02451",
            "San José|CA|California|us|United States|95112",
            "Boise|ID|Idaho|US|United States|83702",
            "Hilo|HI|Hawaii|us|United States|96720",
            "München||Bayern|de|Germany|80331",
            "Lyon|||fr|France|69002",
            "Monterrey||Nuevo León|mx|Mexico|64000",
            "Dublin|||ie|Ireland|D02AF30",
        ),
    )
)
"""Whose every part has its place in V3."""

CODED = tuple(
    map(
        _place,
        (
            "Portland|OR||US|United States|97205|||Oregon",
            "Halifax|NS||CA|Canada|B3H4R2|||Nova Scotia",
        ),
    )
)
"""Which tell their state by its code alone."""

SPLIT = tuple(
    map(
        _place,
        (
            "Ottawa|ON|Ontario|CA|Canada|K1A|0B1|K1A 0B1",
            "Vancouver|BC|British Columbia|ca|Canada|V6B|1A1|V6B 1A1",
            "London|||gb|United Kingdom|SW1A|1AA|SW1A 1AA",
            "Springfield|IL|Illinois|US|United States|62704|1234|62704-1234",
            "Burlington|VT|Vermont|us|United States|05401|2210|05401-2210",
        ),
    )
)
"""Whose postal code V2 has split."""

REPEATED = _place("Shrewsbury|MA|Massachusetts|us|United States|01545|01545|01545")
UNKNOWN_STATE = _place("Springfield|ZQ||US|United States|62704")
UNKNOWN_COUNTRY = _place("Elbonia City|||zz||1000")


def street(rng: random.Random) -> str:
    return f"{rng.randrange(1, 9999)} {rng.choice(STREETS)}"


def phone(rng: random.Random) -> str:
    """A number nobody has: the exchange 555-01xx is kept free for fiction."""
    return f"{rng.randint(201, 989)}-555-01{rng.randrange(100):02d}"


def long_phone(rng: random.Random) -> str:
    """A number with words behind it: more than V3 takes, less than V2 cuts."""
    return f"{phone(rng)} ext. 4 (ask for the front desk)"
