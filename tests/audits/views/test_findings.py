"""The queue, one finding with its evidence, and deciding in place."""

import zlib
from hashlib import sha256

import pytest
from django.urls import reverse

from audits.models import Decision, Event, Finding, JudgedSituation
from tests import reviewing
from tests.factories import (
    AT,
    DecisionFactory,
    FindingFactory,
    JudgedSituationFactory,
    SnapshotPageFactory,
    SourceFactory,
)

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@pytest.fixture
def family():
    return reviewing.family()


@pytest.fixture
def rita(family):
    return reviewing.person("reviewer", family.source)


@pytest.fixture
def reader(rita):
    return reviewing.logged_in(rita)


def address(name, family, *args):
    return reverse(f"audits:{name}", args=[family.source.slug, *args])


def sent(finding, **changes):
    return {
        "kind": "revoke",
        "reason": "v3 tells another relationship",
        "version": finding.version,
        "evidence": finding.evidence,
        "queue": "severity=critical",
        "then": "finding-table",
        "place": "",
        **changes,
    }


def told(response):
    """Give a page in one line: how a template breaks its lines says nothing."""
    return " ".join(response.content.decode().split())


def decide(reader, family, *, headers=None, **changes):
    return reader.post(
        address("finding-decide", family, family.finding.pk),
        sent(family.finding, **changes),
        headers=headers or {},
    )


class TestQueue:
    def test_shows_both_sides_why_and_what_may_be_decided(self, family, reader):
        page = reader.get(address("finding-list", family)).content.decode()

        assert "Parent (Parent/Guardian)" in page
        assert "Aunt/Uncle (Family)" in page
        assert "view_grades for Leo Diaz rests on v2 ‘Parent’" in page
        assert 'value="revoke"' in page
        assert "Needs a second look." in page

    def test_the_recommended_button_is_the_first(self, family, reader):
        page = told(reader.get(address("finding-list", family)))

        first = page.index('name="kind"')
        assert page[first:].startswith('name="kind" value="revoke"')

    def test_the_gravest_come_first(self, family, reader):
        FindingFactory(
            source=family.source,
            severity=Finding.Severity.LOW,
            contact_name="Bea Late",
            situation=family.finding.situation,
        )

        page = reader.get(address("finding-list", family)).content.decode()

        assert page.index("Ana Diaz") < page.index("Bea Late")

    @pytest.mark.parametrize(
        "query", ["severity=low", "rule=restricted", "state=closed"]
    )
    def test_filters_leave_out(self, family, reader, query):
        page = reader.get(f"{address('finding-list', family)}?{query}").content.decode()

        assert "Ana Diaz" not in page

    def test_nonsense_in_the_address_is_no_error(self, family, reader):
        page = reader.get(
            f"{address('finding-list', family)}?severity=%00&state=x&cursor=zz&by=-1"
        )

        assert page.status_code == 200
        assert "Ana Diaz" in page.content.decode()

    def test_a_restricted_finding_cannot_be_kept(self, family, reader):
        JudgedSituation.objects.update(rule="restricted")
        Finding.objects.update(rule="restricted")

        page = reader.get(address("finding-list", family)).content.decode()

        assert "Cannot be kept." in page
        assert 'value="keep"' not in page

    def test_a_viewer_sees_and_cannot_decide(self, family):
        viewer = reviewing.logged_in(reviewing.person("viewer", family.source))

        page = viewer.get(address("finding-list", family)).content.decode()

        assert "Ana Diaz" in page
        assert 'name="kind"' not in page

    def test_a_search_is_kept_out_of_the_address(self, family, reader):
        there = reader.post(
            address("finding-search", family),
            {"words": "ana", "queue": "rule=unchecked"},
        )

        assert "ana" not in there.url.replace("finding", "")
        assert "rule=unchecked" in there.url

    def test_a_search_narrows_the_queue_and_its_counts(self, family, reader):
        there = reader.post(address("finding-search", family), {"words": "zoe"})

        page = reader.get(there.url)

        assert "No finding fits" in page.content.decode()
        assert page.context["total"] == "0"

    def test_takes_no_more_than_twelve_statements(
        self, family, reader, django_assert_max_num_queries
    ):
        for _ in range(8):
            finding = FindingFactory(source=family.source, severity=2)
            DecisionFactory(finding=finding)

        with django_assert_max_num_queries(12):
            reader.get(address("finding-list", family))

    def test_htmx_gets_the_queue_alone(self, family, reader):
        page = reader.get(address("finding-list", family), headers=HTMX)

        assert "<html" not in page.content.decode()


