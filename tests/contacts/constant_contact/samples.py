"""V2 contacts and V3 states to start from, and all kinds of them for properties."""

from dataclasses import replace

from hypothesis import strategies as st

from contacts import mail_records
from contacts.constant_contact import mapping

STAMP = "2013-01-18T21:45:22.000Z"
NEVER = "1969-12-31T19:00:00.000Z"
FIELD = "8c1a5a3e-0001-4000-8000-000000000001"
OTHER_FIELD = "8c1a5a3e-0002-4000-8000-000000000002"
LIST = "6c1a5a3e-0001-4000-8000-000000000001"

STATUSES = (
    "ACTIVE",
    "UNCONFIRMED",
    "OPTOUT",
    "REMOVED",
    "NON_SUBSCRIBER",
    "VISITOR",
    "TEMP_HOLD",
)
CONFIRM_STATUSES = ("CONFIRMED", "NO_CONFIRMATION_REQUIRED", "UNCONFIRMED")
OPT_IN_SOURCES = ("ACTION_BY_VISITOR", "ACTION_BY_OWNER", "ACTION_BY_SYSTEM")
OPT_OUT_SOURCES = ("ACTION_BY_VISITOR", "ACTION_BY_OWNER")
PERMISSIONS = (
    "explicit",
    "implicit",
    "not_set",
    "pending_confirmation",
    "pending",
    "temp_hold",
    "deprecate",
    "unsubscribed",
    "unsubscribe",
)

PLAIN = mapping.Account(
    limits=mapping.GUIDE,
    visitor_is_explicit=False,
    slots={},
    lists={},
    lists_checked=True,
    duplicates=frozenset(),
    places={},
)


def account(**changes) -> mapping.Account:
    """The guide's limits, with nothing named and nothing decided."""
    return replace(PLAIN, **changes)


def email(
    status="ACTIVE",
    confirm_status="NO_CONFIRMATION_REQUIRED",
    opt_in_source="ACTION_BY_OWNER",
    **facts,
) -> mail_records.LegacyEmail:
    facts.setdefault("address", "ana@example.org")
    return mail_records.LegacyEmail(
        status=status,
        confirm_status=confirm_status,
        opt_in_source=opt_in_source,
        **facts,
    )


def legacy(**facts) -> mail_records.LegacyContact:
    """An active contact whom the account added, of whom nothing else is told."""
    facts.setdefault("status", "ACTIVE")
    facts.setdefault("emails", (email(status=facts["status"]),))
    return mail_records.LegacyContact("0016633325", **facts)


def address(**facts) -> mail_records.LegacyAddress:
    facts.setdefault("kind", "PERSONAL")
    return mail_records.LegacyAddress(**facts)


def slot(number: int, value: str) -> mail_records.LegacyCustomField:
    return mail_records.LegacyCustomField(number, value)


def membership(list_id: str, status="ACTIVE") -> mail_records.LegacyMembership:
    return mail_records.LegacyMembership(list_id, status)


def current(permission_to_send="implicit", **facts) -> mail_records.Contact:
    facts.setdefault("address", "ana@example.org")
    return mail_records.Contact(
        "5f1a5a3e-0001-4000-8000-000000000001",
        permission_to_send=permission_to_send,
        **facts,
    )


def losses(told: mail_records.LegacyContact, of: mapping.Account = PLAIN):
    """What is lost, as (rule, field, V2's value, V3's value)."""
    return [
        (loss.rule, loss.field, loss.v2_value, loss.v3_value)
        for loss in mapping.map_contact(told, of).losses
    ]


# --- All kinds ----------------------------------------------------------------------

LENGTHS = (0, 0, 0, 8, 25, 26, 50, 51, 120, 300)
ODD = ("", "ODD", " active ")
RULES = (
    ("phones-over-limit", "fax"),
    ("phone-too-long", "work_phone"),
    ("phone-too-long", "cell_phone"),
    ("phone-kind-lost", "fax"),
    ("addresses-over-limit", "addresses"),
    ("address-shortened", "addresses"),
    ("notes-over-limit", "notes"),
    ("name-part-dropped", "prefix_name"),
    ("name-part-dropped", "middle_name"),
    ("source-details-lost", "source"),
    ("dates-lost", "dates"),
    ("list-unmapped", "lists"),
)


def texts() -> st.SearchStrategy[str]:
    """Texts that no other field holds, of a length that some limit is near to."""
    return st.integers(0, 10**10).map(_text)


def _text(number: int) -> str:
    length = LENGTHS[number % len(LENGTHS)]
    return f"<{number:x}>".ljust(length, "x") if length else ""


def words(known: tuple[str, ...]) -> st.SearchStrategy[str]:
    return st.sampled_from((*known, *ODD))


