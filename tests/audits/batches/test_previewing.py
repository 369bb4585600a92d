"""A set before it is decided: frozen, sampled, and what deciding it would come to."""

from datetime import timedelta
from hashlib import sha256

import pytest
from django.utils import timezone

from audits import batching, deciding
from audits.batches import sets
from audits.batches.sets import Scope
from audits.models import Finding
from contacts.models import Source
from tests import factories
from tests.audits.batches.desk import Desk

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_lot(settings):
    settings.SECOND_LOOK_SAMPLE_PERCENT = 0


@pytest.fixture
def desk():
    return Desk()


def preview(desk, query="", *, kind="revoke", excluded=()):
    query = query or f"situation={desk.situation.pk}"
    return batching.preview(desk.source, query, excluded, kind=kind)


class TestFrozen:
    def test_is_the_hash_of_every_id_and_version(self, desk):
        first, second = desk.findings(2)
        Finding.objects.filter(pk=second.pk).update(version=7)

        frozen = preview(desk).frozen

        told = f"{first.pk}:1,{second.pk}:7"
        assert frozen.fingerprint == sha256(told.encode()).hexdigest()
        assert (frozen.count, frozen.top) == (2, second.pk)

    def test_is_the_same_however_it_is_asked_for(self, desk):
        desk.findings()

        one = preview(desk, f"situation={desk.situation.pk}").frozen
        other = preview(desk, "rule=not-related&severity=medium").frozen

        assert one.same == other.same

    def test_is_what_is_laid_out_to_be_decided(self, desk):
        desk.findings()
        found = desk.scope().findings(desk.source)

        sets.hold(found)

        assert sets.held() == sets.freeze(found).same

    def test_of_nothing_is_the_hash_of_nothing(self, desk):
        frozen = preview(desk).frozen

        assert frozen.same == (0, sha256(b"").hexdigest())

    def test_leaves_out_what_is_decided(self, desk):
        first, *_ = desk.findings()
        deciding.decide(
            first,
            kind="hold",
            reason="asked",
            by=desk.rita,
            version=1,
            evidence=first.evidence,
        )

        assert preview(desk).frozen.count == 2


class TestScope:
    def test_is_read_as_it_was_written(self):
        text = "severity=high&rule=not-related&situation=7&words=Ana+%26+Bea"

        scope = Scope.parse(text, [3, 1, 3])

        assert Scope.parse(scope.text(), scope.excluded) == scope
        assert (scope.words, scope.excluded) == ("Ana & Bea", (1, 3))

    def test_is_about_open_findings_whatever_is_asked(self):
        scope = Scope.parse("state=approved&by=7&search=9&rule=not-related")

        assert scope.text() == "rule=not-related"

    def test_has_no_room_for_everything_taken_out(self):
        with pytest.raises(sets.TooManyExcluded):
            Scope.parse("", range(1, 502))

    @pytest.mark.parametrize("junk", ["x", "-1", "1.5", "", "²", "9" * 30])
    def test_takes_no_id_that_is_none(self, junk):
        assert sets.ids_of(["7", junk]) == [7]


class TestSamples:
    def test_by_chance_are_the_same_for_the_same_set(self, desk):
        desk.findings(30)

        first, again = preview(desk).chance, preview(desk).chance

        assert first == again
        assert len(set(first)) == 10

    def test_by_chance_are_others_for_another_set(self, desk):
        findings = desk.findings(40)

        whole = preview(desk).chance
        part = preview(desk, excluded=[findings[0].pk]).chance

        assert whole != part
        assert findings[0].pk not in part

    def test_are_all_of_a_small_set(self, desk):
        findings = desk.findings(4)

        assert preview(desk).chance == [finding.pk for finding in findings]

    def test_unusual_are_those_that_few_are_like(self, desk):
        match = factories.MatchFactory(source=desk.source)
        for _ in range(12):
            desk.findings(1, match=factories.MatchFactory(source=desk.source))
        (rare,) = desk.findings(
            1, privilege="pay_fees", match=factories.MatchFactory(source=desk.source)
        )
        many = [desk.findings(1, match=match, student_ref=f"s{n}")[0] for n in range(5)]

        first, *rest = preview(desk).unusual

        assert (first.finding, first.alike) == (rare.pk, 1)
        assert {(one.finding, one.alike, one.subjects) for one in rest[:5]} == {
            (finding.pk, 5, 5) for finding in many
        }
        assert len(rest) == 9

    def test_unusual_tells_situations_apart(self, desk):
        other = desk.judged()
        desk.findings(12)
        (rare,) = desk.findings(1, situation=other)

        assert preview(desk, "rule=not-related").unusual[0].finding == rare.pk


