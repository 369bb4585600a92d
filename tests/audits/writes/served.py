"""A small account that is served over HTTP and stored as if it had been imported."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import msgspec

from audits.models import WriteItem, WriteRun
from audits.writes import runs
from contacts import working
from contacts.constant_contact import parsing
from contacts.models import Job, Match
from contacts.sandbox.account import ACCOUNT_ID, ACCOUNT_NAME, Account
from contacts.sandbox.account_server import AccountSandbox, Behaviour
from contacts.sandbox.faults import Fault, Kind
from contacts.sandbox.serving import running
from tests import factories
from tests.audits import accounts
from tests.audits.accounts import legacy_record

TOKEN = "make-believe-token"
PARTS = (
    "custom_fields",
    "list_memberships",
    "phone_numbers",
    "street_addresses",
    "taggings",
    "notes",
)

FIELD = {
    "custom_field_id": factories.uuid(0xF1),
    "label": "Hobby",
    "name": "hobby",
    "type": "string",
    "created_at": "2019-03-02T09:30:00Z",
    "updated_at": "2019-03-02T09:30:00Z",
}


def served(number: int, **told: Any) -> dict[str, Any]:
    """Make a V3 contact as the provider writes it."""
    email = {
        "address": told.pop("address", f"ana{number}@example.org"),
        "permission_to_send": told.pop("permission", "implicit"),
        "confirm_status": "off",
        "opt_in_source": "Account",
        "opt_in_date": "2019-03-02T09:30:00Z",
        "created_at": "2019-03-02T09:30:00Z",
        "updated_at": "2019-03-02T09:30:00Z",
    }
    return {
        "contact_id": factories.uuid(number),
        "email_address": email,
        "first_name": "Ana",
        "create_source": "Account",
        "update_source": "Account",
        "created_at": "2019-03-02T09:30:00Z",
        "updated_at": "2019-03-02T09:30:00Z",
        **{name: [] for name in PARTS},
        **told,
    }


def account_of(contacts: list[dict[str, Any]]) -> Account:
    """Make an account that holds these contacts and nothing else."""
    return Account(
        seed=0,
        today=date(2026, 3, 2),
        id=ACCOUNT_ID,
        name=ACCOUNT_NAME,
        legacy_contacts=[],
        contacts=contacts,
        legacy_lists=[],
        lists=[],
        custom_fields=[FIELD],
        xrefs={},
        list_xrefs={},
        grants=[],
        restrictions=[],
        truth={},
        losses=set(),
        match_states={},
        scenarios={},
    )


@dataclass
class Served:
    """A source, the provider behind it, and the two people it takes to write."""

    source: Any
    sandbox: AccountSandbox
    maker: Any
    approver: Any
    matches: list[Match] = field(default_factory=list)

    def contact(self, number: int) -> dict[str, Any]:
        """Give a contact as the provider has it now."""
        found = self.sandbox.reader.answer(
            f"/v3/contacts/{factories.uuid(number)}?include={','.join(PARTS)}"
        )
        told: dict[str, Any] = json.loads(found.body)
        return told

    def change(self, number: int, **told: Any) -> None:
        """Change a contact at the provider, as somebody else would."""
        now = self.contact(number)
        body = {
            "update_source": "Account",
            "email_address": {
                "address": now["email_address"]["address"],
                "permission_to_send": now["email_address"]["permission_to_send"],
            },
            "first_name": now["first_name"],
            **told,
        }
        answer = self.sandbox.writer.put(
            factories.uuid(number), json.dumps(body).encode()
        )
        assert answer.status == 200

    def fault(self, kind: Kind, **told: Any) -> None:
        """Let the provider fail: ``at=2`` strikes the request after the first look."""
        self.sandbox.faults.set([Fault(kind, **told)])

    def puts(self, number: int) -> int:
        """Count how often a contact was changed; reading has a query behind the path."""
        return self._asked(f"/v3/contacts/{factories.uuid(number)}")

    def posts(self) -> int:
        """Count how often somebody was added."""
        return self._asked("/v3/contacts")

    def _asked(self, path: str) -> int:
        paths: dict[str, int] = self.sandbox.log.told()["paths"]
        return paths.get(path, 0)

    def requests(self) -> int:
        """Count all requests."""
        return int(self.sandbox.log.told()["requests"])

    def prepare(self, *additions: str) -> WriteRun:
        """Make a preview to its end."""
        run = runs.prepare(source=self.source, by=self.maker, additions=additions)
        made = runs.job_of(run)
        assert made is not None
        job = working.run_here(made)
        assert job.state == Job.State.DONE, job.error
        run.refresh_from_db()
        return run

    def approved(self, *additions: str) -> WriteRun:
        """Make a run that may be sent."""
        run = self.prepare(*additions)
        runs.ask(run, by=self.maker, reason="V3 lacks it")
        runs.confirm(run, by=self.approver, sha256=run.sha256)
        return run

    def send(self, run: WriteRun) -> Job:
        """Let a worker do one attempt at a run's job."""
        job = runs.job_of(run)
        if job is None or job.kind != runs.SEND:
            job = runs.start(run, by=self.maker)
        working.work(job.pk)
        job.refresh_from_db()
        run.refresh_from_db()
        return job


def items(run: WriteRun) -> list[tuple[str, str]]:
    """Give each item's state and words, in their order."""
    told = WriteItem.objects.filter(run=run).order_by("place")
    return list(told.values_list("state", "words"))


@contextmanager
def serving(
    *people: tuple[Any, dict[str, Any] | None], **behaviour: Any
) -> Iterator[Served]:
    """Serve the second of each pair, and store both sides of it as one person."""
    contacts = [current for _, current in people if current]
    told = {"per_second": 100_000, "per_day": 100_000, **behaviour}
    sandbox = AccountSandbox(
        account_of(contacts), token=TOKEN, behaviour=Behaviour(**told)
    )
    with running(sandbox):
        source = factories.MailSourceFactory(api_url=sandbox.url, token=TOKEN)
        factories.MailAccountFactory(source=source, may_write=True)
        factories.SnapshotFactory(source=source)
        made = Served(
            source,
            sandbox,
            factories.UserFactory(roles=["operator"], sources=[source]),
            factories.UserFactory(roles=["approver"], sources=[source]),
        )
        made.matches += [_stored(source, *pair) for pair in people]
        yield made


def _stored(source: Any, legacy: Any, current: dict[str, Any] | None) -> Match:
    if current is None:
        return accounts.pair(source, legacy)
    record = parsing.parse_contact(msgspec.json.encode(current))
    return accounts.pair(source, legacy, record)


def clerk(number: int = 1, **told: Any) -> tuple[Any, dict[str, Any]]:
    """Make a person of whom V2 tells a job title that V3 lacks."""
    return legacy_record(number, job_title="Clerk"), served(number, **told)