def addresses() -> st.SearchStrategy[mail_records.LegacyAddress]:
    return st.builds(
        mail_records.LegacyAddress,
        kind=words(("PERSONAL", "BUSINESS", "UNKNOWN")),
        line1=texts(),
        line2=texts(),
        line3=texts(),
        city=texts(),
        state_code=st.sampled_from(("", "TN", "on", "  ", "ZZ")),
        state=st.one_of(texts(), st.sampled_from(("Tennessee", "Ohio"))),
        country_code=st.sampled_from(("", "us", "CA", "DE", "zz")),
        postal_code=st.sampled_from(("", "37207", "K1A")) | texts(),
        sub_postal_code=st.sampled_from(("", "37207", "1234")) | texts(),
    )


def emails() -> st.SearchStrategy[mail_records.LegacyEmail]:
    usable = st.integers(0, 99).map(lambda number: f"p{number}@example.org")
    return st.builds(
        mail_records.LegacyEmail,
        address=usable | texts(),
        status=words(STATUSES),
        confirm_status=words(CONFIRM_STATUSES),
        opt_in_source=words(OPT_IN_SOURCES),
        opt_in_date=texts() | st.just(STAMP),
        opt_out_source=words(OPT_OUT_SOURCES),
        opt_out_date=texts() | st.just(NEVER),
    )


def legacy_contacts() -> st.SearchStrategy[mail_records.LegacyContact]:
    return st.builds(
        mail_records.LegacyContact,
        external_id=st.just("0016633325"),
        status=words(STATUSES),
        contact_id=st.just(""),
        malformed_contact_id=texts(),
        confirmed=st.sampled_from(("", "true", "false")),
        **{
            name: texts()
            for name in (
                *("prefix_name", "first_name", "middle_name", "last_name"),
                *("job_title", "company_name", "department_name"),
                *("home_phone", "work_phone", "cell_phone", "fax"),
                *("source", "source_details", "created_date", "modified_date"),
            )
        },
        emails=st.lists(emails(), max_size=2).map(tuple),
        addresses=st.lists(addresses(), max_size=4).map(tuple),
        custom_fields=st.lists(
            st.builds(mail_records.LegacyCustomField, st.integers(1, 15), texts()),
            max_size=5,
        ).map(tuple),
        lists=st.lists(
            st.builds(
                mail_records.LegacyMembership,
                st.integers(0, 9).map(str),
                words(("ACTIVE", "HIDDEN", "REMOVED")),
            ),
            max_size=4,
        ).map(tuple),
        notes=st.lists(
            st.builds(mail_records.LegacyNote, texts(), texts(), texts()), max_size=2
        ).map(tuple),
    )


def accounts() -> st.SearchStrategy[mapping.Account]:
    kinds = st.sampled_from([each.value for each in mapping.PlaceKind])
    refs = st.sampled_from(("f1", "f2", "f3"))
    small = replace(mapping.CURRENT, lists=2, custom_fields=2)
    return st.builds(
        mapping.Account,
        limits=st.sampled_from((mapping.GUIDE, mapping.CURRENT, small)),
        visitor_is_explicit=st.booleans(),
        slots=st.dictionaries(st.integers(1, 15), st.just("") | refs),
        lists=st.dictionaries(st.integers(0, 9).map(str), texts().filter(bool)),
        lists_checked=st.booleans(),
        duplicates=st.just(frozenset({"p1@example.org"})),
        places=st.dictionaries(
            st.sampled_from(RULES), st.builds(mapping.Place, kinds, refs)
        ),
    )


def contacts() -> st.SearchStrategy[mail_records.Contact]:
    phones = st.builds(mail_records.Phone, words(("home", "work")), texts())
    places = st.builds(mail_records.Address, words(("home", "work")), texts(), texts())
    custom = st.builds(
        mail_records.CustomValue,
        st.sampled_from(("f1", "f2", "f9")),
        texts(),
        st.lists(st.sampled_from(("c1", "c2")), max_size=2).map(tuple),
    )
    return st.builds(
        mail_records.Contact,
        external_id=st.just("5f1a"),
        address=st.sampled_from(("", "ana@example.org")),
        permission_to_send=words(PERMISSIONS),
        opt_out_reason=texts(),
        first_name=texts(),
        last_name=texts(),
        job_title=texts(),
        company_name=texts(),
        birthday_month=st.sampled_from(("", "4")),
        birthday_day=st.sampled_from(("", "31")),
        anniversary=st.sampled_from(("", "2005-03-12", "3/12/2005", "soon")),
        deleted_at=st.sampled_from(("", "", "2024-01-01")),
        phones=st.lists(phones, max_size=2).map(tuple),
        addresses=st.lists(places, max_size=1).map(tuple),
        custom_fields=st.lists(
            custom, max_size=2, unique_by=lambda each: each.field_id
        ).map(tuple),
        lists=st.lists(st.sampled_from(("l1", "l2")), unique=True).map(tuple),
        notes=st.lists(texts(), max_size=1).map(tuple),
    )
