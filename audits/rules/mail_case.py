"""A case of mailing: one situation of a Constant Contact account, as every rule asks about it.

Values are told in several spellings and compared as `constant_contact.consent` reads them.
"""

from dataclasses import dataclass

from audits.policy import Policy, fold
from audits.rules.case import forbidding
from audits.situations import ConsentEntry, MailSituation, Restriction
from contacts.constant_contact import consent
from contacts.constant_contact.consent import Permission

OWN_BASIS = "consent"
UNSENDABLE = frozenset(Permission) - consent.SENDABLE - {Permission.UNSUBSCRIBED}


@dataclass(frozen=True, slots=True)
class MailCase:
    situation: MailSituation
    policy: Policy

    @property
    def own_basis(self) -> bool:
        """Whether the grant was given on what the provider's data tells; empty says so."""
        return fold(self.situation.basis_kind) in {"", OWN_BASIS}

    @property
    def forbidding(self) -> tuple[Restriction, ...]:
        """The restrictions that cover this class of privileges."""
        situation = self.situation
        return forbidding(
            situation.restrictions, situation.privilege_class, self.policy
        )

    @property
    def grant(self) -> str:
        """The subject of most sentences."""
        if self.situation.subject == "none":
            return "{privilege} for any mail"
        return "{privilege} on ‘{list}’"

    @property
    def reach(self) -> str:
        return " for one student"

    @property
    def v(self) -> str:
        return "V"

    @property
    def is_matched(self) -> bool:
        """Whether one V3 contact surely is this one."""
        return self.situation.match == "matched"

    @property
    def is_unmapped(self) -> bool:
        """Whether no list of V3 is the one that the grant names."""
        return self.is_matched and self.situation.subject not in {"present", "none"}

    @property
    def is_unlisted(self) -> bool:
        """Whether V3 knows the contact and the list, and not the one on the other."""
        on_a_list = self.is_matched and self.situation.subject == "present"
        return on_a_list and not self.situation.on_list

    # --- What V2 says --------------------------------------------------------

    @property
    def is_opted_out_in_v2(self) -> bool:
        return consent.is_opted_out(self.situation.status, self.situation.email_status)

    @property
    def is_removed_in_v2(self) -> bool:
        return consent.is_removed(self.situation.status, self.situation.email_status)

    @property
    def support(self) -> Permission | None:
        """What V2 supports; None where it contradicts itself or tells nothing."""
        return consent.permission(self.situation.supported)

    @property
    def is_silent(self) -> bool:
        """Whether V2 tells nothing at all: it never knew this contact."""
        told = (
            self.situation.status,
            self.situation.email_status,
            self.situation.confirm_status,
            self.situation.opt_in_source,
        )
        return not any(map(fold, told))

    # --- What V3 says --------------------------------------------------------

    @property
    def permissions(self) -> tuple[Permission, ...]:
        """Every permission of the contact, or of its candidates, that is documented."""
        told = (consent.permission(entry.permission) for entry in self.entries)
        return tuple(one for one in told if one is not None)

    @property
    def entries(self) -> tuple[ConsentEntry, ...]:
        return self.situation.entries

    @property
    def unrecognised(self) -> tuple[str, ...]:
        """The values that nobody documents, an empty one too."""
        return tuple(
            entry.permission
            for entry in self.entries
            if consent.permission(entry.permission) is None
        )

    @property
    def sendable(self) -> tuple[Permission, ...]:
        return tuple(one for one in self.permissions if one in consent.SENDABLE)

    @property
    def unsendable(self) -> tuple[Permission, ...]:
        return tuple(one for one in self.permissions if one in UNSENDABLE)

    @property
    def raised(self) -> tuple[Permission, ...]:
        """What V3 would send on, and V2 does not support."""
        return tuple(
            one for one in self.permissions if consent.is_raised(one, self.support)
        )

    @property
    def is_unsubscribed(self) -> bool:
        return Permission.UNSUBSCRIBED in self.permissions

    @property
    def is_deleted_in_v3(self) -> bool:
        deleted = any(entry.deleted for entry in self.entries)
        return deleted or self.situation.match == "deleted"

    @property
    def is_weakened(self) -> bool:
        """Whether V2 has the person opt out, and V3 the account: it could be undone."""
        by_person = fold(self.situation.opt_out_source) == "action_by_visitor"
        by_account = (fold(one.opt_out_source) == "account" for one in self.entries)
        return by_person and any(by_account)
