"""What a rule sees, and what it says of it. No Django, no clock, no database.

Millions of grants share a few thousand situations, so equal situations must have equal keys:
both are put into one order as they are made, and their JSON is canonical.
"""

import hashlib
import json
import unicodedata
from dataclasses import asdict, dataclass, field
from typing import Literal, NamedTuple, Self

import msgspec

from audits.policy import Entry

WHY_LIMIT = 200


class _Canonical:
    """Shared by the kinds of situation: the same facts always give the same bytes."""

    __slots__ = ()

    def to_json(self) -> str:
        data = asdict(self)  # type: ignore[call-overload]  # every subclass is a dataclass
        return json.dumps(
            data,
            sort_keys=True,
            ensure_ascii=False,
            separators=(",", ":"),
            default=sorted,
        )

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Raises msgspec.ValidationError for JSON of another shape."""
        return msgspec.convert(json.loads(text), cls)

    @property
    def key(self) -> str:
        # Half a surrogate pair can stand in provider data; it must still have a key.
        return hashlib.sha256(
            self.to_json().encode("utf-8", errors="surrogatepass")
        ).hexdigest()


@dataclass(frozen=True, slots=True, order=True)
class Restriction:
    """An order or instruction that is active today. No classes means all of them.

    A custody document informs and never forbids, so the rule passes it over.
    """

    kind: str
    scope: Literal["this", "everywhere"]
    classes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        named = {name for name in self.classes if name.strip()}
        object.__setattr__(self, "classes", tuple(sorted(named)))


@dataclass(frozen=True, slots=True)
class Situation(_Canonical):
    """Everything a rule for Clever looks at, and nothing else.

    `match`: matched, gone, recreated, ambiguous, unknown-contact or unchecked.
    `subject`: student present, absent (known from v2 only), unresolved, or all.
    `entries`: what v3 tells of this contact and student; of a re-created contact, what it
    tells of the candidate. `own_record` is told apart only where an entry says Self.
    `checked`: the v3 snapshot this rests on is complete, so that absence proves something.
    """

    privilege_class: str
    basis_kind: str
    basis: Entry
    match: str
    own_record: bool
    subject: str
    entries: tuple[Entry, ...]
    several_students: bool
    restrictions: tuple[Restriction, ...]
    checked: bool

    def __post_init__(self) -> None:
        object.__setattr__(self, "entries", tuple(sorted(set(self.entries))))
        object.__setattr__(self, "restrictions", tuple(sorted(set(self.restrictions))))


@dataclass(frozen=True, slots=True)
class PairSituation(_Canonical):
    """A contact and a student of v3, looked at for what the contact was never given.

    `label` is the stored v2 label, None where there is none. `held` names the classes of
    which any active grant exists, contact-wide ones and those of another basis included.
    `checked` is told for the evidence: what is proposed rests on what was seen.
    """

    match: str
    label: Entry | None
    entries: tuple[Entry, ...]
    held: frozenset[str]
    own_record: bool
    restrictions: tuple[Restriction, ...]
    checked: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "entries", tuple(sorted(set(self.entries))))
        object.__setattr__(self, "restrictions", tuple(sorted(set(self.restrictions))))


class ConsentEntry(NamedTuple):
    """What V3 tells of the consent of one contact; `deleted`: it is only remembered."""

    permission: str
    confirm_status: str = ""
    opt_in_source: str = ""
    opt_out_source: str = ""
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class MailSituation(_Canonical):
    """Everything a rule for Constant Contact looks at, and nothing else.

    The five fields from `status` on are V2's, as told. `supported`: the permission they
    support under the account's setting, "" where a person must decide.
    `match`: matched, missing, conflict, deleted, unknown-contact or unchecked.
    `subject`: list present, unmapped or none; `on_list`: V3 has the contact on it.
    `entries`: what V3 tells of the contact's consent; in a conflict, of every candidate's.
    `checked`: the snapshot this rests on is complete, so that absence proves something.
    """

    privilege_class: str
    basis_kind: str
    status: str
    email_status: str
    confirm_status: str
    opt_in_source: str
    opt_out_source: str
    supported: str
    match: str
    subject: str
    on_list: bool
    entries: tuple[ConsentEntry, ...]
    restrictions: tuple[Restriction, ...]
    checked: bool

    def __post_init__(self) -> None:
        object.__setattr__(self, "entries", tuple(sorted(set(self.entries))))
        object.__setattr__(self, "restrictions", tuple(sorted(set(self.restrictions))))


NO_FINDING = frozenset({"confirmed", "other-basis"})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the first rule that fires says; `others` fire too and are shown with it.

    `sentence` is a template for `why`. `blocked`: cannot be kept. `retied_to`: the v3 entry
    the grant rests on from now, where v3 supports it.
    """

    rule: str
    severity: str
    recommendation: str
    sentence: str
    others: tuple[str, ...] = ()
    blocked: bool = False
    retied_to: Entry | None = None

    @property
    def is_finding(self) -> bool:
        return self.rule not in NO_FINDING


@dataclass(frozen=True, slots=True)
class Proposal:
    """A class of privileges v3 supports for this pair and v2 hid; never given by itself."""

    privilege_class: str
    severity: str
    sentence: str
    rule: str = field(default="grant-missing", init=False)
    recommendation: str = field(default="grant", init=False)


def why(
    sentence: str, *, privilege: str, student: str = "", mailing_list: str = ""
) -> str:
    """A verdict's sentence about one grant, at most 200 characters long.

    It is about a student or about a list. Names too long for it are cut, the longer one
    first; what the rule says never is.
    """
    privilege = (printable(privilege) or "a privilege") * ("{privilege}" in sentence)
    student = (printable(student) or "an unnamed student") * ("{student}" in sentence)
    named = (printable(mailing_list) or "an unnamed list") * ("{list}" in sentence)
    subject = student or named
    blank = {"privilege": "", "student": "", "list": ""}
    room = WHY_LIMIT - len(sentence.format_map(blank))
    cut = shortened(subject, max(room - room // 2, room - len(privilege)))
    told = sentence.format(
        privilege=shortened(privilege, max(room // 2, room - len(subject))),
        student=cut,
        list=cut,
    )
    return shortened(told, WHY_LIMIT)


def in_general(sentence: str) -> str:
    """A verdict's sentence about all that share it, nobody named."""
    told = why(
        sentence.replace("‘{list}’", "{list}"),
        privilege="this privilege",
        student="this student",
        mailing_list="this list",
    )
    return told[:1].upper() + told[1:]


def shortened(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: max(limit - 1, 0)].rstrip() + "…"


def printable(text: str) -> str:
    """One line without control characters or broken code points, which no page or database
    wants in a sentence."""
    one_line = " ".join(text.split())
    return "".join(c for c in one_line if unicodedata.category(c) not in {"Cc", "Cs"})
