from contacts import records, slicing
from contacts.models import Snapshot


def test_a_broken_row_does_not_shift_the_rows_behind_it(tmp_path):
    stored = [
        records.Fault(0, 1, b"bro\x1eken", "", "is not JSON"),
        records.StoredRow(2, b'{"id":"1"}'),
    ]

    (page,) = slicing.pages([tmp_path], Snapshot(), lambda _: iter(stored), list)

    assert page.body.split(slicing.ROWS_APART)[1] == b'{"id":"1"}'
