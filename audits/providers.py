"""What differs from provider to provider while grants are scanned, in one table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from audits.judging import clever as clever_judging
from audits.judging import constant_contact as mail_judging
from audits.judging.grounds import Grounds
from audits.judging.judged import Judge
from audits.losing import phase as losing
from audits.phases import Phase
from audits.policy import Policy
from audits.rules import case, mail_case
from audits.surveying import clever, constant_contact, groundwork, mail_groundwork
from audits.surveying.survey import Survey
from contacts.models import Snapshot, Source

Kind = Snapshot.Kind
Situations = list[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Provider:
    """How the grants of one provider's sources are judged.

    ``own_basis``: what a grant rests on that the provider's data judges. ``rests_on``:
    the kinds of data whose absence of something can prove anything. ``phases``: what
    follows once all grants are judged.
    """

    own_basis: str
    rests_on: tuple[str, ...]
    lay: Callable[[Survey, Callable[[str], str]], None]
    survey_grants: Callable[[Survey], Situations]
    survey_pairs: Callable[[Survey], Situations]
    judge_of: Callable[[Source, Policy, Grounds], Judge]
    phases: tuple[Phase, ...] = ()


PROVIDERS = {
    Source.Provider.CLEVER: Provider(
        own_basis=case.OWN_BASIS,
        rests_on=(Kind.CONTACTS,),
        lay=groundwork.lay,
        survey_grants=clever.survey_grants,
        survey_pairs=clever.survey_pairs,
        judge_of=clever_judging.judge_of,
    ),
    Source.Provider.CONSTANT_CONTACT: Provider(
        own_basis=mail_case.OWN_BASIS,
        rests_on=(Kind.CONTACTS, Kind.CROSSWALK, Kind.LISTS, Kind.LIST_CROSSWALK),
        lay=mail_groundwork.lay,
        survey_grants=constant_contact.survey_grants,
        survey_pairs=constant_contact.survey_pairs,
        judge_of=mail_judging.judge_of,
        phases=(losing.PHASE,),
    ),
}


def of(source: Source) -> Provider:
    """Give what fits a source."""
    return PROVIDERS[Source.Provider(source.provider)]
