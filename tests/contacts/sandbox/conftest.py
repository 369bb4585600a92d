from datetime import date

import pytest

from contacts.sandbox.account import Account, make_account
from contacts.sandbox.district import District, make_district

TODAY = date(2026, 11, 22)


@pytest.fixture(scope="session")
def demo_district() -> District:
    return make_district(seed=7, contacts=1500, today=TODAY)


@pytest.fixture(scope="session")
def small_district() -> District:
    return make_district(seed=3, contacts=250, today=TODAY)


@pytest.fixture(scope="session")
def demo_account() -> Account:
    return make_account(seed=7, contacts=1000, today=TODAY)


@pytest.fixture(scope="session")
def small_account() -> Account:
    return make_account(seed=3, contacts=300, today=TODAY)
