"""Each in a process of its own: settings are read once."""

import os
import subprocess
import sys

import pytest

GIVEN = {
    "SECRET_KEY": "x" * 60,
    "FIELD_KEYS": "eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHg=",
    "ALLOWED_HOSTS": "retie.example",
}


def run_check(variables, tmp_path, *arguments):
    return subprocess.run(
        [sys.executable, "-c", CHECK, *arguments],
        env={
            "PATH": os.environ["PATH"],
            "VAR_DIR": str(tmp_path),
            **variables,
        },
        capture_output=True,
        text=True,
        check=False,
    )


# Without the .env that a developer may have beside manage.py.
CHECK = """
import os, sys, environ
environ.Env.read_env = lambda *a, **k: None
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
from django.core.management import execute_from_command_line
execute_from_command_line(["manage.py", "check", *sys.argv[1:]])
"""


def test_settings_accept_what_is_complete(tmp_path):
    result = run_check(GIVEN, tmp_path)

    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("name", ["SECRET_KEY", "FIELD_KEYS"])
def test_settings_refuse_to_start_without_a_secret(name, tmp_path):
    result = run_check({**GIVEN, name: ""}, tmp_path)

    assert result.returncode == 1
    assert "SECRET_KEY and FIELD_KEYS are not set" in result.stderr


def test_settings_refuse_every_host_in_production(tmp_path):
    result = run_check({**GIVEN, "ALLOWED_HOSTS": "*"}, tmp_path)

    assert result.returncode == 1
    assert "ALLOWED_HOSTS may not be '*'" in result.stderr


def test_check_refuses_a_key_that_cannot_encrypt(tmp_path):
    result = run_check({**GIVEN, "FIELD_KEYS": "too-short"}, tmp_path)

    assert result.returncode == 1
    assert "Key 1 of FIELD_KEYS" in result.stderr
    assert "too-short" not in result.stderr


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ({"HTTPS": "true"}, 0),
        ({"HTTPS": "true", "ALLOW_LOOPBACK_PROVIDERS": "true"}, 1),
        ({"HTTPS": "true", "DEBUG": "true"}, 1),
        ({"HTTPS": "false"}, 1),
    ],
)
def test_check_deploy_warns_of_what_production_may_not_have(variables, code, tmp_path):
    secret = "a-long-secret-for-this-test-0123456789-0123456789-abcdef"

    result = run_check(
        {**GIVEN, "SECRET_KEY": secret, **variables},
        tmp_path,
        "--deploy",
        "--fail-level=WARNING",
    )

    assert result.returncode == code, result.stderr