class TestDecide:
    def test_without_script_leads_back_to_the_place(self, family, reader):
        there = decide(reader, family)

        assert there.status_code == 302
        assert there.url.endswith("/findings/?severity=critical#finding-table")
        family.finding.refresh_from_db()
        assert family.finding.state == Finding.State.AWAITING_SECOND
        assert family.finding.decision.reason == "v3 tells another relationship"

    def test_htmx_gets_the_row_the_counts_and_a_spoken_sentence(self, family, reader):
        there = decide(reader, family, headers=HTMX)

        page = told(there)
        assert f'id="finding-{family.finding.pk}"' in page
        assert 'data-moved="finding-table"' in page
        assert 'id="finding-facets" class="facets" hx-swap-oob="true"' in page
        assert "Decided: revoke view_grades of Ana Diaz." in page
        assert there.headers["HX-Trigger-After-Settle"] == "finding-decided"

    def test_from_a_persons_page_no_counts_come_along(self, family, reader):
        page = decide(reader, family, headers=HTMX, place="person").content.decode()

        assert "finding-facets" not in page

    def test_from_a_persons_page_leads_back_to_the_person(self, family, reader):
        there = decide(reader, family, place="person")

        assert there.url == (
            reverse(
                "contacts:contact-detail", args=[family.source.slug, family.match.pk]
            )
            + f"#finding-{family.finding.pk}"
        )

    def test_from_the_finding_leads_back_to_the_finding(self, family, reader):
        there = decide(reader, family, place="detail")

        assert there.url == address("finding-detail", family, family.finding.pk)

    @pytest.mark.parametrize("then", ["//evil.example", "x y", "finding-<b>"])
    def test_the_way_back_is_ours(self, family, reader, then):
        there = decide(reader, family, then=then, queue="next=//evil.example")

        assert there.url == address("finding-list", family) + "#finding-table"

    def test_who_is_second_is_shown_who_was_first(self, family, reader):
        paul = reviewing.person("approver", family.source)
        decide(reviewing.logged_in(paul), family, kind="hold")

        there = decide(reader, family, headers=HTMX)

        page = there.content.decode()
        assert there.status_code == 409
        assert f"{paul.username} decided “hold”" in page
        assert "data-moved" not in page
        assert Decision.objects.count() == 1

    def test_without_script_who_is_second_is_told_too(self, family, reader):
        decide(reader, family)

        there = decide(reader, family, kind="hold")

        assert "decided “revoke”" in reader.get(there.url).content.decode()

    def test_new_evidence_is_a_conflict(self, family, reader):
        there = decide(reader, family, headers=HTMX, evidence="f" * 64)

        assert there.status_code == 409
        assert "has changed since" in there.content.decode()

    @pytest.mark.parametrize(
        "changes",
        [{"reason": "  "}, {"kind": "shrug"}, {"version": ""}, {"evidence": ""}],
    )
    def test_what_is_incomplete_is_refused(self, family, reader, changes):
        there = decide(reader, family, headers=HTMX, **changes)

        assert there.status_code == 422
        assert not Decision.objects.exists()

    def test_the_reason_typed_is_not_lost(self, family, reader):
        there = decide(
            reader, family, headers=HTMX, kind="narrow", reason="Because I know"
        )

        assert there.status_code == 422
        assert "Because I know" in there.content.decode()

    def test_is_recorded(self, family, reader, rita):
        decide(reader, family)

        event = Event.objects.get(action="finding.decided")
        assert event.actor == rita.username


class TestWithdraw:
    @pytest.fixture
    def decided(self, family, reader):
        decide(reader, family)
        family.finding.refresh_from_db()
        return family.finding

    def withdraw(self, reader, family, finding, **changes):
        return reader.post(
            address("finding-withdraw", family, finding.pk),
            sent(finding, reason="Mixed up two persons", **changes),
            headers=HTMX,
        )

    def test_opens_the_finding_again(self, family, reader, decided):
        there = self.withdraw(reader, family, decided)

        decided.refresh_from_db()
        assert decided.state == Finding.State.OPEN
        assert "Open again: view_grades of Ana Diaz." in there.content.decode()

    def test_is_not_for_anybody_else(self, family, decided):
        other = reviewing.logged_in(reviewing.person("reviewer", family.source))

        there = self.withdraw(other, family, decided)

        assert there.status_code == 422
        assert "Only who decided, or an approver" in there.content.decode()

    def test_an_old_page_is_a_conflict(self, family, reader, decided):
        there = self.withdraw(reader, family, decided, version=decided.version + 1)

        assert there.status_code == 409

    def test_what_is_not_decided_cannot_be_taken_back(self, family, reader):
        there = self.withdraw(reader, family, family.finding)

        assert there.status_code == 409

    def test_needs_a_reason(self, family, reader, decided):
        there = reader.post(
            address("finding-withdraw", family, decided.pk),
            {"version": decided.version, "reason": ""},
            headers=HTMX,
        )

        assert there.status_code == 422
        assert "Say why" in there.content.decode()


