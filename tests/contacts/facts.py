"""Small districts for the tests of imports: payloads, files, a server, a job's lease."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from contacts import working
from contacts.models import (
    Contact,
    Job,
    LegacyContact,
    LegacyStudent,
    Match,
    RelationshipEntry,
    Snapshot,
    Source,
    Student,
)
from contacts.sandbox import server, serving
from contacts.sandbox.district import make_district
from contacts.sandbox.faults import Fault, Faults
from tests.factories import object_id

TOKEN = "let-me-in"
COUNTS = ("pages", "rows_in", "imported", "unchanged", "duplicates", "quarantined")


def legacy(number: int, **told: Any) -> dict[str, Any]:
    """A v2 contact as the API sends it."""
    return {
        "id": object_id(0x2000 + number),
        "district": "",
        "name": f"Ana Diaz {number}",
        "email": f"ana{number}@example.org",
        "phone": "",
        "relationship": "Parent",
        "type": "Parent/Guardian",
        "students": [object_id(0x5000 + number)],
        **told,
    }


def entry(student: int, relationship: str = "Parent", kind: str = "Family") -> Any:
    """A relationship entry of v3."""
    return {
        "student": object_id(0x5000 + student),
        "relationship": relationship,
        "type": kind,
    }


def contact(number: int, *entries: Any, **told: Any) -> dict[str, Any]:
    """A v3 contact that was the v2 contact of the same number."""
    role = {
        "legacy_id": object_id(0x2000 + number),
        "phone": "",
        "sis_id": "",
        "student_relationships": list(entries) or [entry(number)],
    }
    role |= {key: told.pop(key) for key in list(told) if key in role}
    return {
        "id": object_id(0x3000 + number),
        "district": "",
        "email": f"ana{number}@example.org",
        "name": {"last": f"Ana Diaz {number}"},
        "roles": {"contact": role},
        **told,
    }


def student(number: int, **role: Any) -> dict[str, Any]:
    """A student of v3."""
    return {
        "id": object_id(0x5000 + number),
        "district": "",
        "name": {"first": "Leo", "last": f"Diaz {number}"},
        "roles": {"student": {"grade": "3", **role}},
    }


def ndjson(path: Path, *records: Any) -> Path:
    """Write records one a line; a text is written as it is."""
    lines = [each if isinstance(each, str) else json.dumps(each) for each in records]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


class Provider:
    """A Clever of one district whose people a test may change."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.contacts: list[Any] = []
        self.students: list[Any] = []
        self.legacy_contacts: list[Any] = []
        self.faults: list[Fault] = []
        self.v2 = "alive"
        self.token = TOKEN
        self.paths: dict[str, int] = {}

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Serve the people there are now."""
        nobody = make_district(seed=1, contacts=0, today=date(2026, 3, 2))
        district = dataclasses.replace(
            nobody,
            id=self.source.external_id,
            contacts=self.contacts,
            students=self.students,
            legacy_contacts=self.legacy_contacts,
        )
        sandbox = server.Sandbox(
            district, token=self.token, v2=self.v2, faults=Faults(self.faults)
        )
        with serving.running(sandbox):
            self.source.api_url, self.source.token = sandbox.url, TOKEN
            self.source.save()
            yield
        self.paths = sandbox.log.told()["paths"]


def lease(job: Job, *, slice_seconds: float = 60) -> working.Lease:
    """Claim a job as a worker does, after whatever came before."""
    Job.objects.filter(pk=job.pk, state=Job.State.RUNNING).update(
        state=Job.State.QUEUED, lease_until=None, attempts=0
    )
    claimed = working.claim(job.pk)
    assert claimed is not None
    return working.Lease(claimed, slice_seconds=slice_seconds)


def facts() -> dict[str, Any]:
    """Everything imported, without the ids of the rows."""
    return {
        "legacy": sorted(LegacyContact.objects.values_list("external_id", "digest")),
        "students of v2": sorted(
            LegacyStudent.objects.values_list(
                "legacy_contact__external_id", "student_ref"
            )
        ),
        "contacts": sorted(Contact.objects.values_list("external_id", "digest")),
        "entries": sorted(
            RelationshipEntry.objects.filter(ended_at=None).values_list(
                "contact__external_id", "student_ref", "relationship", "type"
            )
        ),
        "students": sorted(Student.objects.values_list("external_id", "digest")),
        "matches": sorted(
            map(
                repr,
                Match.objects.values_list(
                    "legacy_contact__external_id",
                    "contact__external_id",
                    "state",
                    "method",
                    "folded_name",
                ),
            )
        ),
    }


def counts(snapshot: Snapshot) -> dict[str, int]:
    """The counts of a snapshot."""
    snapshot.refresh_from_db()
    return {name: getattr(snapshot, name) for name in COUNTS}
