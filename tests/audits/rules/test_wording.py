import pytest

from audits.rules import wording


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        ("Aunt/Uncle", "Aunt/Uncle"),
        (" Step \n parent ", "Step parent"),
        ("x" * 30, "x" * 23 + "…"),
        ("{student}", "{{student}}"),
        ("\x00\ud800", "?"),
        ("", "?"),
    ],
)
def test_value(raw, told):
    assert wording.value(raw) == told


@pytest.mark.parametrize(
    ("labels", "told"),
    [
        (["one"], "one"),
        (["one", "two"], "one and two"),
        (["one", "two", "three"], "one, two and three"),
        (["one", "two", "three", "four"], "one, two and 2 more"),
        (["one", "a label too long"], "one and 1 more"),
        (["a label that is far too long"], "a label that is far too long"),
    ],
)
def test_listed_names_as_many_as_fit(labels, told):
    assert wording.listed(labels, 19) == told