class TestDetail:
    def test_shows_the_record_as_received_and_proves_it(self, family, reader):
        contact = family.match.contact
        raw = b'{"data":{"id":"6a00","name":{"last":"Ana Diaz"}}}'
        body = b'{"data":[' + raw + b"]}"
        SnapshotPageFactory(
            snapshot=contact.snapshot,
            number=contact.page,
            body=zlib.compress(body),
            sha256=sha256(body).hexdigest(),
        )
        contact.place, contact.sha256 = 0, sha256(raw).hexdigest()
        contact.save()

        page = reader.get(address("finding-detail", family, family.finding.pk))

        shown = told(page)
        assert contact.sha256 in shown
        assert "proved against the stored page" in shown
        assert "&quot;last&quot;: &quot;Ana Diaz&quot;" in shown

    def test_shows_both_harms_and_the_situation(self, family, reader):
        page = reader.get(
            address("finding-detail", family, family.finding.pk)
        ).content.decode()

        assert "a parent&#x27;s rights over a nephew" in page
        assert "a parent is shut out" in page
        assert "v2 ‘Parent (Parent/Guardian)’" in page

    def test_shows_a_former_decision_and_what_has_changed_since(self, family, reader):
        former = JudgedSituationFactory(
            source=family.source, body=reviewing.situation_body(match="gone")
        )
        DecisionFactory(
            finding=family.finding,
            situation=former,
            reason="It was gone",
            superseded_at=AT,
        )

        page = reader.get(
            address("finding-detail", family, family.finding.pk)
        ).content.decode()

        assert "It was gone" in page
        assert "Set aside by new evidence" in page
        assert "<del>Gone</del>" in page
        assert "<ins>Matched</ins>" in page

    def test_a_record_that_changed_since_is_told(self, family, reader):
        Finding.objects.update(evidence_v3_sha256="e" * 64)

        page = reader.get(address("finding-detail", family, family.finding.pk))

        assert "Another record came in since" in page.content.decode()

    def test_a_proposal_without_a_grant_is_shown(self, family, reader):
        proposal = FindingFactory(
            source=family.source,
            grant=None,
            grant_ref="",
            match=family.match,
            privilege="",
            rule="grant-missing",
            situation__rule="grant-missing",
            situation__recommendation="grant",
            situation__body={
                "label": ["Parent", ""],
                "held": ["records"],
                "entries": [],
            },
        )

        page = reader.get(address("finding-detail", family, proposal.pk))

        assert "Parent (no type)" in page.content.decode()
        assert 'value="grant"' in page.content.decode()

    def test_takes_no_more_than_twelve_statements(
        self, family, reader, django_assert_max_num_queries
    ):
        DecisionFactory.create_batch(3, finding=family.finding)

        with django_assert_max_num_queries(12):
            reader.get(address("finding-detail", family, family.finding.pk))


READ = [("finding-list", False), ("finding-detail", True)]
WRITE = [
    ("finding-decide", True),
    ("finding-withdraw", True),
    ("finding-search", False),
]


def args_of(family, *, with_pk):
    return [family.finding.pk] if with_pk else []


@pytest.mark.parametrize(("name", "with_pk"), READ + WRITE)
def test_another_method_is_refused(family, reader, name, with_pk):
    there = address(name, family, *args_of(family, with_pk=with_pk))

    wrong = reader.post if (name, with_pk) in READ else reader.get

    assert wrong(there).status_code == 405


@pytest.mark.parametrize(("name", "with_pk"), READ + WRITE)
def test_a_stranger_finds_nothing(family, name, with_pk):
    stranger = reviewing.logged_in(reviewing.person("approver", SourceFactory()))
    there = address(name, family, *args_of(family, with_pk=with_pk))

    ask = stranger.get if (name, with_pk) in READ else stranger.post

    assert ask(there).status_code == 404


@pytest.mark.parametrize(("name", "with_pk"), READ + WRITE)
def test_nobody_without_a_role_gets_in(family, name, with_pk):
    nobody = reviewing.logged_in(reviewing.UserFactory(sources=[family.source]))
    there = address(name, family, *args_of(family, with_pk=with_pk))

    ask = nobody.get if (name, with_pk) in READ else nobody.post

    assert ask(there).status_code == 403


@pytest.mark.parametrize("name", ["finding-decide", "finding-withdraw"])
def test_a_viewer_cannot_decide(family, name):
    viewer = reviewing.logged_in(reviewing.person("viewer", family.source))

    there = viewer.post(address(name, family, family.finding.pk), sent(family.finding))

    assert there.status_code == 403


@pytest.mark.parametrize("name", ["finding-detail", "finding-decide"])
def test_a_finding_of_another_source_does_not_exist(family, reader, name):
    other = reviewing.family()
    there = address(name, family, other.finding.pk)

    ask = reader.get if name == "finding-detail" else reader.post

    assert ask(there).status_code == 404
