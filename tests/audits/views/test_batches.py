"""Batches on the page: a set looked at, narrowed, confirmed by its number, undone."""

import re

import pytest
from django.urls import reverse

from audits import deciding
from audits.models import Batch, Decision, Event, Finding
from contacts.models import Job
from tests import factories, reviewing
from tests.audits.batches.desk import FEW, Desk

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_lot(settings):
    settings.SECOND_LOOK_SAMPLE_PERCENT = 0


@pytest.fixture
def desk():
    desk = Desk()
    desk.grants(50 * (FEW + 2))
    return desk


@pytest.fixture
def reader(desk):
    return reviewing.logged_in(desk.rita)


def address(desk, name, *args):
    return reverse(f"audits:{name}", args=[desk.source.slug, *args])


def told(answer):
    """Give a page in one line: how a template breaks its lines says nothing."""
    return re.sub(r">\s+<", "><", " ".join(answer.content.decode().split()))


def look(reader, desk, query="", kind="revoke"):
    """Open the page of a set."""
    query = query or f"situation={desk.situation.pk}"
    return reader.get(f"{address(desk, 'batch-new')}?{query}&kind={kind}")


def sent(page, **changes):
    """Fill in the form of a page as a person does."""
    frozen = page.context["preview"].frozen
    return {
        "query": page.context["chosen"].query(),
        "kind": page.context["kind"],
        "count": frozen.count,
        "fingerprint": frozen.fingerprint,
        "top": frozen.top,
        "seq": frozen.seq,
        "x": list(page.context["preview"].scope.excluded),
        "reason_code": "v3_says",
        "reason": "v3 has no relationship",
        "typed": str(frozen.count),
        **changes,
    }


def start(reader, desk, page, *, follow=False, **changes):
    return reader.post(
        address(desk, "batch-start"), sent(page, **changes), follow=follow
    )


class TestASet:
    def test_is_shown_with_its_sentence_items_and_ways(self, desk, reader):
        desk.findings(contact_name="Ana Diaz")

        page = told(look(reader, desk, kind=""))

        assert "Decide 3 findings in one act" in page
        assert "This privilege for this student: v3 has no relationship." in page
        assert "Ana Diaz" in page
        assert "recommended for 3" in page
        assert "Type 3 to confirm" not in page

    def test_shows_the_effect_of_a_decision(self, desk, reader):
        desk.findings()

        page = told(look(reader, desk))

        assert '<dt>Revoked</dt><dd class="tnum"> 3 </dd>' in page
        assert "As recommended, all of them" in page
        assert "Type 3 to confirm" in page

    def test_says_what_does_not_go_by_batch_and_why(self, desk, reader):
        desk.findings()
        desk.findings(2, situation=desk.judged(rule="entries-conflict"))

        page = told(look(reader, desk, "severity=medium"))

        assert "v3 contradicts itself: decided one by one." in page
        assert "Type 3 to confirm" in page

    def test_is_narrowed_by_facets_and_what_is_taken_out(self, desk, reader):
        out, *_ = desk.findings()
        desk.findings(2, privilege_class="release", privilege="pick_up")

        page = look(reader, desk, f"privilege_class=emergency&x={out.pk}")

        assert page.context["preview"].frozen.count == 2
        assert [row.finding.pk for row in page.context["taken_out"]] == [out.pk]
        links = re.findall(r'href="\?([^"]*)"', page.content.decode())
        assert any(
            "privilege_class=release" in link and f"x={out.pk}" in link
            for link in links
        )

    def test_is_shown_whole_by_pages(self, desk, reader):
        desk.findings(30)

        first = look(reader, desk, f"situation={desk.situation.pk}&show=all")

        assert len(first.context["all_items"]) == 25
        assert first.context["page"].after

    def test_of_another_sources_situation_is_not_here(self, desk, reader):
        foreign = factories.JudgedSituationFactory()

        assert look(reader, desk, f"situation={foreign.pk}").status_code == 404

    def test_with_a_foreign_finding_taken_out_is_not_here(self, desk, reader):
        desk.findings()
        foreign = factories.FindingFactory()

        query = f"situation={desk.situation.pk}&x={foreign.pk}"

        assert look(reader, desk, query).status_code == 404

    def test_with_10_000_ids_taken_out_is_refused(self, desk, reader):
        desk.findings()
        many = "&".join(f"x={n}" for n in range(1, 701))

        assert look(reader, desk, f"rule=not-related&{many}").status_code == 413

    def test_asks_the_same_number_of_statements_however_large(
        self, desk, reader, django_assert_max_num_queries
    ):
        desk.findings(30)
        look(reader, desk)

        with django_assert_max_num_queries(34):
            look(reader, desk)

    def test_of_a_mailing_account_speaks_of_lists(self):
        source = factories.MailSourceFactory()
        desk = Desk(source=source)
        desk.findings(privilege_class="mailing", list_name="News", student_name="")

        page = told(look(reviewing.logged_in(desk.rita), desk))

        assert '<th scope="col">List</th>' in page
        assert "News" in page

    def test_is_for_those_who_may_decide(self, desk):
        viewer = reviewing.person("viewer", desk.source)

        assert look(reviewing.logged_in(viewer), desk).status_code == 403


