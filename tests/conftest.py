"""What every test runs under: its own databases, folders and settings."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# A busy machine is no failure, and a gate must not fail by chance.
settings.register_profile(
    "gate",
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("gate")


@pytest.fixture(autouse=True)
def plain_static_files(settings):
    """Serve static files under their own names: a test run collects and hashes none."""
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {
            "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        }
    }
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    """Hash passwords cheaply: Argon2 is slow by design, and nothing here guesses them."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests that start processes on one runner: they share a broker and load."""
    for item in items:
        if item.get_closest_marker("process"):
            item.add_marker(pytest.mark.xdist_group("process"))
