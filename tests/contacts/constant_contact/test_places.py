import pytest

from contacts.constant_contact import dates, places
from contacts.constant_contact.countries import COUNTRIES


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("US", "United States"),
        (" us ", "United States"),
        ("ca", "Canada"),
        ("GB", "United Kingdom"),
        ("CI", "Côte d'Ivoire"),
        ("UK", ""),
        ("USA", ""),
        ("ZZ", ""),
        ("", ""),
    ],
)
def test_a_country_code_gives_its_english_name(code, name):
    assert places.country(code) == name


def test_every_country_has_a_code_and_a_name_that_v3_takes():
    assert len(COUNTRIES) == 249
    assert len(set(COUNTRIES.values())) == 249
    assert all(len(code) == 2 and code.isupper() for code in COUNTRIES)
    assert all(0 < len(name) <= 50 for name in COUNTRIES.values())


def test_every_state_district_and_territory_has_a_name():
    """Fifty states, the district, five territories and three of military mail."""
    assert len(places.AMERICAN) == len(set(places.AMERICAN.values())) == 59
    assert len(places.CANADIAN) == len(set(places.CANADIAN.values())) == 13
    assert not set(places.AMERICAN) & set(places.CANADIAN)


@pytest.mark.parametrize(
    ("code", "country", "name"),
    [
        ("TN", "US", "Tennessee"),
        ("tn ", "us", "Tennessee"),
        ("DC", "US", "District of Columbia"),
        ("PR", "PR", "Puerto Rico"),
        ("GU", "US", "Guam"),
        ("QC", "CA", "Quebec"),
        ("ON", "", "Ontario"),
        ("OH", "", "Ohio"),
        ("ON", "US", ""),
        ("TN", "CA", ""),
        ("NS", "AU", ""),
        ("TN", "ZZ", ""),
        ("ZZ", "US", ""),
        ("", "US", ""),
        ("  ", "", ""),
    ],
)
def test_a_state_code_is_read_in_its_country(code, country, name):
    assert places.state(code, country) == name


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Québec", "quebec ", True),
        ("Tennessee", "TENNESSEE", True),
        ("Ohio", "Iowa", False),
    ],
)
def test_names_are_one_whatever_their_case_and_accents(one, other, same):
    assert places.same_name(one, other) is same


@pytest.mark.parametrize(
    "told",
    [
        "03/12/2005",
        "3/12/2005",
        "2005/03/12",
        "2005/3/12",
        "2005-03-12",
        "2005-3-12",
        "03-12-2005",
        "3-12-2005",
    ],
)
def test_the_eight_spellings_of_an_anniversary_are_one_day(told):
    assert dates.iso(told) == "2005-03-12"


@pytest.mark.parametrize(
    "told",
    ["", "soon", "12.03.2005", "2005-03/12", "02/30/2005", "13/01/2005", "3/12/05"],
)
def test_a_date_that_cannot_be_read_stays_as_told(told):
    assert dates.iso(told) == told


@pytest.mark.parametrize(
    ("told", "stamp"),
    [
        ("2013-01-18T21:45:22.000Z", "2013-01-18T21:45:22.000Z"),
        ("1969-12-31T19:00:00.000Z", ""),
        ("1970-01-01T00:00:00Z", ""),
        ("1969-12-31T18:59:59.000Z", "1969-12-31T18:59:59.000Z"),
        ("", ""),
    ],
)
def test_the_epoch_is_no_date(told, stamp):
    assert dates.stamp(told) == stamp
