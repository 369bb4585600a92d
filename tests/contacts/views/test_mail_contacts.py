"""Contacts of a mailing account: the list, one person, and what was received."""

import zlib
from hashlib import sha256

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from contacts import paging
from contacts.models import Match, Snapshot
from tests import mail_reviewing
from tests.factories import (
    ConsentFactory,
    ContactXrefFactory,
    LegacyConsentFactory,
    LegacyMailFactory,
    LegacyMembershipFactory,
    MailAccountFactory,
    MailFactory,
    MailMatchFactory,
    MailSourceFactory,
    SnapshotFactory,
    SnapshotPageFactory,
)

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
CLEVERS_WORDS = ("Clever", "tudent", "elationship", "v2 ", "v3 ")


@pytest.fixture
def ana():
    return mail_reviewing.subscriber()


@pytest.fixture
def reader(ana):
    return mail_reviewing.logged_in(mail_reviewing.person("viewer", ana.source))


def address(name, ana, *args):
    return reverse(f"contacts:{name}", args=[ana.source.slug, *args])


def told(response):
    return " ".join(response.content.decode().split())


def main(page):
    """Give what stands between the frame's parts."""
    return page.partition("<main")[2].partition("</main>")[0]


def alone(ana, state, **facts):
    """Make a V2 contact that has no V3 contact."""
    legacy = LegacyMailFactory(source=ana.source, **facts)
    LegacyConsentFactory(
        legacy_contact=legacy,
        status="OPTOUT",
        body=mail_reviewing.body(mail_reviewing.legacy_record(legacy)),
    )
    return MailMatchFactory(
        source=ana.source,
        legacy_contact=legacy,
        contact=None,
        state=state,
        method="",
        methods="",
        folded_name=legacy.folded_name or legacy.folded_email,
    )


class TestContactList:
    def test_shows_consent_of_both_versions_lists_and_what_is_open(self, ana, reader):
        page = main(told(reader.get(address("contact-list", ana))))

        for words in ("Ana Diaz", "ana@example.org", "active", "explicit", "Matched"):
            assert words in page
        (row,) = reader.get(address("contact-list", ana)).context["rows"]
        assert (row.lists, row.tally.grants, row.tally.open_findings) == (1, 2, 1)
        assert row.tone == "sendable"

    def test_speaks_of_no_students(self, ana, reader):
        page = main(told(reader.get(address("contact-list", ana))))

        assert [word for word in CLEVERS_WORDS if word in page] == []

    def test_somebody_without_v3_shows_what_v2_said(self, ana, reader):
        match = alone(ana, Match.State.MISSING, name="", email="bea@example.org")
        LegacyMembershipFactory.create_batch(2, legacy_contact=match.legacy_contact)

        page = reader.get(address("contact-list", ana), {"match": "missing"})

        (row,) = page.context["rows"]
        assert (row.status, row.permission, row.lists) == ("opted out", "", 2)
        assert "bea@example.org" in told(page)

    def test_offers_the_states_of_mailing_alone(self, ana, reader):
        states = reader.get(address("contact-list", ana)).context["states"]

        assert [value for value, *_ in states] == [
            "",
            "matched",
            "deleted",
            "missing",
            "conflict",
            "unchecked",
            "unmatched",
        ]

    @pytest.mark.parametrize("words", ["diaz", "ANA@example", "example.org"])
    def test_a_search_by_name_or_address_is_kept_out_of_the_url(
        self, ana, reader, words
    ):
        alone(ana, Match.State.MISSING, name="Bea", email="bea@else.org")

        there = reader.post(address("contact-search", ana), {"words": words})

        assert words not in there.url
        rows = reader.get(there.url).context["rows"]
        assert [row.name for row in rows] == ["Ana Diaz"]

    def test_keeps_those_with_open_findings(self, ana, reader):
        alone(ana, Match.State.MISSING, name="Bea")

        rows = reader.get(address("contact-list", ana), {"open": "1"}).context["rows"]

        assert [row.name for row in rows] == ["Ana Diaz"]

    def test_leads_on_to_the_next_page(self, ana, reader):
        for number in range(paging.PAGE_SIZE):
            alone(ana, Match.State.MISSING, name=f"Zoe {number:03d}")

        first = reader.get(address("contact-list", ana)).context
        second = reader.get(
            address("contact-list", ana), {"cursor": first["page"].after}
        ).context

        assert [row.name for row in second["rows"]] == ["Zoe 049"]

    def test_htmx_gets_the_table_alone(self, ana, reader):
        page = told(reader.get(address("contact-list", ana), headers=HTMX))

        assert "<html" not in page

    def test_takes_as_many_statements_for_many_as_for_one(
        self, ana, reader, django_assert_max_num_queries
    ):
        for _ in range(10):
            alone(ana, Match.State.MISSING)

        with django_assert_max_num_queries(12):
            reader.get(address("contact-list", ana))


