"""Make-believe people in the provider's own shapes, v2 and v3.

The shapes follow recorded traffic where it differs from the published schema: a
contact's whole name stands in `name.last` and the keys `first` and `middle` are
absent, `roles` is an object that holds only the roles held, students bear no
`legacy_id` and repeat their e-mail inside the role.
"""

import random
from datetime import date
from functools import lru_cache
from typing import Any

from contacts.sandbox import rows
from contacts.sandbox.cases import Label
from contacts.sandbox.people import Person, School, Student

Json = dict[str, Any]
EPOCH = date(1970, 1, 1).toordinal()


@lru_cache(maxsize=10_000)
def _day(days: int) -> str:
    return str(date.fromordinal(EPOCH + days))


def timestamp(milliseconds: int) -> str:
    """A moment since 1970 as the provider writes it: UTC, milliseconds, a Z."""
    days, rest = divmod(milliseconds, 86_400_000)
    seconds, milliseconds = divmod(rest, 1000)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return f"{_day(days)}T{hour:02d}:{minute:02d}:{second:02d}.{milliseconds:03d}Z"


def _dates(object_id: str, rng: random.Random) -> Json:
    created = rows.created_at(object_id) * 1000 + int(rng.random() * 1000)
    changed = created + int(rng.random() * 90 * 86_400_000)
    return {"created": timestamp(created), "last_modified": timestamp(changed)}


def filled(rng: random.Random, pairs: Json) -> Json:
    """Write empty values as the provider does: as "", as null, or not at all."""
    told: Json = {}
    for key, value in pairs.items():
        if value:
            told[key] = value
        elif (form := rng.random()) < 0.8:
            told[key] = "" if form < 0.55 else None
    return told


def legacy_contact(
    rng: random.Random,
    *,
    legacy_id: str,
    district: str,
    person: Person,
    label: Label,
    students: list[str],
) -> Json:
    """A contact as v2 told it: one relationship for all its students."""
    told = filled(
        rng,
        {
            "name": person.name,
            "email": person.email,
            "phone": person.phone,
            "phone_type": person.phone_type,
            "relationship": label.relationship,
            "type": label.type,
            "sis_id": person.sis_id,
        },
    )
    return {"id": legacy_id, "district": district, "students": students, **told}


def contact(
    rng: random.Random,
    *,
    contact_id: str,
    legacy_id: str,
    district: str,
    person: Person,
    entries: list[tuple[str, Label]],
) -> Json:
    """A contact as v3 tells it: one entry for each student and appearance."""
    role = {
        "legacy_id": legacy_id,
        "student_relationships": [_entry(rng, *entry) for entry in entries],
        **filled(rng, {"phone": person.phone, "sis_id": person.sis_id}),
        "phone_type": person.phone_type,
    }
    return {
        "id": contact_id,
        "district": district,
        "name": {"last": person.name} if person.name else {},
        "roles": {"contact": role},
        **_dates(contact_id, rng),
        **filled(rng, {"email": person.email}),
    }


def _entry(rng: random.Random, student: str, label: Label) -> Json:
    pair = {"relationship": label.relationship, "type": label.type}
    return {"student": student, **filled(rng, pair)}


def student(rng: random.Random, *, district: str, student: Student) -> Json:
    number = str(int(rng.random() * 10**6)).zfill(8)
    role = {
        "school": student.school.id,
        "schools": [student.school.id],
        "grade": "Kindergarten" if student.grade == 0 else str(student.grade),
        "student_number": number,
        "sis_id": number,
        "state_id": "",
        "graduation_year": "",
        "email": student.email,
        "enrollments": [],
        "ext": {},
    }
    return {
        "id": student.id,
        "district": district,
        "email": student.email,
        "name": {
            "first": student.first,
            "middle": student.middle,
            "last": student.last,
        },
        "roles": {"student": role},
        **_dates(student.id, rng),
    }


def school(*, district: str, school: School) -> Json:
    return {
        "id": school.id,
        "district": district,
        "name": school.name,
        "low_grade": "Kindergarten" if school.low_grade == 0 else str(school.low_grade),
        "high_grade": str(school.high_grade),
        "sis_id": school.id[-4:],
        "created": timestamp(rows.created_at(school.id) * 1000),
        "last_modified": timestamp(rows.created_at(school.id) * 1000),
    }


def district(*, district_id: str, name: str) -> Json:
    return {
        "id": district_id,
        "name": name,
        "state": "success",
        "sis_type": "sftp_sync",
        "login_methods": ["Username / Password"],
        "mdr_number": "",
        "nces_id": "",
        "error": "",
    }