class TestStart:
    def test_decides_what_was_seen(self, desk, reader):
        findings = desk.findings()

        answer = start(reader, desk, look(reader, desk), follow=True)

        batch = Batch.objects.get()
        assert answer.redirect_chain == [(address(desk, "batch-detail", batch.pk), 302)]
        assert "Decided: revoke 3 findings." in told(answer)
        assert (batch.reason_code, batch.decided_by) == ("v3_says", desk.rita)
        for finding in findings:
            finding.refresh_from_db()
            assert finding.decision.batch == batch
            assert finding.decision.reason_code == "v3_says"

    @pytest.mark.parametrize("typed", ["", "2", "30", "three"])
    def test_asks_for_the_number(self, desk, reader, typed):
        desk.findings()

        answer = start(reader, desk, look(reader, desk), typed=typed)

        assert answer.status_code == 422
        assert "Type 3 to say that you mean all of them." in told(answer)
        assert "v3 has no relationship" in told(answer)
        assert not Decision.objects.exists()

    def test_takes_the_number_with_its_commas(self, desk, reader):
        desk.findings()

        assert start(reader, desk, look(reader, desk), typed=" 3,").status_code == 302

    def test_refuses_a_set_that_changed_and_says_how(self, desk, reader):
        findings = desk.findings()
        page = look(reader, desk)
        deciding.decide(
            findings[0],
            kind="hold",
            reason="asked",
            by=desk.rita,
            version=1,
            evidence=findings[0].evidence,
        )

        answer = start(reader, desk, page)

        assert answer.status_code == 409
        assert "1 decided meanwhile by rita" in told(answer)
        assert "Type 2 to confirm" in told(answer)
        assert Decision.objects.count() == 1

    def test_sent_twice_decides_once(self, desk, reader):
        desk.findings()
        page = look(reader, desk)
        start(reader, desk, page)

        assert start(reader, desk, page).status_code == 409

        assert Decision.objects.count() == FEW
        assert Event.objects.filter(action="finding.decided").count() == FEW

    def test_never_decides_more_than_was_seen(self, desk, reader):
        """A form of a small set, sent with the query of a larger one."""
        desk.findings()
        desk.findings(2, situation=desk.judged())

        page = look(reader, desk)
        answer = start(reader, desk, page, query="rule=not-related")

        assert answer.status_code == 409
        assert not Decision.objects.exists()

    def test_with_an_id_of_another_source_is_refused_whole(self, desk, reader):
        desk.findings()
        foreign = factories.FindingFactory(rule="not-related")

        answer = start(reader, desk, look(reader, desk), x=[foreign.pk])

        assert answer.status_code == 404
        assert not Decision.objects.exists()

    def test_of_another_sources_situation_is_refused(self, desk, reader):
        desk.findings()
        foreign = factories.FindingFactory(rule="not-related")
        page = look(reader, desk)

        answer = start(reader, desk, page, query=f"situation={foreign.situation_id}")

        assert answer.status_code == 404
        foreign.refresh_from_db()
        assert foreign.state == Finding.State.OPEN

    @pytest.mark.parametrize(
        "changed",
        [
            {"kind": "delete"},
            {"kind": ""},
            {"fingerprint": "x"},
            {"count": -1},
            {"reason": " "},
            {"reason_code": "because"},
            {"seq": "9" * 40},
        ],
    )
    def test_refuses_a_form_that_was_tampered_with(self, desk, reader, changed):
        desk.findings()

        answer = start(reader, desk, look(reader, desk), **changed)

        assert answer.status_code == 422
        assert not Decision.objects.exists()

    def test_leaves_a_large_batch_to_a_worker(self, desk, reader, monkeypatch):
        monkeypatch.setattr("audits.batching.AT_ONCE", 2)
        desk.findings()

        answer = start(reader, desk, look(reader, desk), follow=True)

        assert Job.objects.get().kind == "batch_decide"
        page = told(answer)
        assert "Under way" in page
        assert 'hx-trigger="every 1s"' in page
        desk.work(Batch.objects.get())
        page = told(reader.get(address(desk, "batch-detail", Batch.objects.get().pk)))
        assert "Under way" not in page
        assert "Undo the batch" in page


