"""What must be found of one subscriber's consent, written out by hand.

A case is what V2 says of the consent, what V3 says of it, and the rule that a grant to
mail must get if nothing else is amiss. The table is truth for tests and must not be
worked out by the code it tests: so it is data, and nothing here knows how V3's
permission follows from V2's status.
"""

from typing import NamedTuple

from contacts.sandbox.mail_wire import BY, CONFIRMS, Consent, LegacyConsent

SOURCES = {"V": "Contact", "O": "Account", "S": "Account", "": ""}
SETTLED = {"C": "confirmed", "U": "pending"}
DELETED_ON = "2023-09-14"


class ConsentCase(NamedTuple):
    """A subscriber's consent on both sides, and the rule of every grant that rests on it."""

    name: str
    legacy: LegacyConsent
    current: Consent
    rule: str

    @property
    def has_left(self) -> bool:
        """Whether V2 holds the contact on no list any more."""
        return bool({"OPTOUT", "REMOVED"} & {*self.legacy[:2]})

    @property
    def state(self) -> str:
        return "deleted" if self.current.deleted_on else "matched"


def case(stored: str, now: str, rule: str) -> ConsentCase:
    """Read one line of the table.

    `ACTIVE N O` is V2's status (of contact and address; `A|B` where they differ), its
    confirm_status and opt_in_source, and after a slash its opt_out_source. `implicit O`
    is V3's permission, with its opt_out_source; a `+deleted` tells that it is remembered.
    """
    before, _, opt_out = stored.partition("/")
    status, confirm, source = before.split()
    told, _, deleted = now.partition(" +")
    permission, _, opted_out_by = told.partition(" ")
    contact_status, _, email_status = status.partition("|")
    return ConsentCase(
        name=f"{stored} -> {now}",
        legacy=LegacyConsent(
            contact_status,
            email_status or contact_status,
            CONFIRMS.get(confirm, confirm),
            BY.get(source, source),
            BY.get(opt_out, ""),
        ),
        current=Consent(
            permission,
            SETTLED.get(confirm, "off"),
            SOURCES.get(source, "Contact"),
            SOURCES[opted_out_by],
            DELETED_ON if deleted else "",
        ),
        rule=rule,
    )


# V3 permits what V2 supports: what most subscribers are. The number is the weight.
ORDINARY = (
    (case("ACTIVE N O", "implicit", "confirmed"), 50),
    (case("ACTIVE C V", "explicit", "confirmed"), 22),
    (case("ACTIVE N V", "implicit", "confirmed"), 14),
    (case("ACTIVE C O", "explicit", "confirmed"), 6),
    (case("ACTIVE N S", "implicit", "confirmed"), 3),
    (case("ACTIVE C V", "implicit", "confirmed"), 3),
)

# The number: subscribers in an account of 1,000.
ODD = (
    # V2 says opted out, and V3 would mail all the same: the worst of all.
    (case("OPTOUT N O/V", "implicit", "opt-out-lost"), 3),
    (case("OPTOUT C V/O", "explicit", "opt-out-lost"), 3),
    (case("ACTIVE|OPTOUT N O/V", "implicit", "opt-out-lost"), 3),
    (case("OPTOUT|ACTIVE N O", "explicit", "opt-out-lost"), 3),
    # Opted out on either side, or on both.
    (case("OPTOUT N O/V", "unsubscribed V", "opted-out"), 12),
    (case("OPTOUT N O/O", "unsubscribed O", "opted-out"), 5),
    (case("OPTOUT C V/V", "unsubscribed O", "opted-out"), 4),
    (case("ACTIVE N O", "unsubscribed V", "opted-out"), 6),
    (case("ACTIVE C V", "unsubscribe V", "opted-out"), 3),
    (case("ACTIVE N O", "unsubscribed O +deleted", "opted-out"), 3),
    (case("OPTOUT N O/V", "not_set", "opted-out"), 3),
    (case("OPTOUT N O/O", "temp_hold", "opted-out"), 3),
    (case("REMOVED N O", "unsubscribed O", "opted-out"), 3),
    # Removed from every list: no opt-out, but nobody to mail either.
    (case("REMOVED N O", "implicit +deleted", "removed"), 8),
    (case("REMOVED N O", "implicit", "removed"), 3),
    (case("REMOVED C V", "not_set", "removed"), 3),
    (case("ACTIVE|REMOVED N O", "implicit", "removed"), 3),
    (case("ACTIVE N O", "implicit +deleted", "removed"), 4),
    # V3 holds no permission to mail, whatever V2 said.
    (case("UNCONFIRMED U V", "pending_confirmation", "not-sendable"), 5),
    (case("UNCONFIRMED U V", "pending", "not-sendable"), 3),
    (case("ACTIVE U V", "pending_confirmation", "not-sendable"), 3),
    (case("TEMP_HOLD N O", "temp_hold", "not-sendable"), 3),
    (case("ACTIVE N O", "temp_hold", "not-sendable"), 3),
    (case("NON_SUBSCRIBER N O", "not_set", "not-sendable"), 3),
    (case("VISITOR N V", "not_set", "not-sendable"), 3),
    (case("ACTIVE N O", "not_set", "not-sendable"), 3),
    (case("ACTIVE C V", "deprecate", "not-sendable"), 3),
    # V3 permits more than V2 supports, a V2 that contradicts itself included.
    (case("ACTIVE N O", "explicit", "permission-raised"), 5),
    (case("ACTIVE N S", "explicit", "permission-raised"), 3),
    (case("ACTIVE N V", "explicit", "permission-raised"), 5),
    (case("UNCONFIRMED U V", "explicit", "permission-raised"), 3),
    (case("UNCONFIRMED U O", "implicit", "permission-raised"), 3),
    (case("NON_SUBSCRIBER N O", "implicit", "permission-raised"), 3),
    (case("VISITOR N V", "explicit", "permission-raised"), 3),
    (case("TEMP_HOLD N O", "implicit", "permission-raised"), 3),
    (case("ACTIVE U V", "implicit", "permission-raised"), 3),
    (case("UNCONFIRMED N O", "implicit", "permission-raised"), 3),
    (case("UNCONFIRMED C V", "explicit", "permission-raised"), 3),
    (case("ACTIVE|UNCONFIRMED N O", "implicit", "permission-raised"), 3),
    (case("PAUSED N O", "implicit", "permission-raised"), 3),
    (case("ACTIVE PERHAPS O", "implicit", "permission-raised"), 3),
    (case("ACTIVE N ACTION_BY_PARTNER", "implicit", "permission-raised"), 3),
    # Values of V3 that no document holds.
    (case("ACTIVE N O", "express", "permission-unrecognised"), 3),
    (case("ACTIVE C V", "legacy_opt_in", "permission-unrecognised"), 3),
    (case("UNCONFIRMED U V", "awaiting", "permission-unrecognised"), 3),
    # Case does not make a difference.
    (case("active N O", "Implicit", "confirmed"), 3),
    (case("ACTIVE confirmed action_by_visitor", "EXPLICIT", "confirmed"), 3),
    (case("OptOut N O", "IMPLICIT", "opt-out-lost"), 3),
)

PLAIN = ORDINARY[0][0]
"""Active on both sides and sendable: what a subscriber is whose oddity lies elsewhere."""
