"""The words of the rules' sentences about mailing."""

from audits.rules import wording
from audits.rules.mail_case import MailCase
from contacts.constant_contact.consent import Permission


def told(values: tuple[str, ...]) -> str:
    """V3's permissions, each once, as many as fit."""
    quoted = sorted({f"‘{wording.value(value)}’" for value in values})
    return wording.listed(quoted, 60)


def status(case: MailCase) -> str:
    """V2's status; that of the address only where it says something else."""
    contact, address = (
        case.situation.status.strip(),
        case.situation.email_status.strip(),
    )
    if address and address.casefold() != contact.casefold():
        first = f"‘{wording.value(contact)}’ and " if contact else ""
        return f"V2 {first}‘{wording.value(address)}’ of the address"
    return f"V2 ‘{wording.value(contact)}’" if contact else "no V2 status"


def rests_on(case: MailCase) -> str:
    return f"{case.grant} rests on {status(case)}"


def support(given: Permission | None, *, silent: bool) -> str:
    """What V2 has to say to a permission."""
    if given is not None:
        return f"V2 supports ‘{given}’ only"
    if silent:
        return "V2 tells nothing of this contact"
    return "V2 contradicts itself or says what nobody knows"
