"""Situations on the page: what each comes to, sorted, filtered, a page at a time."""

import re

import pytest
from django.urls import reverse

from audits.models import Finding
from tests import factories, reviewing
from tests.audits.batches.desk import Desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk():
    return Desk()


@pytest.fixture
def reader(desk):
    return reviewing.logged_in(desk.rita)


def situation(desk, *, rule="not-related", severity=3, **tally):
    """Make a situation with a tally, and no finding: the page reads the tally alone."""
    words = Finding.Severity(severity).label
    judged = desk.judged(rule=rule, severity=words)
    told = {"rule": rule, "severity": severity, "privilege_class": "records", "open": 1}
    factories.SituationTallyFactory(situation=judged, **{**told, **tally})
    return judged


def look(reader, desk, query=""):
    url = reverse("audits:situation-list", args=[desk.source.slug])
    return reader.get(f"{url}?{query}")


def told(answer):
    return re.sub(r">\s+<", "><", " ".join(answer.content.decode().split()))


def shown(answer):
    return [row.tally.situation_id for row in answer.context["rows"]]


def test_a_row_tells_what_a_situation_comes_to(desk, reader):
    situation(
        desk,
        open=1204,
        decided=40,
        agreed=37,
        contacts=1100,
        subjects=950,
        privileges=["view_grades", "pay_fees"],
        restricted=True,
    )

    page = told(look(reader, desk))

    assert "This privilege for this student: v3 has no relationship." in page
    assert "Not related in v3" in page
    for number in ("1,204", "1,100", "950", "37 of 40 as recommended", "100.0 %"):
        assert number in page
    assert "Order" in page
    assert page.index("pay_") < page.index("view_")
    assert "2026-03-02" in page
    assert "Decide 1,204" in page


def test_the_share_of_the_whole_is_told_whatever_is_filtered(desk, reader):
    situation(desk, open=25)
    situation(desk, open=75, rule="contact-gone")

    page = look(reader, desk, "rule=not-related")

    assert [row.share for row in page.context["rows"]] == [25.0]
    assert page.context["totals"].open == 100
    assert page.context["totals"].shown == 25


def test_the_gravest_stand_first_and_the_largest_of_them(desk, reader):
    low = situation(desk, severity=4, open=900)
    small = situation(desk, severity=1, open=2)
    large = situation(desk, severity=1, open=30)

    assert shown(look(reader, desk)) == [large.pk, small.pk, low.pk]


@pytest.mark.parametrize(
    ("sort", "order"),
    [("count", "cab"), ("contacts", "bca"), ("oldest", "bac"), ("password", "abc")],
)
def test_the_order_is_one_of_those_offered(desk, reader, sort, order):
    made = {
        "a": situation(desk, severity=1, open=5, contacts=1),
        "b": situation(
            desk,
            severity=2,
            open=1,
            contacts=9,
            oldest_at=factories.AT.replace(year=2020),
        ),
        "c": situation(desk, severity=3, open=9, contacts=4),
    }
    names = {judged.pk: name for name, judged in made.items()}

    page = look(reader, desk, f"sort={sort}")

    assert "".join(names[pk] for pk in shown(page)) == order


@pytest.mark.parametrize(
    ("query", "order"),
    [
        ("severity=critical", "a"),
        ("rule=contact-gone", "b"),
        ("privilege_class=emergency", "b"),
        ("way=many", "ab"),
        ("way=alone", "c"),
        ("rule=nonsense&severity=no", "abc"),
    ],
)
def test_filters_leave_what_they_name(desk, reader, query, order):
    made = {
        "a": situation(desk, severity=1),
        "b": situation(
            desk, severity=2, rule="contact-gone", privilege_class="emergency"
        ),
        "c": situation(desk, severity=3, rule="entries-conflict"),
    }
    names = {judged.pk: name for name, judged in made.items()}

    assert "".join(names[pk] for pk in shown(look(reader, desk, query))) == order


def test_facets_count_open_findings(desk, reader):
    situation(desk, severity=1, open=5)
    situation(desk, severity=1, open=7, rule="contact-gone")
    situation(desk, severity=2, open=100)

    facets = look(reader, desk, "rule=not-related").context["facets"]

    counts = {
        (facet.name, option.value): option.count
        for facet in facets
        for option in facet.options
    }
    assert counts["severity", "critical"] == "5"
    assert counts["rule", "contact-gone"] == "7"
    assert counts["rule", "not-related"] == "105"


def test_what_has_nothing_open_is_shown_where_it_is_asked_for(desk, reader):
    open_one = situation(desk)
    settled = situation(desk, open=0, decided=4, agreed=4, oldest_at=None)

    assert shown(look(reader, desk)) == [open_one.pk]
    for sort in ("severity", "oldest"):
        assert shown(look(reader, desk, f"settled=1&sort={sort}")) == [settled.pk]


def test_one_that_never_goes_by_batch_leads_to_the_queue(desk, reader):
    judged = situation(desk, rule="self-for-another")

    page = told(look(reader, desk))

    assert "One by one" in page
    assert f"findings/?situation={judged.pk}" in page
    assert "batches/new" not in page


def test_who_may_not_decide_is_offered_no_batch(desk):
    situation(desk)
    viewer = reviewing.person("viewer", desk.source)

    assert "batches/new" not in told(look(reviewing.logged_in(viewer), desk))


def test_the_next_page_goes_on_where_this_one_ends(desk, reader):
    made = {situation(desk, open=n + 1).pk for n in range(60)}
    seen, cursor = [], ""
    while True:
        page = look(reader, desk, f"cursor={cursor}")
        seen += shown(page)
        cursor = page.context["page"].after
        if not cursor:
            break

    assert len(seen) == 60
    assert set(seen) == made


def test_the_page_counts_no_finding_and_asks_little(
    desk, reader, django_assert_max_num_queries
):
    for n in range(30):
        situation(desk, open=n + 1)
    look(reader, desk)

    with django_assert_max_num_queries(10) as queries:
        look(reader, desk)

    assert not any("audits_finding" in query["sql"] for query in queries)


def test_the_queue_of_one_situation_shows_its_findings_alone(desk, reader):
    mine = desk.findings(2)
    desk.findings(1, situation=desk.judged())
    url = reverse("audits:finding-list", args=[desk.source.slug])

    page = reader.get(f"{url}?situation={desk.situation.pk}")

    assert {row.finding.pk for row in page.context["rows"]} == {f.pk for f in mine}
    assert page.context["total"] == "2"


def test_a_mailing_account_speaks_of_lists():
    source = factories.MailSourceFactory()
    desk = Desk(source=source)
    judged = desk.judged(
        rule="permission-raised",
        severity="high",
        sentence="{privilege} on ‘{list}’ rests on V2 ‘ACTIVE’.",
    )
    factories.SituationTallyFactory(situation=judged, rule="permission-raised")

    page = told(look(reviewing.logged_in(desk.rita), desk))

    assert "This privilege on this list rests on V2 ‘ACTIVE’." in page
    assert ">Lists</th>" in page
