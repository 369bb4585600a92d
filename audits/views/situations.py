"""Situations: thousands of findings in a row, decided once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from audits import cells, deciding, situation_queue, situations
from audits.models import SituationTally
from audits.rules import catalogue
from audits.situation_queue import Chosen
from contacts.access import StaffRequest, source_view
from contacts.models import Source
from contacts.paging import paginate
from contacts.rendering import render_page

PAGE_SIZE = 25
SORT_WORDS = {
    "severity": "the gravest first",
    "count": "the most findings first",
    "contacts": "the most contacts first",
    "oldest": "the oldest first",
}


@dataclass(frozen=True, slots=True)
class Row:
    """A situation as it is shown; ``share`` is how much of the whole it would settle."""

    tally: SituationTally
    title: str
    sentence: str
    severity: str
    advice: str
    share: float
    privileges: Sequence[str]
    may_batch: bool


@require_safe
@source_view("audits.view_finding")
def situation_list(request: StaffRequest, source: Source) -> HttpResponse:
    """List the situations that findings are in, with what each comes to."""
    chosen = Chosen.parse(request.GET.dict())
    cube = situation_queue.count(source)
    totals = situation_queue.totals(source, chosen, cube)
    page = paginate(
        situation_queue.narrow(source, chosen).select_related("situation"),
        keys=chosen.keys,
        cursor=request.GET.get("cursor", ""),
        size=PAGE_SIZE,
    )
    may_decide = request.user.has_perm("audits.decide")
    context = {
        "source": source,
        "page": page,
        "rows": [_row(source, tally, totals, may=may_decide) for tally in page.rows],
        "chosen": chosen,
        "totals": totals,
        "facets": situation_queue.facets(source, chosen, cube),
        "sorts": _sorts(chosen),
        "order": SORT_WORDS[chosen.sort],
        "other": chosen.query(settled="" if chosen.settled else "1"),
    }
    return render_page(
        request,
        "audits/situation_list.html",
        context,
        fragment="audits/_situation_table.html",
    )


def _row(
    source: Source, tally: SituationTally, totals: situation_queue.Totals, *, may: bool
) -> Row:
    situation = tally.situation
    card = catalogue.card_of(tally.rule, source.provider)
    batchable = card is not None and card.batchable
    return Row(
        tally,
        title=card.title if card else tally.rule,
        sentence=situations.in_general(situation.sentence),
        severity=situation.severity,
        advice=cells.advice(situation.recommendation),
        share=round(100 * tally.open / totals.open, 1) if totals.open else 0,
        privileges=sorted(tally.privileges),
        may_batch=may and batchable and bool(deciding.allowed_kinds(tally.rule)),
    )


def _sorts(chosen: Chosen) -> dict[str, str]:
    """Give each order's address."""
    return {name: chosen.query(sort=name) for name in situation_queue.SORTS}
