"""Searches by name, kept out of addresses."""

from contacts import searching


def test_a_search_is_found_again_by_its_number():
    session = {}

    number = searching.keep(session, "  Ana   Diaz ")

    assert "Ana" not in number
    assert searching.text_of(session, number) == "Ana Diaz"


def test_the_same_search_has_the_same_number():
    session = {}

    first = searching.keep(session, "Ana")
    searching.keep(session, "Leo")

    assert searching.keep(session, "Ana") == first


def test_an_empty_search_is_none():
    session = {}

    assert searching.keep(session, "   ") == ""
    assert session == {}


def test_a_forgotten_search_finds_nothing():
    assert searching.text_of({}, "7") == ""


def test_only_the_latest_searches_are_kept():
    session = {}

    numbers = [
        searching.keep(session, f"name {count}") for count in range(searching.KEPT + 1)
    ]

    assert searching.text_of(session, numbers[0]) == ""
    assert searching.text_of(session, numbers[-1]) == f"name {searching.KEPT}"


def test_a_long_search_is_cut():
    session = {}

    number = searching.keep(session, "x" * 500)

    assert len(searching.text_of(session, number)) == searching.LIMIT
