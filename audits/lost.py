"""What is lost, as people look at it: kind by kind, with examples and who decided."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from django.db.models import Count, F, QuerySet, Window
from django.db.models.functions import RowNumber

from audits.models import Finding, Loss, LossDecision
from audits.rules import losses as cards
from audits.rules.losses import LossCard
from contacts import records
from contacts.models import CustomField, Match, Source

EXAMPLES = 3
SHARING = 20
Key = tuple[str, str]

_FIELDS = {
    "addresses": "Postal address",
    "addresses.country_code": "Country of an address",
    "addresses.postal_code": "Postal code of an address",
    "addresses.state_code": "State of an address",
    "cell_phone": "Mobile telephone",
    "contact_id": "V3 id",
    "dates": "Dates",
    "department_name": "Department",
    "email_addresses": "E-mail address",
    "email_addresses.email_address": "E-mail address",
    "fax": "Fax",
    "lists": "Mailing list",
    "middle_name": "Middle name",
    "notes": "Note",
    "prefix_name": "Prefix of the name",
    "source": "Source",
    "source_details": "Details of the source",
}
_PARTS = {"line1": "first line", "line2": "second line", "line3": "third line"}


@dataclass(frozen=True, slots=True)
class Placed:
    """A decision with what the account calls the field; ``losses`` stand by it still."""

    decision: LossDecision
    label: str = ""
    losses: int = 0


@dataclass(frozen=True, slots=True)
class Sharing:
    """The first of those who have the same address, and how many more have it."""

    first: Sequence[Match] = ()
    more: int = 0


@dataclass(frozen=True, slots=True)
class KindOfLoss:
    """A rule and a field, with all losses of both in one state."""

    rule: str
    field_kind: str
    card: LossCard
    losses: int
    contacts: int
    examples: tuple[Loss, ...] = ()
    decisions: tuple[Placed, ...] = ()
    is_first: bool = True  # of its rule, whose sentence is told once

    @property
    def field(self) -> str:
        """Name the V2 field in plain words."""
        return field_in_words(self.field_kind)

    @property
    def severity(self) -> str:
        """Say how much a wrong guess would cost."""
        return self.card.severity


def field_in_words(field_kind: str) -> str:
    """Name a V2 field as people do, from its dotted name."""
    if told := _FIELDS.get(field_kind):
        return told
    head, _, part = field_kind.partition(".")
    if head == "custom_fields":
        return f"Custom field {part}"
    words = (_PARTS.get(part) or part or head).replace("_", " ")
    return f"Postal address, {words}" if head == "addresses" else words.capitalize()


def kinds(source: Source, state: str) -> list[KindOfLoss]:
    """Give what is lost in one state, kind by kind, the costliest first."""
    losses = Loss.objects.filter(source=source, state=state)
    counted = _counted(losses)
    examples = _examples(losses) if counted else {}
    decisions = _decisions(source) if counted and state != Loss.State.OPEN else {}
    found = [
        KindOfLoss(
            *key,
            cards.CARDS[key[0]],
            losses=many,
            contacts=contacts,
            examples=tuple(examples.get(key, ())),
            decisions=tuple(decisions.get(key, ())),
        )
        for key, many, contacts in counted
    ]
    return _in_order(found)


def _in_order(found: Sequence[KindOfLoss]) -> list[KindOfLoss]:
    """Put the costliest rule first, the fields of a rule together."""
    of_rule: Counter[str] = Counter()
    for one in found:
        of_rule[one.rule] += one.losses
    told = sorted(
        found,
        key=lambda one: (
            cards.rank(one.rule),
            -of_rule[one.rule],
            one.rule,
            -one.losses,
            len(one.field_kind),
            one.field_kind,
        ),
    )
    first = {one.rule: one for one in reversed(told)}
    return [replace(one, is_first=first[one.rule] is one) for one in told]


def count_by_severity(kinds: Iterable[KindOfLoss]) -> list[tuple[str, int]]:
    """Count the losses of each severity there can be, the costliest first."""
    told: Counter[str] = Counter()
    for one in kinds:
        told[one.severity] += one.losses
    return [(word, told[word]) for word in ("high", "medium", "low")]


def count_by_state(source: Source, key: Key | None = None) -> dict[str, int]:
    """Count the losses of a source, or of one kind, in each state."""
    losses = Loss.objects.filter(source=source)
    if key:
        losses = losses.filter(rule=key[0], field_kind=key[1])
    return dict(losses.values_list("state").annotate(Count("pk")).order_by())


def standing(source: Source, key: Key) -> list[Placed]:
    """Give the decisions by which losses of a kind stand, the newest first."""
    return _decisions(source, rule=key[0], field=key[1]).get(key, [])


def of_match(source: Source, match: int) -> list[Loss]:
    """Give what one contact loses, what is open first and the costliest of that."""
    losses = Loss.objects.filter(source=source, match=match)
    here = losses.exclude(state=Loss.State.CLOSED).select_related(
        "decision__decided_by", "match__contact", "match__legacy_contact"
    )
    return sorted(
        here, key=lambda one: (one.state != Loss.State.OPEN, one.severity, one.field)
    )


def placed(source: Source, losses: Iterable[Loss]) -> dict[int, Placed]:
    """Give what was decided of some losses, by decision."""
    return _placed(source, [loss.decision for loss in losses if loss.decision])


def sharing(source: Source, losses: Sequence[Loss]) -> dict[int, Sharing]:
    """Give, for each loss of a shared address, the first of the others that have it.

    The losses' matches are at hand.
    """
    shared = {one.pk: records.fold(one.v2_value) for one in losses}
    told: dict[str, list[tuple[Match, int]]] = defaultdict(list)
    for match, address, many in _having(source, set(shared.values()) - {""}):
        told[address].append((match, many))
    return {one.pk: _sharing(one, told[shared[one.pk]]) for one in losses}


def _having(source: Source, addresses: set[str]) -> Iterator[tuple[Match, str, int]]:
    """Give the first few who have each address, one more than are shown, and how many."""
    address = F("legacy_contact__folded_email")
    matches = Match.objects.filter(
        source=source, legacy_contact__folded_email__in=addresses
    ).annotate(
        many=Window(Count("pk"), partition_by=[address]),
        place=Window(RowNumber(), partition_by=[address], order_by=F("pk").asc()),
    )
    first = matches.filter(place__lte=SHARING + 1).select_related("legacy_contact")
    for match in first.order_by("pk"):
        if match.legacy_contact:
            many: int = getattr(match, "many", 0)
            yield match, match.legacy_contact.folded_email, many


def _sharing(loss: Loss, having: Sequence[tuple[Match, int]]) -> Sharing:
    """Leave the contact itself out, who has the address too unless V2 told another."""
    legacy = loss.match.legacy_contact if loss.match else None
    is_one = legacy and legacy.folded_email == records.fold(loss.v2_value)
    others = [match for match, _ in having if match.pk != loss.match_id][:SHARING]
    many = having[0][1] if having else 0
    return Sharing(tuple(others), many - bool(is_one) - len(others))


def severity_of(loss: Loss) -> str:
    """Say how much a wrong guess would cost."""
    return Finding.Severity(loss.severity).label


def _counted(losses: QuerySet[Loss]) -> Sequence[tuple[Key, int, int]]:
    told = (
        losses.values_list("rule", "field_kind")
        .annotate(Count("pk"), Count("contact_v2_id", distinct=True))
        .order_by()
    )
    return [
        ((rule, field_kind), many, contacts)
        for rule, field_kind, many, contacts in told
    ]


def _examples(losses: QuerySet[Loss]) -> Mapping[Key, list[Loss]]:
    """Give the first few of each kind, off the index of the queue."""
    place = Window(
        RowNumber(), partition_by=[F("rule"), F("field_kind")], order_by=F("pk").asc()
    )
    first = losses.annotate(place=place).filter(place__lte=EXAMPLES).values("pk")
    told: dict[Key, list[Loss]] = defaultdict(list)
    for loss in Loss.objects.filter(pk__in=first).order_by("pk"):
        told[loss.rule, loss.field_kind].append(loss)
    return told


def _decisions(source: Source, **narrowed: str) -> dict[Key, list[Placed]]:
    standing = (
        LossDecision.objects.filter(
            source=source, withdrawn_at__isnull=True, **narrowed
        )
        .filter(loss_set__state=Loss.State.DECIDED)
        .select_related("decided_by")
        .annotate(standing=Count("loss_set"))
        .order_by("-pk")
    )
    told: dict[Key, list[Placed]] = defaultdict(list)
    for one in _placed(source, list(standing)).values():
        told[one.decision.rule, one.decision.field].append(one)
    return told


def _placed(source: Source, decisions: Iterable[LossDecision]) -> dict[int, Placed]:
    """Name the fields of some decisions, all in one statement."""
    known = {decision.pk: decision for decision in decisions}
    refs = {decision.field_ref for decision in known.values()} - {""}
    fields = CustomField.objects.filter(source=source, external_id__in=refs)
    labels = dict(fields.values_list("external_id", "label")) if refs else {}
    return {
        pk: Placed(
            decision,
            label=labels.get(decision.field_ref, decision.field_ref),
            losses=getattr(decision, "standing", 0),
        )
        for pk, decision in known.items()
    }
