"""What of the queue is shown."""

import pytest

from audits import filters
from audits.filters import Filters
from audits.models import Finding
from tests.factories import (
    DecisionFactory,
    FindingFactory,
    JudgedSituationFactory,
    SourceFactory,
)

SENSITIVE = ("critical", "relationship-weaker", "records", "matched")
HARMLESS = ("low", "relationship-differs", "general_messages", "matched")
CUBE = [
    (SENSITIVE, 3),
    (HARMLESS, 4),
    (("critical", "restricted", "release", "gone"), 1),
]


def shown(facets, name):
    facet = next(facet for facet in facets if facet.name == name)
    return {option.value: option.count for option in facet.options}


def test_an_address_without_filters_shows_what_is_open():
    assert Filters.parse({}) == Filters(state="open")


def test_what_is_none_of_ours_is_dropped():
    told = Filters.parse(
        {"state": "gone", "severity": "9", "rule": "x", "by": "me", "search": "Ana"}
    )

    assert told == Filters()


def test_filters_survive_the_way_through_an_address():
    told = Filters.parse({"severity": "high", "rule": "restricted", "by": "7"})

    assert (
        Filters.parse(dict(pair.split("=") for pair in told.query().split("&"))) == told
    )


def test_a_number_in_another_script_is_no_number():
    assert Filters.parse({"by": "٣"}).by == ""


def test_a_facet_is_counted_under_the_choices_of_the_others():
    facets = filters.facets(CUBE, Filters(severity="critical"))

    assert shown(facets, "severity") == {"critical": "4", "low": "4"}
    assert shown(facets, "rule") == {"restricted": "1", "relationship-weaker": "3"}


def test_choosing_a_value_again_takes_the_choice_back():
    facets = filters.facets(CUBE, Filters(severity="critical"))

    (critical, _) = facets[0].options

    assert critical.chosen
    assert critical.query == ""


def test_a_choice_that_nothing_fits_stays_visible():
    facets = filters.facets(CUBE, Filters(rule="contact-gone"))

    assert shown(facets, "rule")["contact-gone"] == "0"


def test_the_total_follows_all_choices():
    assert filters.total(CUBE, Filters()) == "8"
    assert filters.total(CUBE, Filters(severity="critical", match="gone")) == "1"


@pytest.mark.django_db
class TestInTheDatabase:
    def test_findings_are_counted_by_all_facets_in_one_statement(
        self, django_assert_num_queries
    ):
        source = SourceFactory()
        situation = JudgedSituationFactory(source=source)
        FindingFactory.create_batch(2, source=source, situation=situation)
        FindingFactory(source=source, situation=situation, match_state="gone")
        FindingFactory()

        with django_assert_num_queries(1):
            cube = filters.count(Finding.objects.all(), source, Filters())

        assert sorted(cube) == [
            (("critical", "relationship-weaker", "records", "gone"), 1),
            (("critical", "relationship-weaker", "records", "matched"), 2),
        ]

    @pytest.mark.parametrize(
        ("chosen", "kept"),
        [
            ({"severity": "critical"}, True),
            ({"severity": "low"}, False),
            ({"rule": "relationship-weaker"}, True),
            ({"rule": "restricted"}, False),
            ({"privilege_class": "records"}, True),
            ({"privilege_class": "release"}, False),
            ({"match": "matched"}, True),
            ({"match": "gone"}, False),
            ({"state": "decided"}, False),
        ],
    )
    def test_each_filter_narrows(self, chosen, kept):
        finding = FindingFactory()

        found = filters.narrow(Finding.objects.all(), finding.source, Filters(**chosen))

        assert found.exists() is kept

    def test_a_search_looks_into_names_without_case(self):
        finding = FindingFactory(search_text="ana diaz leo diaz")
        everything = Finding.objects.all()

        found = filters.narrow(everything, finding.source, Filters(), words="ANA  d")

        assert list(found) == [finding]
        assert not filters.narrow(
            everything, finding.source, Filters(), words="bea"
        ).exists()

    def test_findings_are_found_by_who_decided_them(self):
        decision = DecisionFactory()
        finding = decision.finding
        finding.state, finding.decision = Finding.State.DECIDED, decision
        finding.save()

        mine = Filters(state="decided", by=str(decision.decided_by_id))
        found = filters.narrow(Finding.objects.all(), finding.source, mine)

        assert list(found) == [finding]
        assert not filters.narrow(
            Finding.objects.all(), finding.source, Filters(state="decided", by="0")
        ).exists()