class TestEffect:
    def test_counts_what_is_revoked_held_or_kept(self, desk):
        desk.findings()

        told = {
            kind: preview(desk, kind=kind).effect for kind in ("revoke", "hold", "keep")
        }

        assert {kind: (e.revoked, e.held, e.kept) for kind, e in told.items()} == {
            "revoke": (3, 0, 0),
            "hold": (0, 3, 0),
            "keep": (0, 0, 3),
        }

    def test_counts_where_it_is_against_the_recommendation(self, desk):
        desk.findings(2)
        desk.findings(1, recommendation="hold")

        effect = preview(desk).effect

        assert (effect.agrees, effect.against) == (2, 1)

    def test_counts_second_looks_as_the_batch_will_ask_for_them(self, desk):
        desk.grants(300)
        desk.findings(2, severity=Finding.Severity.CRITICAL)
        desk.findings(3)

        told = preview(desk).effect
        batch = desk.decide()

        assert (told.whole, told.seconds) == (False, 2)
        assert batch.decisions.filter(needs_second_look=True).count() == told.seconds

    def test_says_that_a_large_batch_needs_them_all(self, desk):
        desk.findings(2)

        effect = preview(desk).effect

        assert (effect.whole, effect.seconds) == (True, 2)

    def test_offers_what_the_rules_allow_the_advised_first(self, desk):
        desk.findings(2)
        desk.findings(1, situation=desk.judged(rule="unchecked"), recommendation="hold")

        ways = preview(desk, "severity=medium", kind="").ways

        assert [(way.kind, way.items, way.advised) for way in ways] == [
            ("revoke", 2, 2),
            ("hold", 3, 1),
            ("keep", 2, 0),
        ]

    def test_says_why_something_is_left_out(self, desk):
        desk.findings(2)
        desk.findings(1, situation=desk.judged(rule="unchecked"))
        desk.findings(1, situation=desk.judged(rule="self-for-another"))
        match = factories.MatchFactory(source=desk.source)
        desk.findings(1, match=match)
        factories.RestrictionFactory(source=desk.source, match=match)

        told = preview(desk, "severity=medium", kind="keep")

        assert told.frozen.count == 2
        assert told.asked == 5
        assert {(left.items, left.why) for left in told.left_out} == {
            (1, "Could not be checked: cannot be decided “keep”."),
            (1, "“Self” on another's record: decided one by one."),
            (1, "An order or instruction forbids it today."),
        }


@pytest.fixture
def leo(desk):
    return factories.StudentFactory(source=desk.source, name="Leo Diaz")


def grant(desk, student, privilege="emergency_call", **facts):
    """Hold a grant for a student, or for all of a contact's."""
    ref = student.external_id if student else ""
    told = {"student_ref": ref, "student_key": ref, "privilege": privilege}
    return factories.GrantFactory(source=desk.source, **{**told, **facts})


def finding(desk, held, privilege_class="emergency", **facts):
    (made,) = desk.findings(
        1,
        grant=held,
        privilege_class=privilege_class,
        student_ref=held.student_ref,
        **facts,
    )
    return made


