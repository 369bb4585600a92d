import hashlib

import pytest
from django.db import connection

from contacts import dialect
from contacts.models import StagedEntry

pytestmark = pytest.mark.django_db


def one(sql, *params):
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchone()[0]


def test_sha256_is_that_of_the_utf8_bytes():
    digest = one(f"SELECT {dialect.sha256_sql('%s')}", "Zoë\x1fÅsa")

    assert digest == hashlib.sha256("Zoë\x1fÅsa".encode()).hexdigest()


def test_values_are_joined_in_the_order_of_their_bytes():
    rows = "SELECT 'b' AS v UNION SELECT 'B' UNION SELECT 'a' UNION SELECT 'ä'"
    joined = dialect.joined_sql("v")
    text = one(f"SELECT {joined} FROM (SELECT v FROM ({rows}) AS r ORDER BY v) AS o")

    assert text.split("\x1e") == ["B", "a", "b", "ä"]


def test_the_items_of_an_array_become_rows():
    items = dialect.json_items_sql("t.j")

    count = one(f"SELECT count(*) FROM (SELECT %s AS j) AS t, {items}", '["1", "02"]')
    least = one(f"SELECT min(item.value) FROM (SELECT %s AS j) AS t, {items}", '["02"]')

    assert (count, least) == (2, "02")


def test_copied_rows_keep_tabs_backslashes_and_line_ends():
    odd = "a\tb\\N\nc\r\\."
    columns = ["snapshot_id", "page", "place", "contact_ref", "student_ref"]
    rows = [(7, 1, 0, "c", "s", odd, ""), (7, 1, 1, "c", "s", "\\N", "")]

    with connection.cursor() as cursor:
        dialect.copy_rows(
            cursor, "contacts_stagedentry", [*columns, "relationship", "type"], rows
        )

    told = StagedEntry.objects.order_by("place").values_list("relationship", flat=True)
    assert list(told) == [odd, "\\N"]


def test_analyze_takes_any_table_of_ours():
    with connection.cursor() as cursor:
        dialect.analyze(cursor, "contacts_stagedentry", "contacts_stagedcontact")

    assert StagedEntry.objects.count() == 0
