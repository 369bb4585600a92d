"""Whatever V2 and V3 say, in whatever order it comes in: nobody becomes more mailable."""

import json
from dataclasses import dataclass

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audits import changing, granting, scanning
from audits.models import Finding, Grant
from contacts import connecting, importing, working
from contacts.constant_contact import consent
from contacts.models import Job
from tests.contacts import mail_facts
from tests.factories import MailSourceFactory

pytestmark = pytest.mark.django_db

STATUSES = [*consent.Status, "SOMETHING_NEW", ""]
CONFIRMED = ["CONFIRMED", "NO_CONFIRMATION_REQUIRED", "UNCONFIRMED", "ODD", ""]
SOURCES = ["ACTION_BY_VISITOR", "ACTION_BY_OWNER", "ACTION_BY_SYSTEM", "ODD", ""]
PERMISSIONS = [*consent.Permission, "pending", "unsubscribe", "mailable", ""]
LIST = 7


@dataclass(frozen=True)
class Person:
    """What each version says of somebody, and how the two are known to be one."""

    status: str
    email_status: str
    confirm_status: str
    opt_in_source: str
    permission: str
    in_v2: bool
    in_v3: bool
    deleted: bool
    on_list: bool
    xref: bool
    told: bool

    @property
    def may_be_mailed(self) -> bool:
        """Say whether both versions allow it, and the way from one to the other."""
        current = consent.permission(self.permission)
        supported = consent.supported(
            contact_status=self.status,
            email_status=self.email_status,
            confirm_status=self.confirm_status,
            opt_in_source=self.opt_in_source,
        )
        known = self.in_v2 and self.in_v3 and (self.xref or self.told)
        return (
            known
            and not self.deleted
            and self.on_list
            and current in consent.SENDABLE
            and not consent.is_raised(current, supported)
        )


flags = st.booleans()
likely = st.sampled_from([True, True, True, False])
people = st.builds(
    Person,
    status=st.sampled_from(STATUSES),
    email_status=st.sampled_from(STATUSES),
    confirm_status=st.sampled_from(CONFIRMED),
    opt_in_source=st.sampled_from(SOURCES),
    permission=st.sampled_from(PERMISSIONS),
    in_v2=likely,
    in_v3=likely,
    deleted=st.sampled_from([False, False, False, True]),
    on_list=likely,
    xref=likely,
    told=flags,
)
mailable = st.builds(
    Person,
    status=st.just("ACTIVE"),
    email_status=st.just("ACTIVE"),
    confirm_status=st.sampled_from(["CONFIRMED", "NO_CONFIRMATION_REQUIRED"]),
    opt_in_source=st.sampled_from(["ACTION_BY_VISITOR", "ACTION_BY_OWNER"]),
    permission=st.sampled_from(["explicit", "implicit"]),
    in_v2=st.just(value=True),
    in_v3=st.just(value=True),
    deleted=st.just(value=False),
    on_list=st.just(value=True),
    xref=flags,
    told=flags,
)
STEPS = ["legacy", "current", "grants", "scan", "current", "scan"]


class World:
    """An account with some people, and the steps by which it comes in."""

    def __init__(self, everybody, folder):
        self.everybody = dict(enumerate(everybody, 1))
        self.folder = folder
        self.source = MailSourceFactory(token="t")
        self.account = mail_facts.Account(self.source)
        self.account.mailing_lists = [
            {"list_id": mail_facts.v3_list(LIST), "name": "News"}
        ]
        self.account.known_lists = {str(LIST): mail_facts.v3_list(LIST)}
        self.account.people = [
            self._current(number, person)
            for number, person in self.everybody.items()
            if person.in_v3
        ]
        self.account.xrefs = {
            mail_facts.v2_id(number): mail_facts.v3_id(number)
            for number, person in self.everybody.items()
            if person.xref
        }

    def _current(self, number, person):
        told = {"deleted_at": "2024-02-01"} if person.deleted else {}
        lists = [LIST] if person.on_list and not person.deleted else []
        return mail_facts.contact(number, *lists, permission=person.permission, **told)

    def _legacy(self, number, person):
        told = {"contact_id": mail_facts.v3_id(number)} if person.told else {}
        raw = mail_facts.legacy(number, LIST, status=person.status, **told)
        raw["email_addresses"][0] |= {
            "status": person.email_status,
            "confirm_status": person.confirm_status,
            "opt_in_source": person.opt_in_source,
        }
        return raw

    def take(self, step):
        getattr(self, f"_take_{step}")()

    def _take_legacy(self):
        path = self.folder / "legacy.ndjson"
        told = [self._legacy(*each) for each in self.everybody.items() if each[1].in_v2]
        path.write_text("\n".join(map(json.dumps, told)) or "[]")
        self._done(importing.start_legacy_files, paths=[path])

    def _take_current(self):
        self._done(importing.start_current)

    def _take_grants(self):
        path = self.folder / "grants.csv"
        rows = [
            f"{number},{mail_facts.v2_id(number)},{LIST},send_email"
            for number in self.everybody
        ]
        path.write_text("\n".join(["grant_id,contact_id,list_id,privilege", *rows]))
        self._done(granting.start_grants, path=path, complete=True)

    def _take_scan(self):
        self._done(scanning.start)

    def _done(self, start, **told):
        job = working.run_here(start(source=self.source, by=None, **told))
        assert job.state in {Job.State.DONE, Job.State.FAILED}, job.error


def assert_nobody_is_more_mailable(world):
    advice = dict(
        Finding.objects.filter(source=world.source)
        .open()
        .values_list("grant_ref", "recommendation")
    )
    for grant in Grant.objects.filter(source=world.source).active():
        person = world.everybody[int(grant.external_id)]
        if not person.may_be_mailed:
            assert advice.get(grant.external_id) in {"hold", "revoke"}, person
    for proposed in changing.changes(world.source):
        _assert_lowered(world, proposed)


def _assert_lowered(world, proposed):
    body = proposed.change.body
    before = json.loads(proposed.match.contact.consent.body)
    now = consent.permission(before.get("permission_to_send", ""))
    then = consent.permission(body["email_address"]["permission_to_send"])
    if then in consent.SENDABLE:
        assert now is not None
        assert consent.strength(then) <= consent.strength(now)
    assert set(body.get("list_memberships", ())) <= set(before.get("lists", ()))


@pytest.mark.timeout(300)
@given(
    everybody=st.lists(people | mailable, min_size=1, max_size=5),
    order=st.permutations(STEPS[:3]),
)
@settings(
    max_examples=10,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_no_order_of_imports_makes_anybody_more_mailable(
    everybody, order, tmp_path, monkeypatch
):
    with transaction.atomic():
        world = World(everybody, tmp_path)
        opened = mail_facts.opening(world.account)
        monkeypatch.setattr(connecting, "mail", opened)

        for step in [*order, *STEPS[3:]]:
            world.take(step)
            if step == "scan":
                assert_nobody_is_more_mailable(world)

        transaction.set_rollback(True)
