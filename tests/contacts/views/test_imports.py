import stat
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from contacts.models import Job
from tests.factories import JobFactory, SourceFactory, UserFactory

pytestmark = pytest.mark.django_db

GRANTS = b"grant_id,contact_id,privilege\ng-1,c-1,view_grades\n"


@pytest.fixture
def source():
    return SourceFactory(slug="lakeview", api_url="https://api.clever.com", token="t")


@pytest.fixture
def operator(client, source, settings, tmp_path):
    settings.UPLOAD_DIR = tmp_path / "uploads"
    user = UserFactory(roles=["operator"], sources=[source])
    client.force_login(user)
    return user


def start(client, what, *files, **data):
    uploads = [SimpleUploadedFile(f"{n}.csv", body) for n, body in enumerate(files)]
    return client.post(
        reverse("contacts:import-start", args=["lakeview"]),
        {"what": what, "uploads": uploads, **data},
    )


def kept(settings):
    folder = Path(settings.UPLOAD_DIR)
    return list(folder.iterdir()) if folder.exists() else []


def test_import_start_offers_every_way(client, operator):
    page = client.get(reverse("contacts:import-start", args=["lakeview"]))

    assert [offer.code for offer in page.context["offers"]] == [
        "legacy",
        "current",
        "legacy-api",
        "grants",
        "restrictions",
    ]


@pytest.mark.parametrize(
    ("what", "kind"),
    [
        ("legacy", "import_legacy"),
        ("grants", "import_grants"),
        ("restrictions", "import_restrictions"),
    ],
)
def test_import_start_keeps_the_file_and_starts_the_job(
    client, operator, settings, what, kind
):
    answer = start(client, what, GRANTS)

    job = Job.objects.get()
    path = kept(settings)[0]
    assert answer.url == reverse("contacts:job-detail", args=["lakeview", job.pk])
    assert (job.kind, job.requested_by) == (kind, operator)
    assert path.read_bytes() == GRANTS
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_import_start_takes_several_stored_files_as_one_import(
    client, operator, settings
):
    start(client, "legacy", b"[]", b"[]")

    assert len(Job.objects.get().args["files"]) == 2
    assert len(kept(settings)) == 2


@pytest.mark.parametrize("what", ["current", "legacy-api"])
def test_import_start_asks_the_provider_without_a_file(client, operator, what):
    start(client, what)

    assert Job.objects.get().kind in {"import_current", "import_legacy_api"}


def test_import_start_hands_on_that_a_file_is_complete(client, operator):
    start(client, "grants", GRANTS, complete="on")

    assert Job.objects.get().args["complete"] is True


def test_import_start_asks_for_the_file_that_is_missing(client, operator):
    answer = start(client, "grants")

    assert answer.status_code == 422
    assert b"Choose a file." in answer.content
    assert not Job.objects.exists()


def test_import_start_refuses_two_files_of_grants(client, operator, settings):
    answer = start(client, "grants", GRANTS, GRANTS)

    assert b"Choose 1 file, not 2." in answer.content
    assert not kept(settings)


def test_import_start_refuses_an_empty_file(client, operator):
    answer = start(client, "grants", b"")

    assert answer.status_code == 422
    assert b"The submitted file is empty." in answer.content


def test_import_start_refuses_what_is_not_offered(client, operator):
    answer = start(client, "everything", GRANTS)

    assert answer.status_code == 422
    assert not Job.objects.exists()


def test_import_start_leads_to_the_import_that_runs_and_keeps_no_file(
    client, operator, settings, source
):
    running = JobFactory(source=source, title="Import v3")

    answer = start(client, "grants", GRANTS)

    assert answer.url == reverse("contacts:job-detail", args=["lakeview", running.pk])
    assert Job.objects.get() == running
    assert not kept(settings)


def test_import_start_says_that_the_token_is_missing(client, operator, source):
    source.token = ""
    source.save()

    answer = start(client, "current")

    assert answer.status_code == 422
    assert b"has no token" in answer.content


def test_import_start_refuses_a_body_above_the_limit(client, operator, settings):
    settings.UPLOAD_LIMIT_BYTES = 100

    answer = start(client, "grants", GRANTS * 10)

    assert answer.status_code == 400
    assert not Job.objects.exists()
