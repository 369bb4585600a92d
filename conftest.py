"""Set the environment of the test run before Django reads its settings."""

import base64
import os
import tempfile

import django

VAR = tempfile.mkdtemp(prefix="retie-test-")
os.environ["SECRET_KEY"] = "test-only-" + "k" * 50
os.environ["FIELD_KEYS"] = base64.urlsafe_b64encode(b"t" * 32).decode()
os.environ["ALLOWED_HOSTS"] = "testserver,127.0.0.1,localhost"
os.environ["ALLOW_LOOPBACK_PROVIDERS"] = "true"
os.environ["DEBUG"] = "false"
os.environ["HTTPS"] = "false"
os.environ["LOG_FORMAT"] = "console"
os.environ["VAR_DIR"] = VAR
# No decision goes to a second look by chance but in the tests of chance.
os.environ["SECOND_LOOK_SAMPLE_PERCENT"] = "0"
os.environ["DATABASE_URL"] = os.environ.get("TEST_DATABASE_URL") or (
    f"sqlite:///{VAR}/retie.sqlite3"
)
if not os.environ.get("TEST_DATABASE_URL"):
    # In memory, SQLite's threads share one cache and fail at once where files wait.
    os.environ.setdefault("TEST_DATABASE_NAME", f"{VAR}/test.sqlite3")
os.environ["BROKER_URL"] = os.environ.get("TEST_BROKER_URL", "")
# Named here and not in pyproject.toml: there pytest-django would read the settings before
# this file has set what they are read from.
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
django.setup()
