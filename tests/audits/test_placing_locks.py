"""Two people at once: one field for one kind, and no preview of what is taken back.

SQLite lets one writer after the other in by itself; PostgreSQL needs the source's lock.
"""

import threading
import time
from contextlib import contextmanager

import pytest
from django.db import connection

from audits import places, placing
from audits.models import LossDecision, WriteRun
from audits.writes import runs
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)

A_WHILE = 0.4


@pytest.fixture
def source():
    source = factories.MailSourceFactory()
    factories.MailAccountFactory(source=source, may_write=True)
    return source


@pytest.fixture
def approver(source):
    return factories.UserFactory(is_superuser=True, sources=[source])


def slowly(monkeypatch, module, name, reached):
    """Let a function end late, so that whoever does not wait for it is surely first."""
    real = getattr(module, name)

    def slow(*told, **named):
        answer = real(*told, **named)
        reached.set()
        time.sleep(A_WHILE)
        return answer

    monkeypatch.setattr(module, name, slow)


@contextmanager
def beside(act):
    """Do something in another thread, on a connection of its own."""

    def run():
        try:
            act()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    yield
    thread.join(timeout=30)


def into(source, field, rule, by):
    losses = placing.open_of_kind(source, rule, rule)
    return placing.decide_kind(
        source=source,
        rule=rule,
        field_kind=rule,
        choice=placing.Choice("custom_field", "it fits", field.external_id),
        seen=placing.freeze(losses),
        by=by,
    )


def test_two_kinds_do_not_take_one_field(source, approver, monkeypatch):
    field = factories.CustomFieldFactory(source=source)
    for rule in ("addresses-over-limit", "phones-over-limit"):
        factories.LossFactory(source=source, rule=rule, field=rule, field_kind=rule)
    reached = threading.Event()
    slowly(monkeypatch, places, "is_taken", reached)

    with beside(lambda: into(source, field, "addresses-over-limit", approver)):
        assert reached.wait(timeout=20)
        with pytest.raises(placing.NoRoom):
            into(source, field, "phones-over-limit", approver)

    assert LossDecision.objects.count() == 1


def test_what_a_preview_begins_with_is_not_taken_back(source, approver, monkeypatch):
    decision = factories.LossDecisionFactory(source=source)
    reached = threading.Event()
    slowly(monkeypatch, runs, "record", reached)

    with beside(lambda: runs.prepare(source=source, by=approver)):
        assert reached.wait(timeout=20)
        with pytest.raises(placing.NotAllowed, match="withdraw it first"):
            placing.withdraw(decision, by=approver, reason="no")

    assert WriteRun.objects.unfinished().exists()
