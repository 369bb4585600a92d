"""Situations of mailing to start from: an owner's contact that V3 may mail implicitly."""

from dataclasses import replace

from hypothesis import strategies as st

from audits.policy import CLASSES
from audits.situations import ConsentEntry, MailSituation
from contacts.constant_contact import consent
from contacts.constant_contact.consent import Permission, Status
from tests.audits.rules.samples import several_restrictions

IMPLICIT = ConsentEntry("implicit", "off", "Account")
EXPLICIT = ConsentEntry("explicit", "confirmed", "Contact")
UNSUBSCRIBED = ConsentEntry("unsubscribed", "off", "Account", "Contact")
PENDING = ConsentEntry("pending_confirmation", "pending", "Contact")
DELETED = ConsentEntry("implicit", "off", "Account", deleted=True)

ORDINARY = MailSituation(
    privilege_class="mailing",
    basis_kind="consent",
    status="ACTIVE",
    email_status="ACTIVE",
    confirm_status="NO_CONFIRMATION_REQUIRED",
    opt_in_source="ACTION_BY_OWNER",
    opt_out_source="",
    supported="implicit",
    match="matched",
    subject="present",
    on_list=True,
    entries=(IMPLICIT,),
    restrictions=(),
    checked=True,
)

STATUSES = tuple(Status)
CONFIRM_STATUSES = ("CONFIRMED", "NO_CONFIRMATION_REQUIRED", "UNCONFIRMED")
OPT_IN_SOURCES = ("ACTION_BY_VISITOR", "ACTION_BY_OWNER", "ACTION_BY_SYSTEM")
OPT_OUT_SOURCES = ("ACTION_BY_VISITOR", "ACTION_BY_OWNER")
PERMISSIONS = (*Permission, "pending", "unsubscribe")


def situation(**changes) -> MailSituation:
    """Change the ordinary situation; what V2 supports follows from what it tells."""
    changed = replace(ORDINARY, **changes)
    if "supported" in changes:
        return changed
    return replace(changed, supported=support(changed))


def v2(status: str, **changes) -> MailSituation:
    """Say the status of contact and address alike."""
    return situation(status=status, email_status=status, **changes)


def support(told: MailSituation, *, visitor_is_explicit: bool = False) -> str:
    given = consent.supported(
        contact_status=told.status,
        email_status=told.email_status,
        confirm_status=told.confirm_status,
        opt_in_source=told.opt_in_source,
        visitor_is_explicit=visitor_is_explicit,
    )
    return given or ""


def _values(known: tuple[str, ...]) -> st.SearchStrategy[str]:
    """Documented values, the same oddly written, and whatever text there is."""
    odd = [f" {value.upper()} " for value in known] + [v.lower() for v in known]
    return st.sampled_from([*known, *odd, ""]) | st.text(max_size=40)


entries = st.builds(
    ConsentEntry,
    permission=_values(PERMISSIONS),
    confirm_status=_values(("pending", "confirmed", "off")),
    opt_in_source=_values(("Contact", "Account")),
    opt_out_source=_values(("Contact", "Account")),
    deleted=st.booleans(),
)
situations = st.builds(
    MailSituation,
    privilege_class=_values((*CLASSES, "mailing", "mailing", "unmapped")),
    basis_kind=st.sampled_from(["consent", "consent", "", " Consent", "manual", "x"]),
    status=_values(STATUSES),
    email_status=_values(STATUSES),
    confirm_status=_values(CONFIRM_STATUSES),
    opt_in_source=_values(OPT_IN_SOURCES),
    opt_out_source=_values(OPT_OUT_SOURCES),
    supported=st.just(""),
    match=_values(
        ("matched", "matched", "missing", "conflict", "deleted", "unknown-contact")
    ),
    subject=_values(("present", "present", "unmapped", "none")),
    on_list=st.booleans(),
    entries=st.lists(entries, max_size=3).map(tuple),
    restrictions=several_restrictions,
    checked=st.booleans(),
)
told_situations = st.builds(
    lambda told, explicit: replace(
        told, supported=support(told, visitor_is_explicit=explicit)
    ),
    situations,
    st.booleans(),
)