class TestNobody:
    """Who would be left without an emergency contact, or anybody to pick them up."""

    def left(self, desk, kind="revoke"):
        return {
            one.privilege_class: [name for _, name in one.students]
            for one in preview(desk, kind=kind).effect.nobody
        }

    @pytest.mark.parametrize("kind", ["revoke", "hold"])
    def test_are_those_whose_only_grant_is_taken(self, desk, leo, kind):
        finding(desk, grant(desk, leo))

        assert self.left(desk, kind) == {"emergency": ["Leo Diaz"]}

    def test_are_told_for_picking_up_too(self, desk, leo):
        finding(desk, grant(desk, leo, "pick_up"), "release")

        assert self.left(desk) == {"release": ["Leo Diaz"]}

    def test_are_none_where_it_is_kept(self, desk, leo):
        finding(desk, grant(desk, leo))

        assert self.left(desk, "keep") == {}

    def test_are_none_of_classes_that_nobody_needs(self, desk, leo):
        finding(desk, grant(desk, leo, "view_grades"), "records")

        assert self.left(desk) == {}

    @pytest.mark.parametrize(
        "privilege", ["emergency_call", " Emergency_Call ", "emergency"]
    )
    def test_are_not_those_who_keep_another(self, desk, leo, privilege):
        finding(desk, grant(desk, leo))
        grant(desk, leo, privilege)

        assert self.left(desk) == {}

    @pytest.mark.parametrize(
        "facts",
        [
            {"privilege": "view_grades"},
            {"closed_at": factories.AT},
            {"expires_at": timezone.now().date() - timedelta(days=1)},
        ],
    )
    def test_are_those_whose_other_grant_is_none(self, desk, leo, facts):
        finding(desk, grant(desk, leo))
        grant(desk, leo, **facts)

        assert self.left(desk) == {"emergency": ["Leo Diaz"]}

    def test_are_those_whose_other_grant_was_revoked_before(self, desk, leo):
        finding(desk, grant(desk, leo))
        other = finding(desk, grant(desk, leo), situation=desk.judged())
        deciding.decide(
            other,
            kind="revoke",
            reason="gone",
            by=desk.rita,
            version=1,
            evidence=other.evidence,
        )

        assert self.left(desk) == {"emergency": ["Leo Diaz"]}

    def test_are_not_those_whose_other_grant_was_kept_before(self, desk, leo):
        finding(desk, grant(desk, leo))
        other = finding(desk, grant(desk, leo), situation=desk.judged())
        deciding.decide(
            other,
            kind="keep",
            reason="a paper",
            by=desk.rita,
            version=1,
            evidence=other.evidence,
        )

        assert self.left(desk) == {}

    def test_are_not_those_whose_other_grant_is_of_another_source(self, desk, leo):
        finding(desk, grant(desk, leo))
        elsewhere = factories.GrantFactory(
            student_key=leo.external_id, privilege="emergency_call"
        )
        assert elsewhere.source != desk.source

        assert self.left(desk) == {"emergency": ["Leo Diaz"]}

    def test_are_all_students_of_a_grant_for_all(self, desk, leo):
        mia = factories.StudentFactory(source=desk.source, name="Mia Diaz")
        match = self.related(desk, leo, mia)
        finding(desk, grant(desk, None, match=match), match=match)
        grant(desk, mia)

        assert self.left(desk) == {"emergency": ["Leo Diaz"]}

    def test_are_not_those_whom_anothers_grant_for_all_covers(self, desk, leo):
        finding(desk, grant(desk, leo))
        grant(desk, None, match=self.related(desk, leo))

        assert self.left(desk) == {}

    def test_are_counted_and_the_first_ten_named(self, desk):
        for n in range(12):
            student = factories.StudentFactory(source=desk.source, name=f"Kid {n:02}")
            finding(desk, grant(desk, student))

        (told,) = preview(desk).effect.nobody

        assert told.count == 12
        assert [name for _, name in told.students] == [f"Kid {n:02}" for n in range(10)]

    def test_are_none_of_a_mailing_account(self, desk):
        source = factories.MailSourceFactory()
        assert source.provider == Source.Provider.CONSTANT_CONTACT
        mail = Desk(source=source, rita=desk.rita)
        mail.findings(privilege_class="emergency")

        assert preview(mail).effect.nobody == []

    def related(self, desk, *students):
        contact = factories.ContactFactory(
            source=desk.source,
            entries=[(s.external_id, "Parent", "Primary") for s in students],
        )
        return factories.MatchFactory(
            source=desk.source,
            contact=contact,
            legacy_contact=None,
            state="unmatched",
            method="",
        )
