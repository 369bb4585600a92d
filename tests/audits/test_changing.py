"""What would change: a lost value goes where somebody decided, and nowhere by halves."""

import pytest

from audits import changing
from tests import factories
from tests.audits import accounts

pytestmark = pytest.mark.django_db

KIND = ("addresses-over-limit", "addresses")


@pytest.fixture
def match():
    return accounts.pair(factories.MailSourceFactory(), accounts.legacy_record())


def decided(match, field, kind, field_ref=""):
    decision = factories.LossDecisionFactory(
        source=match.source, kind=kind, field_ref=field_ref
    )
    factories.LossFactory(
        source=match.source,
        match=match,
        field=field,
        fingerprint=field,
        state="decided",
        decision=decision,
    )


class TestPlaces:
    def test_are_where_all_of_a_kind_go(self, match):
        for field in ("addresses.1", "addresses.2"):
            decided(match, field, "custom_field", "f-1")

        place = changing.places([match])[match.pk][KIND]

        assert (place.kind, place.field_ref) == ("custom_field", "f-1")

    @pytest.mark.parametrize(
        "told",
        [
            [("leave", ""), ("custom_field", "f-1")],
            [("custom_field", "f-1"), ("leave", "")],
            [("custom_field", "f-1"), ("custom_field", "f-2")],
        ],
    )
    def test_are_none_where_a_kind_was_decided_in_two_ways(self, match, told):
        for n, (kind, field_ref) in enumerate(told, 1):
            decided(match, f"addresses.{n}", kind, field_ref)

        assert KIND not in changing.places([match]).get(match.pk, {})

    def test_are_none_where_one_of_a_kind_is_open(self, match):
        decided(match, "addresses.1", "leave")
        factories.LossFactory(source=match.source, match=match, field="addresses.2")

        assert KIND not in changing.places([match]).get(match.pk, {})
