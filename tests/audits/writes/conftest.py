import pytest


@pytest.fixture(autouse=True)
def no_waiting(settings):
    """Pace nothing: how requests are spread over a second is the budget's own test."""
    settings.CONSTANT_CONTACT_PER_SECOND = 100_000
