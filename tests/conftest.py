"""What every test runs under: its own databases, folders and settings."""

import os
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


def pytest_itemcollected(item: pytest.Item) -> None:
    """Keep the tests of a module that start processes on one runner.

    Where they share a broker, one worker would take another's messages: then all of them.
    """
    if item.get_closest_marker("process"):
        name = "process" if os.environ["BROKER_URL"] else item.path.stem
        item.add_marker(pytest.mark.xdist_group(name))
