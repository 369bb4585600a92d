"""Looking for what is lost, as a phase of a scan of a mailing account."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from functools import lru_cache

from audits.losing import filing
from audits.losing.filing import Filer
from audits.models import Scan
from audits.phases import Phase
from audits.surveying import slices
from contacts import mapped
from contacts.models import LegacyContact

CONTACTS = 5_000
"""Legacy contacts in a slice: some tens of megabytes, and a second or two."""

_USED = "slots_in_use"


def _do(scan: Scan, part: slices.Slice) -> None:
    """File a slice in a scan; the last one files the slots and counts what is lost.

    How many contacts use an unnamed slot is known only at the end, so until then it is
    kept with the scan's counts.
    """
    if not part.low:
        filing.follow(scan.source)
    filer = _filer(scan, scan.started_at)
    outcome = filing.file_slice(filer, part)
    used = Counter(dict(scan.counts.pop(_USED, ())))
    used.update({str(slot): contacts for slot, contacts in outcome.slots.items()})
    if not part.is_last:
        scan.counts[_USED] = dict(used)
        return
    _filer.cache_clear()
    filing.file_slots(filer, {int(slot): contacts for slot, contacts in used.items()})
    told = filing.counts(scan.source)
    scan.counts |= {"losses": sum(told.values()), "losses_by_rule": told}


@lru_cache(maxsize=1)
def _filer(scan: Scan, at: datetime) -> Filer:
    """Keep what is the same for all slices of a scan; its time is of this scan alone.

    So a setting that is changed meanwhile does not file one half in another way; the last
    slice lets go of it, for it holds addresses.
    """
    account = mapped.account_of(scan.source, places={})
    return Filer(scan.source, account, at=at, by=scan.started_by)


PHASE = Phase(
    name="losses",
    words="Looking for values without a place",
    rows=lambda source: LegacyContact.objects.filter(source=source),
    size=CONTACTS,
    do=_do,
)
