"""The losses of a whole account: what a scan files is what its scenarios lose.

As in ``test_mail_truth`` the account is served over HTTP and imported through real parts;
each loss is known by the contact, the field and the rule.
"""

from collections import Counter

import pytest
from django.utils import timezone

from audits import scanning
from audits.models import Loss
from audits.surveying import slices
from contacts import working
from contacts.models import Job
from contacts.sandbox.account import make_account
from tests.audits.test_mail_truth import imported, scan

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(300)]


@pytest.fixture
def account():
    return make_account(seed=7, contacts=1000, today=timezone.now().date())


@pytest.fixture(autouse=True)
def no_waiting(settings):
    """Pace nothing: how requests are spread over a second is the budget's own test."""
    settings.CONSTANT_CONTACT_PER_SECOND = 1_000_000


def losses_found(source):
    found = Loss.objects.filter(source=source).exclude(state="closed")
    return set(found.values_list("contact_v2_id", "field", "rule"))


def test_losses_agree_with_the_truth_of_an_account(account, tmp_path):
    with imported(account, tmp_path) as source:
        first = scan(source)
        before = list(Loss.objects.order_by("pk").values())
        again = scan(source)

    assert losses_found(source) == account.losses
    assert first["losses_by_rule"] == account.expected_losses()
    assert first["losses"] == len(account.losses) == again["losses"]
    assert "slots_in_use" not in first
    assert list(Loss.objects.order_by("pk").values()) == before


def test_every_loss_knows_whose_it_is(account, tmp_path):
    with imported(account, tmp_path) as source:
        scan(source)

    whole = Loss.objects.filter(source=source, match=None)
    assert set(whole.values_list("rule", flat=True)) == {"custom-field-unmapped"}
    of_contacts = Loss.objects.filter(source=source).exclude(match=None)
    wrong = [
        loss.pk
        for loss in of_contacts.select_related("match__legacy_contact")
        if loss.match.legacy_contact.external_id != loss.contact_v2_id
    ]
    assert wrong == []
    kinds = Counter(of_contacts.values_list("rule", "field_kind"))
    assert len(kinds) < 80


def test_a_scan_that_is_cut_off_files_the_same(account, tmp_path, monkeypatch):
    real_cut, real_breathe = slices.cut, working.Lease.breathe
    breaths = []

    def short(rows, *, low, size):
        return real_cut(rows, low=low, size=min(size, 150))

    def breathe(lease):
        breaths.append(1)
        if len(breaths) % 3 == 0:
            raise working.SliceOver
        real_breathe(lease)

    with imported(account, tmp_path) as source:
        monkeypatch.setattr(slices, "cut", short)
        monkeypatch.setattr(working.Lease, "breathe", breathe)
        job = scanning.start(source=source, by=None)
        while not job.is_finished:
            working.work(job.pk)
            job.refresh_from_db()

    assert (job.state, job.error) == (Job.State.DONE, "")
    assert len(breaths) > 20
    assert losses_found(source) == account.losses
    assert job.result["losses_by_rule"] == account.expected_losses()
