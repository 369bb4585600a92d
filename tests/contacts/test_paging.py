import pytest

from contacts.models import Source
from contacts.paging import paginate
from tests.factories import QuarantinedRowFactory, SnapshotFactory, SourceFactory

pytestmark = pytest.mark.django_db


def names(page):
    return [row.name for row in page.rows]


@pytest.fixture
def seven_sources():
    return [SourceFactory(name=name) for name in ["a", "b", "b", "b", "c", "d", "e"]]


def page_of(cursor="", keys=("name", "pk"), size=3):
    return paginate(Source.objects.all(), keys=keys, cursor=cursor, size=size)


def test_paginate_walks_forward_over_equal_values_without_gap_or_repeat(seven_sources):
    first = page_of()
    second = page_of(first.after)
    third = page_of(second.after)

    assert [*first.rows, *second.rows, *third.rows] == seven_sources
    assert (first.before, third.after) == ("", "")


def test_paginate_walks_back_to_the_same_pages(seven_sources):
    first = page_of()
    second = page_of(first.after)
    third = page_of(second.after)

    assert page_of(third.before).rows == second.rows
    back = page_of(page_of(third.before).before)
    assert back.rows == first.rows
    assert back.before == ""
    assert page_of(back.after).rows == second.rows


def test_paginate_falls_where_the_keys_fall(seven_sources):
    first = page_of(keys=("-name", "-pk"))
    second = page_of(first.after, keys=("-name", "-pk"))

    assert [*first.rows, *second.rows] == seven_sources[::-1][:6]


def test_paginate_refuses_keys_that_run_both_ways(seven_sources):
    with pytest.raises(ValueError, match="all rise or all fall"):
        page_of(keys=("name", "-pk"))


@pytest.mark.parametrize("cursor", ["x", "WzFd", "{}", "a:b:c", "\x00"])
def test_paginate_opens_the_beginning_for_a_cursor_that_is_not_ours(
    seven_sources, cursor
):
    assert page_of(cursor).rows == seven_sources[:3]


def test_paginate_opens_the_beginning_for_another_list_s_cursor(seven_sources):
    foreign = page_of(keys=("slug", "pk")).after

    assert page_of(foreign).rows == seven_sources[:3]


def test_paginate_follows_filters():
    snapshot = SnapshotFactory()
    rows = [QuarantinedRowFactory(snapshot=snapshot, line=n) for n in (2, 3, 4)]
    QuarantinedRowFactory(line=3)

    first = paginate(snapshot.quarantine.all(), keys=["line", "pk"], size=2)
    second = paginate(
        snapshot.quarantine.all(), keys=["line", "pk"], size=2, cursor=first.after
    )

    assert [*first.rows, *second.rows] == rows


def test_paginate_orders_by_a_related_column():
    sources = [SourceFactory(name=name) for name in "bac"]
    snapshots = {source.name: SnapshotFactory(source=source) for source in sources}
    rows = snapshots["a"].__class__.objects.select_related("source")

    first = paginate(rows, keys=["source__name", "pk"], size=2)
    second = paginate(rows, keys=["source__name", "pk"], size=2, cursor=first.after)

    assert [*first.rows, *second.rows] == [snapshots[name] for name in "abc"]


def test_paginate_is_one_query(seven_sources, django_assert_num_queries):
    after = page_of().after

    with django_assert_num_queries(1):
        page_of(after)


def test_paginate_compares_row_values(seven_sources, django_assert_num_queries):
    after = page_of().after

    with django_assert_num_queries(1) as queries:
        page_of(after)

    assert " > (" in queries[0]["sql"]