class TestContactDetail:
    def page(self, ana, reader, match=None):
        return reader.get(address("contact-detail", ana, (match or ana.match).pk))

    def test_says_who_it_is_and_how_that_is_known(self, ana, reader):
        page = main(told(self.page(ana, reader)))

        assert "<bdi>Ana Diaz</bdi></h1>" in page
        assert "told by: Cross-reference, Contact id in V2" in page
        assert ana.legacy.external_id in page
        assert ana.contact.external_id in page

    def test_somebody_without_a_name_is_called_by_the_address(self, ana, reader):
        match = alone(ana, Match.State.MISSING, name="", email="bea@example.org")

        assert "<bdi>bea@example.org</bdi></h1>" in told(self.page(ana, reader, match))

    def test_sets_both_records_side_by_side_with_marks(self, ana, reader):
        fields = {f.name: f for f in self.page(ana, reader).context["fields"]}

        assert fields["First name"].mark == "kept"
        assert fields["Job title"].mark == "changed"
        assert fields["Prefix"].mark == "lost"
        assert fields["Work phone"].mark == "to_decide"
        assert fields["Permission to send"].mark == "to_decide"

    def test_counts_what_asks_for_a_person_first(self, ana, reader):
        counts = self.page(ana, reader).context["counts"]

        assert [word for _, word, _ in counts][:2] == ["to decide", "lost"]

    def test_names_lists_and_custom_fields_in_place_of_ids(self, ana, reader):
        page = self.page(ana, reader)
        fields = {field.name: field for field in page.context["fields"]}

        assert fields["Lists"].old == (f"News of 2019 ({mail_reviewing.V2_LIST})",)
        assert fields["Lists"].new == ("News",)
        assert fields["Custom field 7"].new == ("Hobby: Chess",)

    def test_a_v2_list_never_imported_is_called_as_the_v3_list(self, ana, reader):
        ana.source.legacylist_set.all().delete()

        fields = {f.name: f for f in self.page(ana, reader).context["fields"]}

        assert fields["Lists"].old == (f"News ({mail_reviewing.V2_LIST})",)

    def test_shows_the_consent_of_both_and_what_v2_supports(self, ana, reader):
        page = main(told(self.page(ana, reader)))

        assert "no confirmation required, opted in by the account" in page
        assert "<strong>implicit</strong>" in page
        assert "V3 permits more than V2 supports" in page

    @pytest.mark.parametrize(
        ("permission", "verdict"),
        [
            ("explicit", "more"),
            ("implicit", "same"),
            ("unsubscribed", "less"),
            ("odd", "unknown"),
        ],
    )
    def test_sets_v3s_permission_against_what_v2_supports(
        self, ana, reader, permission, verdict
    ):
        ana.contact.consent.body = mail_reviewing.body(
            mail_reviewing.current_record(ana.contact, permission_to_send=permission)
        )
        ana.contact.consent.save()

        assert self.page(ana, reader).context["consent"].verdict == verdict

    def test_the_accounts_own_choice_counts(self, ana, reader):
        record = mail_reviewing.legacy_record(ana.legacy)
        (email,) = record.emails
        visitor = type(email)(
            email.address, "ACTIVE", "NO_CONFIRMATION_REQUIRED", "ACTION_BY_VISITOR"
        )
        ana.legacy.consent.body = mail_reviewing.body(
            mail_reviewing.legacy_record(ana.legacy, emails=(visitor,))
        )
        ana.legacy.consent.save()
        MailAccountFactory(source=ana.source, visitor_is_explicit=True)

        assert self.page(ana, reader).context["consent"].verdict == "same"

    def test_tells_the_history_of_the_consent_as_one_line(self, ana, reader):
        steps = self.page(ana, reader).context["consent"].steps

        assert [(step.day, step.kind, actor) for step, actor in steps] == [
            ("2019-03-02", "opted in", "by the account"),
            ("2021-05-01", "opted in", "by the contact"),
            ("", "confirmed", ""),
        ]

    def test_lays_out_lists_by_privileges_and_findings_to_decide(self, ana, reader):
        page = main(told(self.page(ana, reader)))

        assert "Lists and privileges" in page
        assert "Any mail" in page
        assert "on it in V2 and V3" in page
        assert "send_email on ‘News’ rests on V2 ‘ACTIVE’" in page

    def test_speaks_of_no_students(self, ana, reader):
        page = main(told(self.page(ana, reader)))

        assert [word for word in CLEVERS_WORDS if word in page] == []

    @pytest.mark.parametrize(
        ("state", "words"),
        [
            (Match.State.MISSING, "No V3 contact is known for this one"),
            (Match.State.CONFLICT, "the strictest consent governs"),
            (Match.State.UNCHECKED, "was not asked yet which V3 contact this is"),
        ],
    )
    def test_somebody_without_v3_shows_what_v3_would_take(
        self, ana, reader, state, words
    ):
        match = alone(ana, state, name="Bea")

        page = self.page(ana, reader, match)

        assert words in told(page)
        assert "V3 would take" in told(page)
        fields = {field.name: field for field in page.context["fields"]}
        assert fields["Job title"].new == ("Baker",)

    def test_somebody_of_v3_alone_is_shown(self, ana, reader):
        consent = ConsentFactory(contact__source=ana.source)
        match = MailMatchFactory(
            source=ana.source,
            legacy_contact=None,
            contact=consent.contact,
            state=Match.State.UNMATCHED,
            method="",
            methods="",
        )

        page = told(self.page(ana, reader, match))

        assert "No stored V2 contact is this person." in page
        assert "What V3 tells" in page

    def test_a_row_without_a_parsed_record_is_shown_all_the_same(self, ana, reader):
        match = MailMatchFactory(source=ana.source)

        assert self.page(ana, reader, match).status_code == 200

    def test_a_conflict_leads_to_whom_each_source_names(self, ana, reader):
        match = alone(ana, Match.State.CONFLICT, name="Bea")
        other = MailFactory(source=ana.source, name="Bea Other")
        theirs = MailMatchFactory(
            source=ana.source,
            legacy_contact=None,
            contact=other,
            state=Match.State.CONFLICT,
        )
        ContactXrefFactory(
            source=ana.source,
            external_id=match.legacy_contact.external_id,
            ref=other.external_id,
        )

        page = told(self.page(ana, reader, match))

        assert "Bea Other" in page
        assert address("contact-detail", ana, theirs.pk) in page

    def test_an_answer_without_an_id_is_told(self, ana, reader):
        match = alone(ana, Match.State.MISSING)
        ContactXrefFactory(
            source=ana.source,
            external_id=match.legacy_contact.external_id.lstrip("0"),
            ref="",
        )

        assert "knows no V3 contact" in told(self.page(ana, reader, match))

    def test_a_hostile_value_is_text_and_isolated(self, ana, reader):
        record = mail_reviewing.legacy_record(
            ana.legacy, job_title="<script>alert(1)</script>\u202e" + "W" * 200
        )
        ana.legacy.consent.body = mail_reviewing.body(record)
        ana.legacy.consent.save()

        page = told(self.page(ana, reader))

        assert "<script>alert" not in page
        assert "<bdi>&lt;script&gt;" in page

    def test_takes_as_many_statements_for_many_lists_as_for_one(
        self, ana, reader, django_assert_max_num_queries
    ):
        LegacyMembershipFactory.create_batch(10, legacy_contact=ana.legacy)
        alone(ana, Match.State.MISSING)

        with django_assert_max_num_queries(40):
            self.page(ana, reader)

    def test_a_person_of_another_account_does_not_exist(self, ana, reader):
        other = mail_reviewing.subscriber()

        assert self.page(ana, reader, other.match).status_code == 404

    def test_nobody_without_a_role_gets_in(self, ana):
        nobody = mail_reviewing.logged_in(
            mail_reviewing.reviewing.UserFactory(sources=[ana.source])
        )

        assert self.page(ana, nobody).status_code == 403

    def test_whoever_may_not_see_findings_sees_the_facts_alone(self, ana):
        user = mail_reviewing.reviewing.UserFactory(sources=[ana.source])
        permit(user, "view_contact")

        page = main(told(self.page(ana, mail_reviewing.logged_in(user))))

        assert "V2 beside V3" in page
        assert "rests on V2" not in page


