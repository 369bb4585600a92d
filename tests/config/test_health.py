import pytest
from django.db import DatabaseError
from django.urls import reverse

from config import health


def test_live_asks_nothing(client):
    answer = client.get(reverse("health-live"))

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.django_db
def test_ready_says_so_where_database_and_files_are(client, settings, tmp_path):
    settings.VAR_DIR = tmp_path

    answer = client.get(reverse("health-ready"))

    assert answer.status_code == 200
    assert answer.json()["parts"] == {"database": "ok", "files": "ok"}


@pytest.mark.django_db
def test_ready_says_what_is_missing(client, settings, tmp_path):
    settings.VAR_DIR = tmp_path / "not-there"

    answer = client.get(reverse("health-ready"))

    assert answer.status_code == 503
    assert answer.json()["parts"]["files"] == "not writable"


def test_database_that_does_not_answer_is_told_without_detail(monkeypatch):
    def refuse(connection):
        raise DatabaseError("password of the database in this text")

    monkeypatch.setattr(health, "MigrationExecutor", refuse)

    assert health.database() == "no answer"


@pytest.mark.django_db
def test_health_takes_no_post(client):
    assert client.post(reverse("health-live")).status_code == 405
    assert client.post(reverse("health-ready")).status_code == 405