class TestABatch:
    def test_is_listed_with_what_was_decided(self, desk, reader):
        desk.findings()
        desk.decide(reason="gone for good")

        page = told(reader.get(address(desk, "batch-list")))

        assert "Revoke 3 findings" in page
        assert "gone for good" in page

    def test_is_listed_in_its_own_source_alone(self, desk, reader):
        factories.BatchFactory()

        assert "No batch yet" in told(reader.get(address(desk, "batch-list")))

    def test_is_undone_by_one_click(self, desk, reader):
        findings = desk.findings()
        batch = desk.decide()

        answer = reader.post(
            address(desk, "batch-undo", batch.pk), {"reason": "too soon"}, follow=True
        )

        assert "Undone: 3 opened again." in told(answer)
        for finding in findings:
            finding.refresh_from_db()
            assert (finding.state, finding.decision) == ("open", None)

    def test_names_what_went_on_since(self, desk, reader):
        (looked,) = desk.findings(1, contact_name="Ana Diaz")
        desk.findings(2)
        batch = desk.decide()
        boss = factories.UserFactory(username="boss")
        Decision.objects.filter(finding=looked).update(
            second_by=boss, second_at=factories.AT
        )
        Finding.objects.filter(pk=looked.pk).update(state=Finding.State.APPROVED)

        page = told(reader.get(address(desk, "batch-detail", batch.pk)))

        assert "2 of 3 stand as this batch left them" in page
        assert "Went on since: 1" in page
        assert "second look taken by boss" in page

    def test_without_a_reason_stays(self, desk, reader):
        desk.findings()
        batch = desk.decide()

        answer = reader.post(address(desk, "batch-undo", batch.pk), {})

        assert answer.status_code == 422
        assert "Say why" in told(answer)

    def test_undone_stays_undone(self, desk, reader):
        desk.findings()
        batch = desk.decide()
        undo = address(desk, "batch-undo", batch.pk)
        reader.post(undo, {"reason": "too soon"})

        assert reader.post(undo, {"reason": "too soon"}).status_code == 409

    def test_offers_no_undo_to_another_reviewer(self, desk):
        desk.findings()
        batch = desk.decide()
        other = reviewing.logged_in(reviewing.person("reviewer", desk.source))

        page = told(other.get(address(desk, "batch-detail", batch.pk)))
        answer = other.post(address(desk, "batch-undo", batch.pk), {"reason": "mine"})

        assert "Undo the batch" not in page
        assert answer.status_code == 422
        assert Batch.objects.get().state == Batch.State.DONE
