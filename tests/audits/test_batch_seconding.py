"""The second look at a whole batch: another person's, at the number that was seen."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from audits import batch_seconding, deciding, seconding, trail
from audits.batches import looking
from audits.models import Decision, Event, Finding, SituationTally
from contacts.models import Job
from tests import factories, reviewing
from tests.audits.batches.desk import FEW, Desk

State = Finding.State


@pytest.fixture
def desk(db):
    """Make a desk with so few grants that any batch needs a second look."""
    return Desk()


@pytest.fixture
def anna(desk):
    return factories.UserFactory(
        username="anna", roles=["approver"], sources=[desk.source]
    )


@pytest.fixture
def batch(desk):
    desk.findings()
    desk.count()
    return desk.decide()


def confirm(batch, by, count=FEW):
    return batch_seconding.confirm(batch, by=by, count=count)


def send_back(batch, by, count=FEW, note="which school?"):
    return batch_seconding.send_back(batch, by=by, note=note, count=count)


def states():
    return list(Finding.objects.order_by("pk").values_list("state", flat=True))


def chain_is_whole():
    link = ""
    for event in Event.objects.order_by("seq"):
        if event.prev_hash != link or trail.digest(event) != event.hash:
            return False
        link = event.hash
    return True


def test_a_large_batch_waits_as_a_whole(batch, anna, desk):
    assert batch.needs_second_look
    assert states() == [State.AWAITING_SECOND] * FEW

    (waiting,) = looking.waiting_for(anna, desk.source)

    assert (waiting.batch, waiting.count, waiting.is_late) == (batch, FEW, False)
    assert looking.waiting_for(desk.rita, desk.source) == []


def test_confirming_approves_every_item_with_an_event(batch, anna):
    confirm(batch, anna)

    assert states() == [State.APPROVED] * FEW
    for decision in Decision.objects.select_related("finding"):
        assert decision.second_by == anna
        assert decision.second_at is not None
        assert (decision.finding.version, decision.finding.decision) == (3, decision)
    events = Event.objects.filter(action="finding.confirmed")
    assert {event.object_id for event in events} == {
        str(pk) for pk in Finding.objects.values_list("pk", flat=True)
    }
    assert {event.batch_id for event in events} == {f"batch-{batch.pk}"}
    assert {event.actor for event in events} == {"anna"}
    one = events.first()
    assert one.before == {"state": "awaiting_second", "version": 2}
    assert (one.after["state"], one.after["version"]) == ("approved", 3)
    assert chain_is_whole()


def test_sending_back_opens_every_item_with_the_note(batch, anna, desk):
    send_back(batch, anna)

    assert states() == [State.OPEN] * FEW
    assert not Finding.objects.filter(decision__isnull=False).exists()
    for decision in Decision.objects.all():
        assert (decision.returned_by, decision.return_note) == (anna, "which school?")
        assert decision.superseded_at == decision.returned_at
    events = Event.objects.filter(action="finding.returned")
    assert [event.reason for event in events] == ["which school?"] * FEW
    tally = SituationTally.objects.get(situation=desk.situation)
    assert (tally.open, tally.decided) == (FEW, 0)
    assert chain_is_whole()


def test_what_was_looked_at_alone_is_left_as_it_is(batch, anna):
    alone = Decision.objects.order_by("pk").first()
    seconding.send_back(alone, by=anna, note="not this one", version=2)

    confirm(batch, anna, count=FEW - 1)

    assert sorted(states()) == ["approved"] * (FEW - 1) + ["open"]


@pytest.mark.parametrize("act", [confirm, send_back])
def test_another_number_than_was_seen_is_refused(batch, anna, act):
    with pytest.raises(deciding.StaleEvidence, match="3 of this batch wait now"):
        act(batch, anna, count=FEW + 1)

    assert states() == [State.AWAITING_SECOND] * FEW


@pytest.mark.parametrize("act", [confirm, send_back])
def test_nobody_looks_at_their_own_batch(desk, anna, act):
    desk.findings()
    own = desk.decide(by=anna)

    with pytest.raises(seconding.OwnDecision):
        act(own, anna)

    assert states() == [State.AWAITING_SECOND] * FEW


@pytest.mark.parametrize("act", [confirm, send_back])
@pytest.mark.parametrize("who", ["a reviewer", "a stranger"])
def test_only_an_approver_of_the_source_looks(batch, desk, act, who):
    other = (
        factories.UserFactory(roles=["reviewer"], sources=[desk.source])
        if who == "a reviewer"
        else factories.UserFactory(roles=["approver"])
    )

    with pytest.raises(deciding.NotAllowed):
        act(batch, other)


def test_sending_back_needs_a_note(batch, anna):
    with pytest.raises(deciding.NoReason):
        send_back(batch, anna, note=" ")


@pytest.mark.parametrize(
    ("act", "state"), [(confirm, State.APPROVED), (send_back, State.OPEN)]
)
def test_a_large_one_is_left_to_a_worker(batch, anna, desk, act, state, monkeypatch):
    monkeypatch.setattr(batch_seconding, "AT_ONCE", 1)

    act(batch, anna)
    assert states() == [State.AWAITING_SECOND] * FEW
    desk.work(batch)

    assert states() == [state] * FEW
    job = Job.objects.get(kind="batch_look")
    assert (job.state, job.rows_done) == ("done", FEW)


def test_a_worker_that_finds_another_number_does_nothing(
    batch, anna, desk, monkeypatch
):
    monkeypatch.setattr(batch_seconding, "AT_ONCE", 1)
    confirm(batch, anna)
    alone = Decision.objects.order_by("pk").first()
    seconding.send_back(alone, by=anna, note="not this one", version=2)

    desk.work(batch)

    assert sorted(states()) == ["awaiting_second"] * (FEW - 1) + ["open"]
    assert Job.objects.get(kind="batch_look").state == "failed"


def test_a_late_batch_says_so(batch, anna, desk):
    seconding.escalate(at=timezone.now() + timedelta(days=4))

    (waiting,) = looking.waiting_for(anna, desk.source)

    assert waiting.is_late


class TestPage:
    @pytest.fixture
    def reader(self, anna):
        return reviewing.logged_in(anna)

    def address(self, name, batch, *args):
        return reverse(f"audits:{name}", args=[batch.source.slug, *args])

    def post(self, reader, batch, name, **told):
        url = self.address(name, batch, batch.pk)
        return reader.post(url, {"count": FEW, **told}, follow=True)

    def test_shows_the_batch_on_top(self, batch, reader):
        page = reader.get(self.address("second-look", batch)).content.decode()

        assert f"Batch {batch.pk}: revoke 3 findings" in page
        assert "Type 3 to confirm all" in page

    def test_confirms_once_the_number_is_typed(self, batch, reader):
        page = self.post(reader, batch, "batch-confirm", typed="3").content.decode()

        assert f"Confirmed: 3 of batch {batch.pk}." in page
        assert states() == [State.APPROVED] * FEW

    @pytest.mark.parametrize("typed", ["", "2", "three"])
    def test_does_nothing_where_it_is_not(self, batch, reader, typed):
        page = self.post(reader, batch, "batch-confirm", typed=typed).content.decode()

        assert "Type 3 to say that you mean all of them." in page
        assert states() == [State.AWAITING_SECOND] * FEW

    def test_sends_back(self, batch, reader):
        page = self.post(reader, batch, "batch-return", note="why?").content.decode()

        assert f"Sent back: 3 of batch {batch.pk} are open again." in page
        assert states() == [State.OPEN] * FEW

    def test_says_what_is_missing(self, batch, reader):
        page = self.post(reader, batch, "batch-return", note="").content.decode()

        assert "who decided must know what to look at again" in page

    def test_says_that_the_number_is_another(self, batch, reader):
        page = self.post(
            reader, batch, "batch-confirm", count=4, typed="4"
        ).content.decode()

        assert "3 of this batch wait now" in page

    def test_leads_to_the_batch_where_a_worker_does_it(
        self, batch, reader, monkeypatch
    ):
        monkeypatch.setattr(batch_seconding, "AT_ONCE", 1)
        url = self.address("batch-confirm", batch, batch.pk)

        answer = reader.post(url, {"count": FEW, "typed": "3"})

        assert answer.url == self.address("batch-detail", batch, batch.pk)

    def test_a_reviewer_may_not(self, batch, desk):
        other = reviewing.logged_in(reviewing.person("reviewer", desk.source))

        for name in ("batch-confirm", "batch-return"):
            url = self.address(name, batch, batch.pk)
            assert other.post(url, {"count": 3, "typed": "3"}).status_code == 403
