"""A small account by hand: one subscriber at a time, then scanned."""

from dataclasses import dataclass, field
from typing import Any

from audits import scanning
from audits.models import Finding, Grant, JudgedSituation
from contacts import working
from contacts.models import Job, Snapshot
from tests import factories

OWNER = {
    "confirm_status": "NO_CONFIRMATION_REQUIRED",
    "opt_in_source": "ACTION_BY_OWNER",
}
KINDS = (
    Snapshot.Kind.CONTACTS,
    Snapshot.Kind.CROSSWALK,
    Snapshot.Kind.LISTS,
    Snapshot.Kind.LIST_CROSSWALK,
)


@dataclass
class Subscriber:
    """A contact in both versions and a grant to mail it."""

    legacy: Any
    contact: Any
    grant: Any

    def finding(self) -> Finding | None:
        """Give the grant's finding as it stands now."""
        return Finding.objects.filter(grant=self.grant).first()

    def rule(self) -> str:
        """Give the rule of the grant's finding; "" where there is none."""
        found = self.finding()
        return found.rule if found else ""


@dataclass
class Account:
    """A source with complete V3 data and one list that both versions know."""

    source: Any = field(default_factory=factories.MailSourceFactory)

    def __post_init__(self) -> None:
        for kind in KINDS:
            self.imported(kind)
        self.news = factories.MailingListFactory(source=self.source, name="Newsletter")
        self.legacy_news = factories.LegacyListFactory(
            source=self.source, name="Old newsletter"
        )
        self.asked(self.legacy_news.external_id, self.news.external_id)

    def imported(self, kind, state=Snapshot.State.COMPLETE):
        """Say how the newest import of a kind ended."""
        return factories.SnapshotFactory(source=self.source, kind=kind, state=state)

    def asked(self, list_ref: Any, ref: Any):
        """Say what the cross-reference answered for a V2 list."""
        return factories.ListXrefFactory(
            source=self.source, external_id=list_ref, ref=ref
        )

    def stored(self, **v2):
        """Store a V2 contact that the owner added, with its consent."""
        legacy = factories.LegacyMailFactory(source=self.source)
        told = {"status": "ACTIVE", "email_status": v2.get("status", "ACTIVE"), **OWNER}
        factories.LegacyConsentFactory(legacy_contact=legacy, **{**told, **v2})
        return legacy

    def current(self, permission="implicit", *, lists=None, **v3):
        """Make a V3 contact, on the newsletter unless told otherwise."""
        contact = factories.MailFactory(source=self.source)
        told = {"confirm_status": "off", "opt_in_source": "Account", **v3}
        factories.ConsentFactory(contact=contact, permission=permission, **told)
        for ref in [self.news.external_id] if lists is None else lists:
            factories.MembershipFactory(contact=contact, list_ref=ref)
        return contact

    def crossed(self, legacy, contact):
        """Say that the cross-reference named a V3 contact, or nobody."""
        return factories.ContactXrefFactory(
            source=self.source,
            external_id=legacy.external_id,
            ref=contact.external_id if contact else "",
        )

    def grant(self, ref: str, **told):
        """Grant mail about the newsletter."""
        given = {
            "contact_ref": ref,
            "student_ref": "",
            "list_ref": self.news.external_id,
            "privilege": "send_email",
            "basis": Grant.Basis.CONSENT,
            **told,
        }
        return factories.GrantFactory(source=self.source, **given)

    def subscriber(self, permission="implicit", *, v2=None, v3=None, **grant):
        """Make a contact that both versions know as one, and its grant."""
        legacy = self.stored(**(v2 or {}))
        contact = self.current(permission, **(v3 or {}))
        self.crossed(legacy, contact)
        given = self.grant(grant.pop("contact_ref", legacy.external_id), **grant)
        return Subscriber(legacy, contact, given)

    def scan(self) -> Any:
        """Scan to the end and give the counts."""
        job = working.run_here(scanning.start(source=self.source, by=None))
        assert job.state == Job.State.DONE, job.error
        return job.result

    def situation(self) -> dict[str, Any]:
        """Scan, and give the one situation that grants are in."""
        self.scan()
        return dict(JudgedSituation.objects.get(source=self.source).body)
