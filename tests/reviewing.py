"""One reviewed family: an aunt of Leo whom v2 told to be a parent of both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.test import Client

from tests.factories import (
    ContactFactory,
    FindingFactory,
    GrantFactory,
    JudgedSituationFactory,
    LegacyContactFactory,
    MatchFactory,
    PolicyVersionFactory,
    SourceFactory,
    StudentFactory,
    UserFactory,
)

SENTENCE = (
    "{privilege} for {student} rests on v2 ‘Parent’; v3 says Aunt/Uncle (Family)."
)
PRIVILEGES = {
    "view_grades": "records",
    "pick_up": "release",
    "newsletter": "general_messages",
}


@dataclass
class Family:
    """A person with a nephew and a child, a critical finding and a confirmed grant."""

    source: Any
    leo: Any
    mia: Any
    match: Any
    grant: Any
    confirmed: Any
    finding: Any


def family(**finding_facts: object) -> Family:
    """Make a family in a source of its own."""
    source = SourceFactory()
    leo = StudentFactory(source=source, name="Leo Diaz", grade="4")
    mia = StudentFactory(source=source, name="Mia Lopez", grade="2")
    legacy = LegacyContactFactory(
        source=source, name="Ana Diaz", students=[leo.external_id, mia.external_id]
    )
    contact = ContactFactory(
        source=source,
        name="Ana Diaz",
        legacy_id=legacy.external_id,
        entries=[
            (leo.external_id, "Aunt/Uncle", "Family"),
            (mia.external_id, "Parent", "Parent/Guardian"),
        ],
    )
    match = MatchFactory(source=source, legacy_contact=legacy, contact=contact)
    policy = PolicyVersionFactory(
        source=source, body={"name": "p", "privileges": PRIVILEGES, "rules": []}
    )
    held = {"source": source, "match": match, "contact_ref": legacy.external_id}
    grant = GrantFactory(
        **held, student_ref=leo.external_id, student_key=leo.external_id
    )
    confirmed = GrantFactory(
        **held, student_ref=mia.external_id, student_key=mia.external_id
    )
    situation = JudgedSituationFactory(
        source=source, policy=policy, sentence=SENTENCE, body=situation_body()
    )
    facts = {"student_name": "Leo Diaz", "contact_v3_id": contact.external_id}
    finding = FindingFactory(
        source=source,
        grant=grant,
        match=match,
        situation=situation,
        **{**facts, **finding_facts},
    )
    return Family(source, leo, mia, match, grant, confirmed, finding)


def situation_body(**changes: object) -> dict[str, object]:
    """Give a situation as it is stored."""
    return {
        "privilege_class": "records",
        "basis_kind": "v2_relationship",
        "basis": ["Parent", "Parent/Guardian"],
        "match": "matched",
        "own_record": False,
        "subject": "present",
        "entries": [["Aunt/Uncle", "Family"]],
        "several_students": True,
        "restrictions": [],
        "checked": True,
        **changes,
    }


def person(role: str, *sources: Any) -> Any:
    """Make somebody with a role who is let in to some sources."""
    return UserFactory(roles=[role], sources=list(sources))


def logged_in(user: User) -> Client:
    """Give a browser in which somebody is logged in."""
    client = Client()
    client.force_login(user)
    return client
