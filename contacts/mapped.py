"""What V3 makes of a stored V2 contact, in the context of its account.

The mapping itself is pure (``constant_contact.mapping``); what it needs to know of the
account is read here and nowhere else. Where a person said that lost values should go is
not a fact but a decision, so whoever decides registers a teller; without one nothing is
decided.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.db.models import Count

from contacts import accounts, mail_kinds, mail_lists, mail_records, slots
from contacts.constant_contact import mapping
from contacts.constant_contact.mapping import Account, Place
from contacts.models import Contact, LegacyContact, Source

Places = Mapping[tuple[str, str], Place]
Teller = Callable[[Source], Places]

_tellers: list[Teller] = []


def places_told_by(teller: Teller) -> None:
    """Ask this teller from now on where lost values go."""
    _tellers[:] = [teller]


def decided_places(source: Source) -> Places:
    """Give what was decided of an account's losses: (rule, kind of field) to a place."""
    return _tellers[0](source) if _tellers else {}


def account_of(source: Source, *, places: Places | None = None) -> Account:
    """Read what the mapping of all of an account's contacts needs to know.

    ``places`` stands in for what was decided, to try something else out.
    """
    return _account(source, duplicates(source), places)


def account_around(
    legacy: LegacyContact, source: Source, *, places: Places | None = None
) -> Account:
    """Read the same for one contact alone: of shared addresses only its own."""
    return _account(source, _shared(legacy, source), places)


def account_without_duplicates(source: Source) -> Account:
    """Read the same for a few contacts, where it does not matter who shares an address."""
    return _account(source, frozenset(), None)


def duplicates(source: Source) -> frozenset[str]:
    """Give the folded addresses that several of an account's V2 contacts have."""
    counted = (
        LegacyContact.objects.filter(source=source)
        .exclude(folded_email="")
        .values_list("folded_email", flat=True)
        .annotate(contacts=Count("pk"))
        .filter(contacts__gt=1)
        .order_by()
    )
    return frozenset(counted)


def legacy_record(row: LegacyContact | None) -> mail_records.LegacyContact | None:
    """Give a V2 contact as it was parsed; its consent is at hand."""
    consent = getattr(row, "consent", None)
    return mail_kinds.legacy_record(consent.body) if consent and consent.body else None


def current_record(row: Contact | None) -> mail_records.Contact | None:
    """Give a V3 contact as it was parsed; its consent is at hand."""
    consent = getattr(row, "consent", None)
    return mail_kinds.contact_record(consent.body) if consent and consent.body else None


def _account(source: Source, shared: frozenset[str], places: Places | None) -> Account:
    set_up = accounts.of(source)
    lists = mail_lists.crossings(mail_lists.read(source))
    return Account(
        limits=mapping.LIMITS[set_up.limits],
        visitor_is_explicit=set_up.visitor_is_explicit,
        slots=slots.names(source),
        lists=mail_lists.ids(lists),
        lists_checked=mail_lists.is_asked(source),
        duplicates=shared,
        places=decided_places(source) if places is None else places,
    )


def _shared(legacy: LegacyContact, source: Source) -> frozenset[str]:
    others = LegacyContact.objects.filter(
        source=source, folded_email=legacy.folded_email
    ).exclude(pk=legacy.pk)
    is_shared = bool(legacy.folded_email) and others.exists()
    return frozenset({legacy.folded_email} if is_shared else ())