def permit(user, codename):
    user.user_permissions.add(Permission.objects.get(codename=codename))


class TestEvidence:
    def test_shows_both_records_and_the_answer_proved_by_their_hash(self, ana, reader):
        for row, kind, raw in (
            (ana.legacy, Snapshot.Kind.LEGACY_CONTACTS, b'{"id": "0016"}'),
            (ana.contact, Snapshot.Kind.CONTACTS, b'{"contact_id": "x"}'),
        ):
            received(ana, row, kind, raw)
        answer = ana.source.contactxref_set.get()
        received(ana, answer, Snapshot.Kind.CROSSWALK, b'{"sequence_id": "16"}')

        page = told(reader.get(address("contact-evidence", ana, ana.match.pk)))

        for title in ("V2 record", "V3 record", "Cross-reference answer"):
            assert f"{title} as received</h2>" in page
        assert page.count("proved against the stored page") == 3
        assert "sequence_id" in page

    def test_says_where_nothing_can_be_proved(self, ana, reader):
        page = told(reader.get(address("contact-evidence", ana, ana.match.pk)))

        assert "The page this was read from is not stored." in page

    def test_htmx_gets_the_part_alone(self, ana, reader):
        page = told(
            reader.get(address("contact-evidence", ana, ana.match.pk), headers=HTMX)
        )

        assert "<html" not in page

    def test_a_person_of_another_account_does_not_exist(self, ana, reader):
        other = mail_reviewing.subscriber()

        page = reader.get(address("contact-evidence", ana, other.match.pk))

        assert page.status_code == 404

    def test_a_stranger_finds_nothing(self, ana):
        stranger = mail_reviewing.logged_in(
            mail_reviewing.person("viewer", MailSourceFactory())
        )

        page = stranger.get(address("contact-evidence", ana, ana.match.pk))

        assert page.status_code == 404


def received(ana, row, kind, raw):
    """Store a file's page of one record behind a row."""
    snapshot = SnapshotFactory(
        source=ana.source, kind=kind, origin=Snapshot.Origin.FILE
    )
    SnapshotPageFactory(
        snapshot=snapshot,
        number=1,
        rows=1,
        body=zlib.compress(raw),
        sha256=sha256(raw).hexdigest(),
    )
    row.snapshot, row.page, row.place = snapshot, 1, 0
    row.sha256 = sha256(raw).hexdigest()
    row.save()
