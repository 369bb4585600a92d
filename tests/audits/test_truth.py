"""A whole district through real parts: what is found is what is true.

The make-believe district is served over HTTP and imported, its files are read, and each
grant's rule is compared with the one its scenario was made for.
"""

from collections import Counter
from contextlib import contextmanager

import pytest
from django.utils import timezone

from audits import granting, scanning
from audits.models import Finding, Grant
from contacts import importing, working
from contacts.models import Job
from contacts.sandbox import writing
from contacts.sandbox.district import make_district
from contacts.sandbox.server import serving
from tests import factories

TOKEN = "sandbox"


def done(job):
    job = working.run_here(job)
    assert job.state == Job.State.DONE, job.error
    return job.result


@contextmanager
def imported(district, folder, *, current=True):
    """Import a district as a customer would; gives its source."""
    legacy, grants, restrictions, _ = writing.write_files(district, folder)
    with serving(district, token=TOKEN) as url:
        source = factories.SourceFactory(
            external_id=district.id, api_url=url, token=TOKEN
        )
        asked = {"source": source, "by": None}
        done(importing.start_legacy_files(paths=[legacy], **asked))
        if current:
            done(importing.start_current(**asked))
        done(granting.start_grants(path=grants, complete=True, **asked))
        done(granting.start_restrictions(path=restrictions, **asked))
        yield source


def scan(source):
    return done(scanning.start(source=source, by=None))


def rules_found(source):
    found = Finding.objects.filter(source=source).exclude(state="closed")
    return dict(found.exclude(grant=None).values_list("grant_ref", "rule"))


def proposals_found(source):
    found = Finding.objects.filter(source=source, rule="grant-missing")
    return set(
        found.exclude(state="closed").values_list(
            "contact_v3_id", "student_ref", "privilege_class"
        )
    )


def without_verdict(truth):
    quiet = {"confirmed", "other-basis"}
    return {grant: rule for grant, rule in truth.items() if rule not in quiet}


def assert_true(source, district, result):
    assert rules_found(source) == without_verdict(district.truth)
    assert proposals_found(source) == district.proposals
    expected = Counter(district.expected_by_rule())
    assert result["confirmed"] == expected.pop("confirmed")
    assert result["other_basis"] == expected.pop("other-basis")
    assert result["by_rule"] == dict(expected)
    assert result["grants"] == len(district.truth)
    assert result["expired"] == len(district.grants) - len(district.truth)
    assert result["findings"] == sum(expected.values())


@pytest.mark.django_db
@pytest.mark.timeout(300)
def test_findings_agree_with_the_truth_of_a_district(tmp_path):
    district = make_district(seed=7, contacts=1500, today=timezone.now().date())

    with imported(district, tmp_path) as source:
        first = scan(source)
        again = scan(source)

    assert_true(source, district, first)
    assert first["opened"] == first["findings"]
    assert [again[name] for name in ("opened", "reopened", "closed")] == [0, 0, 0]
    assert again["by_rule"] == first["by_rule"]
    assert set(Finding.objects.values_list("version", flat=True)) == {1}


@pytest.mark.django_db
@pytest.mark.timeout(300)
def test_without_v3_every_judged_grant_is_unchecked(tmp_path):
    district = make_district(seed=7, contacts=300, today=timezone.now().date())

    with imported(district, tmp_path, current=False) as source:
        scan(source)

    assert rules_found(source) == without_verdict(district.truth_without_current())
    assert proposals_found(source) == set()


@pytest.mark.large
@pytest.mark.django_db
@pytest.mark.timeout(1800)
def test_findings_agree_with_the_truth_of_a_large_district(tmp_path):
    district = make_district(seed=11, contacts=50_000, today=timezone.now().date())

    with imported(district, tmp_path) as source:
        result = scan(source)

    assert Grant.objects.count() == len(district.grants)
    assert_true(source, district, result)
